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
        timeout=60,
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


PUBLISH = ["publish", "N#a", "N#1", "--attributes"]
CREATE = ["task", "create", "square", "--tenant", "acme"]
START = ["workflow", "start", "country-report", "--input"]
IMPORT = ["import", "run", "--target", "airports", "--tenant", "acme"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([*PUBLISH, "-"], 2),
        ([*CREATE, "--items", "-"], 2),
        (["--outputs", "/dev/zero", "doctor"], 1),
    ],
)
def test_an_input_that_never_ends_is_refused(arguments, code):
    with Path("/dev/zero").open("rb") as endless:
        ended = subprocess.run(
            [CQRS, *arguments],
            stdin=endless,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    assert ended.returncode == code
    assert "cannot be read: it has more than 268,435,456 bytes" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        [*PUBLISH, "@FILE"],
        [*CREATE, "--items", "FILE"],
        [*CREATE, "--input", "@FILE"],
        [*START, "@FILE"],
        [*IMPORT, "FILE"],
    ],
    ids=" ".join,
)
def test_a_pipe_that_nobody_writes_to_is_not_waited_for(tmp_path, arguments):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    ended = cqrs(*(argument.replace("FILE", str(pipe)) for argument in arguments))

    assert (ended.returncode, ended.stdout) == (2, "")
    assert f"{pipe} cannot be read: it is not a regular file" in ended.stderr


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
