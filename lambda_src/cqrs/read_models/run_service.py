"""Rebuilding read models while commands go on, and telling items to them again.

**A rebuild.** From its beginning on, each command is shown in the new generation, too. Then all
data are written there, each item unless the generation has its version or a later one. Commands
that were under way at the beginning may have been shown in the living one alone, so their ends are
waited for. At last each item is compared with the data table and with the living generation. If it
is behind, it is written. One conditional write lets the new one be read.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from cqrs.commands.models import Command, CommandStatus, Content, SyncMode
from cqrs.core.clock import iso, seconds_since
from cqrs.core.keys import item_type, tenant_code
from cqrs.core.log_keys import ITEM, error_keys
from cqrs.core.moments import asked_since
from cqrs.core.observability import logger
from cqrs.core.texts import message_of
from cqrs.errors import NotFoundError, TransientError, ValidationError
from cqrs.read_models.item_state import ItemState
from cqrs.read_models.runs import (
    MOST_EXAMPLES,
    ORDER,
    Phase,
    Plan,
    Run,
    RunKind,
    Segment,
)
from cqrs.read_models.service import change_of, lacks_database
from cqrs.resources import RUN_TASK
from cqrs.storage.origins import Origin
from cqrs.tasks.keys import STEP_FUNCTION, TaskKey

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cqrs.commands.sync_handlers import SyncHandlers
    from cqrs.core.deadline import Deadline
    from cqrs.core.keys import ItemKey
    from cqrs.healing.entries import UnfinishedEntries
    from cqrs.items.data import DataItem, DataService
    from cqrs.items.history import HistoryService
    from cqrs.read_models.declarations import ReadModel, ReadModelRegistry
    from cqrs.read_models.generations import GenerationRecords, Generations
    from cqrs.read_models.places import Change, Generation
    from cqrs.read_models.places_of import Places
    from cqrs.read_models.runs import RunRecords
    from cqrs.read_models.service import ReadModels
    from cqrs.tasks.models import Task
    from cqrs.tasks.service import TaskService

TENANT = "read-models"
"""Tenant of these tasks."""

PAGE_ITEMS = 200
"""Items of a page, after which a segment notes how far it has come."""

SETTLE_SECONDS = 15
"""How long a command may take to come into the index of what is not finished, generously."""

POLL_SECONDS = 1.0

SHARE_LEFT = 0.4
"""Share of an invocation's time that is left when it begins no other page."""

MOST_SEGMENTS = 64

SAMPLE_PAGES = 4
"""Pages of a thousand items that an estimate reads of a part, before it takes a smaller one."""

ITEMS_A_SECOND = 200
"""Of an estimate; docs/reliability.md has what was measured."""

