"""`make verify` on the emulator: what it runs, what it sees, and that it leaves nothing behind."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cli.deployed.connection import connect
from tests.integration.deployed import Deployed
from tooling.verification.assumptions import Subject
from tooling.verification.cleaning import Cleaner
from tooling.verification.run import tables_of

COMMANDS = "three_versions_published_at_once or what_is_approved_is_done"
REMOVED = re.compile(r"Removed (\d+) items and objects")


@pytest.fixture
def outputs(deployed: Deployed, tmp_path: Path) -> Path:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps({k: {"value": v} for k, v in deployed.outputs.items()}))
    return file


def verify(deployed: Deployed, outputs: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    arguments = ["verify", "local", "--outputs", str(outputs), "--tests", COMMANDS]
    return subprocess.run(
        [sys.executable, "-m", "tooling", *arguments],
        env={**os.environ, "AWS_ENDPOINT_URL": deployed.endpoint, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def left_of_runs(outputs: Path) -> str:
    """Search for anything of any run."""
    connection = connect("local", outputs)
    settings = connection.settings
    cleaner = Cleaner(
        connection.environment,
        connection.services.clients,
        tables_of(settings),
        settings.bucket,
        "verify",
    )
    return str(cleaner.search())


def test_an_environment_is_verified_and_left_as_it_was(
    deployed: Deployed, outputs: Path, tenant: str
):
    deployed.services.commands.publish_sync(f"NOTE#{tenant}", "NOTE#1", attributes={"n": 1})

    ended = verify(deployed, outputs)

    told = ended.stdout
    assert ended.returncode == 0, told + ended.stderr
    assert "account 000000000000, region ap-northeast-1" in told
    assert re.search(r"it costs at most \d\.\d\d USD", told)
    assert "2 passed" in told
    assert all(f"| {subject} |" in told for subject in Subject)
    assert "| no |" not in told
    assert int(REMOVED.search(told)[1]) > 100
    assert left_of_runs(outputs) == "nothing"
    assert deployed.services.data.get(f"NOTE#{tenant}", "NOTE#1").version == 1


def test_what_fails_is_told_and_cleaned_up_after(deployed: Deployed, outputs: Path):
    """Without patience all that waits fails at once, and leaves what runs."""
    ended = verify(deployed, outputs, INTEGRATION_PATIENCE="0")

    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "2 failed" in ended.stdout
    assert "Tests failed: see above." in ended.stderr
    assert "Traceback" not in ended.stderr
    assert int(REMOVED.search(ended.stdout)[1]) > 100
    assert left_of_runs(outputs) == "nothing"
