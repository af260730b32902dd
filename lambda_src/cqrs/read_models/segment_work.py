"""The work of a run on a segment of the data table, page by page."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cqrs.commands.models import CommandStatus
from cqrs.core.clock import iso, seconds_since
from cqrs.core.keys import item_type, tenant_code
from cqrs.errors import ValidationError
from cqrs.read_models.item_state import ItemState
from cqrs.read_models.runs import Phase, RunKind, Segment
from cqrs.read_models.tally import Tally
from cqrs.read_models.telling import Telling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from cqrs.core.keys import ItemKey
    from cqrs.items.data import DataItem
    from cqrs.read_models.declarations import ReadModel
    from cqrs.read_models.places import Generation, Shown
    from cqrs.read_models.run_parts import RunParts
    from cqrs.read_models.runs import Plan, Run

PAGE_ITEMS = 200
"""Items of a page at most, after which a segment notes how far it has come."""

SETTLE_SECONDS = 15
"""How long a command may take to come into the index of what is not finished, generously."""

POLL_SECONDS = 1.0

SHARE_LEFT = 0.4
"""Share of an invocation's time that is left when it begins no other page."""


class SegmentWork:
    """Fills, waits, compares and clears.

    Parameters
    ----------
    parts
        The parts of runs.
    """

    def __init__(self, parts: RunParts) -> None:
        self._with = parts
        self._telling = Telling(parts)

    def go_on(self, run: Run, number: int, segment: Segment) -> None:
        """Work on a segment in the phase of its run, as long as the invocation has time."""
        steps: dict[Phase, Callable[[Run, int, Segment, Tally], Segment]] = {
            Phase.FILL: self._fill,
            Phase.SETTLE: self._settle,
            Phase.VERIFY: self._verify,
            Phase.CLEAR: self._clear,
        }
        while not segment.is_done and self._has_time():
            begun, tally = time.monotonic(), Tally()
            after = steps[run.phase](run, number, segment, tally)
            noted = self._with.runs.advance(
                run, number, replace(after, pages=segment.pages + 1), tally.counts, tally.examples
            )
            if noted is None:
                return  # somebody else is at work on it
            segment = noted
            self._keep_pace(run, tally.counts["read"], time.monotonic() - begun)

    def _has_time(self) -> bool:
        deadline = self._with.deadline
        return deadline.seconds_left() > SHARE_LEFT * min(deadline.seconds_given, 900)

    def _keep_pace(self, run: Run, read: int, taken: float) -> None:
        if run.plan.rate:
            due = read * run.plan.segments / run.plan.rate
            time.sleep(max(0.0, min(due - taken, self._with.deadline.seconds_left() / 4)))

    def _page(
        self, run: Run, number: int, segment: Segment, tally: Tally
    ) -> tuple[list[DataItem], Segment]:
        types = set(run.plan.types)

        def wants(pk: str) -> bool:
            is_of_tenant = not run.plan.tenant or tenant_code(pk) == run.plan.tenant
            return is_of_tenant and (not types or item_type(pk) in types)

        page = self._with.data.scan(
            (number, run.plan.segments),
            limit=page_items(run.plan),
            start_after=segment.cursor,
            wants=wants,
        )
        items = [item for item in page.items if item.updated_at >= run.plan.since]
        tally.counts["scanned"] += page.scanned
        tally.counts["read"] += len(items)
        for damaged in page.damaged:
            tally.counts["refused"] += 1
            tally.note(f"{damaged.key}: {damaged.problem}")
        return items, Segment(page.last_key, is_done=page.last_key is None)

    def _fill(self, run: Run, number: int, segment: Segment, tally: Tally) -> Segment:
        items, after = self._page(run, number, segment, tally)
        if run.kind is RunKind.REPLAY:
            self._telling.tell(run.model, items, tally)
            return after
        model, generation = target_of(self._with, run)
        for states in self._batches(run, items):
            tally.counts["written"] += self._telling.write(model, generation, states, tally)
        return after

    def _batches(self, run: Run, items: Sequence[DataItem]) -> Iterator[list[ItemState]]:
        """The states that are written at once: all items, or of history one after the other."""
        if not run.plan.from_history:
            yield [ItemState.of_data(item) for item in items]
            return
        for item in items:
            for state in (*self._before(item), item):
                yield [ItemState.of_data(state)]

    def _before(self, item: DataItem) -> Sequence[DataItem]:
        """The earlier states of an item, the oldest first."""
        found: list[DataItem] = []
        before: int | None = item.version
        while before is not None and before > 1:
            page = self._with.history.list(item.key.pk, item.key.sk, before=before)
            found += page.items
            before = page.before
        return found[::-1]

    def _settle(self, run: Run, _number: int, _segment: Segment, tally: Tally) -> Segment:
        """Wait for those who have not seen that the run has begun.

        A rebuild waits for commands that were published before it. A removal waits as long as an
        invocation may last that writes what is to be removed.
        """
        is_removal = run.kind is RunKind.DROP
        least = self._with.writer_seconds if is_removal else SETTLE_SECONDS
        if seconds_since(run.begun_at) < least:
            time.sleep(POLL_SECONDS)
            return Segment()
        return Segment(is_done=True) if is_removal else self._settled(run, tally)

    def _settled(self, run: Run, tally: Tally) -> Segment:
        begun = datetime.fromisoformat(run.begun_at)
        mark = iso(begun + timedelta(seconds=SETTLE_SECONDS))
        waiting = [
            f"{entry['pk']} {entry['sk']}"
            for entry in self._with.unfinished.all(mark)
            if entry.get("status") == CommandStatus.PUBLISHED
            and item_type(entry["pk"]) in run.plan.types
            and entry["createdAt"] <= mark
        ]
        if not waiting:
            return Segment(is_done=True)
        tally.note(f"{waiting[0]}: waits for its end, one of {len(waiting)}")
        time.sleep(POLL_SECONDS)
        return Segment()

    def _verify(self, run: Run, number: int, segment: Segment, tally: Tally) -> Segment:
        items, after = self._page(run, number, segment, tally)
        model, generation = target_of(self._with, run)
        living = self._with.generations.of(model).living
        states = [ItemState.of_data(item) for item in items]
        keys = [state.key for state in states]
        place = self._with.places.of(model.projections[generation.version])
        new = place.read(generation, keys)
        behind = [
            state
            for state in states
            if state.key not in new or new[state.key].version < state.version
        ]
        tally.counts["repaired"] += self._telling.write(model, generation, behind, tally)
        if behind:
            new = {**new, **place.read(generation, [state.key for state in behind])}
        old = self._with.places.of(model.projections.get(living.version)).read(living, keys)
        is_same_code = living.version == generation.version
        for state in states:
            _compare(state, new, old, tally, is_same_code=is_same_code)
        return after

    def _clear(self, run: Run, number: int, segment: Segment, tally: Tally) -> Segment:
        generation = run.plan.generation
        if generation is None:
            return Segment(is_done=True)
        model = self._with.registry.get(run.model)
        place = self._with.places.of(model.projections.get(generation.version))
        removed, cursor = place.clear(generation, (number, run.plan.segments), segment.cursor)
        tally.counts["removed"] += removed
        return Segment(cursor, is_done=cursor is None)


