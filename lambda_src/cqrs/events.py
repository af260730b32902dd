"""What invokes the function: source detection, typed events, event factories, the event bus.

Sources: Lambda developer guide, "Using AWS Lambda with ..." pages for the shape of each source's
event; guide, steps 2 to 4 for event, handler and factory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import unquote_plus

from cqrs.application_code import application_code, ran
from cqrs.attribute_values import Item, from_attribute_values
from cqrs.errors import ConfigurationError, UnsupportedEventError, ValidationError
from cqrs.json_text import from_json
from cqrs.reading import reading
from cqrs.step_functions import StepFunctionsContext

S3_TEST = ("Amazon S3", "s3:TestEvent")
"""``Service`` and ``Event`` of what S3 sends when notifications are configured; it has no records
(S3 guide, "Event message structure")."""

STEP_FUNCTION_SOURCE = "step-function"
DIRECT_SOURCE = "direct"
"""Values of ``source`` in the payloads that state machines and direct callers send."""

EXECUTION_STATUS = ("aws.states", "Step Functions Execution Status Change")
"""``source`` and ``detail-type`` of Step Functions' events (guide, "Step Functions events")."""


class EventSource(StrEnum):
    """Where an invocation comes from."""

    DYNAMODB_STREAM = "aws:dynamodb"
    SQS = "aws:sqs"
    SNS = "aws:sns"
    S3 = "aws:s3"
    EVENT_BRIDGE = "event-bridge"
    STEP_FUNCTION = STEP_FUNCTION_SOURCE
    DIRECT = DIRECT_SOURCE


RECORD_SOURCES = frozenset({"aws:dynamodb", "aws:sqs", "aws:sns", "aws:s3"})
BATCH_SOURCES = frozenset({EventSource.DYNAMODB_STREAM, EventSource.SQS})
"""Sources whose records are acknowledged one by one."""


@dataclass(frozen=True, slots=True)
class DynamoDBStreamEvent:
    """A record of a table's stream.

    Attributes
    ----------
    table
        Name of the table.
    name
        ``INSERT``, ``MODIFY`` or ``REMOVE``.
    keys, new_image
        Plain values; the image is empty for a removed item.
    """

    table: str
    name: str
    keys: Item
    new_image: Item


@dataclass(frozen=True, slots=True)
class SqsEvent:
    """A message of a queue.

    Attributes
    ----------
    queue
        Name of the queue.
    receive_count
        How often it has been received, this time included.
    """

    queue: str
    message_id: str
    body: str
    receive_count: int

    def json(self) -> Any:
        """The body as JSON.

        Raises
        ------
        ValidationError
            It is not JSON.
        """
        try:
            return from_json(self.body)
        except ValueError as error:
            raise ValidationError(
                f"Message {self.message_id} of {self.queue} is not JSON: {error}"
            ) from None


@dataclass(frozen=True, slots=True)
class StepFunctionsEvent:
    """A call of a state.

    Attributes
    ----------
    context
        Execution, state and state machine.
    input
        The state's input.
    task_token
        Token to answer, where the state waits for a callback.
    timeout_seconds
        How long it waits then, where it tells.
    """

    context: StepFunctionsContext
    input: Any
    task_token: str | None = None
    timeout_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class SnsEvent:
    """A notification of a topic."""

    topic_arn: str
    message_id: str
    subject: str | None
    message: str


@dataclass(frozen=True, slots=True)
class S3Event:
    """A change in a bucket; ``key`` is decoded."""

    name: str
    bucket: str
    key: str
    size: int | None


@dataclass(frozen=True, slots=True)
class EventBridgeEvent:
    """An event of an event bus."""

    id: str
    source: str
    detail_type: str
    detail: Any


@dataclass(frozen=True, slots=True)
class ExecutionStatusEvent:
    """An execution's change of status, as EventBridge tells it.

    Attributes
    ----------
    state_machine_arn, name
        The execution.
    status
        Such as ``SUCCEEDED`` or ``TIMED_OUT``.
    input
        What it was started with; None where EventBridge left it out for its size.
    """

    state_machine_arn: str
    name: str
    status: str
    input: Any


@dataclass(frozen=True, slots=True)
class DirectEvent:
    """A direct invocation: ``{"source": "direct", "action": ..., "payload": {...}}``.

    Attributes
    ----------
    action
        What the caller named; empty where it named none.
    payload
        Whatever the caller sent; an action takes an object.
    """

    action: str
    payload: Any


@dataclass(frozen=True, slots=True)
class IgnoredEvent:
    """Something that its factory knows, and that calls for nothing."""


