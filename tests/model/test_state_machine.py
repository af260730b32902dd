"""The interpreter repeats, catches and branches as the language says."""

from __future__ import annotations

from typing import Any

from cqrs.testing.asl.language import TIMEOUT, fill, select
from cqrs.testing.asl.state_machine import Active, Ended, Execution, Progress, StateMachine, waits
from cqrs.testing.text import freeze, view

TASK = "arn:aws:states:::lambda:invoke"
PAYLOAD = {"Payload": {"input.$": "$", "name.$": "$$.State.Name"}}


def task(**fields: Any) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": TASK,
        "Parameters": PAYLOAD,
        "OutputPath": "$.Payload[0][0]",
        **fields,
    }


def fan_out(max_concurrency: int, **fields: Any) -> dict[str, Any]:
    return {
        "Type": "Map",
        "ItemsPath": "$",
        "MaxConcurrency": max_concurrency,
        "ItemProcessor": {"StartAt": "each", "States": {"each": task(End=True, **fields)}},
        "End": True,
    }


def machine(**states: Any) -> StateMachine:
    return StateMachine("machine", {"StartAt": next(iter(states)), "States": states})


def start(of: StateMachine) -> Progress:
    return of.started("x", freeze({"n": 1}))


def active(execution: Execution) -> Active:
    assert isinstance(execution.at, Active)
    return execution.at


def test_a_task_hands_its_output_on() -> None:
    of = machine(
        first=task(Next="second"),
        second={
            "Type": "Choice",
            "Choices": [{"Variable": "$.n", "NumericEquals": 2, "Next": "done"}],
            "Default": "first",
        },
        done={"Type": "Succeed"},
    )
    begun = start(of)
    assert view(begun.started[0].event) == {"input": {"n": 1}, "name": "first"}

    again = of.returned(begun.execution, (), freeze([[{"n": 1}]]))
    assert active(again.execution).state == "first"

    ended = of.returned(again.execution, (), freeze([[{"n": 2}]]))
    assert ended.execution.at == Ended(freeze({"n": 2}))


def test_the_first_retrier_that_names_an_error_decides() -> None:
    of = machine(
        work=task(
            End=True,
            Retry=[
                {"ErrorEquals": ["Never"], "MaxAttempts": 0},
                {"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 2},
            ],
        )
    )
    execution = start(of).execution
    assert of.failed(execution, (), "Never").execution.at == Ended("", "Never", "")
    assert of.failed(execution, (), TIMEOUT).execution.at == Ended("", TIMEOUT, "")
    for used in (1, 2):
        progress = of.failed(execution, (), "Crash")
        execution = progress.execution
        assert active(execution).retries == (0, used)
        assert len(progress.started) == 1
    assert of.failed(execution, (), "Crash").execution.at == Ended("", "Crash", "")


def test_a_catcher_puts_the_error_where_its_result_path_says() -> None:
    catch = [
        {"ErrorEquals": ["Keep"], "Next": "after", "ResultPath": None},
        {"ErrorEquals": ["Beside"], "Next": "after", "ResultPath": "$.error"},
        {"ErrorEquals": ["States.ALL"], "Next": "after"},
    ]
    of = machine(work=task(End=True, Catch=catch), after=task(End=True))
    execution, error = start(of).execution, {"Error": "Any", "Cause": "why"}

    def caught(name: str) -> Any:
        return view(active(of.failed(execution, (), name, "why").execution).input)

    assert caught("Keep") == {"n": 1}
    assert caught("Beside") == {"n": 1, "error": {**error, "Error": "Beside"}}
    assert caught("Any") == error


def test_a_wait_ends_with_its_token_and_gives_its_invocation_up() -> None:
    of = machine(work={**task(End=True), "Resource": f"{TASK}.waitForTaskToken"})
    begun = start(of)
    ((path, waiting),) = waits(begun.execution)

    ended = of.answered(begun.execution, path, freeze({"Payload": [["answer"]]}))
    assert ended.execution.at == Ended(freeze("answer"))
    assert ended.given_up == (waiting.invocation,)

    returned = of.returned(begun.execution, (), freeze([["ignored"]]))
    assert [found.token for _, found in waits(returned.execution)] == [waiting.token]


def test_a_repeated_wait_has_another_token() -> None:
    retry = [{"ErrorEquals": ["States.ALL"]}]
    of = machine(work={**task(End=True, Retry=retry), "Resource": f"{TASK}.waitForTaskToken"})
    begun = start(of)

    again = of.failed(begun.execution, (), "Crash")

    assert active(again.execution).token != active(begun.execution).token


def test_a_map_ends_with_all_its_branches_or_with_the_first_that_fails() -> None:
    of = machine(list=task(Next="all"), all=fan_out(0))
    begun = of.returned(start(of).execution, (), freeze([[["a", "b"]]]))
    assert [view(invoke.event)["input"] for invoke in begun.started] == ["a", "b"]

    half = of.returned(begun.execution, (0,), freeze([["A"]])).execution
    assert of.returned(half, (1,), freeze([["B"]])).execution.at == Ended(freeze(["A", "B"]))

    failed = of.failed(begun.execution, (0,), "Crash", "why")
    assert failed.execution.at == Ended("", "Crash", "why")
    assert begun.started[1].number in failed.given_up


def test_a_map_begins_no_more_branches_than_may_run_at_once() -> None:
    of = machine(list=task(Next="all"), all=fan_out(2))
    begun = of.returned(start(of).execution, (), freeze([[["a", "b", "c"]]]))
    assert [view(invoke.event)["input"] for invoke in begun.started] == ["a", "b"]

    third = of.returned(begun.execution, (1,), freeze([["B"]]))
    assert [(invoke.path, view(invoke.event)["input"]) for invoke in third.started] == [((2,), "c")]

    last = of.returned(third.execution, (2,), freeze([["C"]]))
    assert last.started == ()
    ended = of.returned(last.execution, (0,), freeze([["A"]]))
    assert ended.execution.at == Ended(freeze(["A", "B", "C"]))


def test_a_redrive_begins_what_had_not_ended_once_more() -> None:
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}]
    of = machine(list=task(Next="all"), all=fan_out(2, Retry=retry))
    begun = of.returned(start(of).execution, (), freeze([[["a", "b", "c"]]]))
    half = of.returned(begun.execution, (0,), freeze([["A"]])).execution
    used = of.failed(half, (1,), "Crash").execution

    stopped = of.stopped(used, "Stopped").execution
    redriven = of.redriven(stopped, active(used))

    assert [invoke.path for invoke in redriven.started] == [(1,), (2,)]
    assert of.failed(redriven.execution, (1,), "Crash").started[0].path == (1,)


def test_paths_and_templates() -> None:
    assert select("$", 1) == 1
    assert select("$.a.b[1]", {"a": {"b": [1, 2]}}) == 2
    assert fill({"x": [{"y.$": "$.a"}], "z": 1}, {"a": 2}, {}) == {"x": [{"y": 2}], "z": 1}
