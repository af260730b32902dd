"""The limits of the function, of queues and of executions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from cqrs.application import Application
from tests.limits.account import Account
from tests.limits.deployment import Deployment, deployed
from tests.limits.function import FunctionOf
from tests.limits.machines import Machine
from tests.limits.quotas import quotas_of

ARN = "arn:aws:states:ap-northeast-1:1:stateMachine:prod-cqrs-tried"
QUEUE = "prod-cqrs-import-action-queue"


@pytest.fixture(scope="module")
def deployment() -> Deployment:
    return deployed("prod")


class Scripted(Application):
    """An application that does what a test says."""

    act: Callable[[Any], Any] = staticmethod(lambda _: None)

    def handle(self, event: Any, remaining_milliseconds: Any = None, invoked_arn: str = "") -> Any:
        del remaining_milliseconds, invoked_arn
        return self.act(event)


@pytest.fixture
def account(deployment: Deployment) -> Iterator[Account]:
    account = Account(deployment, quotas_of("tokyo"), 1)
    account.function._make = lambda: Scripted(deployment.settings)
    with account.at_work():
        yield account


def does(monkeypatch: pytest.MonkeyPatch, act: Callable[[Any], Any]) -> None:
    monkeypatch.setattr(Scripted, "act", staticmethod(act))


def task(**fields: Any) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"Payload": {"input.$": "$"}},
        "OutputPath": "$.Payload",
        "End": True,
        **fields,
    }


def execution(account: Account, state: dict[str, Any], *, seconds: float, **fields: Any) -> Any:
    definition = {"StartAt": "only", "States": {"only": state}, **fields}
    account.step_functions.machines[ARN] = Machine("tried", ARN, definition, is_express=False)
    account.step_functions.start_execution(stateMachineArn=ARN, name="one", input="{}")
    account.clock.run(seconds)
    (made,) = account.step_functions.executions.values()
    return made


def told(account: Account) -> tuple[list[str], Callable[..., None]]:
    kinds: list[str] = []
    del account
    return kinds, lambda kind, _value, _cause: kinds.append(kind)


def test_more_invocations_than_the_concurrency_are_throttled(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    does(monkeypatch, lambda _: account.clock.sleep(5.0))
    account.function.limit = 3
    kinds, tell = told(account)
    for _ in range(5):
        account.function.invoke({}, tell)
    account.clock.run(1.0)
    assert kinds == ["throttled", "throttled"]
    account.clock.run(20.0)
    assert kinds == ["throttled"] * 2 + ["returned"] * 3


def test_an_invocation_ends_at_its_timeout(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = []

    def work(_event: Any) -> None:
        account.clock.sleep(100.0)
        done.append("late")

    does(monkeypatch, work)
    kinds, tell = told(account)
    account.function.invoke({}, tell)
    account.clock.run(200.0)
    assert kinds == ["failed"]
    assert not done
    assert account.function.running == 0


def test_a_state_repeats_with_the_pauses_of_its_retrier(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    times: list[float] = []

    def fail(_event: Any) -> None:
        times.append(account.clock.now)
        raise KeyError("never")

    does(monkeypatch, fail)
    retrier = {
        "ErrorEquals": ["KeyError"],
        "IntervalSeconds": 10,
        "MaxAttempts": 4,
        "BackoffRate": 2.0,
        "MaxDelaySeconds": 30,
    }
    made = execution(account, task(Retry=[retrier]), seconds=1000.0)
    assert (made.status, made.error) == ("FAILED", "KeyError")
    pauses = [later - before for before, later in pairwise(times)]
    assert pauses == pytest.approx([10, 20, 30, 30], abs=1)


def test_an_execution_times_out_while_it_waits_for_transitions(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    does(monkeypatch, lambda _: None)
    for _ in range(800 * 31):
        account.step_functions._transitions.reserve()
    made = execution(account, task(), seconds=60.0, TimeoutSeconds=20)
    assert made.status == "TIMED_OUT"
    assert made.ended_at == pytest.approx(20.0)


def test_a_history_that_is_full_ends_its_execution(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_event: Any) -> None:
        raise KeyError("never")

    does(monkeypatch, fail)
    retrier = {"ErrorEquals": ["KeyError"], "MaxAttempts": 99_999, "MaxDelaySeconds": 1}
    made = execution(account, task(Retry=[retrier]), seconds=20_000.0)
    assert (made.status, made.error) == ("FAILED", "States.Runtime")
    assert made.ended_at == pytest.approx(25_000 / 3, rel=0.1)


def hops_until_stopped(account: Account, monkeypatch: pytest.MonkeyPatch) -> int:
    seen: list[Any] = []

    def send_on(event: Any) -> None:
        seen.append(event)
        account.queues.send_message(QueueUrl=f"/{QUEUE}", MessageBody="again")

    does(monkeypatch, send_on)
    account.queues.send_message(QueueUrl=f"/{QUEUE}", MessageBody="first")
    account.clock.run(60.0)
    return len(seen)


def test_the_recursion_guard_stops_a_message_that_leads_to_itself(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.function.of = without_loops(account.function.of)
    assert hops_until_stopped(account, monkeypatch) == 16
    assert account.dead_letters == {f"{QUEUE}-dlq": 1}


def test_the_recursion_guard_can_be_told_to_allow_it(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.function.of = replace(account.function.of, is_recursion_allowed=True)
    assert hops_until_stopped(account, monkeypatch) > 100


def without_loops(of: FunctionOf) -> FunctionOf:
    return replace(of, is_recursion_allowed=False)


def test_a_message_that_keeps_failing_becomes_a_dead_letter(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = []

    def fail(_event: Any) -> None:
        times.append(account.clock.now)
        raise KeyError("never")

    does(monkeypatch, fail)
    account.queues.send_message(QueueUrl=f"/{QUEUE}", MessageBody=json.dumps({}))
    account.clock.run(86_400.0)
    queue = account.queues.all[QUEUE].of
    assert len(times) == queue.most_receives
    assert times[1] - times[0] == pytest.approx(queue.visibility_seconds, abs=2)
    assert account.dead_letters == {f"{QUEUE}-dlq": 1}
    assert account.waiting == 0
