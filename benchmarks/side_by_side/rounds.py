"""One round of what a clock or the operating system measures, on one side."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.side_by_side import timings
from benchmarks.side_by_side.figures import Figure
from benchmarks.side_by_side.processes import EVENTS_FOR_MEMORY, Usage
from benchmarks.side_by_side.programs import Programs
from benchmarks.side_by_side.sides import Side


@dataclass(frozen=True, slots=True)
class Timed:
    """Milliseconds a command, as medians of a round.

    Attributes
    ----------
    finished, execution
        Of commands one after the other: from publishing to the end, and of the execution alone.
    burst
        Of many at once.
    """

    finished: float
    execution: float
    burst: float


@dataclass(frozen=True, slots=True)
class Started:
    """Processes of a round.

    Attributes
    ----------
    function, floor
        A cold start with its first event, and its floor.
    megabytes
        The most memory that many events took.
    """

    function: Usage
    floor: Usage
    megabytes: float


def timed(side: Side) -> Timed:
    """Publish commands one after the other, and then many at once."""
    each = timings.alone(side)
    return Timed(
        statistics.median(one.finished for one in each),
        statistics.median(one.execution for one in each),
        timings.burst(side),
    )


def started(programs: Programs) -> Started:
    """Start each program."""
    return Started(
        programs.function.run(programs.event),
        programs.floor.run(),
        programs.function.run(programs.event, EVENTS_FOR_MEMORY).megabytes,
    )


def figures_of_times(ours: Sequence[Timed], reference: Sequence[Timed]) -> list[Figure]:
    """Figures of the rounds."""

    def figure(name: str, part: Callable[[Timed], float]) -> Figure:
        return Figure(name, "ms", [*map(part, ours)], [*map(part, reference)])

    return [
        figure("publish to finished, alone", lambda one: one.finished),
        figure("execution, alone", lambda one: one.execution),
        figure(f"a command of {timings.BURST} at once", lambda one: one.burst),
    ]


def figures_of_starts(ours: Sequence[Started], reference: Sequence[Started]) -> list[Figure]:
    """Figures of the rounds."""

    def figure(name: str, unit: str, part: Callable[[Started], float]) -> Figure:
        return Figure(name, unit, [*map(part, ours)], [*map(part, reference)])

    return [
        figure("cold start, on the clock", "ms", lambda one: one.function.wall),
        figure("cold start, processor time", "ms", lambda one: one.function.cpu),
        figure("floor of its runtime, processor time", "ms", lambda one: one.floor.cpu),
        figure("cold start over its floor", "", lambda one: one.function.cpu / one.floor.cpu),
        figure(f"memory after {EVENTS_FOR_MEMORY} events", "MB", lambda one: one.megabytes),
    ]
