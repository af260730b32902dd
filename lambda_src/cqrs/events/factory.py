"""Events of the function: source detection, typed events, event factories, the event bus.

Sources: Lambda developer guide, "Using AWS Lambda with ..." pages for the shape of each source's
event; guide, steps 2 to 4 for event, handler and factory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from cqrs.aws.step_functions import StepFunctionsContext
from cqrs.core.attribute_values import from_attribute_values
from cqrs.core.json_text import from_json_or_text
from cqrs.core.reading import reading
from cqrs.errors import UnsupportedEventError
from cqrs.events.types import (
    DirectEvent,
    DynamoDBStreamEvent,
    Event,
    EventBridgeEvent,
    EventSource,
    ExecutionStatusEvent,
    S3Event,
    SnsEvent,
    SqsEvent,
    StepFunctionsEvent,
)
from cqrs.execution_events import EXECUTION_STATUS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


SCHEDULED_EVENT = "Scheduled Event"
"""``detail-type`` of what a schedule sends (EventBridge guide, "Events from AWS services")."""

BATCH_SOURCES = frozenset({EventSource.DYNAMODB_STREAM, EventSource.SQS})
"""Sources whose records are acknowledged one by one."""


class EventFactory:
    """Turns what a source sends into events.

    Subclass it, override the methods of the sources that you want to read yourself, and register
    the subclass with ``@application.event_factory``. A method returns a sequence:

    - of events, each of which goes to its handler;
    - :data:`IGNORED` for what is the factory's own and calls for nothing, which is then done with;
    - an empty one for what is not its own. That is left to the next factory, at last to
      :class:`DefaultEventFactory`, and fails if nobody handles it.

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
        return [direct_event(event)]


def direct_event(event: Mapping[str, Any]) -> DirectEvent:
    """The event of a direct invocation."""
    action = event.get("action")
    return DirectEvent("" if action is None else str(action), event.get("payload", {}))


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
    """The input of an execution, which comes as text."""
    if text is None:
        return None
    if not isinstance(text, str):
        raise UnsupportedEventError(
            f"The input of execution {execution[:80]!r} is not text: Step Functions did not send "
            "it."
        )
    return from_json_or_text(text)