Event = Any
"""One of the above, or an application's own event made by its event factory."""

IGNORED: Sequence[Event] = (IgnoredEvent(),)
"""What a factory returns for a record that is its own, and of which nothing is to be made."""


class EventFactory:
    """Turns what a source sends into events.

    Subclass it, override the methods of the sources that you want to read yourself, and register
    the subclass with ``@application.event_factory``. A method returns a sequence:

    - of events, each of which goes to its handler;
    - :data:`IGNORED` for what is the factory's own and calls for nothing, which is then done with;
    - an empty one for what is not its own. That is left to the next factory, at last to
      :class:`DefaultEventFactory`, and fails where nobody handles it.

    It raises :class:`~cqrs.errors.ValidationError` for what is its own and cannot be read.
    """

    def transform_dynamodb_stream(self, record: Mapping[str, Any]) -> Sequence[Event]:
        """Events of one stream record."""
        return ()

    def transform_sqs(self, record: Mapping[str, Any]) -> Sequence[Event]:
        """Events of one message."""
        return ()

    def transform_sns(self, record: Mapping[str, Any]) -> Sequence[Event]:
        """Events of one notification."""
        return ()

    def transform_s3(self, record: Mapping[str, Any]) -> Sequence[Event]:
        """Events of one bucket change."""
        return ()

    def transform_event_bridge(self, event: Mapping[str, Any]) -> Sequence[Event]:
        """Events of one EventBridge event."""
        return ()

    def transform_step_function(self, event: StepFunctionsEvent) -> Sequence[Event]:
        """Events of one call of a state."""
        return ()

    def transform_direct(self, event: Mapping[str, Any]) -> Sequence[Event]:
        """Events of one direct invocation."""
        return ()


class DefaultEventFactory(EventFactory):
    """Makes this module's events."""

    @reading("A record of a DynamoDB stream")
    def transform_dynamodb_stream(self, record: Mapping[str, Any]) -> Sequence[Event]:
        """One :class:`DynamoDBStreamEvent`."""
        change = record["dynamodb"]
        table = table_of(record["eventSourceARN"])
        return [
            DynamoDBStreamEvent(
                table,
                record["eventName"],
                from_attribute_values(change["Keys"]),
                from_attribute_values(change.get("NewImage") or {}),
            )
        ]

    @reading("A message of an SQS queue")
    def transform_sqs(self, record: Mapping[str, Any]) -> Sequence[Event]:
        """One :class:`SqsEvent`."""
        queue = queue_of(record["eventSourceARN"])
        return [SqsEvent(queue, record["messageId"], record["body"], receive_count(record))]

    @reading("A notification of SNS")
    def transform_sns(self, record: Mapping[str, Any]) -> Sequence[Event]:
        """One :class:`SnsEvent`."""
        sns = record["Sns"]
        return [SnsEvent(sns["TopicArn"], sns["MessageId"], sns.get("Subject"), sns["Message"])]

    @reading("A notification of S3")
    def transform_s3(self, record: Mapping[str, Any]) -> Sequence[Event]:
        """One :class:`S3Event`."""
        bucket, changed = record["s3"]["bucket"]["name"], record["s3"]["object"]
        key = unquote_plus(changed["key"])
        return [S3Event(record["eventName"], bucket, key, changed.get("size"))]

    @reading("An event of EventBridge")
    def transform_event_bridge(self, event: Mapping[str, Any]) -> Sequence[Event]:
        """One :class:`EventBridgeEvent`, or :class:`ExecutionStatusEvent` of Step Functions."""
        if (event["source"], event["detail-type"]) == EXECUTION_STATUS:
            return [_execution_status(event["detail"])]
        return [
            EventBridgeEvent(event["id"], event["source"], event["detail-type"], event["detail"])
        ]

    def transform_step_function(self, event: StepFunctionsEvent) -> Sequence[Event]:
        """The call of the state itself."""
        return [event]

    def transform_direct(self, event: Mapping[str, Any]) -> Sequence[Event]:
        """One :class:`DirectEvent`."""
        action = event.get("action")
        return [DirectEvent("" if action is None else str(action), event.get("payload", {}))]


