"""SQS in memory, and how Lambda takes messages from it.

Each message is an invocation of its own. One that fails stays hidden for the queue's visibility
timeout. When it was received too often, it goes to the dead-letter queue. (SQS guide, "Amazon SQS
visibility timeout" and "Using dead-letter queues in Amazon SQS").
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cqrs.testing.aws.refusals import refusal
from cqrs.testing.aws.unknown import refuse_others
from cqrs.testing.clock import Clock

Deliver = Callable[[Mapping[str, Any]], bool]
"""Invokes the function with a message; whether that has handled it."""

MOST_BYTES = 256 * 1024
NO_QUEUE = "AWS.SimpleQueueService.NonExistentQueue"


@dataclass(frozen=True, slots=True)
class Message:
    """A message in a queue.

    Attributes
    ----------
    id
        Its id.
    body
        Its text.
    attributes
        Texts of its attributes, by name.
    """

    id: str
    body: str
    attributes: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(slots=True, eq=False)
class Queue:
    """A queue, as it is deployed, and what waits in it.

    Attributes
    ----------
    sent
        All messages that were ever sent to it.
    waiting
        Those that nobody has taken.
    deliver
        Invokes the function with a message; None if nobody takes from the queue.
    dead_letters
        Its dead-letter queue.
    """

    name: str
    arn: str
    visibility_seconds: float = 30
    most_receives: int = 1
    deliver: Deliver | None = None
    dead_letters: Queue | None = None
    sent: list[Message] = field(default_factory=list)
    waiting: list[Message] = field(default_factory=list)


class Queues:
    """The service, as its client's methods.

    Parameters
    ----------
    clock
        The clock by which messages are delivered.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.all: dict[str, Queue] = {}
        self._number = 0

    def send_message(self, **request: Any) -> dict[str, Any]:
        """Put a message into a queue."""
        known = ("QueueUrl", "MessageBody", "MessageAttributes", "DelaySeconds")
        refuse_others("SQS", "SendMessage", request, *known)
        queue = self._find(request["QueueUrl"])
        body = request["MessageBody"]
        if len(body.encode()) > MOST_BYTES:
            raise refusal("InvalidParameterValue", message="One or more parameters are invalid")
        attributes = {
            name: str(one.get("StringValue", one.get("BinaryValue", "")))
            for name, one in request.get("MessageAttributes", {}).items()
        }
        message = self.put(queue, body, attributes)
        delay = float(request.get("DelaySeconds", 0))
        self._take_later(queue, message, 1, delay)
        return {"MessageId": message.id}

    def send_message_batch(self, **request: Any) -> dict[str, Any]:
        """Put several messages into a queue."""
        refuse_others("SQS", "SendMessageBatch", request, "QueueUrl", "Entries")
        sent = []
        for entry in request["Entries"]:
            fields = {name: value for name, value in entry.items() if name != "Id"}
            made = self.send_message(QueueUrl=request["QueueUrl"], **fields)
            sent.append({"Id": entry["Id"], **made})
        return {"Successful": sent, "Failed": []}

    def put(self, queue: Queue, body: str, attributes: Mapping[str, str]) -> Message:
        """Let a message wait in a queue."""
        self._number += 1
        message = Message(f"message-{self._number}", body, attributes)
        queue.sent.append(message)
        queue.waiting.append(message)
        return message

    def _take_later(self, queue: Queue, message: Message, receive: int, seconds: float) -> None:
        deliver = queue.deliver
        if deliver is not None:
            self._clock.at(
                seconds, lambda: self._take(queue, deliver, message, receive), is_pause=True
            )

    def _take(self, queue: Queue, deliver: Deliver, message: Message, receive: int) -> None:
        if message not in queue.waiting:
            return
        if receive > queue.most_receives:
            queue.waiting.remove(message)
            if queue.dead_letters is not None:
                self.put(queue.dead_letters, message.body, message.attributes)
            return
        began = self._clock.now
        if deliver(_record(queue, message, receive)):
            queue.waiting.remove(message)
            return
        hidden = max(began + queue.visibility_seconds - self._clock.now, 0.0)
        self._take_later(queue, message, receive + 1, hidden)

    def _find(self, url: str) -> Queue:
        try:
            return self.all[url.rpartition("/")[2]]
        except KeyError:
            message = f"The specified queue does not exist: {url}"
            raise refusal(NO_QUEUE, message=message) from None


def _record(queue: Queue, message: Message, receive: int) -> dict[str, Any]:
    return {
        "messageId": message.id,
        "receiptHandle": message.id,
        "body": message.body,
        "attributes": {"ApproximateReceiveCount": str(receive)},
        "messageAttributes": {
            name: {"dataType": "String", "stringValue": text}
            for name, text in message.attributes.items()
        },
        "eventSource": "aws:sqs",
        "eventSourceARN": queue.arn,
    }
