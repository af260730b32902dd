"""Records of runs: rebuilds of read models, replays, and removals of what nobody reads.

A run leads through phases, and a phase through segments of a table. A segment notes how far it has
come with what it has counted, so that whoever goes on counts nothing twice. The segments of a phase
are worked on in rounds: each round is one task, and its last sub-task begins the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from cqrs.aws.item_store import IS_NEW, Condition, Put, Update
from cqrs.core.clock import now_iso
from cqrs.core.timed_keys import new_ulid
from cqrs.errors import ConditionFailed, NotFoundError, ValidationError
from cqrs.read_models.places import Generation

if TYPE_CHECKING:
    from cqrs.aws.item_store import ItemStore
    from cqrs.core.attribute_values import Item

PARTITION = "READ_MODEL_RUNS#"
"""Begins the partition keys of runs, each followed by the model's name."""

MOST_EXAMPLES = 10
"""Items that a run names of those that were refused or differ."""


class RunKind(StrEnum):
    """Kinds of runs."""

    REBUILD = "rebuild"
    REPLAY = "replay"
    DROP = "drop"


class Phase(StrEnum):
    """Phases of runs."""

    FILL = "fill"
    """Items are written: all of them in a rebuild, the chosen ones in a replay."""

    SETTLE = "settle"
    """Commands end that may not know of the rebuild, or still write what is to be removed."""

    VERIFY = "verify"
    """Each item is compared with the data table and with the living generation."""

    CLEAR = "clear"
    """A generation is removed."""

    READY = "ready"
    """A rebuild waits for the word to be read."""

    DONE = "done"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        """Whether nothing comes after it."""
        return self in {Phase.DONE, Phase.CANCELLED}

    @property
    def is_worked_on(self) -> bool:
        """Whether it has segments."""
        return self in WORK


WORK = (Phase.FILL, Phase.SETTLE, Phase.VERIFY, Phase.CLEAR)

