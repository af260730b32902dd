"""Closes jobs: once no more batches come, and what they handed over is done too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.core.failures import kept_failure
from cqrs.core.observability import count, logger
from cqrs.errors import ValidationError
from cqrs.imports.csv.errors_file import CONTENT_TYPE, errors_csv, errors_key
from cqrs.imports.models import (
    COLUMNS,
    ERRORS_LISTED,
    MAP_IS_OVER,
    ImportStatus,
    refuse_damaged,
    status_of,
)
from cqrs.imports.records import CANCELLED_AT, PASSED_OVER
from cqrs.metrics import Metric

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cqrs.aws.object_store import ObjectStore
    from cqrs.core.attribute_values import Item
    from cqrs.core.deadline import Deadline
    from cqrs.imports.chunks.settler import ChunkSettler
    from cqrs.imports.keys import ImportKey
    from cqrs.imports.models import RejectedRow, RowCounts
    from cqrs.imports.records import ImportRecords, Progress
    from cqrs.imports.row_totals import RowTotals


DAMAGED = "CountersDamaged"

SECONDS_KEPT = 15.0
"""Left for the end itself: a page of rejected rows, the rest of their file, the job's item."""


class ImportCloser:
    """Closes jobs.

    A call that ends a part of a job writes that down first and looks at the rest then. So the last
    one sees that all is done, and two that are last at once close it once.

    Parameters
    ----------
    records
        Reads and writes jobs.
    objects
        Takes the file of rejected rows.
    totals
        Counts the rows of files.
    settler
        Settles chunks that are open yet.
    deadline
        Time that is left.
    """

    def __init__(
        self,
        records: ImportRecords,
        objects: ObjectStore,
        totals: RowTotals,
        settler: ChunkSettler,
        deadline: Deadline,
    ) -> None:
        self._records = records
        self._objects = objects
        self._totals = totals
        self._settler = settler
        self._deadline = deadline

    def end_of_batches(self, key: ImportKey, failure: tuple[str, str] | None = None) -> None:
        """Note that no more batches come, with error and cause if that is a failure."""
        reason = {} if failure is None else kept_failure(*failure)
        self._records.note_map_is_over(key, reason)
        self.close_if_done(key)

    def end_unbegun(self, key: ImportKey, failure: tuple[str, str]) -> bool:
        """End a job whose file cannot be imported; False if it was begun, or is over."""
        if not self._records.note_not_begun(key, kept_failure(*failure)):
            return False
        self.close_if_done(key)
        return True

    def close_if_done(self, key: ImportKey) -> None:
        """Close a job of which nothing is left to do, and write its rejected rows to a file.

        Nothing is left of a cancelled one. A failure that came after the last row was counted left
        nothing undone, and is dropped. If a crash leaves something undone, another call does it.
        """
        while (item := self._ending(key)) is not None:
            if self._close(key, item):
                return

    def _ending(self, key: ImportKey) -> Item | None:
        """The item of a job that is to be closed now."""
        item = self._records.read(key)
        if item is None or not item.get(MAP_IS_OVER) or status_of(item).is_final:
            return None
        if CANCELLED_AT in item:
            return item
        return item if self._are_rests_done(key) else None

    def _are_rests_done(self, key: ImportKey) -> bool:
        """Whether all that was handed over is done, looked at after the map was over.

        A query shows no single moment (DynamoDB guide, "Isolation levels"). One that meets a rest
        which hands over a rest of its own may show the first as done, and the second not yet.
        Counters only grow, so those that are the same in two queries were so at once in between.
        """
        progress = self._records.readable_progress(key)
        if progress.handed_over > progress.handed_back:
            return False
        if not progress.handed_over:
            # Batches hand over before the map is over, so there was no rest that could.
            return True
        return self._records.readable_progress(key).handed_over == progress.handed_over

    def _close(self, key: ImportKey, item: Item) -> bool:
        """Close a job; False if it was closed, or cancelled, meanwhile."""
        progress = self._final_progress(key)
        counts = progress.counts
        more: dict[str, Any] = {}
        if progress.passed_over:
            more[PASSED_OVER] = progress.passed_over
        if counts.failed:
            more |= self._write_errors_file(key, item)
        if progress.damage:
            item = {**item, **_failure_with(progress.damage, item)}
        if not counts.total and "error" not in item:
            # Blank lines hid that when it was begun, by their number.
            item = {**item, **kept_failure(ValidationError.__name__, _without_rows(item))}
        status = self._status(item, counts)
        if status in {ImportStatus.FAILED, ImportStatus.CANCELLED}:
            more |= {name: item[name] for name in ("error", "cause") if name in item}
        if not self._records.close(key, status, counts, more):
            return False
        _tell(key, status, counts)
        return True

    def _write_errors_file(self, key: ImportKey, item: Item) -> dict[str, Any]:
        rows = _Timely(self._records.rejected_rows(key), self._deadline)
        object_key = errors_key(key)
        self._objects.put_pieces(object_key, errors_csv(_columns(item), rows), CONTENT_TYPE)
        cut = {ERRORS_LISTED: rows.given} if rows.is_cut else {}
        return {"errorsKey": object_key, **cut}

    def _final_progress(self, key: ImportKey) -> Progress:
        """Counts that nothing changes any more."""
        self._records.close_counters(key)
        progress = self._records.readable_progress(key)
        if progress.settled < progress.opened or progress.damage:
            self._settler.settle_all(key)
            progress = self._records.readable_progress(key)
        return progress

    def _status(self, item: Item, counts: RowCounts) -> ImportStatus:
        if CANCELLED_AT in item:
            return ImportStatus.CANCELLED
        if "error" in item and not self._is_complete(item, counts):
            return ImportStatus.FAILED
        return ImportStatus.COMPLETED_WITH_ERRORS if counts.failed else ImportStatus.COMPLETED

    def _is_complete(self, item: Item, counts: RowCounts) -> bool:
        try:
            refuse_damaged(item)
        except ValidationError:
            return False
        return counts.total > 0 and counts.total == self._totals.of(item)


