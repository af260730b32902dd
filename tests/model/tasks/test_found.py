"""Schedules that once broke a promise."""

from __future__ import annotations

import pytest

from tests.model import search
from tests.model.choice import Choice
from tests.model.tasks.exploration import Settings
from tests.model.tasks.scenarios import Job, Scenario

A_BEGINNING_WHOSE_ANSWER_IS_LOST = """
stream of task 1
stream of task 1
message 1, receive 1
message 1, receive 1 | crash before
message 1, receive 2
message 1, receive 2 | repeat
message 1, receive 2
message 1, receive 2 | crash before
message 1, receive 3
message 1, receive 3
message 1, receive 3
message 1, receive 3
"""
"""It was counted twice: the task failed with one real try fewer than it may have."""


@pytest.mark.parametrize("schedule", [A_BEGINNING_WHOSE_ANSWER_IS_LOST])
def test_what_went_wrong_goes_well(schedule: str) -> None:
    steps = [Choice.parse(line) for line in schedule.strip().splitlines()]
    world = Settings().world(Scenario("a single task", (Job(),), faults=3))

    assert search.replay(world, steps).moves() == []
