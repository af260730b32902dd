"""Records of the dead letters that somebody gave up, in the bucket.

A letter has one record, which lies under the day on which the letter came. Somebody who gives up
again, after a crash, what was recorded and not yet deleted writes the same object again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cqrs.aws.messages import message_body
from cqrs.core.clock import iso
from cqrs.core.json_text import from_json
from cqrs.dead_letters.contents import Contents, contents_of
from cqrs.dead_letters.rows import why
from cqrs.errors import CqrsError, NotFoundError, TransientError
from cqrs.resources import DEAD_LETTER_RETENTION_DAYS, DISCARDED_PREFIX
from cqrs.storage.paging import refuse_foreign_cursor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cqrs.dead_letters.queue import Letter
    from cqrs.services import Services

Record = dict[str, Any]

UNDATED = "undated"
"""Folder of letters of which SQS does not say when they came; it is listed behind all dates."""

SHOWN = ("discarded_at", "by", "source", "message", "why")
"""The columns of a table of records."""

NO_RECORD = "it is not a record of a letter"

DAY = len("2026-01-01")

KEY_LENGTH = 1024
"""Bytes of an object's key (S3 guide, "Naming Amazon S3 objects")."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Somebody's decision to give letters up.

    Attributes
    ----------
    by, why
        Who decided so, and the reason.
    at
        When; UTC.
    """

    by: str
    why: str
    at: datetime


class DiscardedLetters:
    """Writes and lists the records.

    Parameters
    ----------
    services
        Access to the bucket.
    """

    def __init__(self, services: Services) -> None:
        self._services = services

    def record(self, source: str, letter: Letter, decision: Decision) -> str:
        """Write down that a letter is given up, with the whole of it; the record's address.

        Raises
        ------
        TransientError
            If S3 did not answer.
        """
        error, reason = why(self._services.settings, source, letter)
        contents, missing = self._contents(source, letter)
        document = {
            "discarded_at": iso(decision.at),
            "by": decision.by,
            "why": decision.why,
            "source": str(source),
            "message": letter.id,
            "sent_at": letter.sent_at,
            "error": error,
            "reason": reason,
            "attributes": dict(contents.attributes),
            "body": contents.body,
            "missing": missing,
        }
        day = letter.sent_at[:DAY] or UNDATED
        name = re.sub("[^A-Za-z0-9-]", "_", letter.id)
        key = f"{DISCARDED_PREFIX}/{day}/{source}/{name}.json"
        content = message_body(document).encode()
        self._services.objects.put_pieces(key, [content], "application/json")
        return self._services.objects.uri(key)

    def entries(
        self, since: datetime | None = None, after: str | None = None
    ) -> Iterator[tuple[str, Record | str]]:
        """The address and the content of each record, those of the oldest letters first.

        The reason, as text, in the place of what cannot be read.

        Parameters
        ----------
        since
            Without what was discarded earlier.
        after
            Address of the record that they come after; None for all.

        Raises
        ------
        ValidationError
            If nothing in their folder can have that address.
        """
        objects = self._services.objects
        folder = f"{DISCARDED_PREFIX}/"

        def belongs(address: str) -> bool:
            key = address.removeprefix(objects.uri(""))
            is_within = address.startswith(objects.uri(folder)) and key != folder
            return is_within and len(key.encode(errors="surrogatepass")) <= KEY_LENGTH

        refuse_foreign_cursor(after, belongs, "the discarded letters")
        behind = "" if after is None else after.removeprefix(objects.uri(""))
        for key in objects.keys(folder, after=max(folder + _earliest_day(since), behind)):
            record = self._read(key)
            if isinstance(record, str) or since is None or _moment(record) >= since:
                yield objects.uri(key), record

    def _contents(self, source: str, letter: Letter) -> tuple[Contents, str]:
        """The whole; if the bucket has lost it, the letter itself, and what is missing."""
        try:
            return contents_of(self._services, source, letter), ""
        except TransientError:
            raise
        except CqrsError as error:
            return Contents(letter.body, {**letter.sent_attributes, **letter.told}), str(error)

    def _read(self, key: str) -> Record | str:
        from botocore.exceptions import ClientError  # noqa: PLC0415

        try:
            record = dict(from_json(self._services.objects.get_bytes(key)))
            is_dated = _moment(record).tzinfo is not None
        # S3 withholds an object that was archived, or has a key that nobody here may use.
        except (ClientError, NotFoundError) as refusal:
            return str(refusal).rstrip(".")
        except (ValueError, TypeError, KeyError, RecursionError):
            return NO_RECORD
        is_complete = all(isinstance(record.get(name), str) for name in SHOWN)
        return record if is_dated and is_complete else NO_RECORD


def _moment(record: Record) -> datetime:
    return datetime.fromisoformat(record["discarded_at"])


def _earliest_day(since: datetime | None) -> str:
    """The day before which no letter came that could be discarded since then."""
    if since is None:
        return ""
    try:
        day = since.astimezone(UTC) - timedelta(days=DEAD_LETTER_RETENTION_DAYS + 1)
    except OverflowError:  # the first days of all
        return ""
    return day.date().isoformat()
