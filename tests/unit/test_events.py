from __future__ import annotations

import pytest

from cqrs.errors import ConfigurationError, UnsupportedEventError, ValidationError
from cqrs.events.bus import EventBus
from cqrs.events.factory import DefaultEventFactory, EventFactory, step_functions_event
from cqrs.events.sources import detect_source
from cqrs.events.types import (
    DirectEvent,
    DynamoDBStreamEvent,
    EventBridgeEvent,
    EventSource,
    S3Event,
    SnsEvent,
    SqsEvent,
)
from tests.unit import sample_events as samples

FACTORY = DefaultEventFactory()
IMAGE = {"pk": {"S": "AIRPORT#acme"}, "sk": {"S": "AIRPORT#JFK@1"}, "version": {"N": "1"}}


@pytest.mark.parametrize(
    ("event", "source"),
    [
        (samples.stream_event(IMAGE), EventSource.DYNAMODB_STREAM),
        (samples.sqs_event("{}"), EventSource.SQS),
        (samples.SNS, EventSource.SNS),
        (samples.S3, EventSource.S3),
        (samples.S3_TEST, EventSource.S3),
        (samples.EVENT_BRIDGE, EventSource.EVENT_BRIDGE),
        (samples.state_payload(), EventSource.STEP_FUNCTION),
        (samples.direct_event("publish_sync"), EventSource.DIRECT),
        ({"source": "direct"}, EventSource.DIRECT),
        ({**samples.EVENT_BRIDGE, "source": "direct"}, EventSource.EVENT_BRIDGE),
    ],
)
def test_every_source_is_told_by_what_it_sends(event, source):
    assert detect_source(event) is source


@pytest.mark.parametrize(
    ("detail", "reason"),
    [
        (None, "has no stateMachineArn, name, status"),
        ({}, "has no stateMachineArn, name, status"),
        ("text", "has no stateMachineArn, name, status"),
        ({"stateMachineArn": "arn", "name": None, "status": "FAILED"}, "has no name:"),
        (
            {"stateMachineArn": "arn", "name": "run", "status": "FAILED", "input": {}},
            "The input of execution 'run' is not text",
        ),
    ],
)
def test_a_status_that_step_functions_did_not_send_is_refused(detail, reason):
    event = {
        "id": "1",
        "source": "aws.states",
        "detail-type": "Step Functions Execution Status Change",
        "detail": detail,
    }

    with pytest.raises(UnsupportedEventError, match=reason):
        FACTORY.transform_event_bridge(event)


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({}, r"keys \[\] comes from no known source"),
        ({"httpMethod": "GET", "path": "/"}, r"keys \['httpMethod', 'path'\]"),
        ({"Records": []}, r"keys \['Records'\]"),
        ({"Records": "text"}, r"keys \['Records'\]"),
        ({"Records": ["text"]}, "Records of None cannot be handled"),
        ({"Records": [{"eventSource": "aws:kinesis"}]}, "Records of 'aws:kinesis'.*aws:sqs"),
        ({"Service": "Amazon S3", "Event": "other"}, r"keys \['Event', 'Service'\]"),
        ({"source": "step-function"}, r"keys \['source'\]"),
        ({"source": "indirect", "payload": {}}, '"source": "direct", "action"'),
        (None, "a NoneType comes from no known source"),
        ("warm up", "a str comes from no known source"),
        ([1], "a list comes from no known source"),
    ],
)
def test_an_event_of_no_known_source_is_described(event, reason):
    with pytest.raises(UnsupportedEventError, match=reason):
        detect_source(event)


def test_a_stream_record_becomes_plain_values():
    (record,) = samples.stream_event(IMAGE)["Records"]

    assert FACTORY.transform_dynamodb_stream(record) == [
        DynamoDBStreamEvent(
            "test-cqrs-commands",
            "INSERT",
            {"pk": "AIRPORT#acme", "sk": "AIRPORT#JFK@1"},
            {"pk": "AIRPORT#acme", "sk": "AIRPORT#JFK@1", "version": 1},
        )
    ]


def test_a_removed_item_has_no_image():
    (record,) = samples.stream_event(IMAGE, event_name="REMOVE")["Records"]
    del record["dynamodb"]["NewImage"]

    (event,) = FACTORY.transform_dynamodb_stream(record)

    assert (event.name, event.new_image) == ("REMOVE", {})
    assert event.keys["sk"] == "AIRPORT#JFK@1"


def test_a_message_tells_its_queue_and_how_often_it_came():
    (record,) = samples.sqs_event('{"n": 1}')["Records"]

    (event,) = FACTORY.transform_sqs(record)

    assert event == SqsEvent("test-cqrs-task-action-queue", "message-0", '{"n": 1}', 2)
    assert event.json() == {"n": 1}


def test_a_message_that_is_not_json_is_named():
    event = SqsEvent("queue", "message-7", "{", 1)

    with pytest.raises(ValidationError, match="Message message-7 of queue is not JSON"):
        event.json()


