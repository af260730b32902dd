"""The beginning of a run: which tasks are made, how their handlers end, and what may go wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.model.faults import Fault

KINDS = frozenset(
    {
        Fault.CRASH_BEFORE,
        Fault.CRASH_AFTER,
        Fault.STRAGGLE,
        Fault.RAISE,
        Fault.DUPLICATE,
        Fault.STOP,
        Fault.REPEAT,
        Fault.VISIBLE,
        Fault.REDRIVE,
        Fault.STALE,
    }
)
"""All that can go wrong with tasks."""

ENDS = frozenset({Fault.STOP, Fault.REDRIVE, Fault.DUPLICATE})
CRASHES = frozenset({Fault.CRASH_BEFORE, Fault.CRASH_AFTER})

QUEUED = ("stream",)
STARTED = ("stream", "message")

LARGE = "more than an item holds here, so that it lies in the bucket"


@dataclass(frozen=True, slots=True)
class Job:
    """A task that is made.

    Attributes
    ----------
    sub_tasks
        How many it has; a single task has none, and its own number is 0.
    refused
        Numbers of those whose handler refuses them.
    failing
        How often the handler meets an error of AWS first.
    is_large
        Whether inputs and results lie in the bucket.
    is_cancelled
        Whether somebody cancels it, at any moment.
    retriers
        How many run it again, each once, at any moment after it has failed.
    is_mended
        Whether the handler refuses nothing any more once it was run again.
    """

    sub_tasks: int = 0
    refused: frozenset[int] = frozenset()
    failing: int = 0
    is_large: bool = False
    is_cancelled: bool = False
    retriers: int = 0
    is_mended: bool = True

    @property
    def is_single(self) -> bool:
        """Whether it has no sub-tasks."""
        return not self.sub_tasks

    def create(self, number: int) -> dict[str, Any]:
        """The payload that makes it."""
        if self.is_single:
            return {"number": number, "input": self._value({"n": 0})}
        items = [self._value({"n": place}) for place in range(1, self.sub_tasks + 1)]
        return {"number": number, "items": items}

    def result(self, run: int) -> dict[str, Any]:
        """The return value of a run of the handler; no other run returns the same."""
        return self._value({"run": run})

    def _value(self, value: dict[str, Any]) -> dict[str, Any]:
        return {**value, "text": LARGE} if self.is_large else value


@dataclass(frozen=True, slots=True)
class Scenario:
    """The beginning of a run.

    Attributes
    ----------
    jobs
        The tasks that are made, each of which is number 1, 2 and so on.
    kinds, faults
        The faults that may happen, and how often altogether.
    before
        Whose work is done before anything else happens: how the names of actors begin.
    concurrency
        Sub-tasks of a task that run at a time.
    """

    name: str
    jobs: tuple[Job, ...]
    faults: int = field(default=1, kw_only=True)
    kinds: frozenset[Fault] = field(default=KINDS, kw_only=True)
    before: tuple[str, ...] = field(default=(), kw_only=True)
    concurrency: int = field(default=2, kw_only=True)


def single() -> Iterator[Scenario]:
    """One single task."""
    first = frozenset({0})
    yield Scenario("a single task", (Job(),), faults=2)
    yield Scenario("a single task with a large result", (Job(is_large=True),), faults=1)
    yield Scenario("a single task that is refused", (Job(refused=first),), faults=1)
    yield Scenario("a single task that is cancelled", (Job(is_cancelled=True),), faults=1)
    yield Scenario(
        "a single task that is cancelled and refused",
        (Job(refused=first, is_cancelled=True),),
        faults=1,
    )
    yield Scenario(
        "a single task whose process dies again and again",
        (Job(),),
        faults=3,
        kinds=CRASHES | {Fault.REPEAT},
        before=QUEUED,
    )
    yield Scenario(
        "a single task whose handler meets an error of AWS again and again",
        (Job(failing=2),),
        faults=2,
        kinds=frozenset({Fault.CRASH_AFTER, Fault.REPEAT, Fault.RAISE, Fault.VISIBLE}),
        before=QUEUED,
    )


def one_sub_task() -> Iterator[Scenario]:
    """A task of one sub-task."""
    first = frozenset({1})
    yield Scenario("one sub-task", (Job(1),), faults=1)
    yield Scenario("one sub-task with a large result", (Job(1, is_large=True),), faults=1)
    yield Scenario("one sub-task that is refused", (Job(1, refused=first),), faults=1)
    yield Scenario("one sub-task that is cancelled", (Job(1, is_cancelled=True),), faults=0)
    yield Scenario(
        "one sub-task that is cancelled while it is stored",
        (Job(1, is_cancelled=True),),
        faults=0,
        before=QUEUED,
    )
    yield Scenario(
        "one sub-task whose handler meets an error of AWS too often", (Job(1, failing=9),), faults=1
    )
    yield Scenario(
        "one sub-task whose execution ends early", (Job(1),), faults=2, kinds=ENDS, before=STARTED
    )
    yield Scenario(
        "one sub-task whose process dies, and its execution ends early",
        (Job(1),),
        faults=2,
        kinds=frozenset({Fault.CRASH_BEFORE, Fault.STOP}),
    )


def more_sub_tasks() -> Iterator[Scenario]:
    """Tasks of two and three sub-tasks."""
    second = frozenset({2})
    yield Scenario("two sub-tasks", (Job(2),))
    yield Scenario("two sub-tasks, the second is refused", (Job(2, refused=second),))
    yield Scenario(
        "two sub-tasks whose execution ends early",
        (Job(2),),
        faults=1,
        kinds=ENDS,
        before=STARTED,
    )
    yield Scenario("three sub-tasks, two at a time", (Job(3, refused=second),), faults=0)


def retried() -> Iterator[Scenario]:
    """Tasks that fail and are run again."""
    yield Scenario(
        "a single task that is run again", (Job(refused=frozenset({0}), retriers=1),), faults=1
    )
    yield Scenario(
        "a single task that two run again",
        (Job(refused=frozenset({0}), retriers=2, is_mended=False),),
        faults=1,
        kinds=frozenset({Fault.REPEAT, Fault.DUPLICATE}),
        before=STARTED,
    )
    yield Scenario(
        "one sub-task that is run again", (Job(1, refused=frozenset({1}), retriers=1),), faults=1
    )
    yield Scenario(
        "one sub-task that is run again after its execution ended early",
        (Job(1, retriers=1),),
        faults=1,
        kinds=frozenset({Fault.STOP}),
        before=STARTED,
    )
    yield Scenario(
        "a single task that is run again and cancelled",
        (Job(refused=frozenset({0}), retriers=1, is_cancelled=True),),
        faults=0,
    )
    yield Scenario(
        "two sub-tasks, one is run again twice and never mended",
        (Job(2, refused=frozenset({2}), retriers=2, is_mended=False),),
        faults=0,
    )
    yield Scenario(
        "one sub-task that is run again while its first run goes on",
        (Job(1, refused=frozenset({1}), retriers=1),),
        faults=1,
        kinds=frozenset({Fault.STRAGGLE}),
        before=STARTED,
    )
    yield Scenario(
        "one sub-task that is run again, and whose first end is told late",
        (Job(1, refused=frozenset({1}), retriers=1),),
        faults=1,
        kinds=frozenset({Fault.DUPLICATE}),
        before=STARTED,
    )


def exhaustive() -> list[Scenario]:
    """Scenarios of which every schedule is followed."""
    return [*single(), *one_sub_task(), *more_sub_tasks(), *retried()]


def randomised(random: Random) -> Scenario:
    """A larger scenario."""
    jobs = tuple(_any_job(random) for _ in range(random.choice((1, 1, 2))))
    return Scenario(
        "random", jobs, faults=random.randint(0, 12), concurrency=random.choice((0, 1, 2, 2))
    )


def _any_job(random: Random) -> Job:
    sub_tasks = random.choice((0, 1, 2, 3, 3))
    numbers = range(1, sub_tasks + 1) if sub_tasks else (0,)
    return Job(
        sub_tasks,
        refused=frozenset(number for number in numbers if random.random() < 0.2),
        failing=random.choice((0, 0, 0, 1, 2, 5)),
        is_large=random.random() < 0.4,
        is_cancelled=random.random() < 0.4,
        retriers=random.choice((0, 0, 1, 2)),
        is_mended=random.random() < 0.6,
    )
