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


@pytest.mark.parametrize("command", ["bootstrap", "deploy", "destroy"])
def test_an_environment_in_aws_is_not_taken_to_a_leftover_endpoint(command):
    approval = () if command == "bootstrap" else ("--auto-approve",)
    told = refusal(tooling(command, *approval, "prod", AWS_ENDPOINT_URL="http://localhost:1"))

    assert told == (
        "error: AWS_ENDPOINT_URL is set to http://localhost:1, and prod is in AWS: unset it."
    )


def test_a_password_in_an_endpoint_is_not_told():
    endpoint = "http://me:hush@localhost:1"
    told = refusal(tooling("deploy", "--auto-approve", "prod", AWS_ENDPOINT_URL=endpoint))

    assert "set to http://***@localhost:1, and prod" in told
    assert "hush" not in told


@pytest.mark.parametrize("value", ["http://localhost:1\x1b[2J", "http://localhost\u202e:1"])
def test_nothing_in_an_error_steers_the_terminal(value):
    told = refusal(tooling("deploy", "--auto-approve", "prod", AWS_ENDPOINT_URL=value))

    assert value.encode("unicode_escape").decode() in told
    assert told.isprintable()


@pytest.mark.parametrize("command", ["bootstrap", "plan", "plan-review"])
def test_a_profile_that_does_not_exist_is_told(command, monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    told = refusal(tooling(command, "prod", AWS_PROFILE="nobodys"))

    assert "The config profile (nobodys) could not be found" in told


def test_a_bucket_for_the_state_of_an_emulator_is_refused_with_what_to_name():
    assert "make bootstrap ENV=dev" in refusal(tooling("bootstrap", "local"))


@pytest.mark.parametrize("switch", ["AUTO_APPROVE", "OFFLINE", "ALLOW_DATA_LOSS"])
def test_a_switch_is_on_or_off_and_nothing_else(switch):
    def commands(value):
        return subprocess.run(
            [shutil.which("make"), "--dry-run", "plan-review", "deploy", f"{switch}={value}"],
            cwd=ROOT,
            env={name: value for name, value in os.environ.items() if name != "MAKEFLAGS"},
            capture_output=True,
            check=False,
            text=True,
        )

    option = f" --{switch.lower().replace('_', '-')}"
    assert option in commands("1").stdout
    assert option not in commands("0").stdout
    assert option not in commands("").stdout
    assert "give 1 for yes, 0 for no" in commands("yes").stderr


def test_make_help_lists_every_target():
    makefile = (ROOT / "Makefile").read_text()
    targets = [line.split()[1] for line in makefile.splitlines() if line.startswith(".PHONY:")]

    listed = subprocess.run(
        [shutil.which("make"), "help"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout.splitlines()

    assert [line.split()[0] for line in listed] == targets
