"""The import workflow: imports batches of rows, and closes the job.

Source: guide, "Distributed Map for CSV import".
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cqrs.errors import UnsupportedEventError, ValidationError
from cqrs.imports.batches import rows_of
from cqrs.imports.chunks.importer import Import
from cqrs.imports.keys import ImportKey
from cqrs.imports.models import PublishMode, Row
from cqrs.imports.records import JobIsOver
from cqrs.states import EXPRESS_SECONDS

if TYPE_CHECKING:
    from cqrs.aws.step_functions import Execution
    from cqrs.core.deadline import Deadline
    from cqrs.events.types import StepFunctionsEvent
    from cqrs.imports.chunks.importer import BatchImporter
    from cqrs.imports.chunks.rows import RowReaders
    from cqrs.imports.closer import ImportCloser
    from cqrs.imports.csv.source import FilesAsRead
    from cqrs.imports.execution_failures import ExecutionFailures
    from cqrs.imports.queue import ImportQueue

EXPRESS = "express"
"""Kind of resource in an Express execution's ARN; others have ``execution``."""


class ImportWorkflow:
    """States of the import-csv state machine.

    Parameters
    ----------
    importer
        Imports rows.
    queue
        Takes what an invocation's time was too short for.
    closer
        Closes jobs.
    readers
        Makes readers of the rows of jobs.
    files
        Tells whether the map has read the job's file.
    failures
        Finds out why a map failed.
    deadline
        Tells how much of the invocation's time is left.
    """

    def __init__(
        self,
        importer: BatchImporter,
        queue: ImportQueue,
        closer: ImportCloser,
        readers: RowReaders,
        files: FilesAsRead,
        failures: ExecutionFailures,
        deadline: Deadline,
    ) -> None:
        self._importer = importer
        self._queue = queue
        self._closer = closer
        self._readers = readers
        self._files = files
        self._failures = failures
        self._deadline = deadline

    def csv_rows_handler(self, event: StepFunctionsEvent) -> dict[str, int]:
        """Import a batch of rows, each once by effect, however often the batch is repeated.

        Parameters
        ----------
        event
            Its input is ``{"Items": [{"row", "index"}, ...], "BatchInput": {"Attributes": job}}``.

        Returns
        -------
        dict
            ``rows`` of the batch, and how many were left to another invocation. Of a job that is
            over, no further rows are imported or left.

        Raises
        ------
        ValidationError, NotFoundError, ConfigurationError
            If the rows may be another file's.
        """
        job, rows = _batch(event, self._readers)
        self._files.refuse_other(event.input["BatchInput"]["Attributes"])
        if _is_express(event.context.execution):
            self._deadline.shorten(EXPRESS_SECONDS - _age(event.context.execution))
        try:
            rest = self._importer.run(job, rows)
            left = [] if rest is None else [row for row in rows if row.number >= rest.number]
            if left:
                is_hindered = len(left) == len(rows)
                self._queue.hand_over(job.key, left, by_batch=True, is_hindered=is_hindered)
        except JobIsOver:
            self._closer.close_if_done(job.key)
            left = []
        return {"rows": len(rows), "left": len(left)}

    def finalize(self, event: StepFunctionsEvent) -> dict[str, str]:
        """Close the job; a map that failed has left its error under ``error``.

        Batches that failed for a reason that time mends are begun again. Their rows go to the
        import-action-queue, and the job is closed once the last is done.

        Raises
        ------
        TransientError
            If AWS did not tell just now which batches failed.
        """
        given = event.context.execution.input
        key, execution = ImportKey.from_mapping(given), event.context.execution.id
        state = event.input if isinstance(event.input, dict) else {}
        caught, manifest = state.get("error"), _manifest_of(state.get("result"))
        failure = None if caught is None else self._failures.of_map(execution, caught)
        # Rows of another file are not begun again.
        failure = failure or self._failures.of_file(given)
        if failure is None and not (manifest and self._queue.hand_over_batches(key, manifest)):
            # Emulator difference: LocalStack's map succeeds whatever its batches do, and no
            # emulator writes which ones failed.
            failure = self._failures.of_items(execution)
        self._closer.end_of_batches(key, failure)
        if failure is not None:
            self._queue.send_rests_again(key)
        return key.to_mapping()


def _manifest_of(result: Any) -> str | None:
    """Key of the manifest of a map's results; None of a map that wrote none."""
    details = result.get("ResultWriterDetails") if isinstance(result, dict) else None
    key = details.get("Key") if isinstance(details, dict) else None
    return key if isinstance(key, str) else None


def _is_express(execution: Execution) -> bool:
    """Tell by its ARN.

    Emulator difference: batches are executions of the usual kind there, and MiniStack gives them
    the start of the whole import for theirs.
    """
    return EXPRESS in execution.id.split(":")


def _age(execution: Execution) -> float:
    """Seconds since an execution has started."""
    return (datetime.now(UTC) - datetime.fromisoformat(execution.start_time)).total_seconds()


def _batch(event: StepFunctionsEvent, readers: RowReaders) -> tuple[Import, list[Row]]:
    try:
        given = event.input["BatchInput"]["Attributes"]
        key = ImportKey.from_mapping(given)
        job = Import(key, readers.of(key), PublishMode(given["publishMode"]))
        rows = rows_of(event.input)
    except (KeyError, TypeError, ValueError, ValidationError) as error:
        raise UnsupportedEventError(
            f"csv_rows_handler cannot read its input ({type(error).__name__}: {error}): it needs "
            "Items with row and index, and the job with pk, sk and publishMode under "
            "BatchInput.Attributes."
        ) from None
    return job, rows
