"""What is written to the import_tmp table.

A file is worked off in chunks. The mark that a chunk is done, its counts and its rejected rows are
written in the transaction that publishes its rows, so a chunk is imported once, however often a
batch is repeated and wherever it crashed. The mark says through which row the chunk went, so a
repeat goes on behind it, even where it would have cut other chunks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cqrs.clock import now_iso
from cqrs.errors import ConditionFailed
from cqrs.imports.keys import ImportKey
from cqrs.imports.listing import listed_as, listing
from cqrs.imports.models import (
    UTF_8,
    ImportJob,
    ImportKind,
    ImportStatus,
    PassedOverRow,
    ProcessingMode,
    PublishMode,
    RejectedRow,
    RowCounts,
)
from cqrs.item_store import Action, Condition, Put, Update
from cqrs.resources import Table
from cqrs.unfinished import UNFINISHED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cqrs.item_store import Address, ItemStore
    from cqrs.large_values import LargeValues
    from cqrs.serialization import Item
    from cqrs.settings import Settings
    from cqrs.time_to_live import TimeToLive

THROUGH = "through"
OPEN = "open"
ROWS = "rows"
COLUMNS = "columns"
MAP_IS_OVER = "mapIsOver"
HANDED_OVER, HANDED_BACK = "handedOver", "handedBack"
MOVED_AT = "movedAt"
PASSED_OVER = "passedOver"

BUCKET_PREFIX = "imports"

COUNTER_PAGE = 100


@dataclass(frozen=True, slots=True)
class NewJob:
    """What a job is made of."""

    bucket: str
    object_key: str
    mode: ProcessingMode
    publish_mode: PublishMode
    encoding: str = UTF_8


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is.

    Attributes
    ----------
    counts
        Of all chunks that are done.
    handed_over, handed_back
        Rests of batches that another invocation was to do, and that it has done.
    moved_at
        When any of this changed last; empty where nothing has.
    passed_over
        Of the skipped rows, those that the strategy passed over.
    """

    counts: RowCounts
    handed_over: int
    handed_back: int
    moved_at: str
    passed_over: int = 0


