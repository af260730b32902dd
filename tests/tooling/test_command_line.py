import os
import shutil
import subprocess
import sys

import pytest

from tooling.paths import ROOT


def tooling(*arguments, **variables):
    return subprocess.run(
        [sys.executable, "-m", "tooling", *arguments],
        cwd=ROOT,
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
    )


def refusal(outcome):
    assert outcome.returncode == 1
    (line,) = outcome.stderr.splitlines()
    return line


@pytest.mark.parametrize("command", ["synth", "plan", "deploy", "destroy", "validate"])
def test_an_unknown_environment_is_answered_with_the_known_ones(command):
    assert refusal(tooling(command, "nowhere")) == (
        "error: There is no environment 'nowhere': use one of dev, local, prod, stg."
    )


@pytest.mark.parametrize("command", ["deploy", "destroy"])
def test_nothing_on_aws_changes_without_approval(command):
    assert "AUTO_APPROVE=1" in refusal(tooling(command, "prod"))


def test_localstack_without_docker_is_one_sentence(tmp_path):
    assert "needs Docker" in refusal(tooling("test-localstack", PATH=str(tmp_path)))


def test_make_help_lists_every_target():
    makefile = (ROOT / "Makefile").read_text()
    targets = [line.split()[1] for line in makefile.splitlines() if line.startswith(".PHONY:")]

    listed = subprocess.run(
        [shutil.which("make"), "help"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout.splitlines()

    assert [line.split()[0] for line in listed] == targets
