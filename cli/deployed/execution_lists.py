"""Lists of executions, as Step Functions gives them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from cqrs.aws.clients import send

if TYPE_CHECKING:
    from cqrs.services import Services

LONGEST_LIST = 1000
"""Executions of one answer (Step Functions API reference, ListExecutions)."""


class ExecutionStatus(StrEnum):
    """Statuses of an execution (Step Functions API reference, ListExecutions)."""

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    ABORTED = "ABORTED"


@dataclass(frozen=True, slots=True)
class ExecutionPage:
    """Executions of a machine.

    Attributes
    ----------
    rows
        The newest first, each with ``name``, ``status``, ``started`` and ``stopped``.
    cursor
        Leads to the next page; None on the last one. It holds for a day.
    """

    rows: list[dict[str, Any]]
    cursor: str | None


def list_executions(
    services: Services,
    machine_arn: str,
    status: ExecutionStatus | None,
    limit: int,
    cursor: str | None = None,
) -> ExecutionPage:
    """A page of a machine's executions (one ListExecutions)."""
    answer = send(
        services.clients.step_functions,
        "list_executions",
        stateMachineArn=machine_arn,
        maxResults=limit,
        **({"statusFilter": status.value} if status else {}),
        **({"nextToken": cursor} if cursor else {}),
    )
    # AWS orders those that have ended by their end.
    newest = sorted(answer["executions"], key=lambda found: found["startDate"], reverse=True)
    return ExecutionPage([_row(found) for found in newest[:limit]], answer.get("nextToken"))


def _row(execution: dict[str, Any]) -> dict[str, Any]:
    stopped = execution.get("stopDate")
    return {
        "name": execution["name"],
        "status": execution["status"],
        "started": execution["startDate"].isoformat(timespec="seconds"),
        "stopped": None if stopped is None else stopped.isoformat(timespec="seconds"),
    }
