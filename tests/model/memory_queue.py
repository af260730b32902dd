"""A queue in memory, at least once: messages that come again, and those that are given up.

A message is a value. It is received as soon as it can be: a receiver that has not made its first
request stands for a message that waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from cqrs.testing.text import Text
from tests.model.tape import Tape


class Message(NamedTuple):
    """A message of a queue.

    Attributes
    ----------
    body
        The message's text.
    receives
        How often it was received; the last receiver holds it.
    """

    body: Text
    receives: int = 0


class Delivery(NamedTuple):
    """A message as one receiver has it: ``receive`` is the how-manieth that is."""

    message: str
    receive: int
    body: Text


class MemoryQueue:
    """A queue and its dead letters.

    Parameters
    ----------
    most_receives
        After so many, a message that comes again is a dead letter.
    """

    __slots__ = ("_most_receives", "letters", "messages", "sent")

    def __init__(self, most_receives: int) -> None:
        self._most_receives = most_receives
        self.messages: dict[str, Message] = {}
        self.letters: tuple[Text, ...] = ()
        self.sent = 0

    def copy(self) -> MemoryQueue:
        """Another queue with the same in it."""
        other = MemoryQueue(self._most_receives)
        other.messages = self.messages.copy()
        other.letters = self.letters
        other.sent = self.sent
        return other

    def key(self) -> object:
        """The facts that its future depends on."""
        return frozenset(self.messages.items()), self.letters, self.sent

    @property
    def is_empty(self) -> bool:
        """Whether nothing is in it, and no dead letter beside it."""
        return not self.messages and not self.letters

    def send(self, body: Text) -> Delivery:
        """Take a message, and deliver it."""
        self.sent += 1
        name = f"message {self.sent}"
        self.messages[name] = Message(body)
        delivery = self.deliver(name)
        assert delivery is not None
        return delivery

    def deliver(self, name: str) -> Delivery | None:
        """Deliver a message that can be received; None if it is gone, or a dead letter by now."""
        message = self.messages.get(name)
        if message is None:
            return None
        if message.receives == self._most_receives:
            del self.messages[name]
            self.bury(message.body)
            return None
        received = message._replace(receives=message.receives + 1)
        self.messages[name] = received
        return Delivery(name, received.receives, received.body)

    def is_held_by(self, name: str, receive: int) -> bool:
        """Whether a receiver is the last one."""
        message = self.messages.get(name)
        return message is not None and message.receives == receive

    def delete(self, name: str) -> None:
        """Take a message out that was worked off."""
        self.messages.pop(name, None)

    def bury(self, body: Text) -> None:
        """Set a message aside."""
        self.letters = (*self.letters, body)

    def redrive(self) -> list[Delivery]:
        """Give all dead letters back, as new messages."""
        letters, self.letters = self.letters, ()
        return [self.send(body) for body in letters]


@dataclass(frozen=True, slots=True, eq=False)
class SendMessage:
    """A call of SendMessage."""

    queue: str
    body: Text


class TapedQueues:
    """Stands in for the SQS client."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape

    def send_message(self, **request: Any) -> None:
        self._tape.perform(SendMessage(request["QueueUrl"], request["MessageBody"]))


def message_event(delivery: Delivery, queue: str) -> dict[str, Any]:
    """The event of the function for a message."""
    record = {
        "messageId": delivery.message,
        "receiptHandle": f"{delivery.message}/{delivery.receive}",
        "body": delivery.body,
        "attributes": {"ApproximateReceiveCount": str(delivery.receive)},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:ap-northeast-1:123456789012:{queue}",
    }
    return {"Records": [record]}
