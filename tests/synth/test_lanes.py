"""The Express lane: a machine beside the standard one, in which nothing waits.

Both machines are there in either lane. So a change of lane changes nothing but a variable of the
function, and no machine goes while executions of it run.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from cqrs.commands.express_workflow import ExpressCommandWorkflow
from cqrs.events.workflows import state_methods
from cqrs.resources import StateMachine
from cqrs.states import EXPRESS_SECONDS, CommandState
from stacks.asl.retriers import AWS_AWAY
from stacks.environment_files import EnvironmentFileError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synth.conftest import Synthesis

LANE = '\n[command]\nlane = "express"\n'


@pytest.fixture(scope="module")
def express(synthesise: Callable[..., Synthesis]) -> Synthesis:
    """The production environment with its commands in the Express lane."""
    return synthesise("prod", LANE)


def machines(synthesis: Synthesis) -> dict[str, Any]:
    prefix = synthesis.environment.prefix
    found = synthesis.resources("aws_sfn_state_machine").values()
    return {machine["name"].removeprefix(prefix): machine for machine in found}


def definition(synthesis: Synthesis) -> dict[str, Any]:
    return synthesis.definitions()[f"{synthesis.environment.prefix}{StateMachine.EXPRESS_COMMAND}"]


def tasks(states: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, state in states.items():
        if state["Type"] == "Task":
            yield name, state
        if state["Type"] == "Map":
            yield from tasks(state["ItemProcessor"]["States"])


def test_its_machine_stands_beside_the_standard_one(prod):
    types = {name: machine["type"] for name, machine in machines(prod).items()}

    assert types.pop(StateMachine.EXPRESS_COMMAND) == "EXPRESS"
    assert set(types.values()) == {"STANDARD"}


def test_a_change_of_lane_changes_one_variable(prod, express):
    standard, changed = prod.configuration, express.configuration
    (of_standard,) = prod.resources("aws_lambda_function").values()
    (of_changed,) = express.resources("aws_lambda_function").values()
    name = of_changed["function_name"]

    assert of_standard["environment"]["variables"].pop("COMMAND_LANE") == "standard"
    assert of_changed["environment"]["variables"].pop("COMMAND_LANE") == "express"
    assert of_standard == of_changed, name
    assert standard["output"].pop("command_lane")["value"] == "standard"
    assert changed["output"].pop("command_lane")["value"] == "express"
    standard["resource"].pop("aws_lambda_function")
    changed["resource"].pop("aws_lambda_function")
    assert standard["resource"] == changed["resource"]
    assert standard["output"] == changed["output"]


def test_the_function_may_start_executions_in_it_and_no_more(prod):
    """AWS describes, lists and stops no Express execution, so nothing may ask for it."""
    arn = prod.environment.state_machine_arn(StateMachine.EXPRESS_COMMAND)
    executions = prod.environment.execution_arns(StateMachine.EXPRESS_COMMAND)

    starting = prod.text.partition("StartExecutions")[2].partition("AnswerCallbacks")[0]
    assert arn in starting
    assert executions not in prod.text


def test_it_has_the_states_of_the_standard_one(express):
    standard = express.definitions()[f"{express.environment.prefix}{StateMachine.COMMAND}"]

    states = definition(express)["States"]
    assert [*states] == [*standard["States"]]
    assert {name for name, _ in tasks(states)} <= state_methods(ExpressCommandWorkflow)
    for name, state in states.items():
        if name != CommandState.WAIT_PREV_COMMAND:
            assert state.get("Next") == standard["States"][name].get("Next")


def test_nothing_waits_in_it(express):
    states = definition(express)["States"]

    resources = {state["Resource"] for _, state in tasks(states)}
    assert resources == {"arn:aws:states:::lambda:invoke"}
    assert states["wait_prev_command"]["Next"] == "success"
    assert "taskToken.$" not in states["wait_prev_command"]["Parameters"]["Payload"]


def test_as_long_as_aws_is_away_its_states_are_tried_until_the_end(express):
    """An execution that times out is begun again; one that fails would fail its command."""
    assert definition(express)["TimeoutSeconds"] == EXPRESS_SECONDS
    for _, state in tasks(definition(express)["States"]):
        (away,) = (one for one in state["Retry"] if one["ErrorEquals"] == AWS_AWAY["ErrorEquals"])
        # A random pause is half of the longest.
        assert away["MaxAttempts"] * away["MaxDelaySeconds"] / 2 > 2 * EXPRESS_SECONDS
        assert state["TimeoutSeconds"] < EXPRESS_SECONDS


def test_its_alarms_are_of_what_it_reports(express):
    arn = express.environment.state_machine_arn(StateMachine.EXPRESS_COMMAND)
    alarms = [
        alarm["metric_name"]
        for alarm in express.resources("aws_cloudwatch_metric_alarm").values()
        if alarm.get("dimensions", {}).get("StateMachineArn") == arn
    ]

    assert sorted(alarms) == ["ExecutionsFailed", "ExecutionsTimedOut"]


def test_an_unknown_lane_is_refused(synthesise):
    with pytest.raises(Exception, match="'standard' or 'express'"):
        synthesise("prod", LANE.replace("express", "fast"))


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("[healing]\nrate_minutes = 0\n", "needs the healer"),
        ("[function]\ntimeout_seconds = 300\n", "it must be 90 at most"),
    ],
)
def test_an_environment_in_which_commands_could_stand_still_is_refused(synthesise, more, told):
    with pytest.raises(EnvironmentFileError, match=told):
        synthesise("stg", f"{LANE}{more}")
