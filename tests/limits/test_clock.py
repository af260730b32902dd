"""The clock: order, jobs that wait, and tokens."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from cqrs.core.clock import now_iso
from tests.limits.clock import Bucket, Clock, Killed


def test_jobs_wait_beside_each_other() -> None:
    clock, seen = Clock(1), []

    def wait(name: str, seconds: float) -> None:
        for _ in range(2):
            clock.sleep(seconds)
            seen.append((name, clock.now))

    clock.job(lambda: wait("slow", 3.0))
    clock.job(lambda: wait("quick", 1.0))
    clock.run(100.0)
    assert seen == [("quick", 1.0), ("quick", 2.0), ("slow", 3.0), ("slow", 6.0)]


def test_the_runtime_follows_the_clock() -> None:
    clock, seen = Clock(1), []

    def run() -> None:
        begun = time.monotonic()
        time.sleep(90.0)
        seen.append((time.monotonic() - begun, now_iso()))

    with clock.rules():
        clock.job(run)
        clock.run(1000.0)
    assert seen == [(90.0, "2026-01-01T00:01:30.000Z")]
    assert datetime.fromisoformat(now_iso()) != datetime(2026, 1, 1, 0, 1, 30, tzinfo=UTC)


def test_a_process_that_is_ended_does_nothing_more() -> None:
    clock, seen = Clock(1), []

    def run() -> None:
        try:
            clock.sleep(10.0)
            seen.append("went on")
        finally:
            with pytest.raises(Killed):
                clock.sleep(1.0)
            seen.append("ended")

    job = clock.job(run)
    clock.at(5.0, lambda: clock.kill(job))
    clock.run(100.0)
    assert seen == ["ended"]


def test_a_timer_that_is_cancelled_does_not_go_off() -> None:
    clock, seen = Clock(1), []
    clock.at(1.0, lambda: seen.append("cancelled")).cancel()
    clock.at(2.0, lambda: seen.append("kept"))
    clock.run(10.0)
    assert seen == ["kept"]


def test_tokens_come_back_at_their_rate() -> None:
    clock = Clock(1)
    bucket = Bucket(clock, size=3, refill=2)
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    clock.run(0.0)
    clock.now = 1.0
    assert [bucket.take() for _ in range(3)] == [True, True, False]
    clock.now = 1000.0
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]


def test_whoever_reserves_a_token_waits_behind_those_before() -> None:
    bucket = Bucket(Clock(1), size=1, refill=4)
    assert [bucket.reserve() for _ in range(3)] == [0.0, 0.25, 0.5]
