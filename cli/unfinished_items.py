"""Reading the indexes of what is not over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cqrs.attribute_values import Item, from_attribute_values
from cqrs.clients import send
from cqrs.unfinished import shards

if TYPE_CHECKING:
    from cli.connection import Connection
    from cqrs.item_store import Index


def unfinished_entries(
    connection: Connection, table: str, index: Index, before: str | None = None
) -> Iterator[Item]:
    """Entries of an index, which may be behind its table.

    Parameters
    ----------
    connection, table, index
        What to read.
    before
        Only what was made before this time; by default all.
    """
    partition, made = index.partition_key, index.sort_key
    for shard in shards():
        request: dict[str, Any] = {
            "TableName": table,
            "IndexName": index.name,
            "KeyConditionExpression": "#partition = :shard",
            "ExpressionAttributeNames": {"#partition": partition},
            "ExpressionAttributeValues": {":shard": {"S": shard}},
        }
        if before is not None:
            request["KeyConditionExpression"] += " AND #made < :before"
            request["ExpressionAttributeNames"]["#made"] = made
            request["ExpressionAttributeValues"][":before"] = {"S": before}
        while True:
            page = send(connection.services.clients.dynamodb, "query", **request)
            yield from map(from_attribute_values, page["Items"])
            if "LastEvaluatedKey" not in page:
                break
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]
