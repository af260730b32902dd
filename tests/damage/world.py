"""An application on moto, whose every step is bounded, and whose items a test damages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from cqrs.application import Application
from cqrs.aws.item_store import Put
from cqrs.core.attribute_values import from_attribute_values, to_attribute_values
from cqrs.errors import CqrsError
from cqrs.resources import STREAMED_TABLES, Queue, Table, dead_letter_queue
from tests.damage.bounded import Bounds, Endless
from tests.damage.values import GONE
from tests.unit.conftest import PREFIX, MotoClients, RecordingStepFunctions
from tests.unit.operating import Operator
from tests.unit.sample_events import sqs_event, stream_event

Item = dict[str, Any]
Address = tuple[Table, str, str]

LONG_AGO = "2020-01-01T00:00:00.000Z"
TIMES = ("createdAt", "startedAt", "restartedAt", "movedAt", "answeredAt", "closedAt")


@dataclass
class World:
    """The application, what it left where, and what went wrong."""

    application: Application
    clients: MotoClients
    cqrs: Operator
    bounds: Bounds
    wrong: list[str] = field(default_factory=list)

    @property
    def services(self) -> Any:
        return self.application.services

    # Items

    def items(self) -> dict[Address, Item]:
        """Everything that the tables hold."""
        return {
            (table, item["pk"], item["sk"]): item
            for table in Table
            for item in self._scan(self._name(table))
        }

    def damage(self, address: Address, attribute: str, value: Any) -> None:
        """Write an item again with an attribute replaced, as anybody with access to it may."""
        item = {name: held for name, held in self.items()[address].items() if name != attribute}
        self._put(address, item if value is GONE else {**item, attribute: value})

    def copy(self, address: Address, name: str) -> Address:
        """Write an item beside itself, under another sort key."""
        table, pk, sk = address
        copied = (table, pk, f"{sk}{name}")
        self._put(address, self.items()[address])
        self.services.store.put(Put(self._name(table), {**self.items()[address], "sk": copied[2]}))
        return copied

    def age(self, attribute: str = "") -> None:
        """Let everything be old, but for the attribute that was damaged."""
        for address, item in self.items().items():
            old = {name: LONG_AGO for name in TIMES if name in item and name != attribute}
            self._put(address, {**item, **old})

    def begin_anew(self) -> None:
        """Forget everything."""
        for table, pk, sk in self.items():
            self.clients.dynamodb.delete_item(
                TableName=self._name(table), Key={"pk": {"S": pk}, "sk": {"S": sk}}
            )
        for queue in Queue:
            self._take(queue)
        self.letters()
        self.clients.recorded = RecordingStepFunctions()
        self.wrong.clear()

    # Effects of choices

    def stream(self, table: Table, event_name: str = "MODIFY", pk: str = "") -> None:
        """Deliver the newest image of every item of a table."""
        for (where, _, _), item in self.items().items():
            if where is table and item["pk"].startswith(pk):
                image = to_attribute_values(item)
                event = stream_event(image, table=f"{PREFIX}{table}", event_name=event_name)
                self._deliver(f"record of {table.value}, {item['sk']}", event)

    def messages(self, queue: Queue, rounds: int = 6) -> None:
        """Work a queue off."""
        for _ in range(rounds):
            bodies = self._take(queue)
            if not bodies:
                return
            for body in bodies:
                self._deliver(f"message of {queue}", sqs_event(body, queue=f"{PREFIX}{queue}"))
        if self._take(queue):
            self.wrong.append(f"messages of {queue} lead to messages without end")

    def event(self, what: str, event: Any) -> None:
        """Deliver an event whose failure Lambda keeps."""
        self._bounded(what, lambda: self.application.handle(event), (CqrsError,))

    def act(self, action: str, **payload: Any) -> Any:
        """Invoke an action, which answers whatever it meets."""
        event = {"source": "direct", "action": action, "payload": payload}
        return self._bounded(action, lambda: self.application.handle(event), ())

    def call(self, what: str, call: Callable[[], Any]) -> Any:
        """Call a state's method, whose errors Step Functions catches."""
        return self._bounded(what, call, (CqrsError,))

    def run(self, *arguments: str) -> str:
        """Run the command line; what it printed."""
        said = f"cqrs {' '.join(arguments)}"
        ended = self._bounded(said, lambda: self.cqrs.run(*arguments), ())
        if ended is None:
            return ""
        if "did not expect" in ended.err:
            self.wrong.append(f"{said}: {ended.err!r:.300}")
        return str(ended.out + ended.err)

    def letters(self) -> str:
        """Take what lies in the dead-letter queues."""
        sources = (*Queue, *STREAMED_TABLES)
        return "\n".join(body for one in sources for body in self._take(dead_letter_queue(one)))

    def _deliver(self, what: str, event: Any) -> None:
        answer = self._bounded(what, lambda: self.application.handle(event), ())
        if answer is not None and answer["batchItemFailures"]:
            self.wrong.append(f"{what} failed for another try")

    def _bounded(
        self, what: str, call: Callable[[], Any], allowed: tuple[type[Exception], ...]
    ) -> Any:
        try:
            with self.bounds.held():
                return call()
        except Endless:
            self.wrong.append(f"{what} has no end")
        except allowed:
            pass
        except Exception as error:  # noqa: BLE001 - the next steps are of interest too
            self.wrong.append(f"{what} raised {error!r:.200}")
        return None

    # AWS

    def _name(self, table: Table) -> str:
        return self.services.settings.table(table)

    def _put(self, address: Address, item: Item) -> None:
        self.services.store.put(Put(self._name(address[0]), item))

    def _scan(self, name: str) -> Iterator[Item]:
        for page in self.clients.dynamodb.get_paginator("scan").paginate(TableName=name):
            for raw in page["Items"]:
                yield from_attribute_values(raw)

    def _take(self, queue: str) -> list[str]:
        url = f"{self.services.settings.notification_queue_url.rpartition('/')[0]}/{PREFIX}{queue}"
        request = {"QueueUrl": url, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"]}
        bodies: list[str] = []
        while found := self.clients.sqs.receive_message(**request).get("Messages"):
            for message in found:
                bodies.append(message["Body"])
                self.clients.sqs.delete_message(
                    QueueUrl=url, ReceiptHandle=message["ReceiptHandle"]
                )
        return bodies
