"""The import-action-queue: files that are read in the function, and rests of batches.

Each message is worked off as far as an invocation's time goes; what is left then goes into the
next message. One of which nothing was done is sent on and comes later, the later the more often.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, Any

from cqrs.aws.clients import send
from cqrs.aws.map_results import MapResults
from cqrs.aws.messages import message_body
from cqrs.aws.object_store import ObjectStore
from cqrs.core.failures import kept_failure
from cqrs.core.observability import count, logger
from cqrs.core.reading import reading
from cqrs.errors import (
    NotFoundError,
    PermanentError,
    TooManyTries,
    TransientError,
    UnsupportedEventError,
    ValidationError,
)
from cqrs.imports import hops
from cqrs.imports.batches import rows_of
from cqrs.imports.chunks.importer import Import
from cqrs.imports.csv.reader import rows_from
from cqrs.imports.csv.source import Source
from cqrs.imports.execution_failures import of_batch
from cqrs.imports.keys import ImportKey
from cqrs.imports.models import COLUMNS, ProcessingMode, PublishMode, Row, refuse_damaged, status_of
from cqrs.imports.records import MANIFEST, JobIsOver, Place
from cqrs.metrics import Metric
from cqrs.resources import IMPORT_COPIES_PREFIX, IMPORTS_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cqrs.aws.clients import Clients
    from cqrs.aws.map_results import UnsuccessfulChild
    from cqrs.core.attribute_values import Item
    from cqrs.core.deadline import Deadline
    from cqrs.events.types import SqsEvent
    from cqrs.imports.chunks.importer import BatchImporter
    from cqrs.imports.chunks.rows import RowReaders
    from cqrs.imports.closer import ImportCloser
    from cqrs.imports.records import ImportRecords
    from cqrs.settings import Settings

CLOSED_COUNTER = (
    "A counter of the import is closed, and the import is under way: something other than the "
    "services closed it. Import the file again."
)

FILE, REST, BATCHES = "file", "rest", "batches"
"""The subject of a message: a file, a rest of a batch, or batches that failed."""

NUMBERS = {FILE: ("row", "offset"), REST: ("row",), BATCHES: ("row", "file", "offset")}
"""The parts of a message that are whole numbers."""

BATCHES_ROW = 0
"""The row from which failed batches are handed over as one rest: a file's begin with 1."""

SECONDS_KEPT = 15.0
"""Time below which no further failed batch is handed over."""

HOPS = "hops"
"""Part of a message: how often it was sent on since the last row that was done; none if never."""