class EventBus:
    """Knows which handler takes which type of event."""

    def __init__(self) -> None:
        self._handlers: dict[type, Callable[[Any], Any]] = {}

    def register(self, event_type: type, handler: Callable[[Any], Any]) -> None:
        """Let a handler take a type of event.

        Raises
        ------
        ConfigurationError
            Another handler takes it.
        """
        if event_type in self._handlers:
            raise ConfigurationError(
                f"{event_type.__name__} has two handlers; one event type has one handler."
            )
        self._handlers[event_type] = handler

    def replace(self, event_type: type, handler: Callable[[Any], Any]) -> None:
        """Let a handler take a type of event, whoever took it before."""
        self._handlers[event_type] = handler

    def handler_of(self, event: Event) -> Callable[[Any], Any] | None:
        """The handler of an event's class, or of the nearest one that it derives from."""
        for event_type in type(event).__mro__:
            if event_type in self._handlers:
                return self._handlers[event_type]
        return None

    def execute(self, event: Event) -> Any:
        """Give an event to its handler and return the answer.

        Raises
        ------
        UnsupportedEventError
            No handler takes it.
        """
        handler = self.handler_of(event)
        if handler is None:
            raise UnsupportedEventError(
                f"No handler takes {type(event).__name__}; register one with "
                f"@application.event_handler({type(event).__name__})."
            )
        with application_code():
            return ran(handler(event))


def detect_source(event: Any) -> EventSource:
    """Tell where an invocation comes from, by the shape of its event.

    Raises
    ------
    UnsupportedEventError
        The event has none of the known shapes.
    """
    if isinstance(event, dict):
        if isinstance(event.get("Records"), list) and event["Records"]:
            return _record_source(event["Records"][0])
        if (event.get("Service"), event.get("Event")) == S3_TEST:
            return EventSource.S3
        if event.get("source") == STEP_FUNCTION_SOURCE and "context" in event:
            return EventSource.STEP_FUNCTION
        if event.get("source") == DIRECT_SOURCE and "detail-type" not in event:
            return EventSource.DIRECT
        if "detail-type" in event and "detail" in event and "source" in event:
            return EventSource.EVENT_BRIDGE
    raise UnsupportedEventError(_unsupported(event))


def table_of(stream_arn: str) -> str:
    """Name of the table that a stream belongs to."""
    return stream_arn.partition(":table/")[2].partition("/")[0]


def queue_of(queue_arn: str) -> str:
    """Name of a queue."""
    return queue_arn.rpartition(":")[2]


def receive_count(message: Mapping[str, Any]) -> int:
    """How often a message has been received, this time included."""
    return int(message.get("attributes", {}).get("ApproximateReceiveCount", 1))


def step_functions_event(payload: Mapping[str, Any]) -> StepFunctionsEvent:
    """Read a state's payload: ``context`` and ``input``, for a callback ``taskToken`` too."""
    return StepFunctionsEvent(
        StepFunctionsContext.from_payload(payload["context"]),
        payload.get("input"),
        payload.get("taskToken"),
        payload.get("timeoutSeconds"),
    )


def _execution_status(detail: Any) -> ExecutionStatusEvent:
    names = ("stateMachineArn", "name", "status")
    parts = detail if isinstance(detail, dict) else {}
    missing = [name for name in names if not isinstance(parts.get(name), str)]
    if missing:
        raise UnsupportedEventError(
            f"The detail of {EXECUTION_STATUS[1]!r} has no {', '.join(missing)}: Step Functions "
            "did not send it. Send what EventBridge delivers, or give it a source of your own."
        )
    return ExecutionStatusEvent(
        parts["stateMachineArn"],
        parts["name"],
        parts["status"],
        _input_of(parts["name"], parts.get("input")),
    )


def _input_of(execution: str, text: Any) -> Any:
    """What an execution was started with, which comes as text."""
    try:
        return None if text is None else from_json(text)
    except (TypeError, ValueError) as error:
        raise UnsupportedEventError(
            f"The input of execution {execution[:80]!r} is no JSON text ({error}): Step Functions "
            "did not send it."
        ) from None


def _record_source(record: Any) -> EventSource:
    # SNS writes EventSource where the others write eventSource.
    source = (
        record.get("eventSource") or record.get("EventSource") if isinstance(record, dict) else None
    )
    if source in RECORD_SOURCES:
        return EventSource(source)
    raise UnsupportedEventError(
        f"Records of {source!r} cannot be handled; known are {', '.join(sorted(RECORD_SOURCES))}."
    )


def _unsupported(event: Any) -> str:
    what = f"keys {sorted(event)[:10]}" if isinstance(event, dict) else f"a {type(event).__name__}"
    return (
        f"An event with {what} comes from no known source. Known are DynamoDB streams, SQS, SNS, "
        "S3, EventBridge, Step Functions, and direct invocations "
        '{"source": "direct", "action": ..., "payload": {...}}.'
    )
