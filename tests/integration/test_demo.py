"""The demonstration is the first thing that a newcomer runs, so it has to hold."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.integration.deployed import Deployed

COMMANDS = {
    "executions SUCCEEDED": 600,
    "executions FAILED": 0,
    "executions still RUNNING": 0,
    "commands FINISHED": 600,
    "data items at version 3": 200,
    "states in history": 400,
    "airports listed by country": 200,
    "messages in dead-letter queues": 0,
}
TASKS = {
    "task FAILED, as sub-tasks of it did": 1,
    "counted as total": 202,
    "counted as succeeded": 200,
    "counted as failed": 2,
    "counted as running": 0,
    "sub-tasks COMPLETED": 200,
    "sub-tasks FAILED": 2,
    "of these, unknown airports": 2,
    "results as computed here": 200,
    "sub-tasks at a time": 2,
    "notifications left": 0,
    "messages in dead-letter queues": 0,
}


def counted(deployed: Deployed, *arguments: str) -> dict[str, int]:
    """What the tables of a demonstration count."""
    ended = subprocess.run(
        [sys.executable, "-m", "demo", "local", *arguments],
        env={**os.environ, "AWS_ENDPOINT_URL": deployed.endpoint},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "wrong" not in ended.stdout
    cells = [line.split("│") for line in ended.stdout.splitlines() if line.startswith("│")]
    return {cell[1].strip(): int(cell[2]) for cell in cells}


def test_the_demo_counts_what_it_should(deployed: Deployed):
    assert counted(deployed) == {**COMMANDS, **TASKS}


def test_tasks_are_shown_by_themselves(deployed: Deployed):
    assert counted(deployed, "tasks") == TASKS
