"""Custom workflows: which of them an environment deploys, and how their definitions are built."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.country_report import COUNTRY_REPORT
from cqrs.errors import PERMANENT_ERRORS
from cqrs.resources import StateMachine
from stacks.environment_file import EnvironmentFileError, load
from stacks.state_machines.asl import ALL_ERRORS, Invocation, is_error_result, retry
from stacks.state_machines.custom import custom_workflow, custom_workflows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.synth.conftest import Synthesis

BASE = """
application = "cqrs"
account_id = "111111111111"
region = "ap-northeast-1"
"""

FUNCTION = Invocation("arn:aws:lambda:ap-northeast-1:111111111111:function:f", 60)


def write(folder: Path, workflows: str) -> None:
    (folder / "team.toml").write_text(BASE + workflows)


# What an environment lists


def test_an_unknown_workflow_is_refused_with_those_that_exist(tmp_path: Path) -> None:
    write(tmp_path, 'workflows = ["country-raport", "country-report"]')

    with pytest.raises(EnvironmentFileError) as refusal:
        load("team", tmp_path)

    (line,) = str(refusal.value).splitlines()
    assert "workflows: names 'country-raport', which no module of stacks/state_machines" in line
    for name in custom_workflows():
        assert name in line.partition("defined are")[2]


@pytest.mark.parametrize("machine", StateMachine)
def test_a_built_in_machine_is_no_custom_workflow(tmp_path: Path, machine: str) -> None:
    write(tmp_path, f'workflows = ["{machine}"]')

    with pytest.raises(EnvironmentFileError, match=f"names '{machine}', which no module"):
        load("team", tmp_path)


def test_a_workflow_listed_twice_is_refused(tmp_path: Path) -> None:
    write(tmp_path, f'workflows = ["{COUNTRY_REPORT}", "{COUNTRY_REPORT}"]')

    with pytest.raises(EnvironmentFileError, match="workflows: names a workflow twice"):
        load("team", tmp_path)


def test_an_environment_that_lists_none_deploys_none(
    synthesise: Callable[..., Synthesis], tmp_path: Path
) -> None:
    write(tmp_path, "")

    synthesis = synthesise("team", folder=tmp_path)

    assert synthesis.environment.workflows == []
    assert set(synthesis.definitions()) == {f"team-cqrs-{machine}" for machine in StateMachine}
    assert COUNTRY_REPORT not in synthesis.text


def test_an_environment_deploys_what_it_lists(
    synthesise: Callable[..., Synthesis], tmp_path: Path
) -> None:
    write(tmp_path, f'workflows = ["{COUNTRY_REPORT}"]')

    synthesis = synthesise("team", folder=tmp_path)

    assert set(synthesis.definitions()) == {
        f"team-cqrs-{machine}" for machine in (*StateMachine, COUNTRY_REPORT)
    }


# Defining one


@pytest.mark.parametrize("name", [COUNTRY_REPORT, StateMachine.COMMAND.value])
def test_a_name_that_is_taken_is_refused(name: str) -> None:
    custom_workflows()

    with pytest.raises(ValueError, match=f"Two state machines are called '{name}'; rename one"):
        custom_workflow(name)(lambda _function: {})


def test_no_error_is_caught_unless_asked() -> None:
    assert "Catch" not in FUNCTION.task(End=True)


def test_any_error_leads_where_it_is_caught() -> None:
    catching = FUNCTION.catching("handle_error")

    for state in (catching.task(End=True), catching.callback(timeout_seconds=60, End=True)):
        assert state["Catch"] == [
            {"ErrorEquals": [ALL_ERRORS], "Next": "handle_error", "ResultPath": "$.error"}
        ]
    assert FUNCTION.on_error == ""


def test_a_state_s_own_catch_takes_the_place_of_the_machine_s() -> None:
    assert FUNCTION.catching("handle_error").task(Catch=[], End=True)["Catch"] == []


def test_errors_of_one_s_own_are_never_tried_again() -> None:
    catching = FUNCTION.catching("handle_error", never_again=["OutOfStock", "Sold"])

    first, *others = catching.task(End=True)["Retry"]

    assert first == {
        "ErrorEquals": [*(error.__name__ for error in PERMANENT_ERRORS), "OutOfStock", "Sold"],
        "MaxAttempts": 0,
    }
    # What is said of one machine must not reach another.
    assert "OutOfStock" not in str(others)
    assert "OutOfStock" not in str(retry())
    assert "OutOfStock" not in str(FUNCTION.task(End=True))


def test_a_callback_needs_no_heartbeat_unless_asked() -> None:
    waits = FUNCTION.callback(timeout_seconds=3600, End=True)
    beats = FUNCTION.callback(timeout_seconds=3600, heartbeat_seconds=300, End=True)

    assert waits["TimeoutSeconds"] == beats["TimeoutSeconds"] == 3600
    assert "HeartbeatSeconds" not in waits
    assert beats["HeartbeatSeconds"] == 300
    assert beats["Parameters"]["Payload"]["taskToken.$"] == "$$.Task.Token"


def test_an_error_result_is_told_from_an_output_without_a_status() -> None:
    # Comparing a field that is missing would fail the execution.
    present, equal = is_error_result("failed")["And"]

    assert present == {"Variable": "$.status", "IsPresent": True}
    assert equal == {"Variable": "$.status", "StringEquals": "error"}
