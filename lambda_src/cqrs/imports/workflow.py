"""The import workflow: imports batches of rows, and closes the job.

Source: guide, "Distributed Map for CSV import".
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cqrs.errors import UnsupportedEventError, ValidationError
from cqrs.imports.chunks.importer import Import
from cqrs.imports.chunks.rows import RowReader
from cqrs.imports.csv.errors_file import is_errors_file
from cqrs.imports.csv.formulas import plain
from cqrs.imports.csv.reader import BOM
from cqrs.imports.keys import ImportKey
from cqrs.imports.models import COLUMNS, PublishMode, Row
from cqrs.imports.records import JobIsOver
from cqrs.states import EXPRESS_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cqrs.aws.step_functions import Execution
    from cqrs.core.deadline import Deadline
    from cqrs.events.types import StepFunctionsEvent
    from cqrs.imports.chunks.importer import BatchImporter
    from cqrs.imports.closer import ImportCloser
    from cqrs.imports.csv.source import FilesAsRead
    from cqrs.imports.execution_failures import ExecutionFailures
    from cqrs.imports.queue import ImportQueue
    from cqrs.imports.strategies import ImportStrategies

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
    strategies
        The application's import strategies.
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
        strategies: ImportStrategies,
        files: FilesAsRead,
        failures: ExecutionFailures,
        deadline: Deadline,
    ) -> None:
        self._importer = importer
        self._queue = queue
        self._closer = closer
        self._strategies = strategies
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
        job, rows = _batch(event, self._strategies)
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
        """Close the job; a map that failed has left its error under ``error``."""
        given = event.context.execution.input
        key, execution = ImportKey.from_mapping(given), event.context.execution.id
        caught = event.input.get("error") if isinstance(event.input, dict) else None
        if caught is None:
            failure = self._failures.of_file(given) or self._failures.of_items(execution)
        else:
            failure = self._failures.of_map(execution, caught)
        self._closer.end_of_batches(key, failure)
        if failure is not None:
            self._queue.send_rests_again(key)
        return key.to_mapping()


def _is_express(execution: Execution) -> bool:
    """Tell by its ARN.

    Emulator difference: batches are executions of the usual kind there, and MiniStack gives them
    the start of the whole import for theirs.
    """
    return EXPRESS in execution.id.split(":")


def _age(execution: Execution) -> float:
    """Seconds since an execution has started."""
    return (datetime.now(UTC) - datetime.fromisoformat(execution.start_time)).total_seconds()


def _batch(event: StepFunctionsEvent, strategies: ImportStrategies) -> tuple[Import, list[Row]]:
    try:
        given = event.input["BatchInput"]["Attributes"]
        key = ImportKey.from_mapping(given)
        reader = RowReader(strategies.of(key.target), key.tenant)
        job = Import(key, reader, PublishMode(given["publishMode"]))
        rows = [
            Row(item["index"] + 1, _fields(item["row"], given.get(COLUMNS, ())))
            for item in event.input["Items"]
        ]
        rows = [row for row in rows if not row.is_blank]
    except (KeyError, TypeError, ValueError, ValidationError) as error:
        raise UnsupportedEventError(
            f"csv_rows_handler cannot read its input ({type(error).__name__}: {error}): it needs "
            "Items with row and index, and the job with pk, sk and publishMode under "
            "BatchInput.Attributes."
        ) from None
    return job, rows


def _fields(row: Mapping[str, Any], columns: Sequence[str]) -> dict[str, str]:
    """Text by column, in the order of the file if that is known.

    Step Functions may leave a byte order mark with the first column's name.
    """
    texts = {_column(str(name), columns): _text(value) for name, value in row.items()}
    return {**{name: texts[name] for name in columns if name in texts}, **texts}


def _column(name: str, columns: Sequence[str]) -> str:
    """A column's name as the header was read.

    The mark may have kept the name's quotes from being taken for such too.
    """
    if name.startswith(BOM):
        return columns[0] if columns else name.removeprefix(BOM)
    return plain(name) if is_errors_file(columns) else name


def _text(value: Any) -> str:
    return "" if value is None else str(value)
