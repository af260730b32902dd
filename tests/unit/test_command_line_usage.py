"""``cqrs`` as a process: wrong usage, an emulator that is down, and output that leads nowhere."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CQRS = Path(sys.executable).parent / "cqrs"
NOBODY = "http://127.0.0.1:9"


def cqrs(*arguments: str, to: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "AWS_ENDPOINT_URL": NOBODY}
    environment.pop("CQRS_ENV", None)
    return subprocess.run(
        ["/bin/bash", "-c", f'"$0" "$@" {to}', CQRS, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["doctor", "--env"], "--env needs a value"),
        (["doctor", "--env", "--json"], "--env needs a value"),
        (["doctor", "--outputs"], "--outputs needs a value"),
        (["doctor", "--env", "../local"], "--env is '../local'"),
        (["--env=../local", "doctor"], "--env is '../local'"),
        (["doctor", "--env="], "--env is ''"),
    ],
)
def test_wrong_usage_is_told(arguments, says):
    ended = cqrs(*arguments)

    assert ended.returncode == 2
    assert says in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["doctor"],
        ["doctor", "--fix"],
        ["dead-letters"],
        ["redrive", "commands"],
        ["retry", "NOTE#acme", "NOTE#1@1"],
        ["get-command", "NOTE#acme", "NOTE#1@1"],
        ["executions"],
    ],
    ids=" ".join,
)
def test_an_emulator_that_is_down_is_told(arguments):
    ended = cqrs(*arguments)

    assert ended.returncode == 1
    assert ended.stderr.startswith("Unreachable: ")
    assert "make up" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("given", ["@/dev/zero", "-"])
def test_an_input_that_never_ends_is_refused(given):
    with Path("/dev/zero").open("rb") as endless:
        ended = subprocess.run(
            [CQRS, "publish", "N#a", "N#1", "--attributes", given],
            stdin=endless,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    assert ended.returncode == 2
    assert "has more than 268,435,456 bytes" in ended.stderr


NOWHERE = [("> /dev/full", "No space left"), (">&-", "it is closed"), ("| :", "")]


@pytest.mark.parametrize(("shell", "says"), NOWHERE)
def test_output_that_leads_nowhere_is_no_crash(shell, says):
    ended = cqrs("--json", "doctor", to=f"{shell}; exit ${{PIPESTATUS[0]}}")

    assert ended.returncode == 1
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "Exception ignored" not in ended.stderr


@pytest.mark.parametrize("shell", [shell for shell, _ in NOWHERE])
def test_help_that_leads_nowhere_is_no_crash(shell):
    ended = cqrs("--help", to=shell)

    assert "Traceback" not in ended.stderr
    assert "Exception ignored" not in ended.stderr
