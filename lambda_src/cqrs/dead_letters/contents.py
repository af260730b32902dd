"""The content of a dead letter, whether the letter holds it or the bucket does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cqrs.aws.messages import sent_attributes
from cqrs.core.json_text import from_json
from cqrs.dead_letters.queue import is_queue
from cqrs.dead_letters.stream import UnreadableLetter
from cqrs.errors import CqrsError, ValidationError
from cqrs.events.dead_letters import MESSAGE
from cqrs.events.large_letters import BODY, SUMMARY, Summary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cqrs.dead_letters.queue import Letter
    from cqrs.services import Services


@dataclass(frozen=True, slots=True)
class Contents:
    """A whole letter.

    Attributes
    ----------
    body
        The message's body; of a stream, JSON that holds the record or its place.
    attributes
        The message's own attributes, as SQS has them.
    """

    body: str
    attributes: Mapping[str, Any]


def summary_of(letter: Letter) -> Summary | None:
    """A letter's summary of something that it cannot hold; None if it holds it.

    Raises
    ------
    UnreadableLetter
        If it calls itself a summary, and is none.
    """
    if letter.text(BODY) != SUMMARY:
        return None
    try:
        return Summary.parse(letter.body)
    except ValidationError as error:
        raise UnreadableLetter(str(error)) from None


def contents_of(services: Services, source: str, letter: Letter) -> Contents:
    """The whole of a letter (one GetObject if the bucket holds it).

    Raises
    ------
    UnreadableLetter
        If it is not known what it stands for.
    NotFoundError
        If the bucket does not have it.
    TransientError
        If S3 did not answer.
    """
    summary = summary_of(letter)
    if summary is None:
        return Contents(letter.body, letter.sent_attributes)
    try:
        document = services.whole_letters.read(source, summary)
    except ValidationError as error:
        raise UnreadableLetter(str(error)) from None
    return _message(document) if is_queue(services.settings, source) else Contents(document, {})


def remove_contents(services: Services, source: str, letter: Letter) -> str:
    """Remove what the bucket holds of a letter that is gone; what hinders it, if anything."""
    from botocore.exceptions import ClientError  # noqa: PLC0415

    try:
        summary = summary_of(letter)
        if summary is not None:
            services.whole_letters.remove(source, summary)
    except UnreadableLetter:
        return ""  # nothing of it lies there
    except (CqrsError, ClientError) as error:
        return f"what the bucket holds of it stays there until it expires: {error}"
    return ""


def _message(document: str) -> Contents:
    try:
        message = from_json(document)[MESSAGE]
        return Contents(str(message["body"]), sent_attributes(message["messageAttributes"] or {}))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise UnreadableLetter("the bucket's part of it is not a message") from None
