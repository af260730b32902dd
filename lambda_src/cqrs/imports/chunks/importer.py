"""Imports rows, chunk by chunk, each exactly once by effect."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cqrs.commands.models import SyncMode
from cqrs.core.observability import logger
from cqrs.errors import ConfigurationError, TransientError, ValidationError
from cqrs.imports.chunks.finisher import Turn
from cqrs.imports.chunks.publisher import (
    ChunkHasTooManyActions,
    ChunkIsMarked,
    ChunkIsTooLarge,
    Draft,
    ItemIsBusy,
    Outcome,
    Verdict,
)
from cqrs.imports.chunks.rows import raw_text, rejected_row
from cqrs.imports.models import PassedOverRow, RejectedRow, RowCounts
from cqrs.imports.records import THROUGH, is_open

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cqrs.aws.item_store import Action
    from cqrs.core.attribute_values import Item
    from cqrs.core.deadline import Deadline
    from cqrs.core.keys import ItemKey
    from cqrs.imports.chunks.pace import Pace
    from cqrs.imports.chunks.publisher import ChunkPublisher
    from cqrs.imports.chunks.rows import RowReader
    from cqrs.imports.chunks.settler import ChunkSettler
    from cqrs.imports.keys import ImportKey
    from cqrs.imports.models import PublishMode, Row
    from cqrs.imports.records import ImportRecords

CHUNK_DRAFTS = 25
"""Rows published at a time, so that a batch of 100 has four chunks. A transaction takes 100
actions. A row takes two, and four if its item exists. The chunk's mark, counts, rejected rows and
rows that were passed over take up to four. So a chunk whose items all exist has 24."""

CHUNK_ROWS = 200
"""Rows of a chunk, those included that are rejected or passed over."""

CHUNK_BYTES = 1_000_000
"""Text of a chunk's rows: a row is stored twice, and its item's earlier state once."""

SECONDS_KEPT = 8.0
SHARE_KEPT = 0.25
"""Time that is left for handing over what remains, besides what the longest chunk took. It is so
many seconds, and such a part of the invocation's time. So an invocation that works as long as it
may is not taken for one that is about to be cut off."""

LEAST_SECONDS = 15.0
"""Of an invocation: what is kept, and as much again for a look at the file and for a chunk."""


@dataclass(frozen=True, slots=True)
class Import:
    """The common parts of a job's batches."""

    key: ImportKey
    rows: RowReader
    publish_mode: PublishMode


@dataclass(slots=True)
class _Chunk:
    """Rows that are imported together; their drafts are of different items."""

    most_drafts: int
    rows: list[Row] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)
    passed_over: list[PassedOverRow] = field(default_factory=list)
    _items: set[ItemKey] = field(default_factory=set)
    _size: int = 0

    @property
    def first(self) -> int:
        """Number of its first row."""
        return self.rows[0].number

    @property
    def last(self) -> int:
        """Number of its last row."""
        return self.rows[-1].number

    def raw(self) -> dict[int, str]:
        """Its rows as CSV, by number."""
        return {row.number: raw_text(row) for row in self.rows}

    def add(self, row: Row, entry: Draft | RejectedRow | PassedOverRow) -> bool:
        """Take a row; False if there is no room for it."""
        size = sum(map(len, row.fields.values()))
        if self.rows and not self._has_room_for(entry, size):
            return False
        self.rows.append(row)
        self._size += size
        if isinstance(entry, RejectedRow):
            self.rejected.append(entry)
        elif isinstance(entry, PassedOverRow):
            self.passed_over.append(entry)
        else:
            self.drafts.append(entry)
            self._items.add(entry.key)
        return True

    def _has_room_for(self, entry: Draft | RejectedRow | PassedOverRow, size: int) -> bool:
        if len(self.rows) == CHUNK_ROWS or self._size + size > CHUNK_BYTES:
            return False
        if isinstance(entry, RejectedRow | PassedOverRow):
            return True
        return len(self.drafts) < self.most_drafts and entry.key not in self._items


