"""Dead letters: listing and counting them, and giving them to the function again."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.context import session_of
from cqrs.dead_letters.queue import (
    PROJECT_SOURCES,
    DeadLetterQueue,
    count_dead_letters,
    sources,
)
from cqrs.dead_letters.rows import COLUMNS, letter_row
from cqrs.likely_names import did_you_mean
from cqrs.settings import Settings

SOURCE_HELP = (
    f"One of {', '.join(PROJECT_SOURCES)}, a queue or a streamed table of your own, or events, for "
    "your topics, buckets and schedules."
)


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("dead-letters")(dead_letters)
    app.command()(redrive)


def dead_letters(
    context: typer.Context,
    source: Annotated[str | None, typer.Argument(help=f"{SOURCE_HELP} All by default.")] = None,
) -> None:
    """List dead letters with their reasons, without taking them away."""
    session = session_of(context)
    services, whole = session.own_connection.services, session.output.as_json
    known = sources(services.settings)
    chosen = known if source is None else (named_source(services.settings, source),)
    rows: list[dict[str, Any]] = []
    missing = 0
    for each in chosen:
        count = count_dead_letters(services, each)
        letters = DeadLetterQueue(services, each).look(count)
        rows += [letter_row(services, each, letter, whole=whole) for letter in letters]
        missing += max(0, count - len(letters))
    session.output.rows("dead letters", rows, COLUMNS, note=_not_shown(missing))


def redrive(
    context: typer.Context,
    queue: Annotated[str, typer.Argument(help=SOURCE_HELP)],
) -> None:
    """Give dead letters back: a queue's messages, or the records of a table's stream."""
    # Both bring what reads records, of which the help needs nothing.
    from cli.deployed.replays import delivering  # noqa: PLC0415
    from cqrs.dead_letters.redriving import Redriving  # noqa: PLC0415

    session = session_of(context)
    connection = session.own_connection
    source = named_source(connection.settings, queue)
    redriving = Redriving(connection.services, source, delivering(connection.services))
    done = redriving.all(DeadLetterQueue(connection.services, source))
    note = f"Stopped: {done.stopped}" if done.stopped else looked_at(done.left)
    rows = [{"message": result.message_id, "result": result.result} for result in done.results]
    session.output.rows(
        f"dead letters of {source}", rows, ("message", "result"), whole=("message",), note=note
    )
    if note or any(result.stays for result in done.results):
        raise typer.Exit(1)


def named_source(settings: Settings, name: str) -> str:
    """The source that an argument names.

    Raises
    ------
    typer.BadParameter
        If it names none.
    """
    known = sources(settings)
    if name in known:
        return name
    raise typer.BadParameter(
        f"{name!r} has no dead letters; use one of {', '.join(known)}.{did_you_mean(name, known)}"
    )


def _not_shown(count: int) -> str:
    """SQS shows some letters at a time, and none that are being looked at."""
    return f"{count} more cannot be shown now, try again in a minute." if count > 0 else ""


def looked_at(count: int) -> str:
    """A remark on letters that somebody else has taken."""
    if count <= 0:
        return ""
    return f"{count} more {'is' if count == 1 else 'are'} being looked at, try again in a minute."
