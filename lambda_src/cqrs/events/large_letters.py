"""Records and messages that no dead letter holds: a summary in the letter, the whole in the bucket.

The whole is there before its letter, under a key that no other write has. So a letter never names
what is not there. If the same record is set aside twice, giving one letter back takes nothing from
the other.
"""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cqrs.aws.messages import message_body
from cqrs.core.texts import storable
from cqrs.errors import NotFoundError, ValidationError
from cqrs.resources import DEAD_LETTERS_PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cqrs.aws.object_store import ObjectStore

BODY = "body"
SUMMARY = "summary"
"""The message attribute, and its value, of a letter of which the body is a summary."""

KEY_LENGTH = 2048
"""Characters of a key that a summary shows: as long as DynamoDB lets one be."""

SOURCE_ARN, PLACE, KEYS, SIZE, WHOLE, PROBLEM = (
    "eventSourceARN", "place", "keys", "size", "bodyKey", "problem",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Summary:
    """A letter's summary of something that it cannot hold.

    Attributes
    ----------
    source_arn
        ARN of the stream or queue.
    place
        Sequence number of the record, or id of the message.
    keys
        Key of the record's item, as text; empty for a message.
    size
        Bytes of the whole.
    body_key
        The key of the whole in the bucket; empty if it could not be kept.
    problem
        Then, why, and what to do.
    """

    source_arn: str
    place: str
    keys: Mapping[str, str]
    size: int
    body_key: str = ""
    problem: str = ""

    def write(self) -> str:
        """The letter's body."""
        return message_body(
            {
                SOURCE_ARN: self.source_arn,
                PLACE: self.place,
                KEYS: self.keys,
                SIZE: self.size,
                WHOLE: self.body_key,
                PROBLEM: self.problem,
            }
        )

    @classmethod
    def parse(cls, body: str) -> Summary:
        """Read a letter's body.

        Raises
        ------
        ValidationError
            If it is not a summary.
        """
        try:
            written = json.loads(body)
            return cls(
                _text(written[SOURCE_ARN]),
                _text(written[PLACE]),
                {_text(name): _text(value) for name, value in written[KEYS].items()},
                int(written[SIZE]),
                _text(written[WHOLE]),
                _text(written[PROBLEM]),
            )
        # Anybody may send a message that calls itself a summary.
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
            raise ValidationError("it calls itself a summary, and is none") from None


class WholeLetters:
    """Bodies that letters cannot hold.

    Parameters
    ----------
    objects
        The environment's bucket.
    """

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def keep(self, source: str, place: str, document: str) -> str:
        """Store a document and return its key (one PutObject).

        Parameters
        ----------
        source
            Base name of the queue or table.
        place
            Message id or sequence number.
        document
            JSON, as :func:`~cqrs.aws.messages.message_body` writes it.

        Raises
        ------
        TransientError
            If S3 did not take it just now.
        botocore.exceptions.ClientError, PermanentError
            If S3 refused it.
        """
        name = re.sub("[^A-Za-z0-9-]", "_", place)[:80]
        key = f"{_folder(source)}{name}-{uuid.uuid4().hex}.json"
        self._objects.put_pieces(key, [document.encode()], "application/json")
        return key

    def read(self, source: str, summary: Summary) -> str:
        """Read the document of a letter (one GetObject).

        Raises
        ------
        NotFoundError
            If it could not be kept, or is gone.
        ValidationError
            If the letter names something else.
        """
        if not summary.body_key:
            raise NotFoundError(summary.problem)
        try:
            return self._objects.get_bytes(_checked(source, summary)).decode()
        except UnicodeDecodeError:
            raise ValidationError(f"{self.uri(summary)} is no JSON in UTF-8") from None

    def remove(self, source: str, summary: Summary) -> None:
        """Remove the document of a letter that is gone (one DeleteObject if there is one)."""
        if summary.body_key:
            self._objects.remove(_checked(source, summary))

    def uri(self, summary: Summary) -> str:
        """The address of a letter's document; empty if it could not be kept."""
        return self._objects.uri(summary.body_key) if summary.body_key else ""


def shown_keys(record: Mapping[str, Any]) -> dict[str, str]:
    """Key of a stream record's item, as a summary shows it."""
    keys = record["dynamodb"].get("Keys") or {}
    return {name: str(next(iter(value.values()), ""))[:KEY_LENGTH] for name, value in keys.items()}


def _text(value: object) -> str:
    return storable(str(value))


def _folder(source: str) -> str:
    return f"{DEAD_LETTERS_PREFIX}/{source}/"


def _checked(source: str, summary: Summary) -> str:
    # Anybody who may send a message could name any object, to have it sent or removed.
    if not summary.body_key.startswith(_folder(source)):
        raise ValidationError(f"its body would lie at {summary.body_key}, and no letter's does")
    return summary.body_key
