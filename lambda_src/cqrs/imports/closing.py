"""Closes jobs: once no more batches come, and what they handed over is done too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.failures import kept_failure
from cqrs.imports.errors_file import CONTENT_TYPE, errors_csv, errors_key
from cqrs.imports.models import ImportStatus
from cqrs.imports.records import COLUMNS, MAP_IS_OVER, PASSED_OVER
from cqrs.metrics import Metric
from cqrs.observability import count, logger

if TYPE_CHECKING:
    from cqrs.imports.keys import ImportKey
    from cqrs.imports.models import RowCounts
    from cqrs.imports.records import ImportRecords
    from cqrs.imports.row_total import RowTotals
    from cqrs.object_store import ObjectStore
    from cqrs.serialization import Item


class JobCloser:
    """Closes jobs.

    Whoever ends a part of a job writes that down first and looks at the rest then, so whoever is
    last sees that all is done, and two that are last at once close it once.

    Parameters
    ----------
    records
        Reads and writes jobs.
    objects
        Takes the file of rejected rows.
    totals
        Counts the rows of files.
    """

    def __init__(self, records: ImportRecords, objects: ObjectStore, totals: RowTotals) -> None:
        self._records = records
        self._objects = objects
        self._totals = totals

    def end_of_batches(self, key: ImportKey, failure: tuple[str, str] | None = None) -> None:
        """Note that no more batches come, with error and cause if that is a failure."""
        reason = {} if failure is None else kept_failure(*failure)
        self._records.note_map_is_over(key, reason)
        self.close_if_done(key)

    def close_if_done(self, key: ImportKey) -> None:
        """Close a job of which nothing is left to do, and write its rejected rows to a file.

        A failure that came after the last row was counted left nothing undone, and is dropped.
        """
        item = self._records.read(key)
        if item is None or not item.get(MAP_IS_OVER) or ImportStatus(item["status"]).is_final:
            return
        progress = self._records.progress(key)
        if progress.handed_over > progress.handed_back:
            return
        more: dict[str, Any] = {}
        if progress.passed_over:
            more[PASSED_OVER] = progress.passed_over
        if progress.counts.failed:
            more["errorsKey"] = errors_key(key)
            file = errors_csv(item.get(COLUMNS, ()), self._records.rejected_rows(key))
            self._objects.put_pieces(errors_key(key), file, CONTENT_TYPE)
        is_failure = "error" in item and not self._is_complete(item, progress.counts)
        status = _status(progress.counts, is_failure=is_failure)
        if self._records.close(key, status, progress.counts, more):
            _tell(key, status, progress.counts)

    def _is_complete(self, item: Item, counts: RowCounts) -> bool:
        return counts.total > 0 and counts.total == self._totals.of(item)


def _tell(key: ImportKey, status: ImportStatus, counts: RowCounts) -> None:
    """Put the end of a job, which comes once, into the log and the metrics."""
    count(Metric.ROWS_IMPORTED, counts.succeeded)
    count(Metric.ROWS_SKIPPED, counts.skipped)
    count(Metric.ROWS_REJECTED, counts.failed)
    count(Metric.IMPORT_JOBS_FAILED, int(status is ImportStatus.FAILED))
    logger.info(
        "Import ended", extra={"job": str(key), "status": status.value, **counts.to_mapping()}
    )


def _status(counts: RowCounts, *, is_failure: bool) -> ImportStatus:
    if is_failure:
        return ImportStatus.FAILED
    return ImportStatus.COMPLETED_WITH_ERRORS if counts.failed else ImportStatus.COMPLETED
