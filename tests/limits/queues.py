"""SQS in memory, and how Lambda takes messages from it.

A throttled batch is tried again until its visibility timeout is over (Lambda guide, "Handling
errors for an SQS event source"). Other sources: Lambda guide, "Configuring scaling behavior for
SQS event source mappings" and "Use Lambda recursive loop detection".
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from greenlet import getcurrent

from cqrs.testing.aws.refusals import refusal
from tests.limits.chance import Chance
from tests.limits.clock import Clock, Job
from tests.limits.function import RETURNED, THROTTLED, Function
from tests.limits.quotas import Quotas
from tests.limits.tally import Tally


@dataclass(frozen=True, slots=True)
class QueueOf:
    """A queue as it is deployed.

    Attributes
    ----------
    dead_letters
        Name of its dead-letter queue; empty if it has none.
    """

    name: str
    arn: str
    visibility_seconds: float
    delay_seconds: float
    most_receives: int
    dead_letters: str


@dataclass(frozen=True, slots=True)
class QueueSourceOf:
    """An event source mapping of a queue, as it is deployed."""

    batch_size: int
    maximum_concurrency: int | None


@dataclass(slots=True, eq=False)
class Message:
    """A message; ``hops`` counts the queue messages in a row that led to it."""

    id: str
    body: str
    attributes: Mapping[str, Any]
    hops: int
    receives: int = 0
    is_gone: bool = False
    sent: float = 0.0


@dataclass(slots=True, eq=False)
class Queue:
    """A queue's messages."""

    of: QueueOf
    visible: deque[Message] = field(default_factory=deque)
    hidden: int = 0
    source: QueueSource | None = None

    def __len__(self) -> int:
        return len(self.visible) + self.hidden


class Queues:
    """The service, as its client's methods.

    Parameters
    ----------
    clock, tally
        Time, and what is counted.
    """

    def __init__(self, clock: Clock, tally: Tally) -> None:
        self._clock = clock
        self._tally = tally
        self.all: dict[str, Queue] = {}
        self._number = 0

    def make(self, of: QueueOf) -> Queue:
        """Make a queue."""
        queue = self.all[of.name] = Queue(of)
        return queue

    def send_message(self, **request: Any) -> dict[str, Any]:
        """Put a message into a queue."""
        queue = self._find(request["QueueUrl"])
        self._tally.pay("queue_request")
        job = getcurrent()
        self._number += 1
        message = Message(
            f"message-{self._number}",
            request["MessageBody"],
            request.get("MessageAttributes", {}),
            job.hops if isinstance(job, Job) else 0,
            sent=self._clock.now,
        )
        delay = float(request.get("DelaySeconds", queue.of.delay_seconds))
        queue.hidden += 1
        self._clock.at(delay, lambda: self.show(queue, message))
        return {"MessageId": message.id}

    def send_message_batch(self, **request: Any) -> dict[str, Any]:
        """Put several messages into a queue."""
        sent = [
            {"Id": entry["Id"], **self.send_message(QueueUrl=request["QueueUrl"], **entry)}
            for entry in request["Entries"]
        ]
        return {"Successful": sent, "Failed": []}

    def show(self, queue: Queue, message: Message) -> None:
        """Let a message be received."""
        if message.is_gone:
            return
        queue.hidden -= 1
        if message.receives >= queue.of.most_receives and queue.of.dead_letters:
            self.bury(queue, message, "received too often")
            return
        queue.visible.append(message)
        if queue.source is not None:
            queue.source.wake()

    def bury(self, queue: Queue, message: Message, why: str) -> None:
        """Move a message to the dead-letter queue; without one it is lost."""
        self._tally.failures[f"message of {queue.of.name} {why}"] += 1
        if queue.of.dead_letters:
            self.all[queue.of.dead_letters].visible.append(message)

    def remove(self, queue: Queue, message: Message) -> None:
        """Let a message be gone that was received."""
        message.is_gone = True
        queue.hidden -= 1
        self._tally.pay("queue_request", 1 / 10)

    def _find(self, url: str) -> Queue:
        try:
            return self.all[url.rpartition("/")[2]]
        except KeyError:
            raise refusal("AWS.SimpleQueueService.NonExistentQueue") from None


