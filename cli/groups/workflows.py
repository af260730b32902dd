"""Starting custom workflows and following their executions."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.arguments import json_value, text_of
from cli.command_group import CommandGroup
from cli.context import Session, session_of
from cli.deployed.execution_lists import LONGEST_LIST, ExecutionStatus, list_executions
from cli.numbers import whole_option
from cli.pages import Cursor
from cli.suggestions import explanation, follow_up
from cli.watching.execution_history import failed_tries
from cli.watching.execution_progress import existing_execution, watch_execution
from cli.watching.followed_work import FollowedWork
from cqrs.aws.step_functions import ExecutionDescription, execution_arn
from cqrs.core.execution_names import execution_name
from cqrs.core.texts import checked_text
from cqrs.errors import NotFoundError
from cqrs.likely_names import did_you_mean
from cqrs.storage.paging import DEFAULT_PAGE

if TYPE_CHECKING:
    from cli.deployed.connection import Connection

NAME = re.compile(r"[0-9A-Za-z_-]{1,80}")
"""Names of executions that CloudWatch Logs takes, too (API reference, StartExecution)."""

EXECUTION_ARN = re.compile(r"arn:[^:]+:states:[^:]+:[^:]+:execution:[^:]+:[^:]+")
SEPARATOR = "/"

MORE_OF_SEVERAL = "There are more: name a workflow to page through its own."

Watch = Annotated[
    bool, typer.Option("--watch", help="Wait for its end; exit 1 if it did not succeed.")
]

group = typer.Typer(
    name="workflow",
    help="Start custom workflows and follow them.",
    cls=CommandGroup,
    add_completion=False,
)


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.add_typer(group)


@group.command()
def start(
    context: typer.Context,
    workflow: Annotated[
        str,
        typer.Argument(
            metavar="WORKFLOW", help="As the environment's file lists it.", show_default=False
        ),
    ],
    given: Annotated[
        str,
        typer.Option(
            "--input",
            metavar="JSON",
            help="The input, as JSON, @FILE, or - for standard input.",
            show_default=False,
        ),
    ],
    name: Annotated[
        str | None,
        typer.Option(
            help="Name of the execution: one name starts once. By default a new one.",
            show_default=False,
        ),
    ] = None,
    watch: Watch = False,
) -> None:
    """Start a custom workflow."""
    session = session_of(context)
    connection = session.connection
    machine = _machine(connection, workflow)
    named = execution_name(workflow, str(uuid.uuid4())) if name is None else _checked(name)
    value = json_value(text_of(given), "--input")
    started = connection.services.step_functions.start(machine, named, value)
    arn, known_as = execution_arn(machine, named), f"{workflow}{SEPARATOR}{named}"
    if not started:
        session.output.note(f"{known_as} was started before; nothing was started now.")
    made = {"id": known_as, "started": started, "arn": arn}
    followed(session, arn, known_as).tell_made(made, watched=watch)


@group.command("list")
def list_workflow(
    context: typer.Context,
    workflow: Annotated[
        str | None,
        typer.Argument(
            metavar="WORKFLOW",
            help="As the environment's file lists it; by default all of them.",
            show_default=False,
        ),
    ] = None,
    status: Annotated[ExecutionStatus | None, typer.Option(help="Only with this status.")] = None,
    limit: Annotated[
        int, whole_option("Executions to show.", least=1, most=LONGEST_LIST)
    ] = DEFAULT_PAGE,
    cursor: Cursor = None,
) -> None:
    """List the executions of custom workflows, the newest first."""
    session = session_of(context)
    known = session.connection.environment.workflows
    if workflow is None and cursor is not None:
        raise typer.BadParameter("--cursor goes on with the list of one workflow; name that")
    chosen = known if workflow is None else [workflow]
    rows: list[dict[str, Any]] = []
    cursors: list[str | None] = []
    for each in chosen:
        machine = _machine(session.connection, each)
        page = list_executions(session.connection.services, machine, status, limit, cursor)
        rows += [{"id": f"{each}{SEPARATOR}{row['name']}", **row} for row in page.rows]
        cursors.append(page.cursor)
    rows.sort(key=lambda row: str(row["started"]), reverse=True)
    is_one = len(chosen) == 1
    has_more = len(rows) > limit or any(cursors)
    session.output.rows(
        "executions",
        rows[:limit],
        ("id", "status", "started", "stopped"),
        more={"cursor": cursors[0] if is_one else None},
        none="`cqrs workflow start WORKFLOW --input JSON` starts one.",
        note=MORE_OF_SEVERAL if has_more and not is_one else "",
    )


@group.command()
def status(
    context: typer.Context,
    execution: Annotated[
        str,
        typer.Argument(metavar="ID", help="As `start` printed it, or an ARN.", show_default=False),
    ],
    watch: Watch = False,
) -> None:
    """Show how an execution does, and which tries of its states failed."""
    session = session_of(context)
    arn = arn_of(session.connection, execution)
    followed(session, arn, execution).tell(watched=watch)


def followed(session: Session, arn: str, known_as: str) -> FollowedWork[ExecutionDescription]:
    """An execution as this command line follows it."""
    later = follow_up(session.connection, "workflow", "status", keys=[known_as])
    step_functions = session.connection.services.step_functions
    return FollowedWork(
        session,
        ("workflow", "status", "--watch"),
        (known_as,),
        look=lambda: existing_execution(step_functions, arn),
        watch=lambda seconds: watch_execution(
            step_functions, arn, session.output.progress(), later, seconds
        ),
        show=lambda execution: _show(session, execution),
        is_success=lambda execution: execution.status == ExecutionStatus.SUCCEEDED,
    )


def _show(session: Session, execution: ExecutionDescription) -> None:
    tries = failed_tries(session.connection.services.execution_reader, execution.arn)
    row = _row(session.connection, execution)
    if session.output.as_json:
        session.output.document({**row, "failed_tries": tries})
        return
    session.output.record(row)
    if tries is None:
        session.output.note("\nWhich tries failed is told to operators, who may read histories.")
    elif tries:
        session.output.note("\nTries that failed:")
        session.output.rows("failed tries", tries, ("at", "state", "error", "cause"))
    if tries or execution.status not in {ExecutionStatus.RUNNING, ExecutionStatus.SUCCEEDED}:
        explain = explanation(session.connection, [str(row["id"])])
        session.output.note(f"\nSee what happened: {explain}")


def _row(connection: Connection, execution: ExecutionDescription) -> dict[str, Any]:
    machine = execution.arn.split(":")[-2].removeprefix(connection.settings.resource_prefix)
    stopped = execution.stopped
    return {
        "id": f"{machine}{SEPARATOR}{execution.name}",
        "status": execution.status,
        "started": execution.started.isoformat(timespec="seconds"),
        "stopped": None if stopped is None else stopped.isoformat(timespec="seconds"),
        "input": execution.input,
        "output": execution.output,
        "error": execution.error,
        "cause": execution.cause,
    }


def arn_of(connection: Connection, execution: str) -> str:
    """The ARN of an execution, as `start` printed its id.

    Raises
    ------
    typer.BadParameter
        If it is neither an id nor an ARN.
    NotFoundError
        If there is no such workflow.
    """
    if EXECUTION_ARN.fullmatch(checked_text(execution, "The execution")):
        return execution
    workflow, separator, name = execution.partition(SEPARATOR)
    if not separator:
        raise typer.BadParameter(
            f"{execution!r} is not an execution; give WORKFLOW/NAME, as `start` printed it, or an "
            "ARN"
        )
    return execution_arn(_machine(connection, workflow), _checked(name))


def _machine(connection: Connection, workflow: str) -> str:
    known = connection.environment.workflows
    if workflow not in known:
        raise NotFoundError(
            f"Environment {connection.environment.name} has no custom workflow {workflow!r}; its "
            f"file lists {', '.join(known) or 'none'} under workflows."
            f"{did_you_mean(workflow, known)}"
        )
    return connection.settings.state_machine_arn(workflow)


def _checked(name: str) -> str:
    if not NAME.fullmatch(name):
        raise typer.BadParameter(
            f"{name!r} cannot name an execution: give 1 to 80 characters out of 0-9 A-Z a-z _ -"
        )
    return name