class ImportQueue:
    """Sends to the queue, and works off what comes from it.

    Parameters
    ----------
    clients, settings
        Access to the queue and to files.
    records, closer
        Write and close jobs.
    importer
        Imports rows.
    readers
        Makes readers of the rows of jobs.
    deadline
        Time that is left.
    """

    def __init__(
        self,
        clients: Clients,
        settings: Settings,
        records: ImportRecords,
        closer: ImportCloser,
        importer: BatchImporter,
        readers: RowReaders,
        deadline: Deadline,
    ) -> None:
        self._clients = clients
        self._settings = settings
        self._records = records
        self._closer = closer
        self._importer = importer
        self._readers = readers
        self._deadline = deadline
        self._objects = ObjectStore(clients, settings.bucket)
        self._results = MapResults(self._objects)

    def send_file(self, key: ImportKey, place: Place) -> None:
        """Let a file be read on from a place."""
        self._send({**key.to_mapping(), "part": FILE, "offset": place.offset, "row": place.row})

    def hand_over(
        self,
        key: ImportKey,
        rows: Sequence[Row],
        *,
        by_batch: bool = False,
        is_hindered: bool = False,
    ) -> None:
        """Leave rows to another invocation; a repeat sends them again, which changes nothing.

        Parameters
        ----------
        by_batch
            Whether a batch of the map leaves them.
        is_hindered
            Whether this invocation could do no row, so that the other one is to come later.

        Raises
        ------
        JobIsOver
            If the job takes no more rows.
        """
        first = rows[0].number
        self._objects.put_json(
            _rest_key(key, first), [{"row": dict(r.fields), "number": r.number} for r in rows]
        )
        self._records.hand_over(key, first, by_batch=by_batch)
        self._send_rest(key, first, int(is_hindered))

    def hand_over_batches(self, key: ImportKey, manifest: str) -> bool:
        """Leave the batches of a map that did not succeed to other invocations.

        They count as one rest, whose invocations make a rest of each batch. A repeat changes
        nothing.

        Parameters
        ----------
        manifest
            Key of the manifest of the map's results.

        Returns
        -------
        bool
            False if there are no results of batches that did not succeed.

        Raises
        ------
        TransientError
            If AWS failed just now.
        """
        try:
            if not self._results.unsuccessful(manifest):
                return False
            self._records.hand_over(key, BATCHES_ROW, by_batch=True, more={MANIFEST: manifest})
        except NotFoundError:
            return False
        except JobIsOver:
            return True
        self._send_rest(key, BATCHES_ROW)
        return True

    def send_rests_again(self, key: ImportKey) -> None:
        """Send all rests of a job that are not done; one that is done twice changes nothing.

        A batch may die between noting a rest and sending it. No repeat of it sends the rest if its
        execution has ended.
        """
        for first in self._records.rests(key):
            self._send_rest(key, first)

    def handle(self, event: SqsEvent) -> None:
        """Import what a message is about.

        If AWS fails that just now, the message is sent on: SQS would give it up after a few tries.
        A file that cannot be imported fails its job at once, and a rest does when the others are
        done. The job has the reason, as its maker looks there.

        Raises
        ------
        ValidationError
            If the message names no job, or one that has no status.
        UnsupportedEventError
            If it does not say what to do, or to import a rest that there is none of.
        NotFoundError
            If the job is gone.
        TransientError
            If AWS failed just now, and does not take the message again either.
        """
        message = event.json()
        key = ImportKey.from_mapping(message)
        _refuse_bad_message(message, event.queue)
        try:
            self._handle(key, message, event.queue)
        except TransientError as error:
            if _hops_of(message) > hops.MOST_HOPS:
                raise
            logger.warning("Message is sent on", extra={"job": str(key), "reason": str(error)})
            self._send_on(message)

    def _handle(self, key: ImportKey, message: dict[str, Any], queue: str) -> None:
        job = self._records.read(key)
        if job is None:
            raise NotFoundError(f"Import {key} is not in the import_tmp table; has it expired?")
        if status_of(job).is_final:
            return
        if not self._is_own(key, job, message):
            raise _foreign(key, message, queue)
        if message["part"] == FILE and self._is_done(key, job, message, queue):
            return
        if _hops_of(message) > hops.MOST_HOPS:
            count(Metric.IMPORT_MESSAGES_GIVEN_UP)
            self._end(key, message, (TooManyTries.__name__, hops.told(message["row"])))
            return
        try:
            refuse_damaged(job)
            with reading(f"Import {key}, or what it works on,"):
                if message["part"] == FILE:
                    self._read_file(key, job, message)
                elif message["part"] == BATCHES:
                    self._read_batches(key, message)
                else:
                    self._read_rest(key, job, message)
        except JobIsOver:
            # Of a job that is under way, only something other than the services closes a counter.
            self._end(key, message, (JobIsOver.__name__, CLOSED_COUNTER))
        except PermanentError as error:
            self._end(key, message, (type(error).__name__, str(error)))

    def _is_own(self, key: ImportKey, job: Item, message: dict[str, Any]) -> bool:
        """Whether the services have left to a message what it is about."""
        if message["part"] == FILE:
            # The rows of the others come from the map alone.
            return job.get("mode") != ProcessingMode.STEP_FUNCTION
        return self._records.has_rest(key, message["row"])

    def _is_done(self, key: ImportKey, job: Item, message: dict[str, Any], queue: str) -> bool:
        """Whether a file has been read beyond the place that a message names."""
        noted, place = Place.noted(job), Place(message["offset"], message["row"])
        if noted is None or place == noted:
            return False
        if place.offset >= noted.offset:
            raise _foreign(key, message, queue)
        # The writer of the place may have died before it was sent.
        self.send_file(key, noted)
        return True

    def _end(
        self, key: ImportKey, message: dict[str, Any], failure: tuple[str, str] | None = None
    ) -> None:
        """Give a message's part up, and close its job if that was the last."""
        if message["part"] == FILE and failure is not None:
            self._closer.end_of_batches(key, failure)
            return
        if failure is not None:
            self._records.note_failure(key, kept_failure(*failure))
        if message["part"] != FILE:
            self._records.hand_back(key, message["row"])
        self._closer.close_if_done(key)

    def _read_file(self, key: ImportKey, job: Item, message: dict[str, Any]) -> None:
        rows = rows_from(
            Source.of(self._clients, self._settings, job),
            tuple(job[COLUMNS]),
            message["offset"],
            message["row"],
        )
        if message["offset"] != job["offset"]:
            rows = _left_at(rows, key, Place(message["offset"], message["row"]))
        rest = self._importer.run(self._import(key, job), rows)
        if rest is not None and rest.number == message["row"]:
            self._refuse_rest(key, rest.number)
        if rest is None:
            self._closer.end_of_batches(key)
        else:
            noted = self._records.note_place(key, Place(rest.offset, rest.number))
            if noted == Place(message["offset"], message["row"]):
                self._send_on(message)
            elif noted is not None:
                self.send_file(key, noted)

    def _refuse_rest(self, key: ImportKey, row: int) -> None:
        """See that a file was not left at a row for a rest, as batches of a map leave theirs.

        Raises
        ------
        ValidationError
            If it was: nobody works on that.
        """
        if self._records.has_rest(key, row):
            raise ValidationError(
                f"Import {key} has a rest from row {row} on, which nothing that reads a whole file "
                "leaves: something other than the services wrote it. Import the file again."
            )

    def _read_rest(self, key: ImportKey, job: Item, message: dict[str, Any]) -> None:
        first = message["row"]
        rows = self._rest_of(key, first)
        rest = self._importer.run(self._import(key, job), rows, taken_over=first)
        if rest is not None and rest.number == first:
            # Not even begun, so it is as it was: its mark is not another rest's.
            self._send_on(message)
            return
        if rest is not None:
            self.hand_over(key, [row for row in rows if row.number >= rest.number])
        self._records.hand_back(key, first)
        self._closer.close_if_done(key)

    def _read_batches(self, key: ImportKey, message: dict[str, Any]) -> None:
        """Hand over batches that failed, one after the other, from a place in their files on."""
        files = self._results.unsuccessful(self._records.manifest(key, BATCHES_ROW))
        begun = (message["file"], message["offset"])
        for number, file in enumerate(files[begun[0] :], begun[0]):
            place = (number, begun[1] if number == begun[0] else 0)
            for child, end in self._results.children(file, place[1]):
                if self._deadline.seconds_left() < SECONDS_KEPT:
                    self._send_batches(key, message, place)
                    return
                self._hand_over_batch(key, child)
                place = (number, end)
        self._records.hand_back(key, BATCHES_ROW)
        self._closer.close_if_done(key)

    def _send_batches(
        self, key: ImportKey, message: dict[str, Any], place: tuple[int, int]
    ) -> None:
        if place == (message["file"], message["offset"]):
            self._send_on(message)
            return
        self._send(_batches_message(key, place))

    def _hand_over_batch(self, key: ImportKey, child: UnsuccessfulChild) -> None:
        if child.input is None or not child.may_succeed_later:
            self._records.note_failure(key, kept_failure(*of_batch(child)))
            return
        with reading("A batch of the map"):
            rows = rows_of(child.input)
        if rows:
            self.hand_over(key, rows)

    def _send_rest(self, key: ImportKey, first_row: int, hops_so_far: int = 0) -> None:
        if first_row == BATCHES_ROW:
            self._send(_batches_message(key, (0, 0)))
            return
        self._send({**key.to_mapping(), "part": REST, "row": first_row}, hops_so_far)

    def _rest_of(self, key: ImportKey, first: int) -> list[Row]:
        try:
            return self._rest(_rest_key(key, first))
        except NotFoundError:
            # An earlier release left it among what stays.
            with suppress(NotFoundError):
                return self._rest(_rest_key(key, first, IMPORTS_PREFIX))
            raise

    def _rest(self, object_key: str) -> list[Row]:
        try:
            rows = [
                Row(int(entry["number"]), dict(entry["row"]))
                for entry in self._objects.get_json(object_key)
            ]
        except (KeyError, TypeError, ValueError) as error:
            raise ValidationError(
                f"{self._objects.uri(object_key)} holds no rows of an import "
                f"({type(error).__name__}: {error}): import the file again."
            ) from None
        if not rows:
            raise ValidationError(
                f"{self._objects.uri(object_key)} holds no row of an import: import the file again."
            )
        return rows

    def _import(self, key: ImportKey, job: Item) -> Import:
        return Import(key, self._readers.of(key), PublishMode(job["publishMode"]))

    def _send_on(self, message: dict[str, Any]) -> None:
        """Send a message on of which nothing was done, to come later."""
        self._send(message, _hops_of(message) + 1)

    def _send(self, message: dict[str, Any], hops_so_far: int = 0) -> None:
        later: dict[str, Any] = {}
        if hops_so_far:
            message = {**message, HOPS: hops_so_far}
            later["DelaySeconds"] = hops.delay_seconds(hops_so_far)
        send(
            self._clients.sqs,
            "send_message",
            QueueUrl=self._settings.import_action_queue_url,
            MessageBody=message_body(message),
            **later,
        )