def page_items(plan: Plan) -> int:
    """Items of a page: those of a second, so that the bound holds for small tables too."""
    if not plan.rate:
        return PAGE_ITEMS
    return max(1, min(PAGE_ITEMS, plan.rate // plan.segments))


def target_of(parts: RunParts, run: Run) -> tuple[ReadModel, Generation]:
    """The read model of a run, and the generation that it fills.

    Raises
    ------
    ValidationError
        If the code has that generation's version no more.
    """
    model, generation = parts.registry.get(run.model), run.plan.generation
    if generation is None or generation.version not in model.projections:
        raise ValidationError(
            f"The run {run.id} of {run.model} fills a version that the code has no more: end "
            f"it with `cqrs read-model cancel {run.model}`."
        )
    return model, generation


def _compare(
    state: ItemState,
    new: Mapping[ItemKey, Shown],
    old: Mapping[ItemKey, Shown],
    tally: Tally,
    *,
    is_same_code: bool,
) -> None:
    """Count how an item is shown in the new generation and in the living one."""
    counts, mine, theirs = tally.counts, new.get(state.key), old.get(state.key)
    if mine is None or mine.version != state.version:
        # It moved on, or its projection refuses it.
        counts["moved" if mine and mine.version > state.version else "missing"] += 1
        return
    counts["shown" if mine.digest else "hidden"] += 1
    counts["checksum"] += _checksum(mine.digest)
    if theirs is None or theirs.version != mine.version:
        counts["living_behind"] += 1
    elif not is_same_code:
        counts["living_shown"] += bool(theirs.digest)
    elif theirs.digest == mine.digest:
        counts["equal"] += 1
        counts["living_checksum"] += _checksum(theirs.digest)
    else:
        counts["different"] += 1
        tally.note(f"{state.key}: differs from the generation that is read")


def _checksum(digest: str) -> int:
    return int(digest[:12], 16) if digest else 0
