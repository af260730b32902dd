"""The pace at which executions are asked for."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

import cqrs.aws.pace
from cqrs.aws.pace import Pace


class Clock:
    """A clock that goes on while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    fake = SimpleNamespace(monotonic=clock.monotonic, sleep=clock.sleep)
    monkeypatch.setattr(cqrs.aws.pace, "time", fake)
    return clock


def test_the_first_pass_at_once_and_others_one_after_the_other(clock: Clock) -> None:
    pace, moments = Pace(a_second=5, at_once=20), []
    for _ in range(40):
        pace.keep()
        moments.append(clock.now - 1_000)

    assert moments[:20] == [0] * 20
    assert moments[20:] == pytest.approx([0.2 * n for n in range(1, 21)])
    assert pace.passed == 40


def test_no_second_has_more_than_the_bucket_and_the_rate(clock: Clock) -> None:
    pace, moments = Pace(a_second=5, at_once=20), []
    for number in range(300):
        clock.now += 0.05 if number % 7 else 1.5
        pace.keep()
        moments.append(clock.now)

    for moment in moments:
        within = [other for other in moments if moment <= other < moment + 10]
        assert len(within) <= 20 + 5 * 10 + 1


def test_a_rest_fills_the_bucket_and_no_more(clock: Clock) -> None:
    pace = Pace(a_second=5, at_once=3)
    for _ in range(3):
        pace.keep()
    clock.now += 3_600
    before = clock.now
    for _ in range(3):
        pace.keep()
    assert clock.now == before
    pace.keep()
    assert clock.now > before