class ImportRecords:
    """Writes and reads import jobs.

    Parameters
    ----------
    store, settings
        Access to the import_tmp table.
    values
        Rejected rows, inline or in the bucket.
    time_to_live
        When jobs expire.
    """

    def __init__(
        self, store: ItemStore, settings: Settings, values: LargeValues, time_to_live: TimeToLive
    ) -> None:
        self._store = store
        self._table = settings.import_tmp_table
        self._values = values
        self._time_to_live = time_to_live

    # Jobs

    def create(self, key: ImportKey, job: NewJob) -> None:
        """Store a new job."""
        item = {
            **key.to_mapping(),
            "kind": ImportKind.JOB.value,
            "target": key.target,
            "bucket": job.bucket,
            "key": job.object_key,
            "mode": job.mode.value,
            "publishMode": job.publish_mode.value,
            "encoding": job.encoding,
            "status": ImportStatus.CREATED.value,
            "createdAt": now_iso(),
            **listing(key, ImportStatus.CREATED),
            **self._expiry(key),
        }
        try:
            self._store.put(Put(self._table, item, _is_new()))
        except ConditionFailed:
            # Nobody else makes this key, so it was stored and only the answer got lost.
            return

    def read(self, key: ImportKey) -> Item | None:
        """A job's item; None where there is none."""
        return self._store.get(self._table, key.pk, key.sk)

    def job(self, key: ImportKey) -> ImportJob | None:
        """A job with its counts as they are now (one GetItem, and one Query while it runs)."""
        item = self.read(key)
        if item is None:
            return None
        return self.job_of(item)

    def job_of(self, item: Item) -> ImportJob:
        """The job of an item, with its counts as they are now (one Query while it runs)."""
        if ImportStatus(item["status"]).is_final:
            counts, passed_over = RowCounts.from_item(item), int(item.get(PASSED_OVER, 0))
        else:
            progress = self.progress(ImportKey(item["pk"], item["sk"]))
            counts, passed_over = progress.counts, progress.passed_over
        return ImportJob.from_item(item, counts, passed_over)

    def progress(self, key: ImportKey) -> Progress:
        """How far a job is (one Query)."""
        items = self._store.query(
            self._table, key.pk, sk_prefix=key.counters_prefix, limit=COUNTER_PAGE
        ).items
        return Progress(
            sum(map(RowCounts.from_item, items), RowCounts()),
            sum(item.get(HANDED_OVER, 0) for item in items),
            sum(item.get(HANDED_BACK, 0) for item in items),
            max((item.get(MOVED_AT, "") for item in items), default=""),
            sum(int(item.get(PASSED_OVER, 0)) for item in items),
        )

    def start(self, key: ImportKey, columns: Sequence[str]) -> bool:
        """Note that a job is worked on, and its file's columns; False where it is over."""
        return self._move(
            key,
            {
                "status": ImportStatus.PROCESSING.value,
                COLUMNS: list(columns),
                **listed_as(key, ImportStatus.PROCESSING),
            },
            once={"startedAt": now_iso()},
        )

    def note_map_is_over(self, key: ImportKey, error: Mapping[str, str]) -> bool:
        """Note that no further batches come, and why if they failed; False where it is over."""
        return self._move(key, {MAP_IS_OVER: True, **error})

    def close(
        self, key: ImportKey, status: ImportStatus, counts: RowCounts, more: Mapping[str, Any]
    ) -> bool:
        """Note a job's end, once; False where it had ended before.

        An error that was noted before stays on a job that failed only.
        """
        ended = {
            "status": status.value,
            "finishedAt": now_iso(),
            **listed_as(key, status),
            **counts.to_mapping(),
            **more,
        }
        overcome = () if status is ImportStatus.FAILED else ("error", "cause")
        return self._move(key, ended, remove=(UNFINISHED, *overcome))

    def _move(
        self,
        key: ImportKey,
        assign: Mapping[str, Any],
        once: Mapping[str, Any] | None = None,
        remove: Sequence[str] = (),
    ) -> bool:
        under_way = Condition(
            "#status IN (:created, :processing)",
            {
                "created": ImportStatus.CREATED.value,
                "processing": ImportStatus.PROCESSING.value,
            },
        )
        try:
            self._store.update(
                Update(
                    self._table,
                    key.pk,
                    key.sk,
                    assign,
                    assign_once=once or {},
                    remove=remove,
                    condition=under_way,
                )
            )
        except ConditionFailed:
            return False
        return True

    # Chunks

    def chunk_address(self, key: ImportKey, first_row: int) -> Address:
        """Where the mark of a chunk lies."""
        return self._table, key.pk, key.chunk(first_row)

    def handed_over_address(self, key: ImportKey, first_row: int) -> Address:
        """Where the mark lies that rows were handed over."""
        return self._table, key.pk, key.handed_over(first_row)

    def finished_chunk(
        self,
        key: ImportKey,
        rows: tuple[int, int],
        counts: RowCounts,
        rejected: Sequence[RejectedRow],
        *,
        passed_over: int = 0,
    ) -> list[Action]:
        """Mark a chunk as done, count it and keep its rejected rows.

        Parameters
        ----------
        rows
            Numbers of its first and last row.
        passed_over
            How many of the skipped rows the strategy passed over.
        """
        first, last = rows
        mark = self._belonging(key, ImportKind.CHUNK, key.chunk(first), {THROUGH: last})
        return [
            Put(self._table, mark, _is_new()),
            *self._counted(key, first, counts, rejected, passed_over),
        ]

    def open_chunk(
        self,
        key: ImportKey,
        rows: tuple[int, int],
        commands: Sequence[Mapping[str, Any]],
        rejected: Sequence[RejectedRow],
        skipped: tuple[int, int],
    ) -> list[Action]:
        """Mark a chunk as published, with the commands whose sync handlers have still to run.

        Parameters
        ----------
        skipped
            How many rows are skipped, and how many of these the strategy passed over.
        """
        first, last = rows
        content = {
            THROUGH: last,
            OPEN: list(commands),
            "skipped": skipped[0],
            PASSED_OVER: skipped[1],
            **self._placed(key, first, [row.to_mapping() for row in rejected]),
        }
        mark = self._belonging(key, ImportKind.CHUNK, key.chunk(first), content)
        return [Put(self._table, mark, _is_new())]

    def rejected_in(self, mark: Item) -> list[RejectedRow]:
        """The rejected rows that an open chunk's mark holds."""
        found = self._values.load(mark, ROWS) or []
        return [RejectedRow(row["row"], row["reason"], row["raw"]) for row in found]

    def passed_over(
        self, key: ImportKey, first_row: int, rows: Sequence[PassedOverRow]
    ) -> list[Action]:
        """Keep the rows of a chunk that its strategy passed over."""
        if not rows:
            return []
        content = {ROWS: [row.to_mapping() for row in rows]}
        sk = key.passed_over(first_row)
        return [Put(self._table, self._belonging(key, ImportKind.PASSED_OVER, sk, content))]

    def settle_chunk(
        self,
        key: ImportKey,
        first_row: int,
        counts: RowCounts,
        rejected: Sequence[RejectedRow],
        *,
        passed_over: int = 0,
    ) -> None:
        """Mark an open chunk as done, and count it, once."""
        settled = Update(
            self._table,
            key.pk,
            key.chunk(first_row),
            remove=(OPEN,),
            condition=Condition(f"attribute_exists(#{OPEN})"),
        )
        actions = [settled, *self._counted(key, first_row, counts, rejected, passed_over)]
        try:
            self._store.write_together(actions)
        except ConditionFailed:
            return

    def hand_over(self, key: ImportKey, first_row: int) -> bool:
        """Note that rows are left to another invocation; False where that was noted before."""
        mark = self._belonging(key, ImportKind.HANDED_OVER, key.handed_over(first_row), {})
        count = self._count(key, first_row, {HANDED_OVER: 1})
        try:
            self._store.write_together([Put(self._table, mark, _is_new()), count])
        except ConditionFailed:
            return False
        return True

    def hand_back(self, key: ImportKey, first_row: int) -> None:
        """Note that rows that were handed over are done, once."""
        back = Update(
            self._table,
            key.pk,
            key.handed_over(first_row),
            {HANDED_BACK: True},
            condition=Condition(f"attribute_exists(#pk) AND attribute_not_exists(#{HANDED_BACK})"),
        )
        count = self._count(key, first_row, {HANDED_BACK: 1})
        try:
            self._store.write_together([back, count])
        except ConditionFailed:
            return

    def rejected_rows(self, key: ImportKey) -> Iterator[RejectedRow]:
        """All rejected rows of a job in the order of the file, page by page."""
        for row in self._listed(key, key.rejected_prefix):
            yield RejectedRow(row["row"], row["reason"], row["raw"])

    def passed_over_rows(self, key: ImportKey) -> Iterator[PassedOverRow]:
        """All rows of a job that its strategy passed over, as :meth:`rejected_rows`."""
        for row in self._listed(key, key.passed_over_prefix):
            yield PassedOverRow(row["row"], row["reason"])

    def _listed(self, key: ImportKey, prefix: str) -> Iterator[dict[str, Any]]:
        start_after = None
        while True:
            page = self._store.query(
                self._table, key.pk, sk_prefix=prefix, limit=COUNTER_PAGE, start_after=start_after
            )
            for item in page.items:
                yield from self._values.load(item, ROWS)
            start_after = page.last_key
            if start_after is None:
                return

    def _counted(
        self,
        key: ImportKey,
        first_row: int,
        counts: RowCounts,
        rejected: Sequence[RejectedRow],
        passed_over: int,
    ) -> list[Action]:
        numbers = {**counts.to_mapping(), **({PASSED_OVER: passed_over} if passed_over else {})}
        actions: list[Action] = [self._count(key, first_row, numbers)]
        if rejected:
            content = self._placed(key, first_row, [row.to_mapping() for row in rejected])
            item = self._belonging(key, ImportKind.REJECTED, key.rejected(first_row), content)
            actions.append(Put(self._table, item))
        return actions

    def _count(self, key: ImportKey, first_row: int, numbers: Mapping[str, int]) -> Update:
        assign = {
            "kind": ImportKind.COUNTERS.value,
            MOVED_AT: now_iso(),
            **self._expiry(key),
        }
        return Update(self._table, key.pk, key.counters(first_row), assign, increase=numbers)

    def _placed(self, key: ImportKey, first_row: int, rows: list[Any]) -> dict[str, Any]:
        object_key = f"{BUCKET_PREFIX}/{key.ulid}/rejected-{first_row}.json"
        return self._values.place(ROWS, rows, object_key)

    def _belonging(
        self, key: ImportKey, kind: ImportKind, sk: str, content: Mapping[str, Any]
    ) -> Item:
        return {"pk": key.pk, "sk": sk, "kind": kind.value, **content, **self._expiry(key)}

    def _expiry(self, key: ImportKey) -> dict[str, int]:
        expires_at = self._time_to_live.expires_at(Table.IMPORT_TMP, key.tenant)
        return {} if expires_at is None else {"ttl": expires_at}


def _is_new() -> Condition:
    return Condition("attribute_not_exists(#pk)")
