from __future__ import annotations

import pytest

from app import application
from app.country_report import (
    COUNTRY_REPORT,
    CountryReportEvent,
    CountryReportEventFactory,
    CountryReportWorkflow,
    ReportRequest,
    ReportState,
)
from cqrs.errors import UnsupportedEventError, ValidationError
from cqrs.services import Services
from tests.unit.execution import state_event

REQUEST = {"tenant": "acme", "country": "Japan"}
MACHINE = f"test-cqrs-{COUNTRY_REPORT}"


@pytest.fixture(autouse=True)
def deployed(settings, clients, monkeypatch):
    """The sample application on this test's tables."""
    services = Services(
        settings, clients, application._sync_handlers, read_models=application._read_models
    )
    monkeypatch.setitem(application.__dict__, "services", services)


@pytest.fixture
def airports():
    for iata, city in {"KIX": "Osaka", "HND": "Tokyo", "NRT": "Tokyo"}.items():
        publish(iata, city)


def publish(iata, city, *, is_deleted=False):
    application.commands.publish_sync(
        "AIRPORT#acme",
        f"AIRPORT#{iata}",
        attributes={"country": "Japan", "city": city},
        is_deleted=is_deleted,
    )


def state_call(state, state_input=None, given=None):
    return state_event(
        state, state_input, execution_input=REQUEST if given is None else given, machine=MACHINE
    )


def call(state, state_input=None, given=None):
    """The answer of a state of the report."""
    (event,) = CountryReportEventFactory().transform_step_function(
        state_call(state, state_input, given)
    )
    return getattr(CountryReportWorkflow(), state)(event)


# The event and its factory


def test_the_factory_makes_the_workflow_s_event_of_its_own_machine():
    called = state_call("process", {"status": "initialized"})

    (event,) = CountryReportEventFactory().transform_step_function(called)

    assert isinstance(event, CountryReportEvent)
    assert (event.context, event.input, event.task_token) == (called.context, called.input, None)
    assert event.request == ReportRequest("acme", "Japan")


@pytest.mark.parametrize("machine", ["command-handler", "task-handler", "import-csv", "other"])
def test_the_factory_leaves_other_machines_alone(machine):
    called = state_event("process", None, execution_input={}, machine=f"test-cqrs-{machine}")

    assert CountryReportEventFactory().transform_step_function(called) == ()


@pytest.mark.parametrize(
    "given",
    [
        None, [], "acme", 5, {}, {"tenant": "acme"}, {"country": "Japan"},
        {"tenant": "", "country": "Japan"}, {"tenant": "acme", "country": ["Japan"]},
    ],
)  # fmt: skip
def test_a_request_that_is_none_is_refused(given):
    with pytest.raises(ValidationError, match="it needs tenant and country, as in") as refusal:
        ReportRequest.parse(given)

    assert repr(given) in str(refusal.value)


# The states


@pytest.mark.usefixtures("airports")
def test_the_states_make_a_report_one_after_the_other():
    initialized = call("initialize", REQUEST)
    assert initialized == {"status": "initialized", "airports": 3}

    processed = call("process", initialized)
    assert processed == {
        "status": "processed",
        "airports": 3,
        "cities": 2,
        "largest_cities": {"Tokyo": 2, "Osaka": 1},
    }

    pk, sk = "COUNTRY_REPORT#acme", "COUNTRY_REPORT#Japan"
    expected = {"status": "completed", "pk": pk, "sk": sk, "version": 1}
    assert call("finalize", processed) == expected
    assert call("finalize", processed) == expected
    report = application.data.get(pk, sk)
    assert report.version == 1
    assert report.attributes == {
        **REQUEST, "airports": 3, "cities": 2, "largest_cities": {"Tokyo": 2, "Osaka": 1},
    }  # fmt: skip


@pytest.mark.usefixtures("airports")
def test_airports_that_are_gone_do_not_count():
    publish("KIX", "Osaka", is_deleted=True)

    assert call("process")["largest_cities"] == {"Tokyo": 2}


def test_a_country_without_airports_is_an_error_result():
    assert call("initialize") == {
        "status": "error",
        "error": "NoAirports",
        "cause": "acme has no airport in Japan: publish some first.",
    }


def test_a_caught_error_is_told_with_the_function_s_message():
    caught = {"Error": "ValidationError", "Cause": '{"errorMessage": "It is none."}'}

    assert call("handle_error", {"error": caught}) == {
        "status": "error",
        "error": "ValidationError",
        "cause": "It is none.",
    }


# The application


def payload(state, machine=MACHINE):
    event = state_call(state)
    context = event.context
    return {
        "source": "step-function",
        "context": {
            "Execution": {
                "Id": context.execution.id,
                "Name": context.execution.name,
                "Input": REQUEST,
                "StartTime": context.execution.start_time,
            },
            "State": {"Name": state, "EnteredTime": "", "RetryCount": 0},
            "StateMachine": {"Id": machine, "Name": machine},
        },
        "input": REQUEST,
    }


@pytest.mark.usefixtures("airports")
def test_the_application_serves_the_machine():
    (answer,) = application.handle(payload(ReportState.INITIALIZE))

    assert answer == [{"status": "initialized", "airports": 3}]


def test_a_state_without_a_method_is_refused_by_its_name():
    with pytest.raises(UnsupportedEventError, match="has no method 'count'"):
        application.handle(payload("count"))
