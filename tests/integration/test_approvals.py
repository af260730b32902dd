"""Executions that wait for somebody's answer, on the deployed stack."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from cqrs.approvals.models import TOKEN, ApprovalStatus
from cqrs.errors import ApprovalAnswered, ApprovalExpired
from tests.integration.closures import Closures, waiting
from tests.integration.deployed import Deployed, wait_for

pytestmark = pytest.mark.verifiable

PEOPLE = 8


@pytest.fixture(scope="module", autouse=True)
def patience(deployed: Deployed) -> Iterator[None]:
    """No request expires while a busy machine gets to it."""
    with waiting(deployed, 900):
        yield


@pytest.fixture
def closures(deployed: Deployed, tenant: str) -> Closures:
    return Closures(deployed, tenant)


def listed(closures: Closures) -> list[str]:
    return [request.key.sk for request in closures.approvals.list_pending(closures.tenant).requests]


def test_what_is_approved_is_done(closures: Closures):
    key = closures.ask()
    assert wait_for(lambda: listed(closures) or None, "the request to be listed") == [key.sk]

    answered = closures.approvals.approve(key, "ann", "the runway is under water")

    ended = closures.end(key)
    assert (ended.status, ended.output["outcome"], ended.output["by"]) == (
        "SUCCEEDED",
        "closed",
        "ann",
    )
    assert closures.is_closed()
    assert answered.status is ApprovalStatus.APPROVED
    wait_for(lambda: None if listed(closures) else True, "the list to be empty")


def test_what_is_rejected_is_not_done_and_recorded(closures: Closures):
    key = closures.ask()

    closures.approvals.reject(key, "bob", "it has dried up")

    ended = closures.end(key)
    assert ended.output == {"outcome": "rejected", "by": "bob", "reason": "it has dried up"}
    assert not closures.is_closed()
    recorded = closures.deployed.services.data.get(
        f"AIRPORT_CLOSURE#{closures.tenant}", "AIRPORT_CLOSURE#KIX"
    )
    assert recorded is not None
    assert recorded.attributes["by"] == "bob"


def test_the_state_gets_the_answer_as_it_was_given(closures: Closures):
    key = closures.ask()
    answered = closures.approvals.approve(key, "ann", "雨")

    closures.end(key)
    since = closures.deployed.services.step_functions.describe(closures.execution(key)).started
    outputs = closures.deployed.services.step_functions.task_outputs(closures.execution(key), since)
    assert {"Payload": [[answered.answer()]]} in outputs


def test_a_second_answer_is_told_the_first(closures: Closures):
    key = closures.ask()
    first = closures.approvals.approve(key, "ann")

    assert closures.approvals.approve(key, "ann") == first
    with pytest.raises(ApprovalAnswered, match=f"APPROVED by ann at {first.answered_at}"):
        closures.approvals.reject(key, "bob", "no")
    closures.end(key)
    assert closures.approvals.approve(key, "ann") == first
    assert closures.is_closed()


def test_of_people_who_answer_at_once_exactly_one_wins(closures: Closures):
    key = closures.ask()
    together = Barrier(PEOPLE)

    def answer(person: int) -> str | None:
        together.wait()
        try:
            if person % 2:
                closures.approvals.approve(key, f"p{person}")
            else:
                closures.approvals.reject(key, f"p{person}", "no")
        except ApprovalAnswered:
            return None
        return f"p{person}"

    with ThreadPoolExecutor(PEOPLE) as pool:
        winners = [winner for winner in pool.map(answer, range(PEOPLE)) if winner]

    (winner,) = winners
    ended = closures.end(key)
    assert ended.output["by"] == winner
    assert closures.is_closed() is bool(int(winner[1:]) % 2)
    assert closures.approvals.get_request(key).answered_by == winner


def test_one_person_who_answers_many_times_at_once_is_heard_once(closures: Closures):
    key = closures.ask()
    together = Barrier(PEOPLE)

    def approve(_number: int) -> tuple[str | None, bool]:
        together.wait()
        found = closures.approvals.approve(key, "ann")
        return found.answered_at, bool(found.delivered_at)

    with ThreadPoolExecutor(PEOPLE) as pool:
        answers = set(pool.map(approve, range(PEOPLE)))

    assert len(answers) == 1
    assert answers.pop()[1] is True
    assert closures.end(key).output["outcome"] == "closed"


@pytest.mark.emulator_only("changes a state machine")
def test_a_request_that_nobody_answers_expires_by_its_own_branch(
    deployed: Deployed, closures: Closures
):
    with waiting(deployed, 3):
        key = closures.start("KIX")
        ended = closures.end(key)

    assert (ended.status, ended.output) == (
        "SUCCEEDED",
        {"outcome": "expired", "status": "EXPIRED"},
    )
    request = closures.approvals.get_request(key)
    assert request.status is ApprovalStatus.EXPIRED
    assert "States.Timeout" in request.cause
    assert not closures.is_closed()
    with pytest.raises(ApprovalExpired, match="is SUCCEEDED"):
        closures.approvals.approve(key, "ann")


@pytest.mark.usefixtures("stops")
def test_the_requests_of_a_stopped_execution_are_closed(closures: Closures):
    key = closures.ask()

    stop = closures.deployed.services.step_functions.stop
    assert stop(closures.execution(key), "Withdrawn", "no longer wanted") is True

    request = closures.with_status(key, ApprovalStatus.EXPIRED)
    assert "ended as ABORTED" in request.cause
    with pytest.raises(ApprovalExpired, match=r"is ABORTED \(Withdrawn: no longer wanted\)"):
        closures.approvals.approve(key, "ann")
    assert not closures.is_closed()
    assert stop(closures.execution(key), "Withdrawn", "again") in {True, False}


def test_a_request_that_is_closed_ends_the_wait(closures: Closures):
    key = closures.ask()

    closures.approvals.close(key, "the airport was sold")

    ended = closures.end(key)
    assert ended.output == {"outcome": "expired", "status": "EXPIRED"}
    assert closures.approvals.get_request(key).cause == "the airport was sold"


def test_a_heartbeat_reaches_a_state_that_waits(closures: Closures):
    key = closures.ask()

    assert closures.approvals.heartbeat(key).status is ApprovalStatus.PENDING
    closures.approvals.approve(key, "ann")
    with pytest.raises(ApprovalAnswered):
        closures.approvals.heartbeat(key)


def test_an_answer_that_was_received_and_not_noted_is_noted(closures: Closures):
    """As when the process ends between the two."""
    key = closures.ask()
    services = closures.deployed.services
    token = closures.stored(key)[TOKEN]
    answered = closures.approvals._records.answer(key, ApprovalStatus.APPROVED, "ann", "")
    request = closures.approvals.get_request(key)
    assert services.step_functions.send_task_success(token, request.answer()) is True
    closures.end(key)

    again = closures.approvals.approve(key, "ann")

    assert (again.answered_at, bool(again.delivered_at)) == (answered.request.answered_at, True)
    assert closures.is_closed()


def test_people_answer_by_direct_invocation_too(closures: Closures):
    key = closures.ask()
    token = closures.stored(key)[TOKEN]

    def call(action: str, **payload: str) -> str:
        answer, problem = closures.deployed.invoke(
            {"source": "direct", "action": action, "payload": payload}
        )
        assert problem is None
        assert token not in str(answer)
        return str(answer["status"])

    assert call("get_approval", id=str(key)) == "ok"
    assert call("list_pending_approvals", tenant=key.tenant) == "ok"
    assert call("heartbeat_approval", id=str(key)) == "ok"
    assert call("approve", id=str(key), by="ann") == "ok"
    assert call("reject", id=str(key), by="bob", reason="no") == "error"
    assert call("close_approval", id=str(key)) == "ok"
    assert closures.end(key).output["outcome"] == "closed"
