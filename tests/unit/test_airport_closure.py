from __future__ import annotations

import pytest

from app import application
from app.airport_closure import AIRPORT_CLOSURE, AirportClosureWorkflow
from cqrs.approvals.keys import ApprovalKey
from cqrs.errors import NotFoundError, ValidationError
from cqrs.services import Services
from tests.unit.execution import state_event
from tests.unit.waiting_executions import WaitingExecutions

CLOSURE = {"tenant": "acme", "airport": "KIX", "reason": "flooded"}
ANSWER = {"approved": True, "request_id": "x", "by": "ann", "reason": "wet", "at": "2026-01-01"}
TOKEN = "token-of-the-wait"
KEY = ApprovalKey.make("acme", "x")


@pytest.fixture(autouse=True)
def executions(settings, clients, monkeypatch) -> WaitingExecutions:
    """The sample application on this test's tables."""
    clients.recorded = WaitingExecutions()
    services = Services(
        settings, clients, application._sync_handlers, read_models=application._read_models
    )
    monkeypatch.setitem(application.__dict__, "services", services)
    services.commands.publish_sync(
        "AIRPORT#acme",
        "AIRPORT#KIX",
        name="Kansai",
        attributes={"country": "Japan", "city": "Osaka"},
    )
    return clients.recorded


def call(state, state_input=None, given=CLOSURE, token=None):
    """The answer of a state of the closure."""
    event = state_event(
        state,
        state_input,
        execution_input=given,
        machine=f"test-cqrs-{AIRPORT_CLOSURE}",
        token=token,
    )
    return getattr(AirportClosureWorkflow(), state)(event)


def airport():
    return application.data.get("AIRPORT#acme", "AIRPORT#KIX")


def test_people_are_asked_what_to_close_and_why(executions):
    executions.wait("x", TOKEN)
    call("request_approval", call("find_airport"), token=TOKEN)

    request = application.approvals.get_request(KEY)
    assert request.title == "Close Kansai: flooded"
    assert request.subject == {**CLOSURE, "name": "Kansai", "city": "Osaka"}


def test_nobody_is_asked_about_an_airport_that_does_not_exist():
    with pytest.raises(NotFoundError, match="AIRPORT#NRT does not exist"):
        call("find_airport", given={**CLOSURE, "airport": "NRT"})


@pytest.mark.parametrize("given", [None, [], {}, {**CLOSURE, "reason": ""}])
def test_what_is_no_closure_is_refused(given):
    with pytest.raises(ValidationError, match="needs tenant, airport and reason"):
        call("find_airport", given=given)


def test_an_airport_is_closed_once_with_what_it_says():
    first = call("close_airport", ANSWER)
    again = call("close_airport", ANSWER)

    assert first == again == {"outcome": "closed", "version": 2, "by": "ann"}
    assert (airport().is_deleted, airport().name) == (True, "Kansai")
    assert airport().attributes == {"country": "Japan", "city": "Osaka"}


def test_what_another_publisher_changes_meanwhile_stays(requests):
    changed = {"country": "Japan", "city": "Izumisano"}
    requests.before_next(
        "TransactWriteItems",
        lambda: application.commands.publish_sync(
            "AIRPORT#acme", "AIRPORT#KIX", name="Kansai International", attributes=changed
        ),
    )

    closed = call("close_airport", ANSWER)

    assert closed["version"] == airport().version == 3
    assert (airport().is_deleted, airport().name) == (True, "Kansai International")
    assert airport().attributes == changed


def test_an_airport_that_is_gone_cannot_be_closed():
    with pytest.raises(NotFoundError, match="AIRPORT#NRT does not exist"):
        call("close_airport", ANSWER, given={**CLOSURE, "airport": "NRT"})


def test_a_rejection_is_recorded_once_and_the_airport_stays_open():
    answer = {**ANSWER, "approved": False}
    outcome = call("record_rejection", answer)
    call("record_rejection", answer)

    assert outcome == {"outcome": "rejected", "by": "ann", "reason": "wet"}
    recorded = application.data.get("AIRPORT_CLOSURE#acme", "AIRPORT_CLOSURE#KIX")
    assert (recorded.version, recorded.attributes) == (1, {"asked": "flooded", **answer})
    assert airport().is_deleted is False


@pytest.mark.parametrize(("cause", "told"), [("", ""), ("no heartbeat", ": no heartbeat")])
def test_a_request_that_nobody_answered_is_closed(executions, cause, told):
    executions.wait("x", TOKEN)
    call("request_approval", call("find_airport"), token=TOKEN)
    caught = {"error": {"Error": "States.Timeout", "Cause": cause}}

    assert call("expire", caught) == {"outcome": "expired", "status": "EXPIRED"}
    assert call("expire", caught) == {"outcome": "expired", "status": "EXPIRED"}
    request = application.approvals.get_request(KEY)
    assert request.cause == f"Nobody answered in time (States.Timeout{told})."


def test_any_other_error_is_told():
    caught = {"error": {"Error": "KeyError", "Cause": '{"errorMessage": "gone"}'}}

    assert call("handle_error", caught) == {"status": "error", "error": "KeyError", "cause": "gone"}
