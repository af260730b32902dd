"""How long commands take: one at a time, and many at once."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from benchmarks.side_by_side.executions import now
from benchmarks.side_by_side.sides import Side, apply

ALONE = 10
BURST = 100
PUBLISHERS = 4
MILLISECONDS = 1000


@dataclass(frozen=True, slots=True)
class Alone:
    """Milliseconds of a command by itself.

    Attributes
    ----------
    finished
        From the call that publishes it to the end of its execution.
    execution
        Of the execution, without the emulator's pause before it.
    """

    finished: float
    execution: float


def alone(side: Side) -> list[Alone]:
    """Commands one after the other, each of an item of its own."""
    return [_one(side) for _ in range(ALONE)]


def burst(side: Side) -> float:
    """Milliseconds a command of many that are published at once, each of an item of its own."""
    items = [uuid.uuid4().hex for _ in range(BURST)]
    begun = now()
    with ThreadPoolExecutor(PUBLISHERS) as publishers:
        list(publishers.map(side.publish, items))
    ended = max(each.ended for each in side.executions.wait_for(BURST, begun))
    return (ended - begun) * MILLISECONDS / BURST


def _one(side: Side) -> Alone:
    applied = apply(side, uuid.uuid4().hex)
    execution = applied.execution
    finished = execution.ended - applied.begun
    return Alone(finished * MILLISECONDS, execution.seconds * MILLISECONDS)
