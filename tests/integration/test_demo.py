"""The demonstration is the first thing that a newcomer runs, so it has to hold."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.integration.deployed import Deployed


def test_the_demo_counts_what_it_should(deployed: Deployed):
    ended = subprocess.run(
        [sys.executable, "-m", "demo", "local"],
        env={**os.environ, "AWS_ENDPOINT_URL": deployed.endpoint},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "wrong" not in ended.stdout
    cells = [line.split("│") for line in ended.stdout.splitlines() if line.startswith("│")]
    counted = {cell[1].strip(): int(cell[2]) for cell in cells}
    assert counted == {
        "executions SUCCEEDED": 600,
        "executions FAILED": 0,
        "executions still RUNNING": 0,
        "commands FINISHED": 600,
        "data items at version 3": 200,
        "states in history": 400,
        "airports listed by country": 200,
        "messages in dead-letter queues": 0,
    }
