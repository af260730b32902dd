"""The keys that each line of the log has, by what the function is at work on."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from cqrs import Application, logger
from cqrs.events.types import DynamoDBStreamEvent, SqsEvent, StepFunctionsEvent
from cqrs.resources import Queue
from tests.unit.sample_events import sqs_event, state_payload, stream_event

COMMAND = {"pk": {"S": "AIRPORT#acme"}, "sk": {"S": "AIRPORT#JFK@2"}}
TASK = {"pk": "SFN_TASK#acme", "sk": "resize#01ARZ3NDEKTSV4RRFFQ69G5FAV#0001"}
JOB = {"pk": "CSV_IMPORT#acme", "sk": "airports#01ARZ3NDEKTSV4RRFFQ69G5FAV"}
OWN = {"command", "item", "task", "job", "tenant", "execution", "state", "action", "request"}

Keys = dict[str, str]


@pytest.fixture
def seen(settings, clients) -> Callable[[dict[str, Any]], Keys]:
    """The keys of lines while an event is handled."""
    application = Application(settings, clients)
    kept: list[Keys] = []

    def keep(_event: object) -> dict[str, str]:
        kept.append({name: str(value) for name, value in logger.get_current_keys().items()})
        return {}

    for kind in (DynamoDBStreamEvent, SqsEvent, StepFunctionsEvent):
        application.event_handler(kind)(keep)
    application.action("look")(lambda: keep(None))

    def ask(event: dict[str, Any]) -> Keys:
        # The function's entry point forgets what the invocation before was about.
        logger.remove_keys(list(OWN & logger.get_current_keys().keys()))
        before = set(logger.get_current_keys())
        application.handle(event)
        logger.remove_keys(list(set(logger.get_current_keys()) - before))
        return {name: value for name, value in kept.pop().items() if name in OWN}

    return ask


def test_a_command_of_a_stream(seen):
    assert seen(stream_event(COMMAND)) == {
        "command": "AIRPORT#acme AIRPORT#JFK@2",
        "tenant": "acme",
    }


@pytest.mark.parametrize(
    ("table", "kind", "key"), [("tasks", "task", TASK), ("import_tmp", "job", JOB)]
)
def test_work_of_a_stream(seen, table, kind, key):
    image = {name: {"S": value} for name, value in key.items()}

    told = seen(stream_event(image, table=f"test-cqrs-{table}"))

    assert told == {kind: f"{key['pk']}/{key['sk']}", "tenant": "acme"}


@pytest.mark.parametrize(
    ("queue", "kind", "key"), [(Queue.TASK_ACTION, "task", TASK), (Queue.IMPORT_ACTION, "job", JOB)]
)
def test_work_of_a_queue(seen, queue, kind, key):
    told = seen(sqs_event(json.dumps({**key, "part": "FILE"}), queue=f"test-cqrs-{queue}"))

    assert told == {kind: f"{key['pk']}/{key['sk']}", "tenant": "acme"}


@pytest.mark.parametrize("body", ["", "{", "[1]", "[" * 100_000, '{"pk": 1, "sk": null}'])
def test_a_message_that_names_nothing(seen, body):
    assert seen(sqs_event(body)) == {}


def state(machine: str, name: str, given: Any, execution_input: Any) -> dict[str, Any]:
    payload = state_payload(f"test-cqrs-{machine}", name)
    payload["input"] = given
    payload["context"]["Execution"]["Input"] = execution_input
    return payload


@pytest.mark.parametrize("lane", ["command-handler", "command-express"])
def test_a_state_of_a_command(seen, lane):
    key = {"pk": "AIRPORT#acme", "sk": "AIRPORT#JFK@2"}

    told = seen(state(lane, "sync_data", {**key, "handler": "data"}, key))

    assert (told["command"], told["state"]) == ("AIRPORT#acme AIRPORT#JFK@2", "sync_data")
    assert told["tenant"] == "acme"
    assert told["execution"]


def test_a_state_of_a_sub_task(seen):
    told = seen(state("task-handler", "iterator", TASK, None))

    assert told["task"] == "SFN_TASK#acme/resize#01ARZ3NDEKTSV4RRFFQ69G5FAV#0001"


def test_a_batch_of_an_import(seen):
    batch = {"Items": [], "BatchInput": {"Attributes": JOB}}

    told = seen(state("import-csv/import-csv", "csv_rows_handler", batch, None))

    assert told["job"] == "CSV_IMPORT#acme/airports#01ARZ3NDEKTSV4RRFFQ69G5FAV"


def test_a_state_of_a_workflow_of_the_applications_own(seen):
    told = seen(state("airport-closure", "ask", {}, {"tenant": "acme", "airport": "JFK"}))

    assert (told["state"], told["tenant"]) == ("ask", "acme")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"pk": "AIRPORT#acme", "sk": "AIRPORT#JFK"}, "acme"),
        ({"tenant": "acme", "pk": "AIRPORT#other"}, "acme"),
        ([{"pk": "AIRPORT#acme"}], "acme"),
        ({"tenant": ""}, None),
        ({"tenant": 7}, None),
        (None, None),
    ],
)
def test_the_tenant_of_a_state_is_the_executions(seen, given, told):
    assert seen(state("airport-closure", "ask", {"tenant": "other"}, given)).get("tenant") == told


def test_an_action(seen):
    event = {"source": "direct", "action": "look", "payload": {}}

    assert seen(event) == {"action": "look"}


def test_what_a_record_was_about_is_forgotten_with_it(seen):
    seen(stream_event(COMMAND))

    assert OWN & set(logger.get_current_keys()) == set()