def test_a_notification_keeps_subject_and_text():
    assert FACTORY.transform_sns(samples.SNS["Records"][0]) == [
        SnsEvent(
            "arn:aws:sns:us-east-1:123456789012:sns-lambda",
            "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
            "TestInvoke",
            "Hello from SNS!",
        )
    ]


def test_an_objects_key_is_decoded():
    assert FACTORY.transform_s3(samples.S3["Records"][0]) == [
        S3Event("ObjectCreated:Put", "DOC-EXAMPLE-BUCKET", "imports/my airports 空.csv", 1305107)
    ]


def test_a_scheduled_event_keeps_its_detail():
    assert FACTORY.transform_event_bridge(samples.EVENT_BRIDGE) == [
        EventBridgeEvent(
            "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa", "aws.events", "Scheduled Event", {"n": 1}
        )
    ]


def test_a_direct_invocation_keeps_its_payload():
    event = samples.direct_event("publish_sync", pk="AIRPORT#acme")

    assert FACTORY.transform_direct(event) == [DirectEvent("publish_sync", {"pk": "AIRPORT#acme"})]


def test_a_states_call_carries_its_whole_context():
    event = step_functions_event(samples.state_payload(taskToken="token"))

    execution, state, machine = (
        event.context.execution,
        event.context.state,
        event.context.state_machine,
    )
    assert (execution.name, execution.start_time) == ("run-1", "2026-01-01T00:00:00.000Z")
    assert execution.input == {"pk": "AIRPORT#acme", "sk": "AIRPORT#JFK@1"}
    assert execution.role_arn == "arn:aws:iam::123456789012:role/states"
    assert (state.name, state.retry_count) == ("finish", 3)
    assert machine.name == "test-cqrs-command-handler"
    assert machine.id.endswith(":stateMachine:test-cqrs-command-handler")
    assert (event.input, event.task_token) == ({"some": "input"}, "token")


def test_a_call_without_role_input_and_token_is_a_call_all_the_same():
    payload = samples.state_payload()
    del payload["input"], payload["context"]["Execution"]["RoleArn"]

    event = step_functions_event(payload)

    assert (event.input, event.task_token, event.context.execution.role_arn) == (None,) * 3


def test_the_state_of_a_maps_item_does_without_the_executions_input():
    payload = samples.state_payload()
    del payload["context"]["Execution"]["Input"]

    assert step_functions_event(payload).context.execution.input is None


@pytest.mark.parametrize(
    ("part", "field"),
    [
        ("Execution", None),
        ("Execution", "StartTime"),
        ("State", "RetryCount"),
        ("StateMachine", "Name"),
    ],
)
def test_a_context_that_lacks_a_part_is_refused_with_its_name(part, field):
    payload = samples.state_payload()
    holder = payload["context"] if field is None else payload["context"][part]
    del holder[field or part]

    with pytest.raises(UnsupportedEventError, match=f"lacks '{field or part}'"):
        step_functions_event(payload)


@pytest.mark.parametrize("context", [None, "text", [], {"Execution": "x", "State": {}}])
def test_a_context_of_another_shape_is_refused(context):
    payload = samples.state_payload() | {"context": context}

    with pytest.raises(UnsupportedEventError, match=r"must hold \$\$\.Execution"):
        step_functions_event(payload)


def test_a_factory_leaves_what_it_does_not_read_to_others():
    factory, nothing = EventFactory(), ()

    assert factory.transform_dynamodb_stream({}) == nothing
    assert factory.transform_sqs({}) == nothing
    assert factory.transform_sns({}) == nothing
    assert factory.transform_s3({}) == nothing
    assert factory.transform_event_bridge({}) == nothing
    assert factory.transform_step_function(step_functions_event(samples.state_payload())) == nothing
    assert factory.transform_direct({}) == nothing


class Base:
    pass


class Derived(Base):
    pass


def test_the_bus_gives_an_event_to_its_handler_and_returns_the_answer():
    bus = EventBus()
    bus.register(Base, lambda event: ("base", event))
    event = Base()

    assert bus.execute(event) == ("base", event)


def test_the_nearest_handler_of_an_events_ancestors_takes_it():
    bus = EventBus()
    bus.register(Base, lambda _event: "base")
    assert bus.execute(Derived()) == "base"

    bus.register(Derived, lambda _event: "derived")
    assert bus.execute(Derived()) == "derived"
    assert bus.execute(Base()) == "base"


def test_an_event_type_has_one_handler_unless_it_is_replaced():
    bus = EventBus()
    bus.register(Base, lambda _event: "first")

    with pytest.raises(ConfigurationError, match="Base has two handlers"):
        bus.register(Base, lambda _event: "second")
    assert bus.execute(Base()) == "first"
    bus.replace(Base, lambda _event: "third")
    assert bus.execute(Base()) == "third"


def test_an_event_without_a_handler_is_refused_with_what_to_do():
    with pytest.raises(UnsupportedEventError, match=r"@application.event_handler\(Derived\)"):
        EventBus().execute(Derived())
