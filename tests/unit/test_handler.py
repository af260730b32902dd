from __future__ import annotations

import io
import json
from types import SimpleNamespace

import boto3
import pytest

from app import application
from cqrs.core.keys import ItemKey
from cqrs.core.observability import logger
from cqrs.errors import UnsupportedEventError, ValidationError
from cqrs.read_models.service import ReadModels
from cqrs.services import Services
from handler import handler
from tests.unit.conftest import REGION
from tests.unit.sample_events import direct_event, sqs_event, state_payload, stream_event

PK, SK = "AIRPORT#acme", "AIRPORT#KIX"
CONTEXT = SimpleNamespace(
    function_name="test-cqrs-main",
    memory_limit_in_mb=512,
    invoked_function_arn=f"arn:aws:lambda:{REGION}:123456789012:function:test-cqrs-main",
    aws_request_id="da658bd3-2d6f-4e7b-8ec2-937234644fdc",
    get_remaining_time_in_millis=lambda: 60_000,
)
STATES = ("set_ttl_command", "history_copy", "transform_data")


@pytest.fixture
def function(settings, clients, monkeypatch):  # noqa: ARG001 - moto answers all clients
    """The function as Lambda starts it: all it knows is its environment."""
    for name, value in settings.to_environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    for cached in ("services", "_workflows"):
        monkeypatch.delitem(application.__dict__, cached, raising=False)
    yield lambda event: handler(json.loads(json.dumps(event)), CONTEXT)
    for cached in ("services", "_workflows"):
        application.__dict__.pop(cached, None)


@pytest.fixture
def states():
    """Step Functions on moto, with the command-handler state machine."""
    client = boto3.client("stepfunctions", region_name=REGION)
    client.create_state_machine(
        name="test-cqrs-command-handler",
        definition='{"StartAt": "done", "States": {"done": {"Type": "Succeed"}}}',
        roleArn="arn:aws:iam::123456789012:role/states",
    )
    return client


def started(states, settings):
    """Inputs of all executions."""
    answer = states.list_executions(stateMachineArn=settings.command_state_machine_arn)
    return [
        json.loads(states.describe_execution(executionArn=execution["executionArn"])["input"])
        for execution in answer["executions"]
    ]


def record_of(services, settings, key):
    image = services.clients.dynamodb.get_item(
        TableName=settings.commands_table, Key={"pk": {"S": key.pk}, "sk": {"S": key.sk}}
    )["Item"]
    return stream_event(image, table=settings.commands_table)


def call(function, state, execution_input, state_input=None, **more):
    payload = state_payload(state=state, **more) | {"input": state_input}
    payload["context"]["Execution"]["Input"] = execution_input
    return function(payload)


def test_a_published_command_starts_one_execution_though_it_is_delivered_twice(
    function, states, settings, services
):
    key = services.commands.publish(PK, SK, attributes={"country": "Japan"}, version=0).key
    event = record_of(services, settings, key)

    assert function(event) == {"batchItemFailures": []}
    assert function(event) == {"batchItemFailures": []}

    (given,) = started(states, settings)
    assert (given["pk"], given["sk"]) == (PK, f"{SK}@1")


def test_the_states_apply_a_command_with_the_registered_handlers(
    function, states, settings, services
):
    key = services.commands.publish(PK, SK, attributes={"country": "Japan"}, version=0).key
    function(record_of(services, settings, key))
    (given,) = started(states, settings)

    ((check,),) = call(function, "check_version", given)
    assert check == {"pk": PK, "sk": f"{SK}@1", "result": 3}
    for state in STATES:
        ((output,),) = call(function, state, given)
    assert [entry["handler"] for entry in output] == ["data", "airports_by_country"]
    for entry in output:
        assert call(function, "sync_data", given, entry) == [[entry]]
    call(function, "finish", given)

    assert services.data.get(PK, SK).version == 1
    listed = services.read_models.list("airports_by_country", "AIRPORTS_IN_Japan#acme")
    assert [entry.sk for entry in listed.entries] == [SK]
    assert services.commands.get(key).status == "FINISHED"


def test_a_direct_publish_is_answered_with_the_version_that_it_made(function, services):
    event = direct_event(
        "publish_sync", pk=PK, sk=SK, name="Kansai", attributes={"country": "Japan"}
    )

    first, again = function(event), function(event)

    assert first["status"] == again["status"] == "ok"
    assert first["result"] == {
        "pk": PK,
        "sk": f"{SK}@1",
        "version": 1,
        "changed": True,
        "request_id": services.data.get(PK, SK).request_id,
    }
    assert again["result"] == {**first["result"], "changed": False}


