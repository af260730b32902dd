"""Machines in memory run as the language says, or are refused by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from cqrs.testing import NotKnown
from cqrs.testing.aws.runs import Machine, Outcome
from cqrs.testing.aws.s3 import Objects
from cqrs.testing.aws.step_functions import StepFunctions
from cqrs.testing.clock import Clock
from stacks.asl import Invocation, branch, catch, fail, inline_map, machine, parallel, wait

ARN = "arn:aws:states:ap-northeast-1:000000000000:stateMachine:m"
FUNCTION = Invocation("arn:aws:lambda:ap-northeast-1:000000000000:function:main", 60)


class World:
    """A machine, and a function whose states answer as a test says."""

    def __init__(self, **answers: Callable[[Any], Any]) -> None:
        self.clock = Clock()
        self.answers = answers
        self.calls: list[tuple[float, str]] = []
        self.tokens: list[str] = []
        self.services = StepFunctions(self.clock, Objects(), self._call)

    def _call(self, event: Any) -> Outcome:
        state = event["context"]["State"]["Name"]
        self.calls.append((self.clock.now, state))
        self.tokens += [event["taskToken"]] if "taskToken" in event else []
        try:
            return Outcome([[self.answers.get(state, lambda given: given)(event["input"])]])
        except Exception as error:  # noqa: BLE001 - as Lambda reports it
            return Outcome(error=type(error).__name__, cause=str(error))

    def start(self, definition: Any, given: Any) -> Any:
        self.services.make_machine(Machine("m", ARN, definition))
        self.services.start_execution(stateMachineArn=ARN, name="x", input=json.dumps(given))
        (run,) = self.services.runs.values()
        return run

    def run(self, definition: Any, given: Any = None, seconds: float = 1e6) -> Any:
        run = self.start(definition, given)
        self.clock.run(seconds)
        return run


def of(state: dict[str, Any], **others: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": "first", "States": {"first": state, **others}}


def refuse(_given: Any) -> None:
    raise KeyError("x")


def test_branches_run_side_by_side_and_their_outputs_make_an_object() -> None:
    world = World(a=lambda given: given["n"] + 1, b=lambda given: given["n"] + 2)
    branches = [branch(name, {name: FUNCTION.task(End=True)}) for name in ("a", "b")]
    selector = {"a.$": "$[0]", "b.$": "$[1]"}
    run = world.run(of(parallel(*branches, ResultSelector=selector, End=True)), {"n": 1})

    assert (run.status, run.output) == ("SUCCEEDED", {"a": 2, "b": 3})
    assert world.calls == [(0, "a"), (0, "b")]


def test_a_branch_that_fails_ends_the_others_and_is_caught() -> None:
    world = World(a=refuse)
    slow = branch("s", {"s": wait(60, Next="b"), "b": FUNCTION.task(End=True)})
    state = parallel(
        branch("a", {"a": FUNCTION.task(End=True, Retry=[])}),
        slow,
        Catch=[catch("KeyError", "told", ResultPath="$.error")],
        End=True,
    )
    told = fail(error_path="$.error.Error", cause_path="$.error.Cause")
    run = world.run(of(state, told=told), {"n": 1})

    assert (run.status, run.error, run.cause) == ("FAILED", "KeyError", "'x'")
    assert [state for _, state in world.calls] == ["a"]


def test_a_wait_takes_its_time() -> None:
    world = World()
    definition = machine("m", "w", {"w": wait(90, Next="a"), "a": FUNCTION.task(End=True)})
    run = world.run(definition, {"n": 1})

    assert world.calls == [(90, "a")]
    assert run.output == {"n": 1}


def test_a_wait_for_what_is_no_time_fails() -> None:
    state = {"Type": "Wait", "SecondsPath": "$.n", "End": True}

    assert World().run(of(state), {"n": "soon"}).error == "States.Runtime"
    assert World().run(of(state), {}).error == "States.Runtime"


def test_an_execution_times_out_while_it_waits() -> None:
    definition = machine("m", "w", {"w": wait(90, End=True)}, timeout_seconds=60)
    run = World().run(definition)

    assert (run.status, run.ended_at.timestamp() - run.began.timestamp()) == ("TIMED_OUT", 60)


def test_heartbeats_keep_a_wait_for_an_answer_alive() -> None:
    world = World()
    state = FUNCTION.callback(timeout_seconds=100, heartbeat_seconds=10, End=True)
    run = world.start(of(state), None)
    for second in (8, 16, 24):
        world.clock.run(second)
        world.clock.now = second
        world.services.send_task_heartbeat(taskToken=world.tokens[0])
    world.clock.run(33)
    assert run.status == "RUNNING"
    world.clock.run(34)
    # The callback is begun again, as any failure is.
    assert [kind for kind in kinds(run) if kind == "TaskTimedOut"] == ["TaskTimedOut"]


def kinds(run: Any) -> list[str]:
    return [event["type"] for event in run.events]


def test_retries_pause_as_long_as_they_may() -> None:
    world = World(first=refuse)
    retrier = {
        "ErrorEquals": ["KeyError"],
        "IntervalSeconds": 10,
        "MaxAttempts": 4,
        "BackoffRate": 2.0,
        "MaxDelaySeconds": 30,
        "JitterStrategy": "FULL",
    }
    world.run(of(FUNCTION.task(End=True, Retry=[retrier])))

    assert [at for at, _ in world.calls] == [0, 10, 30, 60, 90]


def test_items_of_a_map_are_what_its_selector_makes_of_them() -> None:
    world = World(each=lambda given: given)
    state = inline_map(
        "each",
        {"each": FUNCTION.task(End=True)},
        max_concurrency=1,
        ItemsPath="$.all",
        ItemSelector={"at.$": "$$.Map.Item.Index", "it.$": "$$.Map.Item.Value", "of.$": "$.of"},
        ResultPath="$.done",
        End=True,
    )
    run = world.run(of(state), {"all": ["x", "y"], "of": 2})

    expected = [{"at": 0, "it": "x", "of": 2}, {"at": 1, "it": "y", "of": 2}]
    assert run.output == {"all": ["x", "y"], "of": 2, "done": expected}


def test_a_choice_whose_variable_is_missing_fails_the_execution() -> None:
    choices = [{"Variable": "$.n", "NumericGreaterThan": 1, "Next": "done"}]
    states = of({"Type": "Choice", "Choices": choices}, done={"Type": "Succeed"})

    assert World().run(states, {}).error == "States.Runtime"
    assert World().run(states, {"n": 1}).error == "States.NoChoiceMatched"
    assert World().run(states, {"n": "2"}).error == "States.NoChoiceMatched"
    assert World().run(states, {"n": 2}).status == "SUCCEEDED"


def test_an_output_that_is_too_large_fails_the_execution_past_every_catcher() -> None:
    world = World(first=lambda _given: "x" * 300_000)
    state = FUNCTION.task(Next="done", Catch=[catch("States.ALL", "done")])
    run = world.run(of(state, done={"Type": "Succeed"}))

    assert (run.status, run.error) == ("FAILED", "States.DataLimitExceeded")


def test_a_name_is_taken_for_ninety_days_after_its_end() -> None:
    from botocore.exceptions import ClientError  # noqa: PLC0415 - of this test

    world = World()
    world.run(of({"Type": "Succeed"}))
    request = {"stateMachineArn": ARN, "name": "x", "input": "null"}
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        world.services.start_execution(**request)
    world.clock.now += 91 * 86_400
    world.services.start_execution(**request)


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ({"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True}, "sqs:send"),
        ({"Type": "Weave", "End": True}, "the type 'Weave'"),
        ({"Type": "Pass", "QueryLanguage": "JSONata", "End": True}, "'QueryLanguage'"),
        ({"Type": "Pass", "Parameters": {"x.$": "States.UUID()"}, "End": True}, "States.UUID"),
        ({"Type": "Pass", "OutputPath": "$..x", "End": True}, "'$..x'"),
        ({"Type": "Wait", "Timestamp": "2026-01-01T00:00:00Z", "End": True}, "'Timestamp'"),
        ({"Type": "Pass", "Next": "nowhere"}, "'nowhere'"),
        ({"Type": "Pass"}, "Next and End"),
        (
            {"Type": "Choice", "Choices": [{"Variable": "$.x", "StringMatches": "a*"}]},
            "StringMatches",
        ),
        (
            parallel(branch("in", {"in": {"Type": "Pass", "Assign": {}, "End": True}}), End=True),
            "'Assign' in state 'in'",
        ),
    ],
)
def test_a_definition_beyond_the_interpreter_is_refused_by_name(
    state: dict[str, Any], told: str
) -> None:
    with pytest.raises(NotKnown) as refused:
        World().start(of(state), None)

    assert told in str(refused.value)
    assert "machine 'm'" in str(refused.value)
