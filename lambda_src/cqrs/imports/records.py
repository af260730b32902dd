"""Writes to the import_tmp table.

A file is worked off in chunks. One transaction publishes a chunk's rows, and writes the mark that
it is done, its counts and its rejected rows. So a chunk is imported once, however often a batch is
repeated and wherever it crashed. The mark says through which row the chunk went, so a repeat goes
on behind it, even if it would have cut other chunks.

A job's end holds the sum of its counters, and these invariants keep it true:

- Each transaction that publishes a chunk counts on one of the job's counters: either the chunk's
  rows or that it is open. Its condition is that the counter is not closed.
- A job ends after all of its counters were closed, and after as many chunks were settled as were
  opened. So all that was published is counted then, and nothing is published any more.
- Counters are closed only once an end was noted on the job, and are never opened again. So whoever
  finds one closed, or a part of them, goes on with that end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self, TypeVar

from cqrs.aws.item_store import IS_NEW, Action, Check, Condition, Put, Update
from cqrs.core.cancellation import CANCELLED
from cqrs.core.clock import now_iso
from cqrs.core.failures import kept_failure
from cqrs.core.keys import CommandKey
from cqrs.core.reading import UNREADABLE, reading
from cqrs.errors import ConditionFailed, PermanentError, ValidationError
from cqrs.imports.encoding_names import UTF_8
from cqrs.imports.keys import ImportKey
from cqrs.imports.models import (
    COLUMNS,
    ETAG,
    MAP_IS_OVER,
    NEXT_OFFSET,
    NEXT_ROW,
    OFFSET,
    VERSION_ID,
    ImportJob,
    ImportKind,
    ImportStatus,
    PassedOverRow,
    ProcessingMode,
    PublishMode,
    RejectedRow,
    RowCounts,
    refuse_damaged,
    status_of,
)
from cqrs.resources import Table
from cqrs.storage.large_values import INLINE_BYTES, KEY_SUFFIX
from cqrs.storage.new_items import put_new
from cqrs.storage.origins import CREATED_BY
from cqrs.storage.status_listing import listed_as, listing
from cqrs.storage.unfinished_work import UNFINISHED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from cqrs.aws.item_store import Address, ItemStore
    from cqrs.core.attribute_values import Item
    from cqrs.settings import Settings
    from cqrs.storage.large_values import LargeValues
    from cqrs.storage.time_to_live import TimeToLive

Row = TypeVar("Row", RejectedRow, PassedOverRow)

THROUGH = "through"
OPEN = "open"
OPEN_IN = (OPEN, OPEN + KEY_SUFFIX)
"""Attributes of a mark of which one says that its chunk is open."""

ROWS = "rows"
CANCELLED_AT = "cancelledAt"
HANDED_OVER, HANDED_BACK = "handedOver", "handedBack"
OPENED, SETTLED = "opened", "settled"
CLOSED = "closed"
MANIFEST = "manifest"
MOVED_AT = "movedAt"
PASSED_OVER = "passedOver"


PAGE = 100

OPEN_BYTES = INLINE_BYTES // 2
"""Of commands, and of rejected rows, in the mark of an open chunk, which holds both."""


class JobIsOver(Exception):
    """A job's counters are closed: no more of its rows are published, or left to others."""


@dataclass(frozen=True, slots=True)
class NewJob:
    """The parts of a new job."""

    bucket: str
    object_key: str
    mode: ProcessingMode
    publish_mode: PublishMode
    encoding: str = UTF_8
    created_by: str = ""


