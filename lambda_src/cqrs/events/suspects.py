"""Records of a stream that fail again and again, though AWS is there.

Lambda repeats a record as long as the stream's settings say, which is long enough for any outage,
and holds up those behind it meanwhile. It does not say how often it has. A record that ends its
process each time, or that a mistake in a handler fails, would do so for a day. So the function
counts the tries itself, in the bucket, which outlives the process.

It counts only the tries of a record that comes alone and late. One that is handled in time costs no
request, nor do those of a backlog, which come in full batches. One that fails its batch is alone
soon, as Lambda halves the batch each time. (Lambda guide, "Retaining discarded records for a
DynamoDB event source in Lambda").
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from cqrs.core.observability import logger
from cqrs.core.texts import message_of
from cqrs.errors import NotFoundError, TooManyTries, TransientError
from cqrs.resources import TRIES_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cqrs.aws.object_store import ObjectStore

    Record = Mapping[str, Any]

LATE_SECONDS = 300.0
"""Age of a record from which its tries are counted."""

MOST_TRIES = 10
"""That many tries, in which a process has died or a handler has failed."""

TRIES = "tries"


def is_suspect(records: Sequence[Record]) -> bool:
    """Tell whether a batch is one record that should have been handled long ago."""
    if len(records) != 1:
        return False
    written = records[0].get("dynamodb", {}).get("ApproximateCreationDateTime")
    return isinstance(written, int | float) and time.time() - written > LATE_SECONDS


class CountedTries:
    """Counts the tries of one record, of which none that AWS failed (two or three requests to S3).

    If the bucket does not answer, the try is not counted.

    Parameters
    ----------
    objects
        The bucket.
    table
        Name of the table whose stream has the record.
    record
        The record.
    """

    def __init__(self, objects: ObjectStore, table: str, record: Record) -> None:
        self._objects = objects
        self._key = f"{TRIES_PREFIX}/{table}/{record['dynamodb']['SequenceNumber']}.json"
        self._tries = 0

    def handling(self, handle: Callable[[Record], None]) -> Callable[[Record], None]:
        """Count what a handler does with the record.

        The handler that is returned raises TooManyTries in the place of one try too many.
        """

        def counted(record: Record) -> None:
            self._begin()
            try:
                handle(record)
            except TransientError:
                if self._tries:
                    self._write(self._tries - 1)
                raise

        return counted

    def are_used_up(self, _record: Record) -> bool:
        """Tell whether this was the record's last try."""
        return self._tries >= MOST_TRIES

    def _begin(self) -> None:
        begun = self._read()
        if begun is None:
            return
        if begun >= MOST_TRIES:
            self._tries = begun
            raise TooManyTries(
                f"{begun} processes began this record, and none of them came to its end. They were "
                "killed, ran out of memory or took longer than the function may. Look at the "
                "function's log, mend the cause, and give the record back."
            )
        self._write(begun + 1)

    def _read(self) -> int | None:
        try:
            document = self._objects.get_json(self._key)
        except NotFoundError:
            return 0
        except Exception as error:  # noqa: BLE001 - no count is worth a record
            _not_counted(error)
            return None
        tries = document.get(TRIES) if isinstance(document, dict) else 0
        return tries if type(tries) is int else 0

    def _write(self, tries: int) -> None:
        self._tries = tries
        try:
            self._objects.put_json(self._key, {TRIES: tries})
        except Exception as error:  # noqa: BLE001 - no count is worth a record
            _not_counted(error)


def _not_counted(error: Exception) -> None:
    logger.warning("Try of a record not counted", extra={"reason": message_of(error)})
