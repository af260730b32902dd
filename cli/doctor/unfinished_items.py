"""Reading the indexes of what is not over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from typing import TYPE_CHECKING, Any

from cqrs.aws.clients import send
from cqrs.core.attribute_values import Item, from_attribute_values
from cqrs.core.clock import CLOCK_DIFFERENCE, iso
from cqrs.storage.unfinished_work import shards

if TYPE_CHECKING:
    from cli.deployed.connection import Connection
    from cqrs.aws.item_store import Index


def unfinished_entries(
    connection: Connection, table: str, index: Index, before: str | None = None
) -> Iterator[Item]:
    """Entries of an index, which may be behind its table.

    Parameters
    ----------
    connection, table, index
        The index to read.
    before
        Only what was made before this time, or by a clock that is ahead; by default all.
    """
    ranges = [None] if before is None else [("<", before), (">", _ahead())]
    for shard, made in product(shards(), ranges):
        request: dict[str, Any] = {
            "TableName": table,
            "IndexName": index.name,
            "KeyConditionExpression": "#partition = :shard",
            "ExpressionAttributeNames": {"#partition": index.partition_key},
            "ExpressionAttributeValues": {":shard": {"S": shard}},
        }
        if made is not None:
            comparison, time = made
            request["KeyConditionExpression"] += f" AND #made {comparison} :time"
            request["ExpressionAttributeNames"]["#made"] = index.sort_key
            request["ExpressionAttributeValues"][":time"] = {"S": time}
        while True:
            page = send(connection.services.clients.dynamodb, "query", **request)
            yield from map(from_attribute_values, page["Items"])
            if "LastEvaluatedKey" not in page:
                break
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _ahead() -> str:
    """A time that no right clock has reached; text that is not a time sorts behind it, too."""
    return iso(datetime.now(UTC) + CLOCK_DIFFERENCE)