@pytest.mark.parametrize(
    ("payload", "error", "cause"),
    [
        ({"pk": PK}, "ValidationError", "missing a required argument: 'sk'"),
        ({"pk": PK, "sk": SK, "colour": 1}, "ValidationError", "colour"),
        ({"pk": 5, "sk": SK}, "ValidationError", "is 5; it must be text"),
        ({"pk": PK, "sk": SK, "version": "1"}, "ValidationError", "is '1'; it must be a whole"),
        ({"pk": PK, "sk": SK, "attributes": [1]}, "ValidationError", "must be an object or null"),
        ({"pk": PK, "sk": SK, "name": None}, "ValidationError", "is None; it must be text"),
        ({"pk": PK, "sk": SK, "version": 3}, "VersionConflict", "is at version 0, not 3"),
        ({"pk": PK, "sk": SK, "attributes": {"n": "\ud800"}}, "ValidationError", "surrogate"),
    ],
)
@pytest.mark.usefixtures("clients")
def test_a_direct_callers_mistake_is_an_error_result(function, payload, error, cause):
    answer = function(direct_event("publish_sync", **payload))

    assert (answer["status"], answer["error"]) == ("error", error)
    assert cause in answer["cause"]


def test_a_sync_handler_that_refuses_a_direct_publish_is_told(function, monkeypatch):
    def refuse(_read_models, model, *_more):
        raise ValidationError(f"{model} is full.")

    monkeypatch.setattr(ReadModels, "apply", refuse)

    answer = function(direct_event("publish_sync", pk=PK, sk=SK, attributes={"country": "Japan"}))

    assert (answer["status"], answer["error"]) == ("error", "CommandFailed")
    assert "airports_by_country is full" in answer["cause"]


def test_a_record_that_is_no_command_holds_up_nothing(function, settings, step_functions):
    event = stream_event({"pk": {"S": PK}, "sk": {"S": f"{SK}@1"}}, table=settings.commands_table)

    assert function(event) == {"batchItemFailures": []}
    assert step_functions.started == {}


def test_an_unknown_event_fails_the_invocation(function):
    with pytest.raises(UnsupportedEventError, match="comes from no known source"):
        function({"httpMethod": "GET"})


def test_services_are_made_once_in_a_process(function):
    function(direct_event("publish_sync", pk=PK, sk=SK, attributes={"country": "Japan"}))
    first = application.services

    function(direct_event("publish_sync", pk=PK, sk=SK, attributes={"country": "Japan"}))

    assert isinstance(first, Services)
    assert application.services is first


SECRETS = ("attribute-7c1d", "token-93ab")
"""The secrets that a reader of the log must not see: an item's attribute, and a task token."""


@pytest.fixture
def log(monkeypatch):
    """All that is logged at INFO, which is production's level."""
    stream = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", stream)
    logger.setLevel("INFO")
    return stream


def test_neither_attributes_nor_task_tokens_are_logged(function, states, settings, services, log):
    attribute, token = SECRETS
    for version, country in enumerate(("Japan", "Korea")):
        content = {"country": country, "note": attribute}
        services.commands.publish(PK, SK, attributes=content, version=version)
    first, second = (ItemKey(PK, SK).at(version) for version in (1, 2))
    for key in (second, first):
        function(record_of(services, settings, key))
    inputs = {given["sk"]: given for given in started(states, settings)}

    call(function, "check_version", inputs[second.sk])
    call(function, "wait_prev_command", inputs[second.sk], taskToken=token)
    for state in STATES:
        ((output,),) = call(function, state, inputs[first.sk])
    for entry in output:
        call(function, "sync_data", inputs[first.sk], entry)
    body = json.dumps(
        {
            "action": "command-status",
            "pk": PK,
            "sk": first.sk,
            "tenant": "acme",
            "content": {"status": "FINISHED", "attributes": {"note": attribute}},
        }
    )
    function(sqs_event(body, queue="test-cqrs-notification-queue"))
    function(sqs_event(json.dumps({"note": attribute}), queue="test-cqrs-notification-queue"))

    # It is this log, and it names the errors.
    assert "Notification passed on" in log.getvalue()
    assert "Record" in log.getvalue()
    assert not [secret for secret in SECRETS if secret in log.getvalue()]
