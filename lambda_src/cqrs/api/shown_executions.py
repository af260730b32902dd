"""Executions and machines, as several kinds of calls show them."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from cqrs.api.problems import Problem
from cqrs.core.clock import iso

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from cqrs.aws.executions import ListedExecution
    from cqrs.aws.step_functions import ExecutionDescription


def listed(machine: str, found: ExecutionDescription | ListedExecution) -> dict[str, Any]:
    """An execution as lists show it."""
    return {
        "machine": machine,
        "name": found.name,
        "status": found.status,
        "started": moment_of(found.started),
        "stopped": moment_of(found.stopped),
    }


def moment_of(moment: datetime | None) -> str | None:
    """A time of Step Functions; None if it has not come."""
    return None if moment is None else iso(moment.astimezone(UTC))


def no_machine(name: str, known: Iterable[str]) -> Problem:
    """A machine that the environment does not have."""
    return Problem(
        404,
        "not-found",
        f"There is no {name[:80]!r} here; there are {', '.join(known) or 'none'}.",
    )