def _left_at(rows: Iterator[Row], key: ImportKey, place: Place) -> Iterator[Row]:
    """Rows from a place on, at which an invocation has left a row.

    Raises
    ------
    ValidationError
        If there is none.
    """
    first = next(rows, None)
    if first is None or first.number != place.row:
        raise ValidationError(
            f"Import {key} is damaged: it was left at row {place.row}, and its file has none "
            f"behind {place.offset:,} bytes. Something other than the services wrote its place. "
            "Import the file again."
        )
    return chain([first], rows)


def _batches_message(key: ImportKey, place: tuple[int, int]) -> dict[str, Any]:
    """Let failed batches be handed over from a place on: the number of a file, and bytes in it."""
    file, offset = place
    told = {"part": BATCHES, "row": BATCHES_ROW, "file": file, "offset": offset}
    return {**key.to_mapping(), **told}


def _rest_key(key: ImportKey, first_row: int, folder: str = IMPORT_COPIES_PREFIX) -> str:
    return f"{folder}/{key.ulid}/rest-{first_row}.json"


def _hops_of(message: dict[str, Any]) -> int:
    found = message.get(HOPS, 0)
    return found if type(found) is int else 0


def _foreign(key: ImportKey, message: dict[str, Any], queue: str) -> UnsupportedEventError:
    return UnsupportedEventError(
        f"Import {key} has left no rows from row {message['row']} on to a message of {queue}: "
        "something other than the services sent it."
    )


def _refuse_bad_message(message: dict[str, Any], queue: str) -> None:
    part = message.get("part")
    numbers = NUMBERS.get(part) if isinstance(part, str) else None
    if numbers is None or not all(isinstance(message.get(name), int) for name in numbers):
        raise UnsupportedEventError(
            f"A message of {queue} must have part ({FILE}, {REST} or {BATCHES}) and row, with "
            f"{FILE} and {BATCHES} offset, and with {BATCHES} file."
        )
