"""The content of an environment's tables and queues."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cli.deployed.connection import Connection
from cqrs.aws.clients import send
from cqrs.aws.item_store import ItemStore
from cqrs.core.attribute_values import Item
from cqrs.resources import dead_letter_queue


def partition(store: ItemStore, table: str, pk: str, sk_prefix: str = "") -> Iterator[Item]:
    """All items of a partition, or those whose sort keys begin so."""
    start_after = None
    while True:
        page = store.query(table, pk, sk_prefix=sk_prefix, limit=1000, start_after=start_after)
        yield from page.items
        start_after = page.last_key
        if start_after is None:
            return


def with_status(items: Iterable[Item], status: str) -> int:
    """How many items have a status."""
    return sum(item["status"] == status for item in items)


def messages(connection: Connection, queue: str) -> int:
    """Messages of a queue, those that are being worked on included."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = send(
        connection.services.clients.sqs,
        "get_queue_attributes",
        QueueUrl=connection.environment.queue_url(queue),
        AttributeNames=names,
    )
    return sum(int(answer["Attributes"][name]) for name in names)


def dead_letters(connection: Connection) -> int:
    """Messages in all dead-letter queues."""
    sources = connection.with_own_resources().environment.dead_letter_sources
    return sum(messages(connection, dead_letter_queue(source)) for source in sources)
