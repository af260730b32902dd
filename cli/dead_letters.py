"""Dead letters: listing and counting them, and giving them to the function once more."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated

import typer

from cli.connection import Connection
from cli.context import session_of
from cli.dead_letter_queue import SOURCES, DeadLetterQueue, Letter
from cli.stream_letters import UnreadableLetter, records_of, replay
from cqrs.clients import send
from cqrs.dead_letters import ERROR, REASON
from cqrs.errors import CqrsError
from cqrs.resources import Queue, Table, dead_letter_queue

Source = Queue | Table

GIVEN_BACK = "given back"
NO_WORK = "needs no work, removed"

BEGINNING = 80
"""Characters of a body that a table shows."""


@dataclass(frozen=True, slots=True)
class Redriven:
    """What became of one dead letter.

    Attributes
    ----------
    message_id
        The message.
    result
        What was done, or why it stays in the dead-letter queue.
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
    source: Annotated[
        str | None, typer.Argument(help=f"One of {', '.join(SOURCES)}; all by default.")
    ] = None,
) -> None:
    """List dead letters with their reasons, without taking them away."""
    session = session_of(context)
    sources = SOURCES if source is None else (_source(source),)
    rows: list[dict[str, str]] = []
    missing = 0
    for each in sources:
        count = count_dead_letters(session.connection, each)
        letters = DeadLetterQueue(session.connection, each).look(count)
        rows += [_row(each, letter, whole=session.output.as_json) for letter in letters]
        missing += max(0, count - len(letters))
    columns = ("source", "error", "reason", "body")
    session.output.rows("dead letters", rows, columns, note=_not_shown(missing))


def redrive(
    context: typer.Context,
    queue: Annotated[str, typer.Argument(help=f"One of {', '.join(SOURCES)}.")],
) -> None:
    """Give dead letters back: a queue's messages, or the records of a table's stream."""
    session = session_of(context)
    source = _source(queue)
    results, note = _redrive(session.connection, source)
    rows = [{"message": result.message_id, "result": result.result} for result in results]
    session.output.rows(
        f"dead letters of {source}", rows, ("message", "result"), whole=("message",), note=note
    )
    if note or any(result.stays for result in results):
        raise typer.Exit(1)


def count_dead_letters(connection: Connection, source: Source) -> int:
    """Letters of a source, those included that somebody is looking at."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = send(
        connection.services.clients.sqs,
        "get_queue_attributes",
        QueueUrl=connection.environment.queue_url(dead_letter_queue(source)),
        AttributeNames=names,
    )
    return sum(int(answer["Attributes"][name]) for name in names)


def _redrive(connection: Connection, source: Source) -> tuple[list[Redriven], str]:
    """Give back each letter that lies there now; what became of them, and what else there is.

    What comes back is a new letter, and trying that again at once would go on for ever.
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
    return results, _others(count - len(results))


def _give_back(
    connection: Connection, source: Source, letters: DeadLetterQueue, letter: Letter
) -> Redriven:
    from botocore.exceptions import ClientError  # noqa: PLC0415

    try:
        result = _handle(connection, source, letter)
        if not result.stays:
            letters.remove(letter)
    except UnreadableLetter as error:
        return Redriven(letter.id, f"unreadable, left there: {error}", stays=True)
    except (CqrsError, ClientError) as error:
        return Redriven(letter.id, f"left there: {type(error).__name__}: {error}", stays=True)
    return result


def _handle(connection: Connection, source: Source, letter: Letter) -> Redriven:
    if isinstance(source, Queue):
        _send_to_queue(connection, source, letter)
        return Redriven(letter.id, GIVEN_BACK)
    records = records_of(connection.services, source, letter.body)
    problems = replay(connection.services, records)
    if problems:
        return Redriven(letter.id, f"left there: {'; '.join(problems)}", stays=True)
    return Redriven(letter.id, GIVEN_BACK if records else NO_WORK)


def _send_to_queue(connection: Connection, source: Queue, letter: Letter) -> None:
    # SQS can move messages by itself (StartMessageMoveTask), but not on every emulator.
    reasons = (ERROR, REASON)
    send(
        connection.services.clients.sqs,
        "send_message",
        QueueUrl=connection.environment.queue_url(source),
        MessageBody=letter.body,
        MessageAttributes={
            name: value for name, value in letter.attributes.items() if name not in reasons
        },
    )


def _source(name: str) -> Source:
    for source in SOURCES:
        if source == name:
            return source
    raise typer.BadParameter(f"{name!r} has no dead letters; use one of {', '.join(SOURCES)}")


def _not_shown(count: int) -> str:
    """SQS shows some letters at a time, and none that are being looked at."""
    return f"{count} more cannot be shown now, try again in a minute." if count > 0 else ""


def _others(count: int) -> str:
    if count <= 0:
        return ""
    return f"{count} more {'is' if count == 1 else 'are'} being looked at, try again in a minute."


def _row(source: Source, letter: Letter, *, whole: bool) -> dict[str, str]:
    error, reason = _why(letter)
    return {
        "source": source.value,
        "message": letter.id,
        "sent_at": letter.sent_at,
        "error": error,
        "reason": reason,
        "body": letter.body if whole else _beginning(letter.body),
    }


def _why(letter: Letter) -> tuple[str, str]:
    """Error and reason of a letter: the function's own words, or Lambda's."""
    if error := letter.text(ERROR):
        return error, letter.text(REASON)
    try:
        written = json.loads(letter.body)
        return written["requestContext"]["condition"], str(
            written["responseContext"].get("functionError", "")
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return "", "no reason came with it: it was delivered as often as its queue allows"


def _beginning(body: str) -> str:
    return body if len(body) <= BEGINNING else f"{body[:BEGINNING]}..."