class QueueSource:
    """Lambda's pollers of a queue.

    Parameters
    ----------
    clock, chance, quotas, tally, queues, function
        The services that they work with.
    queue, of
        The queue, and how the event source mapping is deployed.
    """

    def __init__(
        self,
        clock: Clock,
        chance: Chance,
        quotas: Quotas,
        tally: Tally,
        queues: Queues,
        function: Function,
        queue: Queue,
        of: QueueSourceOf,
    ) -> None:
        self._clock = clock
        self._chance = chance
        self._quotas = quotas
        self._tally = tally
        self._queues = queues
        self._function = function
        self._queue = queue
        self._of = of
        self._pollers = quotas.queue_pollers
        self._grown_at = 0.0
        self._busy = 0
        self._is_waking = False
        most = of.maximum_concurrency
        self._most = quotas.queue_most_pollers
        if most is not None:
            self._most = min(self._most, max(1.0, most / quotas.scale))

    def wake(self) -> None:
        """Take messages as far as pollers are free."""
        if not self._is_waking and self._queue.visible:
            self._is_waking = True
            self._clock.at(self._chance.seconds("queue_poll"), self._poll)

    def _poll(self) -> None:
        self._is_waking = False
        self._grow()
        while self._queue.visible and self._busy < int(min(self._pollers, self._most)):
            self._take()
        if self._queue.visible:
            # More pollers come while messages wait.
            self._is_waking = True
            self._clock.at(1.0, self._poll)

    def _grow(self) -> None:
        now = self._clock.now
        if self._busy < int(min(self._pollers, self._most)) and not self._queue.visible:
            self._pollers = self._quotas.queue_pollers
        elif now - self._grown_at < 5.0:
            growth = (now - self._grown_at) * self._quotas.queue_pollers_per_minute / 60
            self._pollers = min(self._pollers + growth, self._quotas.queue_most_pollers)
        self._grown_at = now

    def _take(self) -> None:
        count = min(self._of.batch_size, len(self._queue.visible))
        messages = [self._queue.visible.popleft() for _ in range(count)]
        self._tally.pay("queue_request")
        self._queue.hidden += count
        kept = []
        for message in messages:
            message.receives += 1
            if (
                message.hops >= self._quotas.recursion_hops
                and not self._function.of.is_recursion_allowed
            ):
                self._tally.throttles["Lambda recursion guard"] += 1
                self._queues.remove(self._queue, message)
                self._queues.bury(self._queue, message, "stopped by the recursion guard")
            else:
                kept.append(message)
        if kept:
            self._busy += 1
            self._invoke(kept, self._clock.now + self._queue.of.visibility_seconds, 1.0)

    def _invoke(self, messages: Sequence[Message], until: float, pause: float) -> None:
        event = {"Records": [self._record(message) for message in messages]}
        hops = max(message.hops for message in messages) + 1
        self._function.invoke(
            event, lambda *told: self._told(messages, until, pause, *told), hops=hops
        )

    def _told(
        self,
        messages: Sequence[Message],
        until: float,
        pause: float,
        kind: str,
        value: Any,
        _cause: str,
    ) -> None:
        if kind == THROTTLED and self._clock.now + pause < until:
            self._clock.at(
                self._chance.uniform(pause / 2, pause),
                lambda: self._invoke(messages, until, min(pause * 2, 60.0)),
            )
            return
        failed = {message.id for message in messages}
        if kind == RETURNED:
            failed = {one["itemIdentifier"] for one in (value or {}).get("batchItemFailures", [])}
        for message in messages:
            if message.id not in failed:
                self._queues.remove(self._queue, message)
            else:
                self._hide(message, until)
        self._busy -= 1
        self.wake()

    def _hide(self, message: Message, until: float) -> None:
        self._clock.at(
            max(until - self._clock.now, 0.0), lambda: self._queues.show(self._queue, message)
        )

    def _record(self, message: Message) -> dict[str, Any]:
        return {
            "messageId": message.id,
            "receiptHandle": message.id,
            "body": message.body,
            "attributes": {"ApproximateReceiveCount": str(message.receives)},
            "messageAttributes": {
                name: {"dataType": one["DataType"], "stringValue": one.get("StringValue")}
                for name, one in message.attributes.items()
            },
            "eventSource": "aws:sqs",
            "eventSourceARN": self._queue.of.arn,
        }
