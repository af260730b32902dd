"""Listing executions of the state machines."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import DEFAULT_ENVIRONMENT, Session, session_of
from cli.deployed.execution_lists import LONGEST_LIST, ExecutionStatus, list_executions
from cli.numbers import whole_option
from cli.pages import Cursor
from cqrs.commands.indexes import UNFINISHED_COMMANDS
from cqrs.commands.models import CommandStatus
from cqrs.healing.entries import UnfinishedEntries
from cqrs.likely_names import did_you_mean
from cqrs.resources import StateMachine
from cqrs.storage.paging import DEFAULT_PAGE
from stacks.environment_files import EnvironmentFileError

if TYPE_CHECKING:
    from cli.deployed.connection import Connection

COMMANDS_WITH = {
    None: (CommandStatus.PUBLISHED, CommandStatus.FAILED),
    ExecutionStatus.RUNNING: (CommandStatus.PUBLISHED,),
    ExecutionStatus.FAILED: (CommandStatus.FAILED,),
}
"""Statuses of the commands whose Express executions have a status; those that run may wait for
their turn."""


def _machines(context: typer.Context, incomplete: str) -> list[str]:
    """State machines whose names begin so; nothing is asked of the environment."""
    from stacks.environment.file import load  # noqa: PLC0415 - a list is spared its import

    name = context.find_root().params.get("env") or DEFAULT_ENVIRONMENT
    try:
        known = load(name, to_be_deployed=False).state_machines
    except EnvironmentFileError:
        return []
    return [machine for machine in known if machine.startswith(incomplete)]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(executions)


def executions(
    context: typer.Context,
    machine: Annotated[
        str | None,
        typer.Option(
            help="State machine: a built-in one or a custom workflow; default commands.",
            autocompletion=_machines,
        ),
    ] = None,
    status: Annotated[ExecutionStatus | None, typer.Option(help="Only with this status.")] = None,
    limit: Annotated[
        int, whole_option("Executions to show.", least=1, most=LONGEST_LIST)
    ] = DEFAULT_PAGE,
    cursor: Cursor = None,
) -> None:
    """List the newest executions of a state machine.

    In the Express lane those of commands are the commands that are under way or have failed.
    """
    session = session_of(context)
    chosen = _chosen(session.connection, machine)
    if chosen == StateMachine.EXPRESS_COMMAND:
        _list_express(session, status, limit)
    else:
        _list_standard(session, chosen, status, limit, cursor)


def _chosen(connection: Connection, machine: str | None) -> str:
    known = connection.environment.state_machines
    if machine is None:
        is_express = connection.settings.are_commands_express
        return StateMachine.EXPRESS_COMMAND if is_express else StateMachine.COMMAND
    if machine not in known:
        raise typer.BadParameter(
            f"--machine is {machine!r}; it must be one of {', '.join(known)}."
            f"{did_you_mean(machine, known)}"
        )
    return machine


def _list_standard(
    session: Session,
    machine: str,
    status: ExecutionStatus | None,
    limit: int,
    cursor: str | None,
) -> None:
    connection = session.connection
    arn = connection.settings.state_machine_arn(machine)
    page = list_executions(connection.services, arn, status, limit, cursor)
    session.output.rows(
        "executions",
        page.rows,
        ("started", "status", "name"),
        whole=("name",),
        more={"cursor": page.cursor},
    )


def _list_express(session: Session, status: ExecutionStatus | None, limit: int) -> None:
    """List the commands whose executions have not come to a good end, as far as is recorded.

    Step Functions lists no Express executions (API reference, ListExecutions).
    """
    wanted = COMMANDS_WITH.get(status)
    if wanted is None:
        told = ", ".join(known.value for known in COMMANDS_WITH if known is not None)
        raise typer.BadParameter(
            f"--status is {status}; of Express executions it must be one of {told}: nobody keeps "
            "a list of the others. `cqrs get-command` tells how a command ended."
        )
    connection = session.connection
    entries = UnfinishedEntries(
        connection.services.clients, connection.settings.commands_table, UNFINISHED_COMMANDS
    )
    found = (entry for entry in entries.all() if entry.get("status") in wanted)
    made = UNFINISHED_COMMANDS.sort_key
    newest = heapq.nlargest(limit, found, key=lambda entry: str(entry[made]))
    session.output.rows(
        "commands whose executions have not succeeded",
        [
            {
                "published": entry[made],
                "status": entry["status"],
                "pk": entry["pk"],
                "sk": entry["sk"],
            }
            for entry in newest
        ],
        ("published", "status", "pk", "sk"),
        whole=("pk", "sk"),
    )
