"""The pace of imports: batches side by side share what one partition takes."""

from __future__ import annotations

import heapq
import random
from collections import Counter
from types import SimpleNamespace

import pytest

from cqrs.imports.chunks import pace as module
from cqrs.imports.chunks.pace import FIRST_PAUSE, LONGEST_PAUSE, Pace
from cqrs.imports.keys import ImportKey

KEY = ImportKey.make("acme", "places")
LONG = 1_000.0


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(module, "time", found)
    return found


@pytest.fixture
def longest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let jitter take nothing away."""
    monkeypatch.setattr(module, "random", SimpleNamespace(uniform=lambda _least, most: most))


def test_nothing_waits_while_nothing_is_throttled(clock: Clock):
    pace = Pace()
    for _ in range(1_000):
        assert pace.wait(KEY, LONG) == 0
        pace.speed_up(KEY)
    assert clock.slept == []


@pytest.mark.usefixtures("longest")
def test_each_failure_doubles_the_pause_up_to_a_bound(clock: Clock):
    pace = Pace()
    for _ in range(8):
        pace.slow_down(KEY)
        pace.wait(KEY, LONG)
    assert clock.slept[:4] == pytest.approx([FIRST_PAUSE * 2**n for n in range(4)])
    assert clock.slept[-2:] == pytest.approx([LONGEST_PAUSE] * 2)


@pytest.mark.usefixtures("longest")
def test_successes_shorten_the_pause_until_there_is_none(clock: Clock):
    pace = Pace()
    for _ in range(8):
        pace.slow_down(KEY)
    pauses = []
    while waited := pace.wait(KEY, LONG):
        pauses.append(waited)
        pace.speed_up(KEY)
    assert pauses == sorted(pauses, reverse=True)
    assert pauses[5] < LONGEST_PAUSE / 5  # a long pause is soon over
    assert clock.now < 240


def test_a_pause_counts_from_the_chunk_before_and_not_from_the_next_batch(clock: Clock):
    pace = Pace()
    pace.slow_down(KEY)
    clock.now += FIRST_PAUSE
    assert pace.wait(KEY, LONG) == 0


@pytest.mark.usefixtures("longest")
def test_a_pause_that_there_is_no_time_for_is_not_begun(clock: Clock):
    pace = Pace()
    pace.slow_down(KEY)
    assert pace.wait(KEY, FIRST_PAUSE / 2) is None
    assert clock.slept == []


def test_what_hinders_one_tenant_or_target_hinders_no_other(clock: Clock):
    pace = Pace()
    pace.slow_down(KEY)
    assert pace.wait(ImportKey.make("other", "places"), LONG) == 0
    assert pace.wait(ImportKey.make("acme", "prices"), LONG) == 0
    assert pace.wait(ImportKey.make("acme", "places"), LONG)
    assert len(clock.slept) == 1


def test_jitter_parts_batches_that_were_hindered_at_once(clock: Clock):
    paces = [Pace() for _ in range(50)]
    for pace in paces:
        pace.slow_down(KEY)
    waits = []
    for pace in paces:
        clock.now = 0
        waits.append(pace.wait(KEY, LONG) or 0.0)
    assert min(waits) < FIRST_PAUSE / 4 < FIRST_PAUSE * 3 / 4 < max(waits)


class Partition:
    """A partition that takes so many units a second, and what it did not use for a moment."""

    def __init__(self, units: float) -> None:
        self._units = units
        self._left, self._at = units, 0.0

    def takes(self, units: float, now: float) -> bool:
        self._left = min(self._units, self._left + (now - self._at) * self._units)
        self._at = now
        if units > self._left:
            return False
        self._left -= units
        return True


@pytest.mark.parametrize(("batches", "in_vain"), [(10, 0.2), (50, 0.5), (200, 2.0)])
def test_batches_side_by_side_share_a_partition(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, batches: int, in_vain: float
):
    """Chunks of 100 units and 0.1 s, for ten minutes; a live command of 4 units each 0.1 s."""
    monkeypatch.setattr(module, "random", random.Random(7))  # noqa: S311 - the same each time
    partition, seconds, settled = Partition(1_000), 600.0, 120.0
    paces = [Pace() for _ in range(batches)]
    done: Counter[int] = Counter()
    refused, commands = 0, Counter[bool]()
    turns = [(0.001 * number, number) for number in range(batches)] + [(0.0, -1)]
    heapq.heapify(turns)
    while (turn := heapq.heappop(turns))[0] < seconds:
        clock.now, number = turn
        if number < 0:
            commands[partition.takes(4, clock.now)] += clock.now > settled
            heapq.heappush(turns, (clock.now + 0.1, number))
            continue
        if paces[number].wait(KEY, 0) is None:  # it is asked again, as others go on meanwhile
            heapq.heappush(turns, (clock.now + 0.01, number))
            continue
        is_done = partition.takes(100, clock.now)
        clock.now += 0.1
        (paces[number].speed_up if is_done else paces[number].slow_down)(KEY)
        if turn[0] > settled:
            done[number] += is_done
            refused += not is_done
        heapq.heappush(turns, (clock.now, number))

    through = sum(done.values()) * 100 / (seconds - settled)
    assert through > 800, "the partition is used"
    assert refused < in_vain * sum(done.values()), "few requests are made in vain"
    assert commands[True] > 10 * commands[False], "live commands come through"
    assert min(done[number] for number in range(batches)) > 0, "none starves"
