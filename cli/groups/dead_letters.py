"""Dead letters: listing and counting them, and giving them to the function again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any

import typer

from cli.context import session_of
from cli.deployed.connection import Connection
from cli.letters.contents import Contents, contents_of, remove_contents
from cli.letters.queue import (
    PROJECT_SOURCES,
    DeadLetterQueue,
    Letter,
    count_dead_letters,
    is_queue,
    sources,
)
from cli.letters.rows import COLUMNS, letter_row
from cli.letters.stream import (
    UnreadableLetter,
    event_of,
    records_of,
    replay,
    replay_event,
)
from cqrs.aws.clients import send
from cqrs.core.texts import message_of
from cqrs.errors import CqrsError
from cqrs.resources import FAILED_EVENTS
from cqrs.settings import Settings

SOURCE_HELP = (
    f"One of {', '.join(PROJECT_SOURCES)}, a queue or a streamed table of your own, or events, for "
    "your topics, buckets and schedules."
)

GIVEN_BACK = "given back"
NO_WORK = "needs no work, removed"


@dataclass(frozen=True, slots=True)
class Redriven:
    """The outcome of one dead letter.

    Attributes
    ----------
    message_id
        The message.
    result
        The result, or why it stays in the dead-letter queue.
    stays
        Whether it does.
    """

    message_id: str
    result: str
    stays: bool = False


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
    connection = session.own_connection
    services, whole = connection.services, session.output.as_json
    known = sources(services.settings)
    chosen = known if source is None else (named_source(services.settings, source),)
    rows: list[dict[str, Any]] = []
    missing = 0
    for each in chosen:
        count = count_dead_letters(connection, each)
        letters = DeadLetterQueue(connection, each).look(count)
        rows += [letter_row(services, each, letter, whole=whole) for letter in letters]
        missing += max(0, count - len(letters))
    session.output.rows("dead letters", rows, COLUMNS, note=_not_shown(missing))


def redrive(
    context: typer.Context,
    queue: Annotated[str, typer.Argument(help=SOURCE_HELP)],
) -> None:
    """Give dead letters back: a queue's messages, or the records of a table's stream."""
    session = session_of(context)
    connection = session.own_connection
    source = named_source(connection.settings, queue)
    results, note = _redrive(connection, source)
    rows = [{"message": result.message_id, "result": result.result} for result in results]
    session.output.rows(
        f"dead letters of {source}", rows, ("message", "result"), whole=("message",), note=note
    )
    if note or any(result.stays for result in results):
        raise typer.Exit(1)


def _redrive(connection: Connection, source: str) -> tuple[list[Redriven], str]:
    """Give back each letter that lies there now; what became of them, and what else there is.

    A letter that comes back is a new one, and trying that again at once would go on for ever.
    """
    count, letters = count_dead_letters(connection, source), DeadLetterQueue(connection, source)
    results: list[Redriven] = []
    try:
        for letter in letters.take(count):
            result = _give_back(connection, source, letters, letter)
            results.append(result)
    except CqrsError as error:
        if not results:
            raise
        return results, f"Stopped: {error}"
    finally:
        letters.release()
    return results, looked_at(count - len(results))


def _give_back(
    connection: Connection, source: str, letters: DeadLetterQueue, letter: Letter
) -> Redriven:
    try:
        result = _handle(connection, source, letter)
        if result.stays:
            return result
        letters.remove(letter)
    except UnreadableLetter as error:
        return Redriven(letter.id, f"unreadable, left there: {error}", stays=True)
    except Exception as error:  # noqa: BLE001 - whatever a letter holds, those behind it go on
        reason = f"left there: {type(error).__name__}: {message_of(error)}"
        return Redriven(letter.id, reason, stays=True)
    left = remove_contents(connection.services, source, letter)
    return replace(result, result=f"{result.result}; {left}") if left else result


def _handle(connection: Connection, source: str, letter: Letter) -> Redriven:
    contents = contents_of(connection.services, source, letter)
    if is_queue(connection.settings, source):
        _send_to_queue(connection, source, contents)
        return Redriven(letter.id, GIVEN_BACK)
    if source == FAILED_EVENTS:
        problem = replay_event(connection.services, event_of(contents.body))
        return Redriven(
            letter.id, f"left there: {problem}" if problem else GIVEN_BACK, bool(problem)
        )
    records = records_of(connection.services, source, contents.body)
    problems = replay(connection.services, records)
    if problems:
        return Redriven(letter.id, f"left there: {'; '.join(problems)}", stays=True)
    return Redriven(letter.id, GIVEN_BACK if records else NO_WORK)


def _send_to_queue(connection: Connection, source: str, contents: Contents) -> None:
    # SQS can move messages by itself (StartMessageMoveTask), but not on every emulator.
    send(
        connection.services.clients.sqs,
        "send_message",
        QueueUrl=connection.environment.queue_url(source),
        MessageBody=contents.body,
        MessageAttributes=contents.attributes,
    )


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
    raise typer.BadParameter(f"{name!r} has no dead letters; use one of {', '.join(known)}")


def _not_shown(count: int) -> str:
    """SQS shows some letters at a time, and none that are being looked at."""
    return f"{count} more cannot be shown now, try again in a minute." if count > 0 else ""


def looked_at(count: int) -> str:
    """A remark on letters that somebody else has taken."""
    if count <= 0:
        return ""
    return f"{count} more {'is' if count == 1 else 'are'} being looked at, try again in a minute."
