"""Schedules that once broke a promise."""

from __future__ import annotations

import pytest

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


A_RECEIVER_THAT_CANCELS_WHAT_ANOTHER_HAS_BEGUN = """
stream of task 1
new task 1 | duplicate
stream of task 1
message 1, receive 1 | visible
new task 1 again 1
new task 1 again 1
message 1, receive 2
message 1, receive 2
message 1, receive 1
message 1, receive 1
message 2, receive 1 | crash after
canceller of task 1
message 2, receive 2
message 1, receive 2
canceller of task 1
canceller of task 1
canceller of task 1
stream of task 1
message 2, receive 2
"""
"""It had read the task as QUEUED, and made it CANCELLED though its sub-tasks ran by then."""


A_TASK_CANCELLED_WHEN_ITS_SUB_TASKS_WERE_STORED = """
stream of task 1
stream of task 1
message 1, receive 1
message 1, receive 1
canceller of task 1
canceller of task 1
canceller of task 1
"""
"""They stayed CREATED for ever."""


A_TASK_CANCELLED_WHILE_ITS_SUB_TASKS_ARE_STORED = """
stream of task 1
stream of task 1
message 1, receive 1
canceller of task 1
canceller of task 1
canceller of task 1
message 1, receive 1
canceller of task 1
"""
"""They were stored all the same, and stayed CREATED for ever."""


A_TASK_THAT_ANOTHER_RECEIVER_BEGINS = """
stream of task 1
stream of task 1
message 1, receive 1
message 1, receive 1 | visible
message 1, receive 2
message 1, receive 1
message 1, receive 1 | crash after
message 1, receive 2
message 1, receive 2
message 1, receive 2
"""
"""The receiver that was left took the task for over, and nobody started its execution."""


@pytest.mark.parametrize(
    ("schedule", "job"),
    [
        (A_BEGINNING_WHOSE_ANSWER_IS_LOST, Job()),
        (A_RECEIVER_THAT_CANCELS_WHAT_ANOTHER_HAS_BEGUN, Job(1, failing=5, is_cancelled=True)),
        (A_TASK_CANCELLED_WHEN_ITS_SUB_TASKS_WERE_STORED, Job(1, is_cancelled=True)),
        (A_TASK_CANCELLED_WHILE_ITS_SUB_TASKS_ARE_STORED, Job(1, is_cancelled=True)),
        (A_TASK_THAT_ANOTHER_RECEIVER_BEGINS, Job(1)),
    ],
)
def test_what_went_wrong_goes_well(schedule: str, job: Job) -> None:
    steps = [Choice.parse(line) for line in schedule.strip().splitlines()]
    world = Settings().world(Scenario("found", (job,), faults=3, concurrency=0))

    for step in steps:
        world.take(step)
    while moves := world.moves():
        world.take(moves[0])
    world.check_end()
