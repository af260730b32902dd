"""Telling what happened to one thing, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Session, session_of
from cli.moments import WHEN, moment_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.explaining.stories import Story


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(explain)


def explain(
    context: typer.Context,
    key: Annotated[
        list[str],
        typer.Argument(
            metavar="KEY...",
            help="PK SK of a command or item. Id of a task, import, approval request, API request "
            "(instance of a problem) or invocation. MACHINE/NAME, name or ARN of an execution.",
            show_default=False,
        ),
    ],
    graph: Annotated[
        bool, typer.Option("--graph", help="Draw the state machine with the way that was taken.")
    ] = False,
    since: Annotated[
        str, typer.Option(help=f"How far back the id of a request is looked for: {WHEN}.")
    ] = "1d",
) -> None:
    """Tell what happened to one thing, in order, and what to do next.

    Of an error in a handler it names the line of code.
    """
    session = session_of(context)
    session.only_reads = True
    from cli.explaining.printing import show  # noqa: PLC0415 - other commands start without it

    show(session.output, _story(session, key, since), with_graph=graph)


def _story(session: Session, words: list[str], since: str) -> Story:
    from cli.explaining.commands import CommandNarrator  # noqa: PLC0415
    from cli.explaining.evidence import Evidence  # noqa: PLC0415
    from cli.explaining.executions import ExecutionNarrator  # noqa: PLC0415
    from cli.explaining.subjects import Kind, subject_of  # noqa: PLC0415
    from cli.explaining.work import WorkNarrator  # noqa: PLC0415
    from cqrs.core.keys import CommandKey, ItemKey  # noqa: PLC0415
    from cqrs.imports.keys import ImportKey  # noqa: PLC0415
    from cqrs.tasks.keys import TaskKey  # noqa: PLC0415

    begin = moment_of(since, "--since")
    connection = session.connection
    evidence = Evidence(connection)
    subject = subject_of(words, connection.settings.resource_prefix)
    first, second = subject.first, subject.second
    commands, work = CommandNarrator(evidence), WorkNarrator(evidence)
    executions = ExecutionNarrator(evidence)
    tell: dict[Kind, Callable[[], Story]] = {
        Kind.COMMAND: lambda: commands.command(CommandKey.parse(first, second)),
        Kind.ITEM: lambda: commands.item(ItemKey(first, second)),
        Kind.TASK: lambda: work.task(TaskKey(first, second)),
        Kind.IMPORT: lambda: work.an_import(ImportKey(first, second)),
        Kind.APPROVAL: lambda: work.approval(first),
        Kind.EXECUTION: lambda: executions.execution(first, second),
        Kind.NAME: lambda: executions.by_name(first, begin),
    }
    return tell[subject.kind]()
