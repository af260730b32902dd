"""Starts jobs: looks at the file, and sets off what works on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.core.failures import refusal
from cqrs.core.reading import reading
from cqrs.errors import UnsupportedEventError, ValidationError
from cqrs.imports.csv.conversion import MARK_BYTES, convert, refuse_other_mark
from cqrs.imports.csv.reader import Header, read_header
from cqrs.imports.csv.source import Source, SourceObjects
from cqrs.imports.encoding_names import UTF_8
from cqrs.imports.executions import execution_input, import_execution_name
from cqrs.imports.keys import ImportKey
from cqrs.imports.limits import DIRECT_BYTES, MAP_HEADER_BYTES
from cqrs.imports.models import ETAG, MAP_IS_OVER, OFFSET, ProcessingMode, refuse_damaged, status_of
from cqrs.imports.records import FileAsRead, Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from cqrs.aws.clients import Clients
    from cqrs.aws.step_functions import StepFunctionsService
    from cqrs.core.attribute_values import Item
    from cqrs.events.types import DynamoDBStreamEvent
    from cqrs.imports.canceller import ImportCanceller
    from cqrs.imports.closer import ImportCloser
    from cqrs.imports.queue import ImportQueue
    from cqrs.imports.records import ImportRecords
    from cqrs.imports.strategies import ImportStrategies
    from cqrs.settings import Settings


class ImportStarter:
    """Starts new jobs of the import_tmp table's stream.

    Parameters
    ----------
    clients, settings
        Access to files, and to the import-csv state machine.
    records, closer
        Write and close jobs.
    strategies
        The application's import strategies.
    step_functions, queue
        Start executions, and send files to the import-action-queue.
    canceller
        Makes what ends cancelled jobs.
    """

    def __init__(
        self,
        clients: Clients,
        settings: Settings,
        records: ImportRecords,
        closer: ImportCloser,
        strategies: ImportStrategies,
        step_functions: StepFunctionsService,
        queue: ImportQueue,
        canceller: Callable[[], ImportCanceller],
    ) -> None:
        self._clients = clients
        self._settings = settings
        self._records = records
        self._closer = closer
        self._strategies = strategies
        self._step_functions = step_functions
        self._queue = queue
        self._canceller = canceller

    def start(self, event: DynamoDBStreamEvent) -> None:
        """Start a job; a record delivered twice starts it once.

        A job that cannot be started fails with the reason, as its maker looks there. An error that
        may be gone a moment later is raised, so that the record is delivered again.

        Raises
        ------
        UnsupportedEventError
            If the record is not a job's.
        ValidationError
            If the job has no status, so that it can neither be started nor fail.
        TransientError
            If AWS could not do it just now.
        """
        if "status" not in event.new_image:
            raise UnsupportedEventError(
                f"A record of {event.table} is not a job's; it was not written by ImportService."
            )
        key = ImportKey.from_mapping(event.new_image)
        job = self._records.read(key)
        if job is None:
            return
        if status_of(job).is_final or job.get(MAP_IS_OVER):
            self._canceller().go_on(key)
            return
        # A record that is delivered again finds what was noted, and the file may be gone by then.
        begun = job if ETAG in job else self._begin(key, job)
        if begun is None:
            return
        refused = refusal(lambda: self._set_off(key, begun))
        if refused is not None:
            self._closer.end_of_batches(key, refused)

    def _begin(self, key: ImportKey, job: Item) -> Item | None:
        """A job with what its file is; None if it is over, or fails for its file."""
        noted: list[Item | None] = []
        refused = refusal(
            lambda: noted.append(self._records.start(key, self._look_at_file(key, job)))
        )
        if refused is None:
            return noted[0]
        if self._closer.end_unbegun(key, refused):
            return None
        # The record was delivered twice, and the other delivery has found the file.
        begun = self._records.read(key)
        is_over = begun is None or status_of(begun).is_final or begun.get(MAP_IS_OVER)
        return None if is_over else begun

    def _look_at_file(self, key: ImportKey, job: Item) -> FileAsRead:
        refuse_damaged(job)
        with reading(f"Import {key}"):
            return self._file_of(key, job)

    def _file_of(self, key: ImportKey, job: Item) -> FileAsRead:
        stat = SourceObjects(self._clients, self._settings, job).stat(job["key"])
        header = self._header_of(key, {**job, ETAG: stat.etag}, stat.size)
        return FileAsRead(stat.etag, stat.version_id, header.columns, header.size)

    def _header_of(self, key: ImportKey, job: Item, size: int) -> Header:
        strategy = self._strategies.of(key.target)
        given = SourceObjects(self._clients, self._settings, job)
        source = Source.of(self._clients, self._settings, job)
        if source.encoding != UTF_8:
            refuse_other_mark(given.get_range(job["key"], 0, MARK_BYTES), source)
            _refuse_large(source, size)
            convert(given, job["key"], source)
        header = read_header(source, strategy.columns)
        if job["mode"] == ProcessingMode.DIRECT:
            _refuse_large(source, size)
        else:
            _refuse_for_map(header, given.uri(job["key"]))
        return header

    def _set_off(self, key: ImportKey, job: Item) -> None:
        refuse_damaged(job)
        with reading(f"Import {key}"):
            self._hand_over(key, job)

    def _hand_over(self, key: ImportKey, job: Item) -> None:
        if job["mode"] == ProcessingMode.DIRECT:
            self._queue.send_file(key, Place(job[OFFSET], 1))
            return
        self._step_functions.start(
            self._settings.import_csv_state_machine_arn,
            import_execution_name(key),
            execution_input(key, job),
        )
        # Somebody who cancels it looks for its execution, which may have been missing yet.
        self._canceller().go_on(key)


def _refuse_for_map(header: Header, place: str) -> None:
    """See that a Distributed Map reads a file as the function would.

    Raises
    ------
    ValidationError
        If it does not.
    """
    if header.line_bytes > MAP_HEADER_BYTES:
        raise ValidationError(
            f"The header of {place} has {header.line_bytes:,} bytes; mode STEP_FUNCTION takes "
            f"{MAP_HEADER_BYTES:,} at most. Import it with mode DIRECT."
        )
    if header.problem:
        raise ValidationError(header.problem)


def _refuse_large(source: Source, size: int) -> None:
    if size > DIRECT_BYTES:
        raise ValidationError(
            f"{source.place} has {size:,} bytes; mode DIRECT takes "
            f"{DIRECT_BYTES:,} at most. Import it with mode STEP_FUNCTION."
        )