class _Timely:
    """Rejected rows, as many as there is time for: a job must end, however many it has."""

    def __init__(self, rows: Iterable[RejectedRow], deadline: Deadline) -> None:
        self._rows = rows
        self._deadline = deadline
        self.given = 0
        self.is_cut = False

    def __iter__(self) -> Iterator[RejectedRow]:
        for row in self._rows:
            if self._deadline.seconds_left() < SECONDS_KEPT:
                self.is_cut = True
                return
            self.given += 1
            yield row


def _failure_with(damage: str, item: Item) -> dict[str, str]:
    """Why a job ends; if it ends for another reason, with what its counts lack beside that."""
    if "error" not in item:
        return kept_failure(DAMAGED, damage)
    return kept_failure(item["error"], f"{damage} It ended for this: {item.get('cause', '')}")


def _tell(key: ImportKey, status: ImportStatus, counts: RowCounts) -> None:
    """Put the end of a job, which comes once, into the log and the metrics."""
    count(Metric.ROWS_IMPORTED, counts.succeeded)
    count(Metric.ROWS_SKIPPED, counts.skipped)
    count(Metric.ROWS_REJECTED, counts.failed)
    count(Metric.IMPORT_JOBS_FAILED, int(status is ImportStatus.FAILED))
    logger.info(
        "Import ended", extra={"job": str(key), "status": status.value, **counts.to_mapping()}
    )


def _without_rows(item: Item) -> str:
    return f"{item.get('key')!s:.200} has a header and no rows."


def _columns(item: Item) -> Sequence[str]:
    """Names of the file's columns, if the job's item tells them."""
    columns = item.get(COLUMNS)
    return list(map(str, columns)) if isinstance(columns, list) else ()
