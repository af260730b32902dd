"""The demonstration is the first thing that a newcomer runs, so it has to hold."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.integration.deployed import PATIENCE, Deployed
from tests.integration.http_client import skip_without_api

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
IMPORTS = {
    "part: COMPLETED_WITH_ERRORS": 1,
    "part: counted as total": 500,
    "part: counted as succeeded": 495,
    "part: counted as skipped": 0,
    "part: counted as failed": 5,
    "part: rows in its errors file": 5,
    "part: of these, spoilt and told why": 5,
    "part: airports as in the file": 495,
    "file: COMPLETED": 1,
    "file: counted as total": 3376,
    "file: counted as succeeded": 2881,
    "file: counted as skipped": 495,
    "file: counted as failed": 0,
    "file: airports as in the file": 3376,
    "again: COMPLETED": 1,
    "again: counted as total": 3376,
    "again: counted as succeeded": 0,
    "again: counted as skipped": 3376,
    "again: counted as failed": 0,
    "again: airports at version 1": 3376,
    "messages in dead-letter queues": 0,
}
APPROVALS = {
    "requests APPROVED": 1,
    "requests REJECTED": 1,
    "requests EXPIRED": 1,
    "answers delivered": 2,
    "executions that got them": 2,
    "executions ended": 3,
    "airports closed": 1,
    "airports still open": 2,
    "rejections recorded": 1,
    "messages in dead-letter queues": 0,
}


API = {
    "commands accepted, repeats among them": 60,
    "changes of an old version refused": 20,
    "airports at version 2": 20,
    "ends told live": 40,
    "task COMPLETED": 1,
    "sub-tasks with the right result": 20,
    "its end told live": 1,
    "import with errors": 1,
    "rows imported": 19,
    "rows rejected, and told why": 1,
    "import told live": 1,
    "request APPROVED": 1,
    "who approved it is verified": 1,
    "airport closed": 1,
    "request told live": 1,
    "answer of somebody without the role refused": 1,
}


def counted(deployed: Deployed, *arguments: str) -> dict[str, int]:
    """The counts of a demonstration's tables."""
    ended = subprocess.run(
        [sys.executable, "-m", "demo", "local", *arguments],
        env={**os.environ, "AWS_ENDPOINT_URL": deployed.endpoint},
        capture_output=True,
        text=True,
        check=False,
        timeout=600 * PATIENCE,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "wrong" not in ended.stdout
    cells = [line.split("│") for line in ended.stdout.splitlines() if line.startswith("│")]
    return {cell[1].strip(): int(cell[2]) for cell in cells}


def test_the_demo_counts_what_it_should(deployed: Deployed):
    assert counted(deployed) == {**COMMANDS, **TASKS, **IMPORTS, **APPROVALS}


def test_tasks_are_shown_by_themselves(deployed: Deployed):
    assert counted(deployed, "tasks") == TASKS


def test_all_use_cases_are_shown_over_http_and_websocket(deployed: Deployed):
    skip_without_api(deployed)
    assert counted(deployed, "api") == API
