"""Custom workflows: which of them an environment deploys, and how their definitions are built."""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from statelint.linter import Linter

from app.country_report import COUNTRY_REPORT
from cqrs.errors import PERMANENT_ERRORS
from cqrs.resources import StateMachine
from main import main
from stacks.asl import ALL_ERRORS, DefinitionError, Invocation, is_error_result, machine
from stacks.asl.retriers import retry
from stacks.declarations import workflows as custom
from stacks.declarations.workflows import custom_workflow, custom_workflows, is_reserved
from stacks.environment.file import load
from stacks.environment_files import NAME_PATTERN, EnvironmentFileError
from stacks.monitoring.alarms import deployed_alarms
from stacks.monitoring.machine_alarms import machine_alarms
from stacks.workflow_stack import WorkflowStack

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stacks.asl import Definition
    from tests.synth.conftest import Synthesis

BASE = """
application = "cqrs"
account_id = "111111111111"
region = "ap-northeast-1"
"""

FUNCTION = Invocation("arn:aws:lambda:ap-northeast-1:111111111111:function:f", 60)


def write(folder: Path, workflows: str) -> None:
    (folder / "team.toml").write_text(BASE + workflows)


# The lists of an environment


def test_an_unknown_workflow_is_refused_with_those_that_exist(tmp_path: Path) -> None:
    write(tmp_path, 'workflows = ["country-raport", "country-report"]')

    with pytest.raises(EnvironmentFileError) as refusal:
        load("team", tmp_path)

    (line,) = str(refusal.value).splitlines()
    assert "workflows: names 'country-raport', which no module of stacks/app" in line
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


