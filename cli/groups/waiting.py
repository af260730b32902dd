"""Waiting for the end of anything that has one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.arguments import checked
from cli.context import Session, session_of
from cli.numbers import seconds_option
from cqrs.approvals.keys import APPROVAL
from cqrs.core.keys import KEY_SEPARATOR, VERSION_SEPARATOR, CommandKey, ItemKey
from cqrs.errors import NotFoundError
from cqrs.imports.keys import CSV_IMPORT, ImportKey
from cqrs.tasks.keys import SINGLE, STEP_FUNCTION, TaskKey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.watching.followed_work import FollowedWork

FORMS = (
    "the id of a task, import or approval request; an execution as WORKFLOW/NAME or ARN; "
    "PK SK@VERSION, or PK SK for the newest version"
)


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(wait)


def wait(
    context: typer.Context,
    work: Annotated[
        list[str],
        typer.Argument(
            metavar="ID | PK SK",
            help=f"Names what to wait for: {FORMS}.",
            show_default=False,
        ),
    ],
    timeout: Annotated[
        float | None,
        seconds_option("How many seconds to wait; without an end by default.", least=1),
    ] = None,
) -> None:
    """Wait for the end of a command, a task, an import, an approval or an execution.

    Then it is shown; the exit code is 1 if it is not a success, or has not ended in time.
    """
    _awaited(session_of(context), work).wait(timeout)


def _awaited(session: Session, words: Sequence[str]) -> FollowedWork[Any]:
    """The work that words name; the form of a name tells the kind."""
    # Each kind has its modules, and only one is asked for.
    if len(words) == 2:  # noqa: PLR2004 - a partition and a sort key
        return _version(session, *words)
    (word,) = words if len(words) == 1 else ("",)
    kind, separator, _ = word.partition(KEY_SEPARATOR)
    if separator and "/" in word:
        if kind in {SINGLE, STEP_FUNCTION}:
            from cli.groups import tasks  # noqa: PLC0415

            return tasks.followed(session, checked(TaskKey.parse, word))
        if kind == CSV_IMPORT:
            from cli.groups import imports  # noqa: PLC0415

            return imports.followed(session, checked(ImportKey.parse, word))
        if kind == APPROVAL:
            from cli.groups import approvals  # noqa: PLC0415

            return approvals.followed(session, word)
    elif "/" in word or word.startswith("arn:"):
        from cli.groups import workflows  # noqa: PLC0415

        return workflows.followed(session, workflows.arn_of(session.connection, word), word)
    raise typer.BadParameter(f"{' '.join(words)!r} names nothing that ends: give {FORMS}")


def _version(session: Session, pk: str, sk: str) -> FollowedWork[Any]:
    from cli.groups import commands  # noqa: PLC0415

    if sk.rpartition(VERSION_SEPARATOR)[2].isdecimal() and VERSION_SEPARATOR in sk:
        return commands.followed(session, checked(lambda key: CommandKey.checked(*key), (pk, sk)))
    item = checked(lambda key: ItemKey.checked(*key), (pk, sk))
    newest = session.connection.services.commands.newest_version(item)
    if not newest:
        raise NotFoundError(f"{item} has no version: nothing of it was published.")
    return commands.followed(session, item.at(newest))
