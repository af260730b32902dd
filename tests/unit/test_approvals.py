"""Approval requests from their making to their end, with executions that wait for the answers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cqrs.application import Application
from cqrs.approvals.indexes import LISTING
from cqrs.approvals.keys import ApprovalKey
from cqrs.approvals.models import ApprovalRequest, ApprovalStatus, WaitingState
from cqrs.aws.item_store import Put, Update
from cqrs.core.execution_names import execution_name
from cqrs.errors import (
    ApprovalAnswered,
    ApprovalExpired,
    NotFoundError,
    TransientError,
    UnsupportedEventError,
    ValidationError,
)
from cqrs.services import Services
from tests.unit.crashing import Crash, Crasher
from tests.unit.execution import state_event
from tests.unit.waiting_executions import EXECUTION, WaitingExecutions

TENANT = "acme"
KEY = ApprovalKey.make(TENANT, "close-JFK")
SUBJECT = {"airport": "JFK", "days": 3}
TOKEN = "token-of-the-first-wait"


@pytest.fixture(autouse=True)
def pauses(monkeypatch) -> list[float]:
    """Pauses that were made; none takes time."""
    made: list[float] = []
    monkeypatch.setattr(time, "sleep", made.append)
    return made


@pytest.fixture
def executions(clients) -> WaitingExecutions:
    clients.recorded = WaitingExecutions()
    return clients.recorded


@pytest.fixture
def application(settings, clients, executions) -> Application:  # noqa: ARG001
    application = Application(settings, clients)
    application.workflow("airport-closure")(type("Closure", (), {}))
    return application


@pytest.fixture
def approvals(application):
    return application.approvals


def waiting(
    executions: WaitingExecutions, name: str = "run", token: str = TOKEN, attempt: int = 0
) -> WaitingState:
    arn = executions.wait(name, token)
    return WaitingState(token, arn, f"000000#2026-01-01T00:00:00Z#{attempt:06}", 3600)


@pytest.fixture
def request_(approvals, executions) -> ApprovalRequest:
    """A request that an execution waits for."""
    return approvals.create_approval_request(KEY, "Close JFK", SUBJECT, waiting(executions))


def stored(application: Application, key: ApprovalKey = KEY) -> dict[str, Any]:
    services = application.services
    return services.store.get(services.settings.approvals_table, key.pk, key.sk)


def told(application: Application) -> list[tuple[str, str]]:
    """Notifications since the last look: request id and status."""
    services, found = application.services, []
    while True:
        answer = services.clients.sqs.receive_message(
            QueueUrl=services.settings.notification_queue_url, MaxNumberOfMessages=10
        )
        if not answer.get("Messages"):
            return found
        for message in answer["Messages"]:
            body = json.loads(message["Body"])
            assert (body["action"], body["pk"]) == ("approval-status", f"APPROVAL#{TENANT}")
            assert "token" not in message["Body"].lower()
            found.append((body["sk"], body["content"]["status"]))
            services.clients.sqs.delete_message(
                QueueUrl=services.settings.notification_queue_url,
                ReceiptHandle=message["ReceiptHandle"],
            )


def pending(approvals) -> list[ApprovalKey]:
    return [request.key for request in approvals.list_pending(TENANT).requests]


class TestAsking:
    def test_a_request_is_stored_told_and_listed(self, application, approvals, request_):
        assert request_.status is ApprovalStatus.PENDING
        assert (request_.title, request_.subject) == ("Close JFK", SUBJECT)
        assert request_.execution == f"{EXECUTION}run"
        assert request_.created_at < request_.expires_at
        assert approvals.get_request(KEY) == request_
        assert pending(approvals) == [KEY]
        assert told(application) == [(KEY.sk, "PENDING")]

    def test_it_expires_from_the_table_when_its_wait_and_the_days_are_over(
        self, settings, clients, executions
    ):
        services = Services(replace(settings, approvals_ttl_days=2), clients)
        before = int(time.time())

        services.approvals.create_approval_request(KEY, "Close", SUBJECT, waiting(executions))

        item = services.store.get(settings.approvals_table, KEY.pk, KEY.sk)
        assert 0 <= item["ttl"] - before - 2 * 86_400 - 3600 < 60

    def test_repeating_it_writes_nothing_and_tells_again(
        self, application, approvals, executions, request_
    ):
        before = stored(application)

        again = approvals.create_approval_request(KEY, "Other", {}, waiting(executions))

        assert (again, stored(application)) == (request_, before)
        assert told(application) == [(KEY.sk, "PENDING")] * 2

    @pytest.mark.usefixtures("request_")
    def test_the_newest_attempt_of_a_state_gets_the_answer(self, approvals, executions):
        executions.time_out(TOKEN)
        approvals.create_approval_request(
            KEY, "Close JFK", SUBJECT, waiting(executions, "run", "second", 1)
        )

        approvals.approve(KEY, "ann")

        assert set(executions.results) == {"second"}

    def test_an_attempt_that_comes_late_does_not_take_the_place_of_a_newer_one(
        self, application, approvals, executions
    ):
        first = waiting(executions)
        second = waiting(executions, "run", "second", 1)
        approvals.create_approval_request(KEY, "Close JFK", SUBJECT, second)
        approvals.create_approval_request(KEY, "Close JFK", SUBJECT, first)

        assert stored(application)["taskToken"] == "second"

    @pytest.mark.usefixtures("request_")
    def test_a_state_that_asks_again_after_the_answer_gets_it_at_once(self, approvals, executions):
        answered = approvals.approve(KEY, "ann", "fine")
        again = waiting(executions, "run", "second", 1)

        found = approvals.create_approval_request(KEY, "Close JFK", SUBJECT, again)

        assert executions.results["second"] == executions.results[TOKEN]
        assert (found.status, found.answered_at) == (answered.status, answered.answered_at)
        assert pending(approvals) == []

    @pytest.mark.usefixtures("request_")
    def test_a_request_that_expired_is_pending_again_for_a_new_attempt(self, approvals, executions):
        executions.time_out(TOKEN)
        with pytest.raises(ApprovalExpired):
            approvals.reject(KEY, "ann", "no")
        again = waiting(executions, "run", "second", 1)

        found = approvals.create_approval_request(KEY, "Close JFK", SUBJECT, again)

        assert (found.status, found.answered_by, found.cause) == ("PENDING", None, None)
        assert approvals.approve(KEY, "bob").answered_by == "bob"
        assert executions.results["second"]["approved"] is True

    @pytest.mark.usefixtures("request_")
    def test_another_execution_cannot_take_over_a_request(self, approvals, executions):
        with pytest.raises(ValidationError, match="a request id of its own"):
            approvals.create_approval_request(
                KEY, "Close JFK", SUBJECT, waiting(executions, "other", "other")
            )

    @pytest.mark.parametrize(
        ("title", "subject", "reason"),
        [
            ("", {}, "title is ''"),
            (None, {}, "title is None"),
            ("x" * 201, {}, "at most 200"),
            ("\ud800", {}, "half of a surrogate pair"),
            ("x", [], "subject is a list"),
            ("x", {"at": {1}}, "subject.at is a set"),
            ("x", {"photo": "x" * 358_392}, "takes 358,401 bytes; at most 358,400 are allowed"),
        ],
    )
    def test_what_cannot_be_asked_is_refused_and_nothing_is_written(
        self, application, approvals, executions, title, subject, reason
    ):
        with pytest.raises(ValidationError, match=reason):
            approvals.create_approval_request(KEY, title, subject, waiting(executions))

        assert stored(application) is None

    @pytest.mark.parametrize("subject", [{"photo": "x" * 358_391}, {"photo": "東" * 119_463}])
    def test_the_largest_leaves_room_for_the_longest_answer_and_end(
        self, approvals, executions, subject
    ):
        widest = "\U0001f6eb"
        key = ApprovalKey.make(widest * 64, widest * 200)
        approvals.create_approval_request(
            key, widest * 200, subject, waiting(executions, "run", "t" * 2048)
        )
        executions.time_out("t" * 2048)

        with pytest.raises(ApprovalExpired):
            approvals.approve(key, widest * 256, widest * 4000)

        found = approvals.get_request(key)
        assert (found.status, found.subject) == (ApprovalStatus.EXPIRED, subject)
        assert (found.answered_by, found.reason) == (widest * 256, widest * 4000)
        assert found.cause.startswith(f"{widest * 256} answered APPROVED")

    @pytest.mark.parametrize("key", [str(KEY), KEY.sk, None, (KEY.pk, KEY.sk)])
    @pytest.mark.parametrize(
        "call",
        [
            lambda approvals, key: approvals.create_approval_request(key, "Close", {}, None),
            lambda approvals, key: approvals.get_request(key),
            lambda approvals, key: approvals.approve(key, "ann"),
            lambda approvals, key: approvals.reject(key, "ann", "no"),
            lambda approvals, key: approvals.deliver(key),
            lambda approvals, key: approvals.heartbeat(key),
            lambda approvals, key: approvals.close(key),
        ],
    )
    def test_a_request_is_named_by_its_key(self, approvals, call, key):
        with pytest.raises(ValidationError, match=r"Make one by ApprovalKey\.parse"):
            call(approvals, key)

    def test_a_state_tells_its_token_execution_attempt_and_timeout(self):
        event = state_event("ask", {}, execution_input={}, token=TOKEN)

        found = WaitingState.of(event)

        assert (found.token, found.execution) == (TOKEN, event.context.execution.id)
        assert found.since == f"000000#{event.context.state.entered_time}#000000"
        assert TOKEN not in repr(found)
        with pytest.raises(UnsupportedEventError, match="sends no task token"):
            WaitingState.of(state_event("ask", {}, execution_input={}))


@pytest.mark.usefixtures("request_")
class TestAnswering:
    @pytest.mark.parametrize("status", ["APPROVED", "REJECTED"])
    def test_the_execution_gets_the_answer_with_who_why_and_when(
        self, application, approvals, executions, status
    ):
        answer = approvals.approve if status == "APPROVED" else approvals.reject

        answered = answer(KEY, "ann", "wind")

        assert (answered.status, answered.answered_by, answered.reason) == (status, "ann", "wind")
        assert executions.results == {
            TOKEN: {
                "approved": status == "APPROVED",
                "request_id": KEY.sk,
                "by": "ann",
                "reason": "wind",
                "at": answered.answered_at,
            }
        }
        assert answered.answered_at <= answered.delivered_at
        assert approvals.get_request(KEY) == answered
        assert pending(approvals) == []
        assert told(application) == [(KEY.sk, "PENDING"), (KEY.sk, status)]
        assert "taskToken" not in stored(application)

    def test_it_costs_six_requests(self, approvals, executions, requests, clients):
        sent = []
        clients.sqs.meta.events.register("before-call", lambda model, **_: sent.append(model.name))
        requests.operations.clear()
        approvals.approve(KEY, "ann")

        assert requests.operations == ["GetItem", "UpdateItem", "UpdateItem"]
        assert executions.operations == ["DescribeExecution", "SendTaskSuccess"]
        assert sent == ["SendMessage"]

    def test_the_same_answer_again_is_the_recorded_one(self, approvals, executions, request_):
        first = approvals.approve(KEY, "ann", "fine")
        executions.end(request_.execution, "SUCCEEDED")
        executions.operations.clear()

        assert approvals.approve(KEY, "ann", "another reason") == first
        assert executions.operations == []

    @pytest.mark.parametrize(
        "second",
        [
            lambda approvals: approvals.approve(KEY, "bob"),
            lambda approvals: approvals.reject(KEY, "ann", "no"),
            lambda approvals: approvals.heartbeat(KEY),
        ],
        ids=["another person", "another answer", "heartbeat"],
    )
    def test_any_other_answer_is_told_the_first(self, approvals, executions, second):
        first = approvals.approve(KEY, "ann")

        with pytest.raises(ApprovalAnswered) as refused:
            second(approvals)

        assert (refused.value.by, refused.value.status) == ("ann", "APPROVED")
        assert f"was APPROVED by ann at {first.answered_at}" in str(refused.value)
        assert executions.results[TOKEN]["approved"] is True

    def test_of_two_people_who_answer_at_once_one_wins(self, approvals, executions, requests):
        requests.before_next("UpdateItem", lambda: approvals.reject(KEY, "bob", "no"))

        with pytest.raises(ApprovalAnswered, match="REJECTED by bob"):
            approvals.approve(KEY, "ann")

        assert executions.results[TOKEN]["approved"] is False

    def test_an_answer_whose_reply_got_lost_counts_as_delivered(
        self, approvals, executions, monkeypatch
    ):
        deliver = executions.send_task_success

        def lose(**request: Any) -> None:
            deliver(**request)
            deliver(**request)  # as the SDK does when it hears nothing

        monkeypatch.setattr(executions, "send_task_success", lose)

        answered = approvals.approve(KEY, "ann")

        assert (answered.status, bool(answered.delivered_at)) == ("APPROVED", True)
        assert executions.operations.count("GetExecutionHistory") == 1

    def test_an_answer_that_comes_too_late_is_told_and_the_request_expires(
        self, application, approvals, executions, pauses
    ):
        executions.time_out(TOKEN)

        with pytest.raises(ApprovalExpired, match=r"is RUNNING\. ann answered APPROVED at"):
            approvals.approve(KEY, "ann")

        found = approvals.get_request(KEY)
        assert (found.status, found.answered_by) == ("EXPIRED", "ann")
        assert pending(approvals) == []
        assert told(application)[-1] == (KEY.sk, "EXPIRED")
        assert executions.operations.count("GetExecutionHistory") == len(pauses) > 1

    def test_another_tasks_answer_is_not_taken_for_this_one(self, approvals, executions):
        other = ApprovalKey.make(TENANT, "other")
        approvals.create_approval_request(other, "Other", {}, waiting(executions, "run", "other"))
        approvals.approve(other, "ann")
        executions.time_out(TOKEN)

        with pytest.raises(ApprovalExpired):
            approvals.approve(KEY, "ann")

    def test_an_answer_to_an_execution_that_ended_closes_its_request(
        self, application, approvals, executions, request_
    ):
        executions.end(request_.execution, "FAILED", "States.Runtime", "broken")

        with pytest.raises(ApprovalExpired, match=r"is FAILED \(States\.Runtime: broken\)"):
            approvals.approve(KEY, "ann")

        found = approvals.get_request(KEY)
        assert (found.status, found.answered_by) == ("EXPIRED", None)
        assert "had ended before anybody answered" in found.cause
        assert told(application)[-1] == (KEY.sk, "EXPIRED")
        with pytest.raises(ApprovalExpired, match="had ended before"):
            approvals.reject(KEY, "bob", "no")

    def test_an_execution_that_step_functions_has_forgotten_is_over(
        self, approvals, executions, request_
    ):
        executions.forget(request_.execution)

        with pytest.raises(ApprovalExpired, match="is no longer known"):
            approvals.approve(KEY, "ann")

    @pytest.mark.parametrize(
        ("call", "reason"),
        [
            (lambda approvals: approvals.approve(KEY, ""), "by is ''"),
            (lambda approvals: approvals.approve(KEY, "x" * 257), "at most 256"),
            (lambda approvals: approvals.approve(KEY, "ann", None), "reason is None"),
            (lambda approvals: approvals.approve(KEY, "ann", "x" * 4001), "at most 4000"),
            (lambda approvals: approvals.reject(KEY, "ann", ""), "say why"),
            (lambda approvals: approvals.reject(KEY, "ann", " "), "reason is ' '"),
            (lambda approvals: approvals.close(KEY, ""), "cause is ''"),
        ],
    )
    def test_what_is_no_answer_is_refused(self, approvals, request_, call, reason):
        with pytest.raises(ValidationError, match=reason):
            call(approvals)

        assert approvals.get_request(KEY) == request_


@pytest.mark.usefixtures("request_")
class TestHeartbeat:
    def test_it_reaches_the_state_that_waits(self, approvals, executions, request_):
        assert approvals.heartbeat(KEY) == request_
        assert executions.heartbeats == [TOKEN]

    def test_where_nobody_waits_the_request_expires(self, approvals, executions):
        executions.time_out(TOKEN)

        with pytest.raises(ApprovalExpired, match="when a heartbeat came"):
            approvals.heartbeat(KEY)
        with pytest.raises(ApprovalExpired):
            approvals.heartbeat(KEY)

        assert approvals.get_request(KEY).status is ApprovalStatus.EXPIRED

    def test_an_unknown_token_closes_nothing_while_its_execution_runs(
        self, approvals, executions, request_
    ):
        executions.forget_token(TOKEN)

        with pytest.raises(TransientError, match="its execution runs: try again"):
            approvals.heartbeat(KEY)

        assert approvals.get_request(KEY) == request_

    def test_an_unknown_token_of_an_execution_that_ended_closes_the_request(
        self, approvals, executions, request_
    ):
        executions.forget_token(TOKEN)
        executions.end(request_.execution, "ABORTED")

        with pytest.raises(ApprovalExpired, match="is ABORTED"):
            approvals.heartbeat(KEY)

        assert approvals.get_request(KEY).status is ApprovalStatus.EXPIRED

    def test_a_state_that_was_retried_meanwhile_gets_it(self, approvals, executions, requests):
        executions.time_out(TOKEN)
        second = waiting(executions, "run", "second", 1)

        def retried() -> None:
            approvals.create_approval_request(KEY, "Close JFK", SUBJECT, second)

        requests.before_next("GetItem", lambda: requests.before_next("GetItem", retried))
        approvals.heartbeat(KEY)

        assert executions.heartbeats == ["second"]


@pytest.mark.usefixtures("request_")
class TestClosing:
    def test_a_state_that_still_waits_is_told(self, application, approvals, executions):
        closed = approvals.close(KEY, "no longer needed")

        assert (closed.status, closed.cause) == ("EXPIRED", "no longer needed")
        assert executions.failures == {TOKEN: "ApprovalExpired"}
        assert pending(approvals) == []
        assert approvals.close(KEY).cause == "no longer needed"
        assert told(application) == [(KEY.sk, "PENDING"), (KEY.sk, "EXPIRED")]

    def test_an_answered_request_stays_answered(self, approvals, executions):
        answered = approvals.approve(KEY, "ann")

        assert approvals.close(KEY) == answered
        assert executions.failures == {}

    def test_an_answer_that_was_not_delivered_is_delivered(
        self, application, approvals, executions
    ):
        crash_at(application, executions, lambda: approvals.approve(KEY, "ann"), position=3)
        assert executions.results == {}

        assert approvals.close(KEY).delivered_at
        assert executions.results[TOKEN]["by"] == "ann"

    def test_it_may_be_delivered_by_itself(self, application, approvals, executions):
        with pytest.raises(ValidationError, match="approve or reject it"):
            approvals.deliver(KEY)
        crash_at(application, executions, lambda: approvals.approve(KEY, "ann"), position=3)

        delivered = approvals.deliver(KEY)

        assert delivered.delivered_at
        assert executions.results[TOKEN]["by"] == "ann"
        assert approvals.deliver(KEY) == delivered

    def test_another_answer_is_told_that_the_first_was_not_delivered(
        self, application, approvals, executions
    ):
        crash_at(application, executions, lambda: approvals.approve(KEY, "ann"), position=3)

        with pytest.raises(ApprovalAnswered, match="`cqrs doctor --fix` delivers it, or ann by"):
            approvals.reject(KEY, "bob", "no")

        approvals.deliver(KEY)
        with pytest.raises(ApprovalAnswered) as refused:
            approvals.reject(KEY, "bob", "no")
        assert "doctor" not in str(refused.value)

    def test_an_answer_to_one_try_of_a_state_is_no_answer_to_the_next(
        self, application, approvals, executions, requests
    ):
        crash_at(application, executions, lambda: approvals.approve(KEY, "ann"), position=3)
        executions.time_out(TOKEN)
        second = waiting(executions, "run", "second", 1)

        def begin_anew() -> None:
            approvals.close(KEY)
            approvals.create_approval_request(KEY, "Close JFK", SUBJECT, second)

        requests.before_next("UpdateItem", begin_anew)
        with pytest.raises(ApprovalExpired, match="another try of it asks again"):
            approvals.approve(KEY, "ann")

        assert executions.results == {}
        assert approvals.get_request(KEY).status is ApprovalStatus.PENDING

    def test_an_answer_that_can_no_longer_be_delivered_expires(
        self, application, approvals, executions
    ):
        crash_at(application, executions, lambda: approvals.approve(KEY, "ann"), position=3)
        executions.time_out(TOKEN)

        assert approvals.close(KEY).status is ApprovalStatus.EXPIRED

    @pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED"])
    def test_the_requests_of_an_execution_that_ended_are_closed(
        self, application, approvals, executions, request_, status
    ):
        keys = [ApprovalKey.make(TENANT, f"part-{number}") for number in range(3)]
        for number, key in enumerate(keys):
            approvals.create_approval_request(
                key, "Part", {}, waiting(executions, token=f"part-{number}")
            )
        other = ApprovalKey.make(TENANT, "other")
        approvals.create_approval_request(other, "Other", {}, waiting(executions, "x", "x"))
        approvals.approve(keys[0], "ann")
        executions.end(request_.execution, status)

        assert end(application, status) is None

        found = {key.sk: approvals.get_request(key).status for key in (KEY, *keys, other)}
        assert found == {
            KEY.sk: "EXPIRED",
            "part-0": "APPROVED",
            "part-1": "EXPIRED",
            "part-2": "EXPIRED",
            "other": "PENDING",
        }
        assert f"ended as {status}" in approvals.get_request(KEY).cause

    def test_more_requests_than_a_query_finds_are_all_closed(
        self, application, approvals, executions, monkeypatch
    ):
        monkeypatch.setattr("cqrs.approvals.ended_executions.CLOSED_TOGETHER", 2)
        keys = [ApprovalKey.make(TENANT, f"part-{number}") for number in range(5)]
        for key in keys:
            approvals.create_approval_request(key, "x", {}, waiting(executions, token=key.sk))
        executions.end(f"{EXECUTION}run", "ABORTED")

        end(application, "ABORTED")

        assert {approvals.get_request(key).status for key in keys} == {ApprovalStatus.EXPIRED}

    def test_requests_of_executions_with_like_names_are_left(
        self, application, approvals, executions
    ):
        names = ("run", "run!", "ru")
        keys = [ApprovalKey.make(TENANT, str(number)) for number in range(len(names))]
        for key, name in zip(keys, names, strict=True):
            approvals.create_approval_request(key, "x", {}, waiting(executions, name, name))
        executions.end(f"{EXECUTION}run", "FAILED")

        end(application, "FAILED")

        statuses = [approvals.get_request(key).status for key in keys]
        assert statuses == ["EXPIRED", "PENDING", "PENDING"]

    def test_an_execution_that_succeeded_or_asked_for_nothing_is_left(
        self, application, approvals, request_
    ):
        end(application, "SUCCEEDED")
        end(application, "FAILED", name="another")

        assert approvals.get_request(KEY) == request_

    @pytest.mark.usefixtures("request_")
    def test_what_a_redriven_execution_asks_while_its_end_is_told_stays_open(
        self, application, approvals, executions
    ):
        first = replace(waiting(executions), since="000000#2026-01-01T00:00:00Z#000000")
        executions.end(first.execution, "ABORTED")
        later = replace(first, since="000001#2026-01-01T01:00:00Z#000000")
        redriven = iter([replace(later, token="anew")])  # noqa: S106 - names a wait

        def redrive(**_call: Any) -> None:
            for again in redriven:
                executions.end(first.execution, "RUNNING")
                executions.wait("run", "anew")
                approvals.create_approval_request(KEY, "Close JFK", SUBJECT, again)

        executions.meta.events.register("after-call", redrive)
        end(application, "ABORTED")

        assert approvals.get_request(KEY).status is ApprovalStatus.PENDING
        approvals.approve(KEY, "ann")
        assert executions.results["anew"]["by"] == "ann"

    def test_the_machine_needs_no_class(self, settings, clients, approvals, executions, request_):
        executions.end(request_.execution, "ABORTED")

        end(Application(settings, clients), "ABORTED")

        assert approvals.get_request(KEY).status == "EXPIRED"

    def test_a_machine_of_another_environment_is_refused(self, application):
        machine = application.services.settings.state_machine_arn("closure")
        with pytest.raises(
            UnsupportedEventError, match=r"status of executions of .*-other-closure"
        ):
            end(application, "FAILED", machine=machine.replace("-cqrs-", "-other-"))


@pytest.mark.parametrize(
    "call",
    [
        lambda approvals: approvals.approve(KEY, "ann"),
        lambda approvals: approvals.reject(KEY, "ann", "no"),
        lambda approvals: approvals.heartbeat(KEY),
        lambda approvals: approvals.close(KEY),
    ],
)
def test_a_request_that_does_not_exist_is_told(approvals, call):
    assert approvals.get_request(KEY) is None
    with pytest.raises(NotFoundError, match="There is no approval request APPROVAL#acme/"):
        call(approvals)


def end(
    application: Application, status: str, name: str = "run", machine: str | None = None
) -> None:
    """Deliver EventBridge's report of an execution's end."""
    settings = application.services.settings
    detail = {
        "stateMachineArn": machine or settings.state_machine_arn("airport-closure"),
        "name": name,
        "status": status,
        "input": "{}",
    }
    application.handle(
        {
            "id": "1",
            "source": "aws.states",
            "detail-type": "Step Functions Execution Status Change",
            "detail": detail,
        }
    )


def test_pending_requests_come_in_pages_newest_first(approvals, executions, monkeypatch):
    keys = []
    for number in range(5):
        moment = f"2026-01-01T00:00:0{number // 2}.000Z"
        monkeypatch.setattr("cqrs.approvals.records.now_iso", lambda moment=moment: moment)
        keys.append(ApprovalKey.make(TENANT, f"r{number}"))
        approvals.create_approval_request(
            keys[-1], "x", {}, waiting(executions, f"r{number}", f"t{number}")
        )

    first = approvals.list_pending(TENANT, limit=2)
    second = approvals.list_pending(TENANT, limit=2, cursor=first.cursor)
    third = approvals.list_pending(TENANT, limit=2, cursor=second.cursor)

    pages = [[request.key for request in page.requests] for page in (first, second, third)]
    assert pages == [keys[:2:-1], keys[2:0:-1], keys[:1]]
    assert third.cursor is None
    assert approvals.list_pending("other").requests == []
    for limit in (0, 101):
        with pytest.raises(ValidationError, match="1 to 100"):
            approvals.list_pending(TENANT, limit=limit)


def test_requests_that_are_over_come_in_pages_by_their_ids(approvals, executions):
    keys = [ApprovalKey.make(TENANT, f"r{number}") for number in range(4)]
    for number, key in enumerate(keys):
        asked = waiting(executions, f"r{number}", f"t{number}")
        approvals.create_approval_request(key, "x", {}, asked)
    for key in (keys[3], keys[0]):
        approvals.approve(key, "Ann")

    first = approvals.list_over(TENANT, limit=2)
    second = approvals.list_over(TENANT, limit=2, cursor=first.cursor)

    assert [request.key for request in first.requests] == [keys[0]]
    assert [request.key for request in second.requests] == [keys[3]]
    assert approvals.list_over("other").requests == []
    for cursor in ("", "W10=", "nonsense"):
        with pytest.raises(ValidationError, match="does not belong to this list"):
            approvals.list_over(TENANT, cursor=cursor)


def test_requests_that_others_have_dated_are_listed_too(approvals, services, settings, executions):
    keys = []
    for number, since in enumerate(["\U0010ffff#a", "2026-11-25T05:00:25Z#b", "\0#c"]):
        key = ApprovalKey.make(TENANT, f"r{number}")
        approvals.create_approval_request(key, "x", {}, waiting(executions, f"r{number}", "t"))
        update = Update(settings.approvals_table, key.pk, key.sk, {"pendingSince": since})
        services.store.update(update)
        keys.append(key)

    pages, cursor = [], None
    for _ in keys:
        page = approvals.list_pending(TENANT, limit=1, cursor=cursor)
        cursor = page.cursor
        pages.append([request.key for request in page.requests])

    assert pages == [[key] for key in keys]
    assert cursor is None


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_copies_of_a_request_hide_none(approvals, services, settings, executions, limit):
    older, copied = (ApprovalKey.make(TENANT, name) for name in ("older", "copied"))
    for key in (older, copied):
        approvals.create_approval_request(key, "x", {}, waiting(executions, "r", "t"))
    item = services.store.get(settings.approvals_table, copied.pk, copied.sk)
    copies = [ApprovalKey.make(TENANT, f"copy-{number}") for number in range(2 * limit + 5)]
    for copy in copies:
        services.store.put(Put(settings.approvals_table, {**item, "sk": copy.sk}))

    named, cursor = [], None
    while True:
        page = approvals.list_pending(TENANT, limit=limit, cursor=cursor)
        named += [request.key for request in page.requests]
        named += [ApprovalKey(*damaged.key.split("/", 1)) for damaged in page.damaged]
        cursor = page.cursor
        if cursor is None:
            break

    assert sorted(named) == sorted([older, copied, *copies])


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "~", "close-JFK", "2026-01-01", "2026-01-01T00:00:00.000Z", "0" * 26],
)
def test_what_is_no_cursor_is_refused(approvals, cursor):
    with pytest.raises(ValidationError, match="does not belong to this list"):
        approvals.list_pending(TENANT, cursor=cursor)


@pytest.mark.parametrize(
    "text", ["APPROVAL#acme/close-JFK", "APPROVAL#a/b/空港.1:x@y#z=+_", "APPROVAL#acme/close(ITM)!"]
)
def test_an_id_says_all_of_a_key(text):
    key = ApprovalKey.parse(text)

    assert str(key) == text
    assert ApprovalKey.make(key.tenant, key.request_id) == key


REFUSED_IN_EXECUTION_NAMES = '<>{}[]?*"#%\\^|~`$&,;:/'


@pytest.mark.parametrize(
    "name",
    [
        "".join(c for c in map(chr, range(33, 127)) if c not in REFUSED_IN_EXECUTION_NAMES),
        "閉鎖" * 40,
        execution_name("close (ITM)!", "acme", "ITM"),
    ],
)
def test_the_name_of_every_execution_is_a_request_id(approvals, executions, name):
    key = ApprovalKey.make(TENANT, name)

    approvals.create_approval_request(key, "x", {}, waiting(executions, name))

    assert pending(approvals) == [key]
    assert approvals.approve(ApprovalKey.parse(str(key)), "ann").delivered_at


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is not the id of an approval request"),
        ("close-JFK", "is not the id of an approval request"),
        ("TASK#acme/close-JFK", "is not the id of an approval request"),
        ("APPROVAL#acme/", "The request id '' must be"),
        ("APPROVAL#acme/\ud800", "The request id is not Unicode text"),
        ("APPROVAL#acme/" + "x" * 1025, "The request id 'xxx"),
        ("APPROVAL#/close-JFK", "The tenant is ''"),
        ("APPROVAL#a#b/close-JFK", "must have no #"),
    ],
)
def test_what_is_no_id_is_told(text, reason):
    with pytest.raises(ValidationError, match=reason):
        ApprovalKey.parse(text)


NOT_TAKEN_ANEW = ["", "a b", "a/b", "a\u3000b", "a\x85", "a\x1b", "x" * 201]


@pytest.mark.parametrize("request_id", [*NOT_TAKEN_ANEW, "\ud800", None])
def test_a_new_request_has_an_id_that_can_be_typed(approvals, executions, request_id):
    with pytest.raises(ValidationError, match="without spaces, slashes and control characters"):
        ApprovalKey.make(TENANT, request_id)
    with pytest.raises(ValidationError, match="without spaces, slashes and control characters"):
        approvals.create_approval_request(
            ApprovalKey(f"APPROVAL#{TENANT}", request_id), "x", {}, waiting(executions, "x")
        )


@pytest.mark.parametrize(
    ("tenant", "request_id"), [*((TENANT, each) for each in NOT_TAKEN_ANEW[1:]), ("a/b", "c/d e")]
)
def test_whatever_is_listed_is_found_by_its_id(approvals, executions, tenant, request_id):
    key = ApprovalKey(f"APPROVAL#{tenant}", request_id)
    approvals._records.create(key, "x", {}, waiting(executions, "x"))
    (listed,) = approvals.list_pending(tenant).requests

    assert approvals.key_of(str(listed.key)) == key
    assert approvals.close(approvals.key_of(str(listed.key))).status is ApprovalStatus.EXPIRED


def test_an_id_of_nothing_is_read_as_a_new_one():
    assert [*ApprovalKey.readings("APPROVAL#a/b/c")] == [
        ApprovalKey("APPROVAL#a/b", "c"),
        ApprovalKey("APPROVAL#a", "b/c"),
    ]


def change(application: Application, key: ApprovalKey = KEY, **attributes: Any) -> None:
    """Change an item by hand; None removes an attribute."""
    services = application.services
    removed = [name for name, value in attributes.items() if value is None]
    assigned = {name: value for name, value in attributes.items() if value is not None}
    table = services.settings.approvals_table
    services.store.update(Update(table, key.pk, key.sk, assigned, remove=removed))


@pytest.mark.usefixtures("request_")
class TestDamage:
    @pytest.mark.parametrize(
        "name",
        ["title", "subject", "status", "execution", "createdAt", "waitingSince", "taskToken"],
    )
    @pytest.mark.parametrize("value", [None, 5])
    def test_no_call_writes_to_a_damaged_request(
        self, application, approvals, executions, name, value
    ):
        change(application, **{name: value})
        before = stored(application)

        for call in (
            lambda: approvals.get_request(KEY),
            lambda: approvals.approve(KEY, "ann"),
            lambda: approvals.reject(KEY, "ann", "no"),
            lambda: approvals.heartbeat(KEY),
            lambda: approvals.close(KEY),
            lambda: approvals.create_approval_request(KEY, "x", {}, waiting(executions)),
        ):
            with pytest.raises(ValidationError, match=f"{KEY} is damaged: its attribute {name} "):
                call()

        assert stored(application) == before
        assert (executions.operations, executions.results) == ([], {})

    @pytest.mark.parametrize(
        ("attributes", "says"),
        [
            ({"status": "LOST"}, "'LOST' is not a valid ApprovalStatus"),
            ({"status": "APPROVED"}, "its attribute answeredBy is missing"),
            (
                {"status": "APPROVED", "answeredBy": "ann", "reason": "", "answeredAt": "soon"},
                "Invalid isoformat string: 'soon'",
            ),
            (
                {
                    "status": "REJECTED",
                    "answeredBy": "a",
                    "reason": "b",
                    "answeredAt": "2026-01-01",
                },
                "answeredAt has no time zone",
            ),
            ({"deliveredAt": "2026-01-01T00:00:00.000Z"}, "it is PENDING and has deliveredAt"),
            ({"answeredBy": "ann"}, "it is PENDING and has answeredBy"),
            ({"taskToken": ""}, "its attribute taskToken is empty"),
            ({"execution": ""}, "its attribute execution is empty"),
        ],
    )
    def test_what_no_step_can_have_written_is_told(self, application, approvals, attributes, says):
        change(application, **attributes)

        with pytest.raises(ValidationError, match=says):
            approvals.approve(KEY, "ann")

    def test_one_that_says_it_was_answered_is_closed_by_nobody(self, application, approvals):
        change(application, deliveredAt="2026-01-01T00:00:00.000Z")

        with pytest.raises(ValidationError, match="it is PENDING and has deliveredAt"):
            approvals.close(KEY)

    def test_a_pending_one_that_nobody_lists_needs_its_token_too(self, application, approvals):
        change(application, **dict.fromkeys(("taskToken", *LISTING)))

        with pytest.raises(ValidationError, match="its attribute taskToken is missing"):
            approvals.heartbeat(KEY)

    def test_it_does_not_hide_the_others(self, application, approvals, executions):
        sound = ApprovalKey.make(TENANT, "sound")
        ask(approvals, executions, sound)
        change(application, execution=None)

        page = approvals.list_pending(TENANT)

        assert [request.key for request in page.requests] == [sound]
        assert [damaged.key for damaged in page.damaged] == [str(KEY)]
        assert "its attribute execution is missing" in page.damaged[0].problem

    def test_it_does_not_keep_others_open_when_the_execution_ends(
        self, application, approvals, executions, request_, caplog
    ):
        damaged, newest = [ApprovalKey.make(TENANT, name) for name in ("damaged", "newest")]
        for key in (damaged, newest):
            approvals.create_approval_request(key, "x", {}, waiting(executions, token=key.sk))
        change(application, damaged, title=None)
        executions.end(request_.execution, "ABORTED")

        end(application, "ABORTED")

        statuses = {approvals.get_request(key).status for key in (KEY, newest)}
        assert statuses == {ApprovalStatus.EXPIRED}
        (warned,) = caplog.records
        assert (warned.levelname, warned.request) == ("WARNING", str(damaged))
        assert "its attribute title is missing" in warned.error

    def test_a_mended_request_can_be_answered(self, application, approvals, executions):
        token = stored(application)["taskToken"]
        change(application, taskToken=None)
        with pytest.raises(ValidationError, match="Mend its item"):
            approvals.approve(KEY, "ann")

        change(application, taskToken=token)

        assert approvals.approve(KEY, "ann").delivered_at
        assert executions.results[token]["approved"] is True


# Direct invocations


def invoke(application: Application, action: str, **payload: Any) -> Any:
    answer = application.handle({"source": "direct", "action": action, "payload": payload})
    assert TOKEN not in json.dumps(answer)
    return answer


@pytest.mark.usefixtures("request_")
def test_every_call_may_be_made_directly(application):
    key = str(KEY)

    listed = invoke(application, "list_pending_approvals", tenant=TENANT)["result"]
    read = invoke(application, "get_approval", id=key)["result"]
    beaten = invoke(application, "heartbeat_approval", id=key)["result"]
    approved = invoke(application, "approve", id=key, by="ann", reason="fine")["result"]
    refused = invoke(application, "reject", id=key, by="bob", reason="no")
    closed = invoke(application, "close_approval", id=key)["result"]

    assert [request["id"] for request in listed["requests"]] == [key]
    assert "subject" not in listed["requests"][0]
    assert (read["status"], read["subject"]) == ("PENDING", SUBJECT)
    assert beaten == read
    assert (approved["status"], approved["answered_by"]) == ("APPROVED", "ann")
    assert (refused["status"], refused["error"]) == ("error", "ApprovalAnswered")
    assert closed == approved
    assert invoke(application, "get_approval", id="APPROVAL#acme/other")["result"] is None


# Crashes


def crash_at(
    application: Application,
    executions: WaitingExecutions,
    call: Callable[[], object],
    position: int,
    moment: str = "before-call",
) -> bool:
    """Make a call whose process ends at a request; whether it had that many."""
    clients = application.services.clients
    crasher = Crasher((clients.dynamodb, clients.sqs, executions), moment, position)
    try:
        call()
    except Crash:
        pass
    finally:
        crasher.disarm()
    return crasher.crashed


def ask(approvals, executions: WaitingExecutions, key: ApprovalKey) -> WaitingState:
    state = waiting(executions, key.sk, f"token-{key.sk}")
    approvals.create_approval_request(key, "Close", SUBJECT, state)
    return state


@pytest.mark.parametrize("moment", ["before-call", "after-call"])
def test_a_crash_at_any_request_of_an_answer_comes_to_the_same_end(
    application, approvals, executions, moment
):
    position, crashed = 0, True
    while crashed:
        key = ApprovalKey.make(TENANT, f"r{position}")
        state = ask(approvals, executions, key)
        told(application)

        def answer(key: ApprovalKey = key) -> ApprovalRequest:
            return approvals.reject(key, "ann", "wind")

        crashed = crash_at(application, executions, answer, position, moment)
        # All that is not over yet can be found.
        if crashed and approvals.get_request(key).delivered_at is None:
            assert pending(approvals) == [key], position
        answered = answer()

        assert executions.results[state.token] == answered.answer(), position
        assert (answered.status, bool(answered.delivered_at)) == ("REJECTED", True), position
        assert set(told(application)) == {(key.sk, "REJECTED")}, position
        assert pending(approvals) == [], position
        position += 1
    assert position == 7  # six requests, and once through


@pytest.mark.parametrize("moment", ["before-call", "after-call"])
def test_a_crash_at_any_request_of_an_answer_too_late_comes_to_the_same_end(
    application, approvals, executions, moment
):
    position, crashed = 0, True
    while crashed:
        key = ApprovalKey.make(TENANT, f"r{position}")
        executions.time_out(ask(approvals, executions, key).token)
        told(application)

        def answer(key: ApprovalKey = key) -> None:
            with pytest.raises(ApprovalExpired):
                approvals.approve(key, "ann")

        crashed = crash_at(application, executions, answer, position, moment)
        answer()

        found = approvals.get_request(key)
        assert (found.status, found.delivered_at) == ("EXPIRED", None), position
        assert set(told(application)) == {(key.sk, "EXPIRED")}, position
        assert pending(approvals) == [], position
        position += 1
    assert position > 10


@pytest.mark.parametrize("moment", ["before-call", "after-call"])
def test_a_crash_at_any_request_of_asking_or_closing_comes_to_the_same_end(
    application, approvals, executions, moment
):
    for name in ("ask", "close"):
        position, crashed = 0, True
        while crashed:
            key = ApprovalKey.make(TENANT, f"{name}{position}")
            state = waiting(executions, key.sk, key.sk)

            def asked(key: ApprovalKey = key, state: WaitingState = state) -> None:
                approvals.create_approval_request(key, "Close", SUBJECT, state)

            def closed(key: ApprovalKey = key) -> None:
                approvals.close(key, "over")

            if name == "close":
                asked()
            told(application)
            call = asked if name == "ask" else closed
            crashed = crash_at(application, executions, call, position, moment)
            call()

            status = "PENDING" if name == "ask" else "EXPIRED"
            assert approvals.get_request(key).status == status, position
            assert set(told(application)) == {(key.sk, status)}, position
            assert (key in pending(approvals)) is (name == "ask"), position
            position += 1
        assert position > 2


def test_a_later_wait_moves_the_expiry_of_its_request(settings, clients, executions):
    """A request that is asked again outlives that wait too."""
    services, week = Services(replace(settings, approvals_ttl_days=1), clients), 7 * 86_400
    first = replace(waiting(executions), timeout_seconds=week)
    services.approvals.create_approval_request(KEY, "Close", SUBJECT, first)
    services.approvals.close(KEY, "Nobody answered.")
    later = WaitingState(
        "token-2", executions.wait("run", "token-2"), "000000#2026-01-08T00:00:00Z#000000", 2 * week
    )

    services.approvals.create_approval_request(KEY, "Close", SUBJECT, later)

    item = services.store.get(settings.approvals_table, KEY.pk, KEY.sk)
    assert 0 <= item["ttl"] - time.time() - 86_400 - 2 * week + 60 < 120
