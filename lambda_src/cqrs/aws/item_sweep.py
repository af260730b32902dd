"""Whole tables, read page by page, and many items deleted at a time.

The services of the runtime never do either. It is for what concerns all of a tenant, whose items no
index leads to.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cqrs.aws.clients import send
from cqrs.aws.item_store import PLACEHOLDER, ItemStore
from cqrs.core.attribute_values import from_attribute_values, to_attribute_values

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cqrs.aws.clients import Clients
    from cqrs.aws.item_store import Condition
    from cqrs.core.attribute_values import Item

AT_ONCE = 8
"""Items that are deleted at the same time; the client has a few more connections."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One of the parts that a table is read in (DynamoDB API reference, Scan)."""

    number: int = 0
    of: int = 1


@dataclass(frozen=True, slots=True)
class SweptPage:
    """Items of one read, and where the next one goes on; None behind the last."""

    items: list[Item]
    last_key: Item | None


class ItemSweep:
    """Reads tables as a whole, strongly consistent, and deletes many items.

    Parameters
    ----------
    clients
        Source of the DynamoDB client.
    """

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def pages(
        self,
        table: str,
        wanted: Condition,
        *,
        segment: Segment = Segment(),
        start_after: Item | None = None,
    ) -> Iterator[SweptPage]:
        """Read a table (one Scan for each MB of it, whatever is wanted).

        Parameters
        ----------
        table
            Name of the table.
        wanted
            Tells DynamoDB which items to send.
        segment
            The part of the table.
        start_after
            ``last_key`` of the page to go on behind.
        """
        names = {f"#{name}": name for name in PLACEHOLDER.findall(wanted.expression)}
        values = to_attribute_values(dict(wanted.values))
        request: dict[str, Any] = {
            "TableName": table,
            "ConsistentRead": True,
            "FilterExpression": wanted.expression,
            "ExpressionAttributeNames": names,
        }
        if values:
            request["ExpressionAttributeValues"] = {f":{name}": v for name, v in values.items()}
        if segment.of > 1:
            request |= {"Segment": segment.number, "TotalSegments": segment.of}
        while True:
            if start_after is not None:
                request["ExclusiveStartKey"] = to_attribute_values(start_after)
            answer = send(self._clients.dynamodb, "scan", **request)
            last_key = answer.get("LastEvaluatedKey")
            start_after = from_attribute_values(last_key) if last_key else None
            yield SweptPage([from_attribute_values(item) for item in answer["Items"]], start_after)
            if start_after is None:
                return

    def delete(self, table: str, keys: Sequence[tuple[str, str]]) -> None:
        """Delete items, which may be gone (one DeleteItem each, some at a time).

        BatchWriteItem would do more in a request, and whoever may make that may put items, too.
        """
        store = ItemStore(self._clients)
        with ThreadPoolExecutor(AT_ONCE) as workers:
            for _ in workers.map(lambda key: store.delete(table, *key), keys):
                pass