@dataclass(frozen=True, slots=True)
class FileAsRead:
    """A job's file as it was when the job was started: no other one is read for it.

    Attributes
    ----------
    etag, version_id
        Which one it is, to S3.
    columns
        Names of its columns.
    offset
        Bytes before its first row.
    """

    etag: str
    version_id: str
    columns: Sequence[str]
    offset: int

    def to_mapping(self) -> dict[str, Any]:
        """As the job's item holds it."""
        return {
            ETAG: self.etag,
            VERSION_ID: self.version_id,
            COLUMNS: list(self.columns),
            OFFSET: self.offset,
            NEXT_OFFSET: self.offset,
            NEXT_ROW: 1,
        }


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a file at which a row begins.

    Attributes
    ----------
    offset
        Bytes before it.
    row
        Number of the row.
    """

    offset: int
    row: int

    @classmethod
    def noted(cls, job: Item) -> Place | None:
        """The place at which a job's file is to be read on; None of a job that notes none."""
        offset, row = job.get(NEXT_OFFSET), job.get(NEXT_ROW)
        return cls(offset, row) if isinstance(offset, int) and isinstance(row, int) else None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is.

    Attributes
    ----------
    counts
        Of all chunks that are done.
    handed_over, handed_back
        Rests of batches that another invocation was to do, and that it has done.
    opened, settled
        Chunks that were published before their sync handlers had run, and those of which they have.
    moved_at
        When any of this changed last; empty if nothing has.
    passed_over
        Of the skipped rows, those that the strategy passed over.
    damage
        Which of the job's counters cannot be read, and counts as nothing; empty if all can.
    """

    counts: RowCounts
    handed_over: int
    handed_back: int
    opened: int
    settled: int
    moved_at: str
    passed_over: int = 0
    damage: str = ""


@dataclass(frozen=True, slots=True)
class OpenCommand:
    """A command whose sync handlers have still to run.

    Attributes
    ----------
    key
        The command.
    row, raw
        Number of the row that it was made of, and the row as CSV.
    """

    key: CommandKey
    row: int
    raw: str

    @classmethod
    def from_mapping(cls, entry: Mapping[str, Any]) -> Self:
        """Read it from a mark.

        Raises
        ------
        AttributeError, LookupError, TypeError, ValidationError
            If it was not written so by the import.
        """
        key = CommandKey.parse(entry["pk"], entry["sk"])
        return cls(key, entry["row"] + 0, str(entry.get("raw", "")))


@dataclass(frozen=True, slots=True)
class OpenChunk:
    """A chunk that is published, and not settled.

    Attributes
    ----------
    skipped, passed_over
        How many of its rows are skipped, and how many of these the strategy passed over.
    """

    commands: list[OpenCommand]
    rejected: list[RejectedRow]
    skipped: int
    passed_over: int


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
            **({CREATED_BY: job.created_by} if job.created_by else {}),
            **self._expiry(key),
        }
        # Only tries of one call make this key: one that is there was stored by an earlier try.
        put_new(self._store, self._table, item)

    def read(self, key: ImportKey) -> Item | None:
        """A job's item; None if there is none."""
        return self._store.get(self._table, key.pk, key.sk)

    def job(self, key: ImportKey) -> ImportJob | None:
        """A job with its counts as they are now (one GetItem, and one Query while it runs)."""
        item = self.read(key)
        if item is None:
            return None
        return self.job_of(item)

    def job_of(self, item: Item) -> ImportJob:
        """The job of an item, with its counts as they are now (one Query while it runs)."""
        refuse_damaged(item)
        if status_of(item).is_final:
            counts, passed_over = RowCounts.from_item(item), _whole(item, PASSED_OVER)
        else:
            progress = self.progress(ImportKey(item["pk"], item["sk"]))
            counts, passed_over = progress.counts, progress.passed_over
        return ImportJob.from_item(item, counts, passed_over)

    def progress(self, key: ImportKey) -> Progress:
        """How far a job is (one Query).

        Raises
        ------
        ValidationError
            If its counters are damaged.
        """
        progress = self.readable_progress(key)
        if progress.damage:
            raise ValidationError(
                f"{progress.damage} Mend it, or delete it and import the file again; to cancel the "
                "import ends it."
            )
        return progress

    def readable_progress(self, key: ImportKey) -> Progress:
        """How far a job is by those of its counters that can be read (one Query)."""
        counters = key.all_counters()
        counted = [
            (item, _damage_of_counter(item))
            for item in self._all(key, key.counters_prefix)
            if item["sk"] in counters
        ]
        readable = [item for item, damage in counted if not damage]
        return Progress(
            sum(map(RowCounts.from_item, readable), RowCounts()),
            handed_over=sum(item.get(HANDED_OVER, 0) for item in readable),
            handed_back=sum(item.get(HANDED_BACK, 0) for item in readable),
            opened=sum(item.get(OPENED, 0) for item in readable),
            settled=sum(item.get(SETTLED, 0) for item in readable),
            moved_at=max((str(item.get(MOVED_AT, "")) for item in readable), default=""),
            passed_over=sum(item.get(PASSED_OVER, 0) for item in readable),
            damage=next((damage for _item, damage in counted if damage), ""),
        )

    def start(self, key: ImportKey, file: FileAsRead) -> Item | None:
        """Note that a job is worked on, and what its file is; what was noted first stays.

        None if it is over, or where its end was noted.
        """
        return self._move(
            key,
            {
                "status": ImportStatus.PROCESSING.value,
                **listed_as(key, ImportStatus.PROCESSING),
            },
            once={"startedAt": now_iso(), **file.to_mapping()},
            unless=MAP_IS_OVER,
        )

    def note_place(self, key: ImportKey, place: Place) -> Place | None:
        """Note the place to read a file on from (one UpdateItem, and a GetItem if it is refused).

        Returns
        -------
        Place or None
            The place that is noted by now. Two deliveries of a message may read the same rows, and
            one of them comes further. None if the job is gone.
        """
        is_further = Condition(
            f"(attribute_not_exists(#{NEXT_OFFSET}) OR #{NEXT_OFFSET} < :further)",
            {"further": place.offset},
        )
        noted = {NEXT_OFFSET: place.offset, NEXT_ROW: place.row}
        if self._move(key, noted, only_if=is_further) is not None:
            return place
        job = self.read(key)
        return None if job is None else Place.noted(job)

    def note_failure(self, key: ImportKey, error: Mapping[str, str]) -> bool:
        """Note that some rows could not be imported, and why; False if the job is over.

        The reason that was noted first holds.
        """
        return self._move(key, {}, once=error) is not None

    def note_map_is_over(self, key: ImportKey, error: Mapping[str, str]) -> bool:
        """Note that no further batches come, and why if they failed; False if it is over.

        The reason that was noted first holds.
        """
        return self._move(key, {MAP_IS_OVER: True}, once=error) is not None

    def note_not_begun(self, key: ImportKey, error: Mapping[str, str]) -> bool:
        """Note that a job is not begun, and why; False if it was begun, or is over."""
        return self._move(key, {MAP_IS_OVER: True}, once=error, unless=ETAG) is not None

    def note_cancellation(self, key: ImportKey, cause: str) -> bool:
        """Note that a job shall end as cancelled; False if it is over, or that was noted."""
        cancelled = {MAP_IS_OVER: True, CANCELLED_AT: now_iso(), **kept_failure(CANCELLED, cause)}
        return self._move(key, cancelled, unless=CANCELLED_AT) is not None

    def close_counters(self, key: ImportKey) -> None:
        """Let no more rows of a job be published (one UpdateItem for each counter)."""
        closed = {CLOSED: True, "kind": ImportKind.COUNTERS.value, **self._expiry(key)}
        for sk in key.all_counters():
            self._store.update(Update(self._table, key.pk, sk, closed))

    def close(
        self, key: ImportKey, status: ImportStatus, counts: RowCounts, more: Mapping[str, Any]
    ) -> bool:
        """Note a job's end, once; False if it had ended, or was cancelled, before.

        An error that was noted before stays on a job that failed or was cancelled only.
        """
        ended = {
            "status": status.value,
            "finishedAt": now_iso(),
            **listed_as(key, status),
            **counts.to_mapping(),
            **more,
        }
        kept = status in {ImportStatus.FAILED, ImportStatus.CANCELLED}
        overcome = () if kept else ("error", "cause")
        is_cancelled = status is ImportStatus.CANCELLED
        unless = "" if is_cancelled else CANCELLED_AT
        return self._move(key, ended, remove=(UNFINISHED, *overcome), unless=unless) is not None

    def _move(
        self,
        key: ImportKey,
        assign: Mapping[str, Any],
        once: Mapping[str, Any] | None = None,
        remove: Sequence[str] = (),
        unless: str = "",
        only_if: Condition | None = None,
    ) -> Item | None:
        """Change a job that is under way; None if it is not."""
        under_way = Condition(
            "#status IN (:created, :processing)"
            + (f" AND attribute_not_exists(#{unless})" if unless else ""),
            {
                "created": ImportStatus.CREATED.value,
                "processing": ImportStatus.PROCESSING.value,
            },
        )
        try:
            return self._store.update(
                Update(
                    self._table,
                    key.pk,
                    key.sk,
                    assign,
                    assign_once=once or {},
                    remove=remove,
                    condition=under_way if only_if is None else under_way & only_if,
                )
            )
        except ConditionFailed:
            return None

    # Chunks

    def chunk_address(self, key: ImportKey, first_row: int) -> Address:
        """The address of a chunk's mark."""
        return self._table, key.pk, key.chunk(first_row)

    def handed_over_address(self, key: ImportKey, first_row: int) -> Address:
        """The address of the mark that rows were handed over."""
        return self._table, key.pk, key.handed_over(first_row)

    def has_rest(self, key: ImportKey, first_row: int) -> bool:
        """Whether rows from one on were ever handed over (one GetItem)."""
        return self._store.get(*self.handed_over_address(key, first_row)) is not None

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
            Put(self._table, mark, IS_NEW),
            self._count_if_not_over(key, first, _numbers(counts, passed_over)),
            *self._kept(key, first, rejected),
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
        rows
            Numbers of its first and last row.
        commands
            Key of each, and the row that it was made of, with its number and as CSV.
        skipped
            How many rows are skipped, and how many of these the strategy passed over.
        """
        first, last = rows
        content = {
            THROUGH: last,
            "skipped": skipped[0],
            PASSED_OVER: skipped[1],
            **self._values.place(
                OPEN, list(commands), _place_of_open(key, first), inline_bytes=OPEN_BYTES
            ),
            **self._placed(key, first, [row.to_mapping() for row in rejected], OPEN_BYTES),
        }
        mark = self._belonging(key, ImportKind.CHUNK, key.chunk(first), content)
        return [Put(self._table, mark, IS_NEW), self._count_if_not_over(key, first, {OPENED: 1})]

    def open_chunks(self, key: ImportKey) -> Iterator[int]:
        """First rows of the chunks of a job that are open, page by page."""
        for mark in self._all(key, key.chunks_prefix):
            first_row = key.row_of(mark["sk"], key.chunks_prefix)
            # Another's item with a number is none of the import's.
            if is_open(mark) and first_row is not None:
                yield first_row

    def read_open_chunk(self, mark: Item) -> OpenChunk:
        """The content of an open chunk's mark.

        Raises
        ------
        NotFoundError
            If a part of it lay in the bucket, and is gone.
        ValidationError
            If it was not written so by the import.
        """
        with reading(f"The mark {mark['pk']} {mark['sk']}"):
            return OpenChunk(
                [OpenCommand.from_mapping(entry) for entry in self._values.load(mark, OPEN)],
                [RejectedRow.from_mapping(row) for row in self._values.load(mark, ROWS)],
                mark["skipped"] + 0,
                mark.get(PASSED_OVER, 0) + 0,
            )

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
            remove=OPEN_IN,
            condition=Condition(" OR ".join(f"attribute_exists(#{name})" for name in OPEN_IN)),
        )
        # Its rows are published, so they count however its job ends.
        numbers = {SETTLED: 1, **_numbers(counts, passed_over)}
        count = self._count(key, first_row, numbers)
        actions = [settled, count, *self._kept(key, first_row, rejected)]
        try:
            self._store.write_together(actions)
        except ConditionFailed:
            return

    def manifest(self, key: ImportKey, first_row: int) -> str:
        """Key of the manifest of the results that a rest is about.

        Raises
        ------
        ValidationError
            If the rest is about none.
        """
        mark = self._store.get(*self.handed_over_address(key, first_row)) or {}
        if not isinstance(mark.get(MANIFEST), str):
            raise ValidationError(
                f"The rest {key} from row {first_row} on names no results of a map: something "
                "other than the services wrote it. Import the file again."
            )
        return str(mark[MANIFEST])

    def hand_over(
        self,
        key: ImportKey,
        first_row: int,
        *,
        by_batch: bool = False,
        more: Mapping[str, str] | None = None,
    ) -> bool:
        """Note that rows are left to another invocation; False if that was noted before.

        Parameters
        ----------
        by_batch
            Whether the map leaves them, for which nobody waits once it is over.
        more
            Further attributes of the rest.

        Raises
        ------
        JobIsOver
            If the job takes no more rows.
        """
        sk = key.handed_over(first_row)
        mark = self._belonging(key, ImportKind.HANDED_OVER, sk, more or {})
        actions: list[Action] = [
            Put(self._table, mark, IS_NEW),
            self._count_if_not_over(key, first_row, {HANDED_OVER: 1}),
        ]
        if by_batch:
            not_over = Condition(f"attribute_not_exists(#{MAP_IS_OVER})")
            actions.append(Check(self._table, key.pk, key.sk, not_over))
        try:
            self._store.write_together(actions)
        except ConditionFailed as error:
            if 0 not in error.failed:
                raise JobIsOver from None
            return False
        return True

    def rests(self, key: ImportKey) -> Iterator[int]:
        """First rows of the rests of a job that are not done, page by page."""
        for mark in self._all(key, key.rests_prefix):
            first_row = key.row_of(mark["sk"], key.rests_prefix)
            if HANDED_BACK not in mark and first_row is not None:
                yield first_row

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
        for number, row in self._listed(key, key.rejected_prefix, RejectedRow.from_mapping):
            yield RejectedRow(number, row, "") if isinstance(row, str) else row

    def passed_over_rows(self, key: ImportKey) -> Iterator[PassedOverRow]:
        """All rows of a job that its strategy passed over, as :meth:`rejected_rows`."""
        for number, row in self._listed(key, key.passed_over_prefix, PassedOverRow.from_mapping):
            yield PassedOverRow(number, row) if isinstance(row, str) else row

    def _listed(
        self, key: ImportKey, prefix: str, read: Callable[[Any], Row]
    ) -> Iterator[tuple[int, Row | str]]:
        """Rows of a job's items; with the chunk's first row, and why, if one cannot be read."""
        for item in self._all(key, prefix):
            first_row = key.row_of(item["sk"], prefix) or 0
            try:
                with reading(f"{item['pk']} {item['sk']}"):
                    rows = list(self._values.load(item, ROWS))
            except PermanentError as error:
                yield first_row, f"Rows from this one on are not known: {error}"
                continue
            for row in rows:
                try:
                    yield first_row, read(row)
                except UNREADABLE as error:
                    yield first_row, f"A row behind this one is not known: {item['sk']}: {error}"

    def _all(self, key: ImportKey, prefix: str) -> Iterator[Item]:
        start_after = None
        while True:
            page = self._store.query(
                self._table,
                key.pk,
                sk_prefix=prefix,
                limit=PAGE,
                start_after=start_after,
            )
            yield from page.items
            start_after = page.last_key
            if start_after is None:
                return

    def _kept(
        self, key: ImportKey, first_row: int, rejected: Sequence[RejectedRow]
    ) -> list[Action]:
        if not rejected:
            return []
        in_order = sorted(rejected, key=lambda row: row.number)
        content = self._placed(key, first_row, [row.to_mapping() for row in in_order])
        item = self._belonging(key, ImportKind.REJECTED, key.rejected(first_row), content)
        return [Put(self._table, item)]

    def _count_if_not_over(
        self, key: ImportKey, first_row: int, numbers: Mapping[str, int]
    ) -> Update:
        not_closed = Condition(f"attribute_not_exists(#{CLOSED})")
        return replace(self._count(key, first_row, numbers), condition=not_closed)

    def _count(self, key: ImportKey, first_row: int, numbers: Mapping[str, int]) -> Update:
        assign = {
            "kind": ImportKind.COUNTERS.value,
            MOVED_AT: now_iso(),
            **self._expiry(key),
        }
        return Update(self._table, key.pk, key.counters(first_row), assign, increase=numbers)

    def _placed(
        self, key: ImportKey, first_row: int, rows: list[Any], inline_bytes: int = INLINE_BYTES
    ) -> dict[str, Any]:
        place = f"{key.folder}rejected-{first_row}"
        return self._values.place(ROWS, rows, place, inline_bytes=inline_bytes)

    def _belonging(
        self, key: ImportKey, kind: ImportKind, sk: str, content: Mapping[str, Any]
    ) -> Item:
        return {"pk": key.pk, "sk": sk, "kind": kind.value, **content, **self._expiry(key)}

    def _expiry(self, key: ImportKey) -> dict[str, int]:
        expires_at = self._time_to_live.expires_at(Table.IMPORT_TMP, key.tenant)
        return {} if expires_at is None else {"ttl": expires_at}


def _damage_of_counter(item: Item) -> str:
    """Why a counter cannot be read; empty if it can."""
    names = (HANDED_OVER, HANDED_BACK, OPENED, SETTLED, PASSED_OVER)
    try:
        RowCounts.from_item(item)
    except ValueError as error:
        problem = str(error)
    else:
        odd = [name for name in names if type(item.get(name, 0)) is not int]
        problem = f"its attribute {odd[0]} is not a whole number" if odd else ""
    if not problem:
        return ""
    return (
        f"The counter {item['pk']} {item['sk']} of the import_tmp table is damaged: {problem}. "
        "Something other than the import wrote it."
    )


def is_open(mark: Item) -> bool:
    """Whether a chunk's sync handlers have still to run."""
    return any(name in mark for name in OPEN_IN)


def _place_of_open(key: ImportKey, first_row: int) -> str:
    """The place of an open chunk's commands."""
    return f"{key.folder}open-{first_row}"


def _numbers(counts: RowCounts, passed_over: int) -> dict[str, int]:
    """The numbers that a chunk adds to the counters."""
    numbers = counts.to_mapping()
    return {**numbers, PASSED_OVER: passed_over} if passed_over else numbers


def _whole(item: Item, name: str) -> int:
    """A whole number of an item; 0 if it is missing or something else."""
    value = item.get(name, 0)
    return value if type(value) is int else 0