READ_USD, WRITE_USD = 0.1425e-6, 0.715e-6
"""Prices of a read and a write unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collaborators:
    """The parts that runs work with."""

    registry: ReadModelRegistry
    models: ReadModels
    places: Places
    generations: GenerationRecords
    runs: RunRecords
    data: DataService
    history: HistoryService
    tasks: TaskService
    sync_handlers: SyncHandlers
    unfinished: UnfinishedEntries
    deadline: Deadline


class RunService:
    """Begins, leads and shows runs."""

    def __init__(self, collaborators: Collaborators) -> None:
        self._with = collaborators

    # Begun and ended by people

    def rebuild(
        self,
        name: str,
        *,
        from_history: bool = False,
        segments: int = 4,
        rate: int = 0,
        hold: bool = False,
    ) -> Run:
        """Fill a new generation of a read model beside the living one, or go on with that.

        Parameters
        ----------
        name
            The read model.
        from_history
            Whether each item is shown in all of its versions, one after the other.
        segments, rate
            Parts of the data table, 1 to 64, and items a second at most, 0 for no bound.
        hold
            Whether the filled generation waits for :meth:`cut_over`. It does so anyway if it
            differs from the living one.

        Raises
        ------
        NotFoundError
            If there is no such read model.
        ValidationError
            If an argument is refused, or the environment has no place for it.
        """
        model = self._with.registry.get(name)
        _refuse_bad_pace(segments, rate)
        self._refuse_no_place(model)
        building = self._with.generations.of(model).building
        if building is not None:
            run = self._with.runs.latest(name, [RunKind.REBUILD])
            if run is None or run.phase.is_over or run.plan.generation != building:
                # The process died between the two writes that begin a rebuild.
                run = self._begin(model, building, from_history, segments, rate, hold=hold)
            return self.resume(run)
        begun = self._with.generations.begin(model)
        if begun.building is None:
            raise ValidationError(f"The rebuild of {name} was ended as it began: begin it again.")
        run = self._begin(model, begun.building, from_history, segments, rate, hold=hold)
        return self.resume(run)

    def _begin(
        self,
        model: ReadModel,
        generation: Generation,
        from_history: bool,
        segments: int,
        rate: int,
        *,
        hold: bool,
    ) -> Run:
        plan = Plan(
            generation=generation,
            from_history=from_history,
            types=tuple(sorted(model.projections[generation.version].item_types)),
            segments=segments,
            rate=rate,
            hold=hold,
        )
        return self._with.runs.create(model.name, RunKind.REBUILD, plan)

    def replay(
        self,
        name: str,
        *,
        types: Sequence[str] = (),
        tenant: str = "",
        since: str = "",
        segments: int = 4,
        rate: int = 0,
    ) -> Run:
        """Tell the items of some types, a tenant or a span of time to a read model again.

        It may be a sync handler as well. Each item comes in its latest state, which is written
        again if the model shows that version.

        Parameters
        ----------
        name
            The read model or sync handler.
        types, tenant, since
            Only items of these types, of this tenant, and changed since then (UTC, ISO 8601).

        Raises
        ------
        NotFoundError
            If there is neither.
        ValidationError
            If an argument is refused.
        """
        _refuse_bad_pace(segments, rate)
        self._refuse_unknown(name)
        if name in self._with.registry.names:
            self._refuse_no_place(self._with.registry.get(name))
            shown = self._with.registry.get(name).item_types
            strange = sorted(set(types) - shown)
            if strange:
                raise ValidationError(
                    f"Read model {name} shows no {strange[0]}; it shows {', '.join(sorted(shown))}."
                )
            types = types or sorted(shown)
        after = iso(asked_since(since)) if since else ""
        plan = Plan(types=tuple(types), tenant=tenant, since=after, segments=segments, rate=rate)
        return self.resume(self._with.runs.create(name, RunKind.REPLAY, plan))

    def replay_item(self, name: str, key: ItemKey) -> int:
        """Tell one item to a read model or sync handler again, now.

        Returns
        -------
        int
            Its version.

        Raises
        ------
        NotFoundError
            If there is no such item, read model or sync handler.
        PermanentError
            If the model refuses the item.
        """
        self._refuse_unknown(name)
        item = self._with.data.get(key.pk, key.sk)
        if item is None:
            raise NotFoundError(f"There is no item {key}.")
        self._tell(name, [item], Counter(), [], raises=True)
        return item.version

    def resume(self, run: Run) -> Run:
        """Go on with a run, wherever it stands; any call may be repeated.

        Work that is under way meanwhile is not done twice.
        """
        if run.phase.is_worked_on and self._is_round_over(run):
            self._begin_round(run)
        else:
            self._ensure(run)
        return self._with.runs.get(run.model, run.id)

    def _is_round_over(self, run: Run) -> bool:
        if not run.task:
            return True
        task = self._with.tasks.get(TaskKey.make(STEP_FUNCTION, TENANT, RUN_TASK, run.task))
        return task is not None and task.status.is_final

    def cut_over(self, name: str) -> Generations:
        """Let a filled generation be read, which waits for the word.

        Raises
        ------
        NotFoundError
            If there is no such read model.
        ValidationError
            If no generation waits.
        """
        self._with.registry.get(name)
        run = self._with.runs.latest(name, [RunKind.REBUILD])
        if run is None or run.phase is not Phase.READY:
            at = "there is none" if run is None else f"it is at {run.phase.value}"
            raise ValidationError(f"No rebuild of {name} waits to be read: {at}.")
        return self._let_be_read(run)

    def roll_back(self, name: str) -> Generations:
        """Let the generation before be read again, which got every command meanwhile.

        Raises
        ------
        ValidationError
            If there is none, or the code has its projection no more, so that it is behind.
        """
        model = self._with.registry.get(name)
        previous = self._with.generations.of(model).previous
        if previous is not None and previous.version not in model.projections:
            raise ValidationError(
                f"Generation {previous.number} of {name} is of version {previous.version}, which "
                "the code has no more: it is behind. Register that version, and rebuild."
            )
        return self._with.generations.roll_back(name)

    def cancel(self, name: str) -> Run:
        """End the rebuild of a read model; what it has filled is removed by a run of its own.

        Raises
        ------
        ValidationError
            If there is none under way.
        """
        model = self._with.registry.get(name)
        building = self._with.generations.of(model).building
        if building is None:
            raise ValidationError(f"No rebuild of {name} is under way.")
        run = self._with.runs.latest(name, [RunKind.REBUILD])
        if run is not None and not run.phase.is_over:
            self._with.runs.cancel(run)
        self._with.generations.leave(name, "building", building)
        return self._clear(name, building)

    def drop(self, name: str) -> Run:
        """Write the generation before no more, and remove it.

        Raises
        ------
        ValidationError
            If there is none.
        """
        model = self._with.registry.get(name)
        previous = self._with.generations.of(model).previous
        if previous is None:
            raise ValidationError(f"{name} has no generation beside the one that is read.")
        self._with.generations.leave(name, "previous", previous)
        return self._clear(name, previous)

    def _clear(self, name: str, generation: Generation) -> Run:
        plan = Plan(generation=generation)
        return self.resume(self._with.runs.create(name, RunKind.DROP, plan))

    def show(self, name: str) -> dict[str, Any]:
        """How a read model stands: its generations, and its newest run with its progress."""
        model = self._with.registry.get(name)
        generations = self._with.generations.of(model)
        run = self._with.runs.latest(name)
        return {
            "name": name,
            "item_types": sorted(model.item_types),
            "versions": sorted(model.projections),
            "living": _shown(generations.living),
            "building": _shown(generations.building),
            "previous": _shown(generations.previous),
            "run": None if run is None else self._with.runs.counted(run).to_mapping(),
        }

    def estimate(self, name: str) -> dict[str, Any]:
        """Tell roughly what a rebuild of a read model would do; nothing is written.

        It reads a sample: a part of the data table, as large as one invocation has time for.

        Returns
        -------
        dict
            ``items`` and whether that is ``exact``; ``seconds``; ``usd``, by the prices of
            docs/architecture.md, with two writes for each item and one more for the database.
        """
        model = self._with.registry.get(name)
        parts = 1
        for parts in (1, 16, 256, 4096):
            found, is_whole = self._sampled(model, parts)
            if is_whole:
                break
        items = found * parts
        return {
            "items": items,
            "exact": parts == 1,
            "seconds": items // ITEMS_A_SECOND + 2 * SETTLE_SECONDS,
            "usd": round(items * (2 * READ_USD + 4 * WRITE_USD), 4),
        }

    def _sampled(self, model: ReadModel, parts: int) -> tuple[int, bool]:
        found, start = 0, None
        for _ in range(SAMPLE_PAGES):
            page = self._with.data.scan(
                (0, parts),
                limit=5 * PAGE_ITEMS,
                start_after=start,
                wants=lambda pk: item_type(pk) in model.item_types,
            )
            found, start = found + len(page.items) + len(page.damaged), page.last_key
            if start is None:
                return found, True
        return found, False

    def latest(self, name: str) -> Run | None:
        """The newest run of a read model or sync handler, with its progress."""
        run = self._with.runs.latest(name)
        return None if run is None else self._with.runs.counted(run)

    def _refuse_no_place(self, model: ReadModel) -> None:
        if not self._with.places.has(model.newest):
            raise ValidationError(lacks_database(model.name))

    def _refuse_unknown(self, name: str) -> None:
        if name not in self._with.registry.names and name not in self._with.sync_handlers.names:
            self._with.registry.get(name)

    # Work

    def work(self, task: Task) -> dict[str, Any]:
        """Work on a segment of a run, as long as the invocation has time."""
        given = task.input
        run = self._with.runs.get(given["model"], given["run"])
        number = given["segment"]
        if (run.phase.value, run.round) != (given["phase"], given["round"]):
            self._ensure(run)
            return {"over": True}
        segment = self._with.runs.segment(run, number)
        if segment.round < run.round:
            self._work(run, number, segment)
        left = self._with.runs.end_sub_task(run, number)
        if left == 0:
            self._begin_round(self._with.runs.get(run.model, run.id))
        return {"left": left}

    def _ensure(self, run: Run) -> None:
        """Do what a process may have left undone that led the run to its round or phase."""
        if run.phase is Phase.READY:
            self._decide(run)
        elif run.phase.is_worked_on and run.round:
            self._make_task(run, self._left(run))
        else:
            self._begin_round(run)

    def _left(self, run: Run) -> list[int]:
        segments = self._with.runs.segments(run)
        return [number for number, segment in enumerate(segments) if not segment.is_done]

    def _begin_round(self, run: Run) -> None:
        """Let a task work on what is left of a phase, or lead the run into the next one."""
        while run.phase.is_worked_on:
            left = self._left(run)
            if left:
                begun = self._with.runs.begin_round(run, len(left))
                if begun is not None:
                    self._make_task(begun, left)
                return
            following = self._end_phase(run)
            if following is None:
                return
            run = following

    def _make_task(self, run: Run, segments: Sequence[int]) -> None:
        """Make the task of a round, unless it is there."""
        if not segments:
            return
        inputs = [
            {
                "model": run.model,
                "run": run.id,
                "phase": run.phase.value,
                "round": run.round,
                "segment": number,
            }
            for number in segments
        ]
        service = self._with.tasks.of(Origin(identity=run.task))
        service.create_step_function_task(RUN_TASK, inputs, TENANT)

    def _end_phase(self, run: Run) -> Run | None:
        order = ORDER[run.kind]
        following = order[order.index(run.phase) + 1]
        entered = self._with.runs.enter(run, following)
        if entered is not None and following is Phase.READY:
            self._decide(entered)
        return entered

    def _decide(self, run: Run) -> None:
        """Let a filled generation be read, unless it differs or somebody wants to see it first."""
        counts = self._with.runs.counted(run).counts.get(Phase.VERIFY.value, {})
        is_clean = not any(counts.get(name) for name in ("different", "missing"))
        if is_clean and not run.plan.hold:
            self._let_be_read(run)

    def _let_be_read(self, run: Run) -> Generations:
        model, generation = self._target(run)
        generations = self._with.generations.of(model)
        if generations.living != generation:
            generations = self._with.generations.cut_over(run.model, generation)
        self._with.runs.enter(run, Phase.DONE)
        return generations

    def _work(self, run: Run, number: int, segment: Segment) -> None:
        steps: dict[Phase, Callable[[Run, int, Segment, Counter[str], list[str]], Segment]] = {
            Phase.FILL: self._fill,
            Phase.SETTLE: self._settle,
            Phase.VERIFY: self._verify,
            Phase.CLEAR: self._clear_page,
        }
        while not segment.is_done and self._has_time():
            begun, counts, examples = time.monotonic(), Counter[str](), list[str]()
            after = steps[run.phase](run, number, segment, counts, examples)
            noted = self._with.runs.advance(
                run, number, replace(after, pages=segment.pages + 1), counts, examples
            )
            if noted is None:
                return  # somebody else is at work on it
            segment = noted
            self._keep_pace(run, counts["read"], time.monotonic() - begun)

    def _has_time(self) -> bool:
        deadline = self._with.deadline
        return deadline.seconds_left() > SHARE_LEFT * min(deadline.seconds_given, 900)

    def _keep_pace(self, run: Run, read: int, taken: float) -> None:
        if run.plan.rate:
            due = read * run.plan.segments / run.plan.rate
            time.sleep(max(0.0, min(due - taken, self._with.deadline.seconds_left() / 4)))

    def _page(
        self, run: Run, number: int, segment: Segment, counts: Counter[str], examples: list[str]
    ) -> tuple[list[DataItem], Segment]:
        types = set(run.plan.types)

        def wants(pk: str) -> bool:
            is_of_tenant = not run.plan.tenant or tenant_code(pk) == run.plan.tenant
            return is_of_tenant and (not types or item_type(pk) in types)

        page = self._with.data.scan(
            (number, run.plan.segments), limit=PAGE_ITEMS, start_after=segment.cursor, wants=wants
        )
        items = [item for item in page.items if item.updated_at >= run.plan.since]
        counts["scanned"] += page.scanned
        counts["read"] += len(items)
        for damaged in page.damaged:
            counts["refused"] += 1
            _note(examples, f"{damaged.key}: {damaged.problem}")
        return items, Segment(page.last_key, is_done=page.last_key is None)

    def _fill(
        self, run: Run, number: int, segment: Segment, counts: Counter[str], examples: list[str]
    ) -> Segment:
        items, after = self._page(run, number, segment, counts, examples)
        if run.kind is RunKind.REPLAY:
            self._tell(run.model, items, counts, examples)
            return after
        model, generation = self._target(run)
        if run.plan.from_history:
            for item in items:
                states = [ItemState.of_data(one) for one in (*self._before(item), item)]
                for state in states:
                    counts["written"] += self._written(model, generation, [state], counts, examples)
            return after
        states = [ItemState.of_data(item) for item in items]
        counts["written"] += self._written(model, generation, states, counts, examples)
        return after

    def _before(self, item: DataItem) -> Sequence[DataItem]:
        """The earlier states of an item, the oldest first."""
        found: list[DataItem] = []
        before: int | None = item.version
        while before is not None and before > 1:
            page = self._with.history.list(item.key.pk, item.key.sk, before=before)
            found += page.items
            before = page.before
        return found[::-1]

    def _settle(
        self, run: Run, _number: int, _segment: Segment, _counts: Counter[str], examples: list[str]
    ) -> Segment:
        """Wait until no command is under way that was published before the rebuild had begun."""
        begun = datetime.fromisoformat(run.begun_at)
        if seconds_since(run.begun_at) < SETTLE_SECONDS:
            time.sleep(POLL_SECONDS)
            return Segment()
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
        _note(examples, f"{waiting[0]}: waits for its end, one of {len(waiting)}")
        time.sleep(POLL_SECONDS)
        return Segment()

    def _verify(
        self, run: Run, number: int, segment: Segment, counts: Counter[str], examples: list[str]
    ) -> Segment:
        items, after = self._page(run, number, segment, counts, examples)
        model, generation = self._target(run)
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
        counts["repaired"] += self._written(model, generation, behind, counts, examples)
        if behind:
            new = {**new, **place.read(generation, [state.key for state in behind])}
        old = self._with.places.of(model.projections.get(living.version)).read(living, keys)
        is_same_code = living.version == generation.version
        for state in states:
            mine, theirs = new.get(state.key), old.get(state.key)
            if mine is None or mine.version != state.version:
                # It moved on, or its projection refuses it.
                counts["moved" if mine and mine.version > state.version else "missing"] += 1
                continue
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
                _note(examples, f"{state.key}: differs from the generation that is read")
        return after

    def _clear_page(
        self, run: Run, number: int, segment: Segment, counts: Counter[str], _examples: list[str]
    ) -> Segment:
        generation = run.plan.generation
        if generation is None:
            return Segment(is_done=True)
        model = self._with.registry.get(run.model)
        place = self._with.places.of(model.projections.get(generation.version))
        removed, cursor = place.clear(generation, (number, run.plan.segments), segment.cursor)
        counts["removed"] += removed
        return Segment(cursor, is_done=cursor is None)

    def _target(self, run: Run) -> tuple[ReadModel, Generation]:
        model, generation = self._with.registry.get(run.model), run.plan.generation
        if generation is None or generation.version not in model.projections:
            raise ValidationError(
                f"The run {run.id} of {run.model} fills a version that the code has no more: end "
                f"it with `cqrs read-model cancel {run.model}`."
            )
        return model, generation

    def _written(
        self,
        model: ReadModel,
        generation: Generation,
        states: Sequence[ItemState],
        counts: Counter[str],
        examples: list[str],
        *,
        again: bool = False,
    ) -> int:
        """Write items, but for those that are refused, which are counted."""
        projection = model.projections[generation.version]
        place = self._with.places.of(projection)
        changes: list[Change] = []
        for state in states:
            try:
                changes.append(change_of(projection, place, state))
            except TransientError:
                raise
            except Exception as error:  # noqa: BLE001 - the others go on
                _refused(state.key, error, counts, examples)
        try:
            return place.write(generation, changes, again=again)
        except ValidationError as error:
            if len(changes) == 1:
                _refused(changes[0].key, error, counts, examples)
                return 0
        written = 0
        for change in changes:  # the place refuses one of them
            try:
                written += place.write(generation, [change], again=again)
            except ValidationError as error:
                _refused(change.key, error, counts, examples)
        return written

    def _tell(
        self,
        name: str,
        items: Sequence[DataItem],
        counts: Counter[str],
        examples: list[str],
        *,
        raises: bool = False,
    ) -> None:
        if name in self._with.registry.names:
            model = self._with.registry.get(name)
            states = [ItemState.of_data(item) for item in items]
            for generation in self._with.generations.of(model).written:
                if generation.version in model.projections:
                    wanted = [
                        state
                        for state in states
                        if model.projections[generation.version].wants(state.pk)
                    ]
                    counts["written"] += self._written(
                        model, generation, wanted, counts, examples, again=True
                    )
        else:
            for item in items:
                try:
                    self._with.sync_handlers.run(name, _command_of(item))
                    counts["written"] += 1
                except TransientError:
                    raise
                except Exception as error:  # noqa: BLE001 - the others go on
                    _refused(item.key, error, counts, examples)
        if raises and counts["refused"]:
            raise ValidationError(examples[0])


def _command_of(item: DataItem) -> Command:
    """The command that made an item's latest state, as far as the item tells it."""
    return Command(
        key=item.key.at(item.version),
        content=Content(item.name, item.attributes, item.is_deleted, item.schema_version),
        status=CommandStatus.FINISHED,
        sync_mode=SyncMode.ASYNC,
        request_id=item.request_id,
        created_at=item.updated_at,
    )


def _refused(key: ItemKey, error: Exception, counts: Counter[str], examples: list[str]) -> None:
    counts["refused"] += 1
    _note(examples, f"{key}: {type(error).__name__}: {message_of(error)}")
    logger.info("A read model refused an item", extra={ITEM: str(key), **error_keys(error)})


def _note(examples: list[str], told: str) -> None:
    if len(examples) < MOST_EXAMPLES:
        examples.append(told[:500])


def _checksum(digest: str) -> int:
    return int(digest[:12], 16) if digest else 0


def _shown(generation: Generation | None) -> Mapping[str, int] | None:
    if generation is None:
        return None
    return {"generation": generation.number, "version": generation.version}


def _refuse_bad_pace(segments: int, rate: int) -> None:
    if type(segments) is not int or not 1 <= segments <= MOST_SEGMENTS:
        raise ValidationError(f"segments is {segments!r}; it must be 1 to {MOST_SEGMENTS}.")
    if type(rate) is not int or rate < 0:
        raise ValidationError(f"rate is {rate!r}; it must be a whole number, 0 for no bound.")
