"""Dead letters as lists show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.core.json_text import from_json
from cqrs.core.texts import storable
from cqrs.dead_letters.contents import contents_of, summary_of
from cqrs.dead_letters.queue import is_queue
from cqrs.dead_letters.stream import UnreadableLetter
from cqrs.errors import CqrsError
from cqrs.events.dead_letters import ERROR, REASON, RECORD
from cqrs.events.large_letters import BODY, SUMMARY

if TYPE_CHECKING:
    from cqrs.dead_letters.queue import Letter
    from cqrs.events.large_letters import Summary
    from cqrs.services import Services
    from cqrs.settings import Settings

COLUMNS = ("source", "message", "error", "reason", "body")

ID_LENGTH = 8
"""Characters of a message id that a table shows; they are enough to name a letter."""

BEGINNING = 80
"""Characters of a body that a table shows."""

NO_REASON = "no reason came with it"
DELIVERED_TOO_OFTEN = f"{NO_REASON}: it was delivered as often as its queue allows"
FOREIGN = f"{NO_REASON}: neither the function nor Lambda writes such letters of a table"


def letter_row(services: Services, source: str, letter: Letter, *, whole: bool) -> dict[str, Any]:
    """A letter with what is known of it.

    Parameters
    ----------
    whole
        Whether with the whole body, which is read from the bucket if it lies there. Else with its
        beginning, or what the letter says of it, and the beginning of its id.
    """
    error, reason = why(services.settings, source, letter)
    summary, problem = _summary(letter)
    row: dict[str, Any] = {
        "source": str(source),
        "message": letter.id if whole else letter.id[:ID_LENGTH],
        "sent_at": letter.sent_at,
        "error": error,
        "reason": reason,
        "body": letter.body if whole else beginning(letter.body),
        "set_aside": None,
    }
    if summary is None:
        return row if not problem else {**row, "set_aside": {"problem": problem}}
    described = _described(services, summary)
    if not whole:
        return {**row, "body": _words(described), "set_aside": described}
    from botocore.exceptions import ClientError  # noqa: PLC0415

    try:
        body = contents_of(services, source, letter).body
    except (CqrsError, ClientError) as missing:
        return {**row, "set_aside": {**described, "problem": str(missing)}}
    return {**row, "body": body, "set_aside": described}


def item_of(letter: Letter) -> dict[str, str] | None:
    """The key of the item that a letter of a stream is about, if the letter tells it."""
    summary, _ = _summary(letter)
    if summary is not None:
        return dict(summary.keys) or None
    try:
        keys = from_json(letter.body)[RECORD]["dynamodb"]["Keys"]
        return {name: str(keys[name]["S"]) for name in ("pk", "sk")}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def why(settings: Settings, source: str, letter: Letter) -> tuple[str, str]:
    """Error and reason of a letter: the function's own words, Lambda's, or what else is known."""
    if letter.told.keys() & {ERROR, REASON} or letter.text(BODY) == SUMMARY:
        return letter.text(ERROR), letter.text(REASON) or _lacking(letter)
    if (told := _told_by_lambda(letter)) is not None:
        return told
    return "", DELIVERED_TOO_OFTEN if is_queue(settings, source) else FOREIGN


def _lacking(letter: Letter) -> str:
    """The fault of a letter that has attributes of the function, and no reason as text."""
    for name in (REASON, ERROR):
        if name in letter.told and not letter.text(name):
            kind = str(letter.told[name].get("DataType"))
            return f"its attribute {name} is not text, but of the type {beginning(kind)}"
    _, problem = _summary(letter)
    return f"{NO_REASON}: {problem}" if problem else NO_REASON


def _told_by_lambda(letter: Letter) -> tuple[str, str] | None:
    try:
        written = from_json(letter.body)
        condition = written["requestContext"]["condition"]
        answer = written["responseContext"].get("functionError", "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if not (isinstance(condition, str) and isinstance(answer, str)):
        return None
    return beginning(condition), beginning(answer)


def beginning(body: str) -> str:
    """As much of a body as a table has room for."""
    return body if len(body) <= BEGINNING else f"{body[:BEGINNING]}..."


def _summary(letter: Letter) -> tuple[Summary | None, str]:
    """A letter's summary of what it cannot hold, or why that cannot be read."""
    try:
        return summary_of(letter), ""
    except UnreadableLetter as error:
        return None, str(error)


def _described(services: Services, summary: Summary) -> dict[str, Any]:
    return {
        "keys": dict(summary.keys),
        "place": {"source": summary.source_arn, "at": summary.place},
        "bytes": summary.size,
        "stored_at": services.whole_letters.uri(summary),
        "problem": summary.problem,
    }


def _words(described: dict[str, Any]) -> str:
    keys = storable(" ".join(described["keys"].values()))
    where = f"in {described['stored_at']}" if described["stored_at"] else described["problem"]
    return f"{keys} (at {described['place']['at']}): {described['bytes']:,} bytes, {where}".lstrip()
