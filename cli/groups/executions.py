"""Listing executions of the state machines."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from cli.context import session_of
from cli.deployed.connection import Connection
from cli.numbers import whole_option
from cqrs.aws.clients import send
from cqrs.resources import StateMachine
from cqrs.storage.paging import DEFAULT_PAGE

LONGEST_LIST = 1000
"""Executions of one answer (Step Functions API reference, ListExecutions)."""


class ExecutionStatus(StrEnum):
    """Statuses of an execution (Step Functions API reference, ListExecutions)."""

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    ABORTED = "ABORTED"


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(executions)


def executions(
    context: typer.Context,
    machine: Annotated[
        str, typer.Option(help="State machine: a built-in one or a custom workflow.")
    ] = StateMachine.COMMAND.value,
    status: Annotated[ExecutionStatus | None, typer.Option(help="Only with this status.")] = None,
    limit: Annotated[
        int, whole_option("Executions to show.", least=1, most=LONGEST_LIST)
    ] = DEFAULT_PAGE,
) -> None:
    """List the newest executions of a state machine."""
    session = session_of(context)
    connection = session.connection
    answer = send(
        connection.services.clients.step_functions,
        "list_executions",
        stateMachineArn=_arn(connection, machine),
        maxResults=limit,
        **({"statusFilter": status.value} if status else {}),
    )
    # AWS orders those that have ended by their end.
    newest = sorted(answer["executions"], key=lambda found: found["startDate"], reverse=True)
    rows = [_row(found) for found in newest[:limit]]
    session.output.rows("executions", rows, ("started", "status", "name"), whole=("name",))


def _arn(connection: Connection, machine: str) -> str:
    known = connection.environment.state_machines
    if machine not in known:
        raise typer.BadParameter(f"--machine is {machine!r}; it must be one of {', '.join(known)}")
    return connection.settings.state_machine_arn(machine)


def _row(execution: dict[str, Any]) -> dict[str, Any]:
    stopped = execution.get("stopDate")
    return {
        "name": execution["name"],
        "status": execution["status"],
        "started": execution["startDate"].isoformat(timespec="seconds"),
        "stopped": None if stopped is None else stopped.isoformat(timespec="seconds"),
    }