ORDER: Mapping[RunKind, tuple[Phase, ...]] = {
    RunKind.REBUILD: (Phase.FILL, Phase.SETTLE, Phase.VERIFY, Phase.READY),
    RunKind.REPLAY: (Phase.FILL, Phase.DONE),
    RunKind.DROP: (Phase.SETTLE, Phase.CLEAR, Phase.DONE),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The wish that a run follows.

    Attributes
    ----------
    generation
        The one that is filled or removed; None for a replay, which writes all that are written.
    from_history
        Whether all versions of an item are shown one after the other.
    types, tenant, since
        Only items of these types and this tenant, and only those that changed since; empty for all.
    segments
        Parts that the table is read in.
    rate
        Items a second that are read at most, all segments together; 0 for no bound.
    hold
        Whether a filled generation waits for the word to be read.
    """

    generation: Generation | None = None
    from_history: bool = False
    tenant: str = ""
    since: str = ""
    types: tuple[str, ...] = ()
    segments: int = 4
    rate: int = 0
    hold: bool = False

    def to_mapping(self) -> dict[str, Any]:
        """The plan as an item holds it."""
        return {
            "fromHistory": self.from_history,
            "tenant": self.tenant,
            "since": self.since,
            "types": list(self.types),
            "segments": self.segments,
            "rate": self.rate,
            "hold": self.hold,
            "generation": None
            if self.generation is None
            else {"number": self.generation.number, "version": self.generation.version},
        }

    @classmethod
    def of(cls, model: str, stored: Mapping[str, Any]) -> Plan:
        """Read a plan from a run's item."""
        generation = stored["generation"]
        return cls(
            generation=generation
            and Generation(model, generation["number"], generation["version"]),
            from_history=stored["fromHistory"],
            tenant=stored["tenant"],
            since=stored["since"],
            types=tuple(stored["types"]),
            segments=stored["segments"],
            rate=stored["rate"],
            hold=stored["hold"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run as it is now.

    Attributes
    ----------
    model, id
        Name of the read model, or of a sync handler; identity of the run.
    phase, round
        How far it has come.
    begun_at, phase_at
        When it and its phase began; UTC, ISO 8601.
    open
        Sub-tasks of the round that are not over.
    task
        ULID of the round's task.
    counts
        By phase, the sums of what its segments have counted.
    examples
        Items that were refused or differ, some of them, with reasons.
    """

    model: str
    id: str
    kind: RunKind
    plan: Plan
    phase: Phase
    round: int
    open: int
    task: str
    begun_at: str
    phase_at: str
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    examples: Sequence[str] = ()

    def to_mapping(self) -> dict[str, Any]:
        """The run as callers see it."""
        plan = self.plan
        return {
            "model": self.model,
            "run": self.id,
            "kind": self.kind.value,
            "phase": self.phase.value,
            "begun_at": self.begun_at,
            "phase_at": self.phase_at,
            "generation": None if plan.generation is None else plan.generation.number,
            "from_history": plan.from_history,
            "segments": plan.segments,
            "rate": plan.rate,
            "hold": plan.hold,
            "counts": {phase: dict(counts) for phase, counts in self.counts.items()},
            "examples": list(self.examples),
        }


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a phase's work.

    Attributes
    ----------
    cursor
        Where to go on; None at the beginning.
    pages
        Pages that are done.
    is_done
        Whether nothing is left.
    round
        The last round whose sub-task is over; 0 for none.
    """

    cursor: Any = None
    pages: int = 0
    is_done: bool = False
    round: int = 0


class RunRecords:
    """Reads and writes runs.

    Parameters
    ----------
    store, table
        Access to the table of read models.
    """

    def __init__(self, store: ItemStore, table: str) -> None:
        self._store = store
        self._table = table

    def create(self, model: str, kind: RunKind, plan: Plan, run_id: str | None = None) -> Run:
        """Store a new run, which has no task yet (one PutItem).

        Parameters
        ----------
        run_id
            Its identity; a new one by default. A run that has it already is left as it is.
        """
        given, run_id, now = run_id, run_id or new_ulid(), now_iso()
        item: Item = {
            "pk": PARTITION + model,
            "sk": run_id,
            "kind": kind.value,
            "plan": plan.to_mapping(),
            "phase": ORDER[kind][0].value,
            "round": 0,
            "open": 0,
            "task": "",
            "begunAt": now,
            "phaseAt": now,
        }
        try:
            self._store.put(Put(self._table, item, IS_NEW))
        except ConditionFailed:
            if given is None:
                raise
            return self.get(model, given)
        return _run(model, item)

    def get(self, model: str, run_id: str) -> Run:
        """A run, without what it has counted (one GetItem).

        Raises
        ------
        NotFoundError
            If there is none.
        """
        item = self._store.get(self._table, PARTITION + model, run_id)
        if item is None:
            raise no_run(model, run_id)
        return _run(model, item)

    def latest(self, model: str, kinds: Sequence[RunKind] = tuple(RunKind)) -> Run | None:
        """The newest run of some kinds; None if there is none."""
        return next((run for run in self._all(model)[::-1] if run.kind in kinds), None)

    def told(self, model: str) -> Run | None:
        """The run that people ask for who name none; None if there is none.

        That is a rebuild under way, else another run under way, else the newest one that is over.
        Removals that are over come last, as rebuilds begin them.
        """
        runs = self._all(model)[::-1]
        ranks: Sequence[Callable[[Run], bool]] = (
            lambda run: run.kind is RunKind.REBUILD and not run.phase.is_over,
            lambda run: not run.phase.is_over,
            lambda run: run.kind is not RunKind.DROP,
            lambda _: True,
        )
        found = (run for wanted in ranks for run in runs if wanted(run))
        return next(found, None)

    def _all(self, model: str) -> list[Run]:
        """All runs, the oldest first."""
        runs: list[Run] = []
        start, is_first = None, True
        while is_first or start is not None:
            page = self._store.query(self._table, PARTITION + model, limit=1000, start_after=start)
            start, is_first = page.last_key, False
            runs += [_run(model, item) for item in page.items if "kind" in item]
        return runs

    def counted(self, run: Run) -> Run:
        """A run with what its segments have counted (one Query)."""
        page = self._store.query(
            self._table, PARTITION + run.model, sk_prefix=f"{run.id}#", limit=1000
        )
        counts: dict[str, dict[str, int]] = {}
        examples: list[str] = []
        for item in page.items:
            phase = counts.setdefault(item["sk"].split("#")[1], {})
            for name, value in item.items():
                if name.startswith("n_"):
                    phase[name[2:]] = phase.get(name[2:], 0) + value
            examples += item.get("examples", [])
        done = [one.value for one in WORK if one.value in counts]
        ordered: dict[str, Mapping[str, int]] = {phase: counts[phase] for phase in done}
        return replace(run, counts=ordered, examples=examples[:MOST_EXAMPLES])

    def segment(self, run: Run, number: int) -> Segment:
        """A segment of the run's phase as it stands (one GetItem)."""
        return _segment(self._store.get(self._table, PARTITION + run.model, _key(run, number)))

    def segments(self, run: Run) -> list[Segment]:
        """All segments of the run's phase (one BatchGetItem)."""
        addresses = [
            (self._table, PARTITION + run.model, _key(run, number))
            for number in range(segments_of(run))
        ]
        found = self._store.get_many(addresses)
        return [_segment(found.get(address)) for address in addresses]

    def advance(
        self,
        run: Run,
        number: int,
        segment: Segment,
        counts: Mapping[str, int],
        examples: Sequence[str] = (),
    ) -> Segment | None:
        """Note a page that is done (one UpdateItem).

        Parameters
        ----------
        segment
            As it stands with the page. Its ``pages`` counts it.

        Returns
        -------
        Segment or None
            None if somebody else has done the page.
        """
        seen = segment.pages - 1
        condition = (
            Condition("attribute_not_exists(#pages)")
            if seen == 0
            else Condition("#pages = :seen", {"seen": seen})
        )
        try:
            item = self._store.update(
                Update(
                    self._table,
                    PARTITION + run.model,
                    _key(run, number),
                    assign={
                        "cursor": segment.cursor,
                        "pages": segment.pages,
                        "isDone": segment.is_done,
                        "at": now_iso(),
                        **({"examples": list(examples)} if examples else {}),
                    },
                    increase={f"n_{name}": value for name, value in counts.items() if value},
                    condition=condition,
                )
            )
        except ConditionFailed:
            return None
        return _segment(item)

    def begin_round(self, run: Run, size: int) -> Run | None:
        """Begin the next round of a phase (one UpdateItem); None if somebody else has."""
        return self._change(
            run,
            {"round": run.round + 1, "open": size, "task": new_ulid()},
            Condition(
                "#phase = :phase0 AND #round = :round0",
                {"phase0": run.phase.value, "round0": run.round},
            ),
        )

    def end_sub_task(self, run: Run, number: int) -> int:
        """Note that a round's sub-task is over, once (one TransactWriteItems, one GetItem).

        Returns
        -------
        int
            How many of the round are not over.
        """
        ended = Update(
            self._table,
            PARTITION + run.model,
            _key(run, number),
            assign={"round": run.round},
            condition=Condition(
                "attribute_not_exists(#round) OR #round < :now", {"now": run.round}
            ),
        )
        fewer = Update(
            self._table,
            PARTITION + run.model,
            run.id,
            increase={"open": -1},
            condition=Condition(
                "#phase = :phase0 AND #round = :round0",
                {"phase0": run.phase.value, "round0": run.round},
            ),
        )
        with suppress(ConditionFailed):  # an earlier try has noted it, or the round is past
            self._store.write_together([ended, fewer])
        now = self.get(run.model, run.id)
        return now.open if (now.phase, now.round) == (run.phase, run.round) else -1

    def enter(self, run: Run, phase: Phase) -> Run | None:
        """Lead a run into another phase (one UpdateItem); None if somebody else has."""
        return self._change(
            run,
            {"phase": phase.value, "phaseAt": now_iso(), "round": 0, "open": 0, "task": ""},
            Condition("#phase = :phase0", {"phase0": run.phase.value}),
        )

    def cancel(self, run: Run) -> Run:
        """End a run that nobody wants to go on with.

        Raises
        ------
        ValidationError
            If it is over.
        """
        cancelled = self.enter(run, Phase.CANCELLED)
        if run.phase.is_over or cancelled is None:
            raise ValidationError(f"The run {run.id} of {run.model} is {run.phase.value} already.")
        return cancelled

    def _change(self, run: Run, assign: Mapping[str, Any], condition: Condition) -> Run | None:
        try:
            item = self._store.update(
                Update(
                    self._table,
                    PARTITION + run.model,
                    run.id,
                    assign=assign,
                    condition=condition,
                )
            )
        except ConditionFailed:
            return None
        return _run(run.model, item)


def no_run(model: str, run_id: object) -> NotFoundError:
    """The error of who asks for a run that there is not."""
    return NotFoundError(f"There is no run {run_id!r:.80} of {model}.")


def segments_of(run: Run) -> int:
    """How many segments the phase of a run has."""
    return 1 if run.phase is Phase.SETTLE else run.plan.segments


def _key(run: Run, number: int) -> str:
    return f"{run.id}#{run.phase.value}#{number:04}"


def _segment(item: Item | None) -> Segment:
    if item is None:
        return Segment()
    return Segment(
        item.get("cursor"), item.get("pages", 0), item.get("isDone", False), item.get("round", 0)
    )


def _run(model: str, item: Item) -> Run:
    return Run(
        model=model,
        id=item["sk"],
        kind=RunKind(item["kind"]),
        plan=Plan.of(model, item["plan"]),
        phase=Phase(item["phase"]),
        round=item["round"],
        open=item["open"],
        task=item["task"],
        begun_at=item["begunAt"],
        phase_at=item["phaseAt"],
    )
