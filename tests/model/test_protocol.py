"""The protocol keeps its rules in every schedule of small cases, and in many random ones."""

from __future__ import annotations

import pytest

from tests.model.exploration import Randomised, explore, setting
from tests.model.scenarios import Scenario, exhaustive

RANDOM_RUNS = 2_000

LONG = {
    "three versions, number 1 fails",
    "three versions, and an execution times out",
    "two versions, the first fails and is retried",
    "one version fails again and again, retried twice",
    "one version, its executions time out and processes die",
    "express: two versions, executions die and run twice",
    "express: two versions that expire",
    "express: one version fails and is retried",
    "express: three versions have failed and are retried",
    "express: three versions, the second fails",
}
"""Scenarios that only the long run follows."""


@pytest.mark.parametrize(
    "scenario",
    [scenario for scenario in exhaustive() if scenario.name not in LONG],
    ids=lambda scenario: scenario.name,
)
def test_every_schedule_keeps_the_rules(scenario: Scenario) -> None:
    counts = explore(setting(scenario))

    assert counts.states > counts.ends > 0
    assert counts.schedules > counts.states


def test_random_schedules_keep_the_rules() -> None:
    randomised = Randomised()
    for number in range(RANDOM_RUNS):
        randomised.run(f"test-{number}")
