"""The airport-closure workflow, by its definition: people are asked, and what they say is done."""

from __future__ import annotations

import pytest

from app.airport_closure import AIRPORT_CLOSURE
from cqrs import ApprovalKey, NotFoundError
from cqrs.testing import ExecutionView, MemoryEnvironment

PK, SK = "AIRPORT#acme", "AIRPORT#KIX"
CLOSURE = {"tenant": "acme", "airport": "KIX", "reason": "flooded"}
REQUEST = ApprovalKey.make("acme", "kix")


@pytest.fixture(autouse=True)
def kansai(environment: MemoryEnvironment) -> None:
    environment.commands.publish(PK, SK, name="Kansai", attributes={"country": "Japan"})
    environment.settle()


def start(environment: MemoryEnvironment) -> ExecutionView:
    return environment.start_workflow(AIRPORT_CLOSURE, CLOSURE, "kix")


def test_an_airport_is_closed_when_somebody_approves(environment: MemoryEnvironment):
    waiting = start(environment)
    assert (waiting.status, waiting.states[-1]) == ("RUNNING", "request_approval")

    environment.approvals.approve(REQUEST, by="ann", reason="wet")
    environment.settle()

    closed = environment.execution(AIRPORT_CLOSURE)
    assert closed.states == ("find_airport", "request_approval", "decide", "close_airport")
    assert closed.output == {"outcome": "closed", "version": 2, "by": "ann"}
    assert environment.data.get(PK, SK).is_deleted
    told = [one.content["status"] for one in environment.notifications]
    assert told == ["PENDING", "APPROVED"]


def test_it_stays_open_when_somebody_rejects(environment: MemoryEnvironment):
    start(environment)
    environment.approvals.reject(REQUEST, by="ann", reason="dry again")
    environment.settle()

    assert environment.execution(AIRPORT_CLOSURE).states[-1] == "record_rejection"
    assert not environment.data.get(PK, SK).is_deleted


def test_a_request_that_nobody_answers_is_closed(environment: MemoryEnvironment):
    start(environment)
    seconds = environment.deployed.environment.approval.heartbeat_seconds

    environment.advance(seconds=seconds - 1)
    assert environment.execution(AIRPORT_CLOSURE).is_running

    environment.advance(seconds=1)
    assert environment.execution(AIRPORT_CLOSURE).output["outcome"] == "expired"
    assert environment.approvals.get_request(REQUEST).status == "EXPIRED"


def test_an_airport_that_is_not_there_fails_the_execution(environment: MemoryEnvironment):
    with environment.expect_failures(NotFoundError):
        failed = environment.start_workflow(AIRPORT_CLOSURE, {**CLOSURE, "airport": "NRT"})

    assert failed.states == ("find_airport", "handle_error", "failed")
    assert (failed.status, failed.error) == ("FAILED", "NotFoundError")
    assert "AIRPORT#NRT does not exist" in failed.cause