@pytest.fixture
def define(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Define a machine for the time of a test, as a module of stacks/app does."""
    custom_workflows()

    def run(name: str, definition: Callable[[Invocation], Definition] = lambda _: {}) -> None:
        monkeypatch.setattr(custom, "_definitions", {**custom._definitions})
        custom_workflow(name)(definition)
        monkeypatch.setattr(
            custom, "custom_workflows", lambda found=dict(custom._definitions): found
        )

    return run


@pytest.mark.parametrize(
    "name", ["", "Price-Adjustment", "price_adjustment", "price--up", "-price", "1st", "price\n"]
)
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(DefinitionError, match=r"cannot be called .* begins with a letter"):
        custom_workflow(name)


@pytest.mark.parametrize("name", ["main", "monitoring", "event-sources", "imports"])
def test_a_name_of_another_part_of_the_stack_is_refused(name: str) -> None:
    with pytest.raises(DefinitionError, match=f"cannot be called '{name}', as another part"):
        custom_workflow(name)


def test_all_names_that_a_machine_would_share_are_reserved(
    synthesise: Callable[..., Synthesis], monkeypatch: pytest.MonkeyPatch
) -> None:
    stacks: list[WorkflowStack] = []
    initialise = WorkflowStack.__init__

    def keeping(stack: WorkflowStack, *args: Any, **options: Any) -> None:
        initialise(stack, *args, **options)
        stacks.append(stack)

    monkeypatch.setattr(WorkflowStack, "__init__", keeping)
    environment = synthesise(
        "dev", "\n[encryption]\ncustomer_managed_key = true\n[notifications]\ntopic = true\n"
    ).environment
    machines = set(environment.state_machines)
    constructs = {child.node.id for child in stacks[0].node.children}
    alarms = {alarm.base_name for alarm in deployed_alarms(environment)}
    own_alarms = {alarm.base_name for alarm in machine_alarms(environment)}
    conditions = {alarm.condition for alarm in machine_alarms(environment)}
    alarmed = {
        name.removesuffix(f"-{condition}")
        for name in alarms - own_alarms
        for condition in conditions
        if name.endswith(f"-{condition}")
    }

    shared = {name for name in constructs | alarmed if re.fullmatch(NAME_PATTERN, name)}

    assert machines < constructs
    assert {name for name in shared - machines if not is_reserved(name)} == set()


def test_a_refused_name_is_one_line_of_the_environment_s_problems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, 'workflows = ["price"]')
    monkeypatch.setattr(custom, "custom_workflows", lambda: custom_workflow("Price"))

    with pytest.raises(EnvironmentFileError) as refusal:
        load("team", tmp_path)

    (line,) = str(refusal.value).splitlines()
    assert line.startswith(f"{tmp_path / 'team.toml'}: workflows: A workflow cannot be called")
    assert line.endswith("such as 'price-adjustment'.")


def test_a_workflow_whose_name_is_too_long_is_the_reason(
    tmp_path: Path, define: Callable[..., None]
) -> None:
    fits, exceeds = "w" * (64 - len("team-cqrs-")), "w" * (65 - len("team-cqrs-"))
    define(fits)
    define(exceeds)
    write(tmp_path, f'workflows = ["{fits}"]')
    assert load("team", tmp_path).workflows == [fits]

    write(tmp_path, f'workflows = ["{fits}", "{exceeds}"]')
    with pytest.raises(EnvironmentFileError) as refusal:
        load("team", tmp_path)

    (line,) = str(refusal.value).splitlines()
    assert f"workflows: {exceeds} is too long: the role name team-cqrs-{exceeds} has 65" in line


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
    # A finding about one machine must not reach another.
    assert "OutOfStock" not in str(others)
    assert "OutOfStock" not in str(retry())
    assert "OutOfStock" not in str(FUNCTION.task(End=True))


@pytest.mark.parametrize(
    "fields",
    [
        {"ResultPath": "$.shipment"},
        {"ResultPath": "$"},
        {"OutputPath": "$.shipment"},
        {"ResultSelector": {"shipment.$": "$.Payload[0][0]"}},
        {"ResultPath": None, "OutputPath": "$"},
    ],
)
def test_an_answer_is_put_nowhere_else(fields: dict[str, Any]) -> None:
    (name, *_) = sorted(fields)
    told = rf"{name}=.*is not possible .*\{{\*\*event\.input, \"shipment\": \.\.\.\}}"
    with pytest.raises(DefinitionError, match=told):
        FUNCTION.task(End=True, **fields)
    with pytest.raises(DefinitionError, match=told):
        FUNCTION.callback(timeout_seconds=60, End=True, **fields)


def test_an_answer_can_be_dropped() -> None:
    for state in (
        FUNCTION.task(ResultPath=None, End=True),
        FUNCTION.callback(timeout_seconds=60, ResultPath=None, End=True),
    ):
        # An OutputPath would be looked for in the input, which then is the output.
        assert state["ResultPath"] is None
        assert "OutputPath" not in state
        assert Linter.validate(machine("Drops", "drop", {"drop": state})) == []


def test_a_definition_that_is_not_possible_is_told_with_its_machine(
    define: Callable[..., None],
) -> None:
    define("shipping", lambda function: function.task(ResultPath="$.shipment"))

    with pytest.raises(DefinitionError, match=r"State machine 'shipping': ResultPath='\$.shipment"):
        custom.custom_workflows()["shipping"](FUNCTION)


def test_synthesis_tells_of_it_without_a_traceback(
    define: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    define("shipping", lambda function: function.task(OutputPath="$.shipment"))
    shipping = custom.custom_workflows()["shipping"]
    machines = dict.fromkeys(load("local", variables={}).workflows, shipping)
    package = tmp_path / "function.zip"
    zipfile.ZipFile(package, "w").close()
    monkeypatch.setattr("stacks.state_machines.definitions.custom_workflows", lambda: machines)
    monkeypatch.setattr("stacks.function.package.write_package", lambda *_, **__: package)
    monkeypatch.setenv("CQRS_ENVIRONMENT", "local")

    assert main() == 1

    told = capsys.readouterr()
    assert told.out == ""
    (line,) = told.err.splitlines()
    assert line.startswith("State machine 'shipping': OutputPath='$.shipment' is not possible")


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
