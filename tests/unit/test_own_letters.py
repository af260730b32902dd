"""Dead letters of what an application declares for itself, with the command line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cqrs.services import Services
from stacks.declarations import resources
from stacks.declarations.resources import OwnQueue
from tests.unit.conftest import PREFIX, MotoClients
from tests.unit.letters import Function, Letters, record
from tests.unit.operating import Operator

OWN = "queue:jobs table:orders stream:orders table:notes topic:news"
EVENT = {"Records": [{"EventSource": "aws:sns"}]}


@pytest.fixture
def own_services(settings, clients: MotoClients) -> Services:
    for queue in ("jobs", "jobs-dlq", "orders-dlq", "events-dlq"):
        clients.sqs.create_queue(QueueName=f"{PREFIX}{queue}")
    return Services(replace(settings, own_resources=OWN), clients)


@pytest.fixture
def cqrs(own_services, monkeypatch, capsys) -> Operator:
    return Operator(own_services, monkeypatch, capsys)


@pytest.fixture
def function(clients: MotoClients) -> Function:
    made = Function()
    clients.__dict__["lambda_"] = made
    return made


def failed_event(event: Any = EVENT) -> dict[str, Any]:
    """Lambda's record of an asynchronous invocation that failed each time."""
    return {
        "requestContext": {"condition": "RetriesExhausted", "approximateInvokeCount": 3},
        "requestPayload": event,
        "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
        "responsePayload": {"errorMessage": "no"},
    }


def test_all_sources_are_listed(cqrs, clients):
    Letters(clients, "jobs").add("{}", error="ValidationError", reason="no tenant")
    Letters(clients, "orders").add({"record": record(1)})
    Letters(clients, "events").add(failed_event())

    rows = {row["source"]: row for row in cqrs.items("dead-letters")}

    assert set(rows) == {"jobs", "orders", "events"}
    assert (rows["jobs"]["error"], rows["jobs"]["reason"]) == ("ValidationError", "no tenant")
    assert (rows["events"]["error"], rows["events"]["reason"]) == ("RetriesExhausted", "Unhandled")


def test_a_message_goes_back_to_its_queue(cqrs, clients):
    letters = Letters(clients, "jobs")
    letters.add("work", error="ValidationError", reason="no tenant")

    (row,) = cqrs.items("redrive", "jobs")

    assert row["result"] == "given back"
    assert letters.visible == []
    url = clients.sqs.get_queue_url(QueueName=f"{PREFIX}jobs")["QueueUrl"]
    (message,) = clients.sqs.receive_message(QueueUrl=url)["Messages"]
    assert message["Body"] == "work"


def test_a_record_is_replayed_whatever_it_is(cqrs, clients, function):
    letters = Letters(clients, "orders")
    letters.add({"record": record(1, event="REMOVE", mode="")})

    (row,) = cqrs.items("redrive", "orders")

    assert row["result"] == "given back"
    assert function.sequence_numbers == ["1"]
    assert letters.visible == []


def test_an_event_is_sent_again(cqrs, clients, function):
    letters = Letters(clients, "events")
    letters.add(failed_event())

    (row,) = cqrs.items("redrive", "events")

    assert row["result"] == "given back"
    assert function.events == [EVENT]
    assert letters.visible == []


def test_an_event_that_fails_again_stays_with_the_reason(cqrs, clients, function):
    letters = Letters(clients, "events")
    letters.add(failed_event())

    def answer(_event: dict[str, Any]) -> Any:
        raise RuntimeError("no country")

    function.answer = answer
    (row,) = cqrs.items("redrive", "events", code=1)

    assert row["result"].startswith("left there: ")
    assert "no country" in row["result"]
    assert len(letters.visible) == 1


@pytest.mark.parametrize("body", ["x", "[]", "{}"])
def test_a_letter_without_an_event_stays(cqrs, clients, function, body):
    letters = Letters(clients, "events")
    letters.add(body)

    (row,) = cqrs.items("redrive", "events", code=1)

    assert row["result"].startswith("unreadable, left there: ")
    assert function.events == []
    assert letters.visible == [body]


def test_one_is_given_up(cqrs, clients):
    letters = Letters(clients, "jobs")
    letters.add("work")

    (row,) = cqrs.items("discard", "jobs", "--all", "--reason", "test", "--yes")

    assert row["result"] == "discarded"
    assert letters.visible == []


def test_the_doctor_tells_of_them(cqrs, clients):
    Letters(clients, "jobs").add("work")

    ended = cqrs.run("--json", "doctor")

    (finding,) = ended.document["items"]
    assert finding["subject"] == "jobs"
    assert "redrive jobs" in finding["repair"]


@pytest.mark.parametrize("name", ["job", "notes", "news", "x"])
def test_what_has_no_dead_letters_is_refused_with_what_has(cqrs, name):
    ended = cqrs.run("redrive", name)

    assert ended.code == 2
    told = " ".join(ended.err.replace("│", " ").split())
    assert "jobs, orders, events" in told


@pytest.mark.usefixtures("own_services")
def test_without_outputs_they_are_what_stacks_app_declares(settings, clients, monkeypatch, capsys):
    declared = (OwnQueue(name="jobs"), OwnQueue(name="more", environments=frozenset({"prod"})))
    monkeypatch.setattr(resources, "own_resources", lambda: declared)
    Letters(clients, "jobs").add("work")
    cqrs = Operator(Services(settings, clients), monkeypatch, capsys)

    assert [row["source"] for row in cqrs.items("dead-letters")] == ["jobs"]
    (row,) = cqrs.items("redrive", "jobs")
    assert row["result"] == "given back"