@dataclass(slots=True)
class _Room:
    """How many drafts a chunk takes.

    A chunk for which there is no room is begun again with fewer. If those behind it are likely to
    be too large as well, they have fewer too: each would be read and planned twice otherwise.
    """

    _usual: int = CHUNK_DRAFTS
    _next: int = CHUNK_DRAFTS

    def take(self) -> int:
        """The room of the next chunk."""
        taken, self._next = self._next, self._usual
        return taken

    def reduce(self, error: ChunkIsTooLarge) -> None:
        """Have less room, for the next chunk or for all."""
        self._next = error.fewer
        if isinstance(error, ChunkHasTooManyActions):
            self._usual = error.fewer


class _ChunkIsGivenUp(Exception):
    """Too many processes have ended at a chunk; another one shall go on behind it."""

    def __init__(self, through: int) -> None:
        super().__init__(through)
        self.through = through


class _ChunkGoesOn(Exception):
    """AWS failed this call in the midst of a chunk, of which it has done a part."""


class _Rows:
    """Rows to come; some may be given back, and those that are done are passed over.

    Attributes
    ----------
    is_broken
        Whether AWS failed what they come from, so that no further ones come.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        self._more = iter(rows)
        self._coming: deque[Row] = deque()
        self._done_through = 0
        self._first: Row | None = None
        self._last = 0
        self.is_broken = False

    def peek(self) -> Row | None:
        """The next row, which comes again until it is taken; None at the end."""
        while True:
            if not self._coming and (row := self._next()) is not None:
                self._first, self._last = self._first or row, row.number
                self._coming.append(row)
            if not self._coming or self._coming[0].number > self._done_through:
                return self._coming[0] if self._coming else None
            self._coming.popleft()

    def _next(self) -> Row | None:
        try:
            return next(self._more, None)
        except TransientError:
            self.is_broken = True
            raise

    def take(self) -> None:
        """Let the row that was seen not come again."""
        self._coming.popleft()

    def behind_others(self) -> Row | None:
        """The next row; None if there was none before it, or if it is not known."""
        coming = (row for row in self._coming if row.number > self._done_through)
        row = next(coming, None)
        return None if row is self._first else row

    def give_back(self, rows: list[Row]) -> None:
        """Let rows come again."""
        self._coming.extendleft(reversed(rows))

    def pass_over(self, through: int) -> None:
        """Leave out all rows up to one.

        Raises
        ------
        ValidationError
            If there is no such row.
        """
        self._done_through = max(self._done_through, through)
        if self.peek() is None and self._last < self._done_through:
            raise ValidationError(
                f"A mark says that the rows through {through} are done, and the last row is "
                f"{self._last}: something other than the services wrote it. Import the file again."
            )


class BatchImporter:
    """Imports the rows of a batch.

    Parameters
    ----------
    records, publisher, settler
        Mark, publish and settle chunks.
    pace
        Lets chunks wait while AWS fails them for the moment.
    deadline
        Time that is left.
    """

    def __init__(
        self,
        records: ImportRecords,
        publisher: ChunkPublisher,
        settler: ChunkSettler,
        pace: Pace,
        deadline: Deadline,
    ) -> None:
        self._records = records
        self._publisher = publisher
        self._settler = settler
        self._pace = pace
        self._deadline = deadline

    def run(self, job: Import, rows: Iterable[Row], *, taken_over: int = 0) -> Row | None:
        """Import rows as far as the time goes.

        A chunk that an earlier call has done is passed over, so the same rows may be given again.

        Parameters
        ----------
        job
            The job that they belong to.
        rows
            In the order of the file; the same batch always begins with the same row.
        taken_over
            The first row, if these rows were handed over to this call.

        Returns
        -------
        Row or None
            The first row that is left to another invocation. The time may be nearly over, or was in
            an earlier call, or the row's item is being changed. AWS may have failed the row's chunk
            for as long as there was time. Or AWS failed what the rows come from when others were
            done, or too many processes have ended at the rows before it. In the last two cases few
            tries may be left to this call, and its next message has all of them. None if all are
            done.

        Raises
        ------
        JobIsOver
            If the job takes no more rows; what it took is done.
        TransientError
            If AWS failed just now, before this call had done any row. It was what the rows come
            from, or the call has no end before which it might wait.
        ConfigurationError
            If no invocation has the time to begin with any row.
        """
        self._refuse_short_invocation()
        coming = _Rows(rows)
        try:
            return self._run(job, coming, taken_over)
        except TransientError as error:
            rest = coming.behind_others()
            if rest is None:
                raise
            logger.warning("Rest is left", extra={"job": str(job.key), "reason": str(error)})
            return rest

    def _run(self, job: Import, coming: _Rows, taken_over: int) -> Row | None:
        longest, room = 0.0, _Room()
        kept = max(SECONDS_KEPT, SHARE_KEPT * self._deadline.seconds_given)
        while (row := coming.peek()) is not None:
            left = self._deadline.seconds_left()
            spare = left - kept - longest
            waited = None if spare < 0 else self._pace.wait(job.key, spare)
            if waited is None:
                return row
            try:
                chunk = self._next(job, coming, room, kept + longest)
                if chunk is None:
                    return coming.peek()
                through = self._import_in_turn(job, coming, chunk, taken_over)
            except (ItemIsBusy, _ChunkGoesOn):
                return row
            except TransientError as error:
                self._slow_down(job, coming, error)
                through = row.number - 1
            except _ChunkIsGivenUp as given_up:
                coming.pass_over(given_up.through)
                return coming.peek()
            except ChunkIsTooLarge as error:
                room.reduce(error)
                through = row.number - 1
            if through is None:
                return row
            coming.pass_over(through)
            longest = max(longest, left - waited - self._deadline.seconds_left())
        return None

    def _import_in_turn(
        self, job: Import, coming: _Rows, chunk: _Chunk, taken_over: int
    ) -> int | None:
        """Import a chunk as :meth:`_import`; its rows come again unless they are passed over."""
        coming.give_back(chunk.rows)
        try:
            through = self._import(job, chunk, taken_over)
        except ChunkIsMarked:
            return chunk.first - 1  # the next look finds the mark
        self._pace.speed_up(job.key)
        return through

    def _slow_down(self, job: Import, coming: _Rows, error: TransientError) -> None:
        """Let a chunk that AWS failed just now wait, and be begun again.

        Raises
        ------
        TransientError
            If no further rows come, or nobody can tell how long it may wait.
        """
        if coming.is_broken or math.isinf(self._deadline.seconds_left()):
            raise error
        self._pace.slow_down(job.key)
        logger.warning("Chunk has to wait", extra={"job": str(job.key), "reason": str(error)})

    def _next(self, job: Import, coming: _Rows, room: _Room, needed: float) -> _Chunk | None:
        """The next chunk; None at the end, or if empty rows take the time that it needs."""
        while (row := coming.peek()) is not None and row.is_blank:
            if self._deadline.seconds_left() < needed:
                return None
            coming.take()
        return _next_chunk(job, coming, room.take())

    def _refuse_short_invocation(self) -> None:
        given = self._deadline.seconds_of_invocation
        if given < LEAST_SECONDS:
            raise ConfigurationError(
                f"An invocation of the function has {given:.0f} s, and an import needs "
                f"{LEAST_SECONDS:.0f} s or more. Raise timeout_seconds of [function] in the "
                "environment's file, deploy, and import the file again."
            )

    def _import(self, job: Import, chunk: _Chunk, taken_over: int) -> int | None:
        """Import a chunk, unless it is marked.

        Returns
        -------
        int or None
            Through which row the file is done; None if the rest was handed over.

        Raises
        ------
        _ChunkIsGivenUp
            If it is done, and too many processes have ended at it.
        _ChunkGoesOn
            If a part of it is done.
        """
        done_at = self._records.chunk_address(job.key, chunk.first)
        beside = [done_at]
        if chunk.first != taken_over:
            beside.append(self._records.handed_over_address(job.key, chunk.first))
        outcomes, marks = self._publisher.publish(
            chunk.drafts,
            SyncMode(job.publish_mode.value),
            lambda draft: request_id(job.key, draft.row),
            lambda found: self._note(job, chunk, found),
            beside=beside,
        )
        if not marks:
            if any(outcome.has_handlers for outcome in outcomes):
                self._settle(job, chunk, Turn.of_publisher())
            return chunk.last
        if done_at not in marks:
            return None
        through = _through(marks[done_at], chunk.first)
        if is_open(marks[done_at]) and self._settle(job, chunk, Turn()):
            raise _ChunkIsGivenUp(through)
        return through

    def _settle(self, job: Import, chunk: _Chunk, turn: Turn) -> bool:
        try:
            return self._settler.settle(job.key, chunk.first, turn)
        except TransientError as error:
            if not turn.done:
                raise
            logger.warning("Chunk is left", extra={"job": str(job.key), "reason": str(error)})
            raise _ChunkGoesOn from error

    def _note(self, job: Import, chunk: _Chunk, outcomes: Sequence[Outcome]) -> list[Action]:
        span = (chunk.first, chunk.last)
        rejected = [*chunk.rejected, *_refused(chunk, outcomes)]
        skipped = _count(outcomes, Verdict.UNCHANGED) + len(chunk.passed_over)
        listed = self._records.passed_over(job.key, chunk.first, chunk.passed_over)
        if any(outcome.has_handlers for outcome in outcomes):
            raw = chunk.raw()
            published = [
                {
                    "row": outcome.draft.row,
                    "raw": raw[outcome.draft.row],
                    **outcome.command.to_mapping(),
                }
                for outcome in outcomes
                if outcome.command is not None
            ]
            kept = (skipped, len(chunk.passed_over))
            opened = self._records.open_chunk(job.key, span, published, rejected, kept)
            return [*opened, *listed]
        counts = RowCounts(
            total=len(chunk.rows),
            succeeded=_count(outcomes, Verdict.PUBLISHED),
            skipped=skipped,
            failed=len(rejected),
        )
        done = self._records.finished_chunk(
            job.key, span, counts, rejected, passed_over=len(chunk.passed_over)
        )
        return [*done, *listed]


def request_id(key: ImportKey, row: int) -> str:
    """Identity of the publish call of a row."""
    return f"{key.ulid}-{row}"


def _next_chunk(job: Import, coming: _Rows, most_drafts: int) -> _Chunk | None:
    chunk = _Chunk(most_drafts)
    try:
        while (row := coming.peek()) is not None and not row.is_blank:
            if not chunk.add(row, job.rows.read(row)):
                break
            coming.take()
    except TransientError:
        coming.give_back(chunk.rows)
        raise
    return chunk if chunk.rows else None


def _through(mark: Item, first: int) -> int:
    """Through which row a chunk that is marked is done.

    Raises
    ------
    ValidationError
        If its mark does not say so.
    """
    through = mark.get(THROUGH)
    if type(through) is not int or through < first:
        raise ValidationError(
            f"The mark {mark['pk']} {mark['sk']} is damaged: its {THROUGH} is {through!r:.80}, and "
            f"it begins with row {first}. Something other than the services wrote it. Import the "
            "file again."
        )
    return through


def _refused(chunk: _Chunk, outcomes: Sequence[Outcome]) -> list[RejectedRow]:
    raw = chunk.raw()
    return [
        rejected_row(outcome.draft.row, outcome.reason, raw[outcome.draft.row])
        for outcome in outcomes
        if outcome.verdict is Verdict.REFUSED
    ]


def _count(outcomes: Sequence[Outcome], verdict: Verdict) -> int:
    return sum(outcome.verdict is verdict for outcome in outcomes)
