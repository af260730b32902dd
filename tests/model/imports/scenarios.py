"""The beginning of a run: a file, how it is imported, and what may go wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from cqrs.aws.item_store import TRANSACTION_ITEMS
from cqrs.imports.models import ProcessingMode, PublishMode
from tests.model.faults import Fault
from tests.model.imports.files import Line, lines
from tests.model.imports.program import Sizes

DIRECT, STEP_FUNCTION = ProcessingMode.DIRECT, ProcessingMode.STEP_FUNCTION
SYNC, ASYNC = PublishMode.SYNC, PublishMode.ASYNC

KINDS = frozenset(
    {
        Fault.CRASH_BEFORE,
        Fault.CRASH_AFTER,
        Fault.DUPLICATE,
        Fault.REPEAT,
        Fault.THROTTLE,
        Fault.NO_TIME,
        Fault.LITTLE_TIME,
        Fault.STRAGGLE,
        Fault.STOP,
        Fault.REDRIVE,
        Fault.REPLACE,
        Fault.DELETE,
    }
)
"""All that may go wrong with an import."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """The beginning of a run.

    Attributes
    ----------
    rows
        Of the file.
    other
        Rows of the file that may come in its place; None if none may.
    mode, publish_mode
        How it is imported.
    batch_rows
        Rows of a batch of the map.
    is_begun
        Whether the job is started, and the map has read the file, before anything else happens.
    is_cancelled
        Whether somebody cancels it, at any moment.
    is_versioned
        Whether the bucket keeps versions.
    is_told
        Whether all changes of the job are delivered, and not only those that ask for work.
    poison
        Codes of items that the sync handler refuses, or whose commands fail.
    deadly
        Codes of items at which the sync handler ends its process, whenever it gets them.
    most_retries
        How often a batch of the map is repeated at most before it fails.
    sizes
        The small sizes.
    kinds, faults
        The faults that may happen, and how often altogether.
    """

    name: str
    rows: tuple[Line, ...]
    other: tuple[Line, ...] | None = None
    mode: ProcessingMode = DIRECT
    publish_mode: PublishMode = SYNC
    batch_rows: int = 1
    is_begun: bool = False
    is_cancelled: bool = False
    is_versioned: bool = True
    is_told: bool = False
    poison: frozenset[str] = frozenset()
    deadly: frozenset[str] = frozenset()
    most_retries: int = 20
    sizes: Sizes = field(default_factory=Sizes)
    kinds: frozenset[Fault] = KINDS
    faults: int = 1


def _kinds(*kinds: Fault) -> frozenset[Fault]:
    return frozenset(kinds)


_TIME = _kinds(Fault.NO_TIME, Fault.LITTLE_TIME)
_CRASHES = _kinds(Fault.CRASH_BEFORE, Fault.CRASH_AFTER)

_TWO = lines("AAA,1", "no,2")
_GOOD = lines("AAA,1", "BBB,2")
_OTHER = lines("AAA,8", "BBB,9")
_HANDLERS = Sizes(has_handlers=True)
_FEW_ACTIONS = 8
"""A transaction of so many has room for a chunk of two new rows, or of one later version."""

_BEGUN: dict[str, Any] = {"mode": STEP_FUNCTION, "is_begun": True}


def exhaustive() -> list[Scenario]:
    """All scenarios of which every schedule is followed."""
    return [*direct(), *by_the_map()]


def direct() -> list[Scenario]:
    """A file that the function reads."""
    return [
        Scenario(name="direct", rows=_TWO, other=_OTHER),
        Scenario(name="direct, large rejected rows", rows=_TWO, sizes=Sizes(is_large=True)),
        Scenario(name="direct, cancelled", rows=_TWO, is_cancelled=True, faults=0),
        Scenario(
            name="direct, comes twice and is deleted",
            rows=_GOOD[:1],
            kinds=_kinds(Fault.DUPLICATE, Fault.DELETE),
            faults=2,
        ),
        Scenario(name="direct, with sync handlers", rows=_GOOD[:1], sizes=_HANDLERS),
        Scenario(
            name="direct, with a deadly sync handler",
            rows=_GOOD[:1],
            sizes=_HANDLERS,
            deadly=frozenset({"AAA"}),
            kinds=_CRASHES,
        ),
        Scenario(
            name="direct, short of time",
            rows=_GOOD,
            kinds=_TIME | _kinds(Fault.REPLACE),
            other=_OTHER,
            faults=2,
        ),
    ]


def by_the_map() -> list[Scenario]:
    """A file that the state machine reads."""
    return [
        Scenario(name="map, one row", rows=_TWO[:1], other=_OTHER, mode=STEP_FUNCTION),
        Scenario(
            name="map, without versions",
            rows=_TWO[:1],
            other=_OTHER[:1],
            mode=STEP_FUNCTION,
            is_versioned=False,
            kinds=_kinds(Fault.REPLACE, Fault.DELETE, Fault.CRASH_AFTER),
            faults=2,
        ),
        Scenario(name="map, two batches", rows=_TWO, **_BEGUN),
        Scenario(
            name="map, a rest",
            rows=_GOOD,
            batch_rows=2,
            kinds=_TIME | _kinds(Fault.CRASH_BEFORE),
            faults=2,
            **_BEGUN,
        ),
        Scenario(
            name="map, a batch that fails",
            rows=_GOOD,
            most_retries=0,
            kinds=_CRASHES | _kinds(Fault.STRAGGLE),
            faults=1,
            **_BEGUN,
        ),
        Scenario(
            name="map, redriven",
            rows=_GOOD[:1],
            kinds=_kinds(Fault.STOP, Fault.REDRIVE),
            faults=2,
            **_BEGUN,
        ),
        Scenario(name="map, two batches, asynchronous", rows=_GOOD, publish_mode=ASYNC, **_BEGUN),
    ]


def large() -> list[Scenario]:
    """Scenarios that are followed at random, and in which a mistake shows."""
    return [
        Scenario(
            name="map, comes twice and is deleted",
            rows=_GOOD[:1],
            mode=STEP_FUNCTION,
            kinds=_kinds(Fault.DUPLICATE, Fault.DELETE),
            faults=2,
        ),
        Scenario(
            name="map, without versions and rows",
            rows=_TWO[:1],
            other=(),
            mode=STEP_FUNCTION,
            is_versioned=False,
            kinds=_kinds(Fault.REPLACE),
        ),
        Scenario(
            name="rests while counters are read",
            rows=(*_GOOD, *lines("CCC,3")),
            batch_rows=2,
            sizes=Sizes(counters=3, is_torn=True),
            kinds=_TIME,
            faults=2,
            **_BEGUN,
        ),
        Scenario(
            name="batches that fail and messages that come twice",
            rows=_GOOD,
            batch_rows=2,
            most_retries=0,
            kinds=_CRASHES | _TIME | _kinds(Fault.STRAGGLE, Fault.DUPLICATE, Fault.THROTTLE),
            faults=3,
            **_BEGUN,
        ),
        Scenario(
            name="two batches that fail while counters are read",
            rows=_GOOD,
            most_retries=0,
            sizes=Sizes(counters=2, is_torn=True),
            kinds=_kinds(Fault.CRASH_BEFORE, Fault.NO_TIME),
            faults=3,
            **_BEGUN,
        ),
        Scenario(
            name="batches of another file that fail",
            rows=_GOOD,
            other=_OTHER,
            most_retries=0,
            mode=STEP_FUNCTION,
            is_versioned=False,
            kinds=_kinds(Fault.REPLACE, Fault.CRASH_BEFORE),
            faults=3,
        ),
        Scenario(
            name="two rests",
            rows=_GOOD,
            kinds=_kinds(Fault.NO_TIME, Fault.DUPLICATE),
            faults=3,
            **_BEGUN,
        ),
        Scenario(
            name="a batch that dies with its execution",
            rows=_GOOD[:1],
            kinds=_kinds(Fault.NO_TIME, Fault.CRASH_AFTER, Fault.STOP),
            faults=3,
            **_BEGUN,
        ),
        Scenario(
            name="a batch that outlives its execution",
            rows=_GOOD,
            kinds=_kinds(Fault.NO_TIME, Fault.CRASH_AFTER, Fault.STOP),
            faults=4,
            **_BEGUN,
        ),
        Scenario(
            name="a batch that dies before its sync handlers ran",
            rows=lines("AAA,1", "AAA,2"),
            sizes=_HANDLERS,
            kinds=_kinds(Fault.NO_TIME, Fault.CRASH_BEFORE, Fault.STOP),
            faults=3,
            **_BEGUN,
        ),
        Scenario(
            name="a deadly sync handler, and rows that wait",
            rows=lines("BBB,1", "AAA,2", "AAA,3", "CCC,4"),
            batch_rows=2,
            is_cancelled=True,
            deadly=frozenset({"AAA"}),
            sizes=Sizes(chunk_rows=2, has_handlers=True),
            faults=2,
            **_BEGUN,
        ),
        Scenario(
            name="a command that fails",
            rows=lines("AAA,1", "BBB,2", "AAA,1", "no,4"),
            batch_rows=2,
            publish_mode=ASYNC,
            poison=frozenset({"AAA"}),
            sizes=Sizes(chunk_rows=2, is_large=True),
            kinds=_kinds(Fault.STRAGGLE),
            faults=1,
            **_BEGUN,
        ),
        Scenario(
            name="later versions that do not fit into one chunk",
            rows=lines("AAA,1", "BBB,2", "AAA,3", "BBB,4"),
            batch_rows=4,
            sizes=Sizes(chunk_rows=2, actions=_FEW_ACTIONS),
            kinds=_CRASHES | _TIME | _kinds(Fault.STRAGGLE),
            faults=2,
            **_BEGUN,
        ),
        Scenario(
            name="cancelled while batches run", rows=_TWO, is_cancelled=True, faults=1, **_BEGUN
        ),
        Scenario(
            name="sync handlers, cancelled",
            rows=_GOOD,
            is_cancelled=True,
            sizes=_HANDLERS,
            kinds=_CRASHES | _kinds(Fault.STRAGGLE),
            faults=2,
            **_BEGUN,
        ),
    ]


_CODES = ("AAA", "BBB", "CCC", "no")
_WORDS = ("1", "1", "2", "3", "skip")


def randomised(random: Random) -> Scenario:
    """Any file of up to six rows, any sizes and any faults."""
    rows, other = _rows(random), _rows(random)[random.choice((0, 0, 0, 6)) :]
    mode = random.choice((DIRECT, STEP_FUNCTION, STEP_FUNCTION))
    publish_mode = random.choice((SYNC, SYNC, ASYNC))
    has_handlers = publish_mode is SYNC and random.random() < 0.3
    sizes = Sizes(
        chunk_rows=random.choice((1, 2, 3)),
        actions=random.choice((_FEW_ACTIONS, TRANSACTION_ITEMS)),
        counters=random.choice((1, 2, 3)),
        has_handlers=has_handlers,
        is_large=random.random() < 0.25,
        is_torn=random.random() < 0.4,
    )
    has_poison = (has_handlers or publish_mode is ASYNC) and random.random() < 0.4
    is_deadly = has_handlers and random.random() < 0.3
    return Scenario(
        name=f"{mode} {publish_mode} of {len(rows)} rows",
        rows=rows,
        other=other,
        mode=mode,
        publish_mode=publish_mode,
        batch_rows=random.choice((1, 2, 3)),
        is_cancelled=random.random() < 0.2,
        is_versioned=random.random() < 0.5,
        is_told=random.random() < 0.2,
        poison=frozenset({"AAA"}) if has_poison else frozenset(),
        deadly=frozenset({"BBB"}) if is_deadly else frozenset(),
        most_retries=random.choice((0, 1, 20)),
        sizes=sizes,
        kinds=_some_kinds(random),
        faults=random.choice((0, 1, 1, 2, 2, 3, 4, 6)),
    )


def _rows(random: Random) -> tuple[Line, ...]:
    return tuple(
        Line(random.choice(_CODES), random.choice(_WORDS)) for _ in range(random.randint(1, 6))
    )


def _some_kinds(random: Random) -> frozenset[Fault]:
    """All, or a few of which there are many then."""
    if random.random() < 0.4:
        return KINDS
    return frozenset(random.sample(sorted(KINDS), 4)) | _TIME
