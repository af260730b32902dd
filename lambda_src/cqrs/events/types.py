"""Events: what the sources that invoke the function send, typed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from cqrs.core.json_text import from_json
from cqrs.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cqrs.aws.step_functions import StepFunctionsContext
    from cqrs.core.attribute_values import Item

STEP_FUNCTION_SOURCE = "step-function"


DIRECT_SOURCE = "direct"
"""Values of ``source`` in the payloads that state machines and direct callers send."""

LARGEST_PAYLOAD = 6 * 1024 * 1024
"""Bytes of a direct invocation's request, and of its answer (Lambda guide, "Lambda quotas")."""


class EventSource(StrEnum):
    """The source of an invocation."""

    DYNAMODB_STREAM = "aws:dynamodb"
    SQS = "aws:sqs"
    SNS = "aws:sns"
    S3 = "aws:s3"
    EVENT_BRIDGE = "event-bridge"
    STEP_FUNCTION = STEP_FUNCTION_SOURCE
    DIRECT = DIRECT_SOURCE
    HTTP = "http"
    LIVE = "live"


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
            If it is not JSON.
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
        Token to answer, if the state waits for a callback.
    timeout_seconds
        How long it waits then, if it says so.
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
        The input that it was started with; None if EventBridge left it out for its size.
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
        The action that the caller named; empty if it named none.
    payload
        The payload, as the caller sent it; an action takes an object.
    """

    action: str
    payload: Any


@dataclass(frozen=True, slots=True)
class IgnoredEvent:
    """Something that its factory knows, and that calls for nothing."""


Event = Any
"""One of the above, or an application's own event made by its event factory."""


IGNORED: Sequence[Event] = (IgnoredEvent(),)
"""The answer of a factory for a record that is its own, and of which nothing is to be made."""
