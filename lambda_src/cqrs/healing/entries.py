"""Reading the indexes of what is not over; they may be behind their tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from typing import TYPE_CHECKING, Any

from cqrs.aws.clients import send
from cqrs.core.attribute_values import from_attribute_values, to_attribute_values
from cqrs.core.clock import CLOCK_DIFFERENCE, iso
from cqrs.storage.paging import LONGEST_PARTITION_KEY, may_be_key
from cqrs.storage.unfinished_work import SHARDS, shards

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cqrs.aws.clients import Clients
    from cqrs.aws.item_store import Index
    from cqrs.core.attribute_values import Item


@dataclass(frozen=True, slots=True)
class Place:
    """A place in an index, behind one of its entries.

    Attributes
    ----------
    shard
        Number of the index's partition.
    after
        Keys of the entry before it, in the table and in the index; None at the beginning.
    """

    shard: int = 0
    after: Item | None = None


class UnfinishedEntries:
    """The entries of an index of what is not over.

    Parameters
    ----------
    clients, table, index
        The index.
    """

    def __init__(self, clients: Clients, table: str, index: Index) -> None:
        self._clients = clients
        self._table = table
        self._index = index

    @property
    def sort_key(self) -> str:
        """The attribute by which entries are in order."""
        return self._index.sort_key

    def has(self, place: Place) -> bool:
        """Whether a place may be one of this index, as far as its form tells."""
        if place.after is None:
            return True
        after = place.after
        return (
            after.keys() == self._key_names
            and may_be_key(after["pk"], LONGEST_PARTITION_KEY)
            and may_be_key(after["sk"])
            and may_be_key(after[self._index.sort_key])
            and after[self._index.partition_key] == str(place.shard)
        )

    def all(self, before: str | None = None) -> Iterator[Item]:
        """All entries, or those that were made before a time or by a clock that is ahead."""
        ranges = [None] if before is None else [("<", before), (">", _ahead())]
        for shard, made in product(shards(), ranges):
            yield from self._of_shard(shard, made)

    def of_shard(self, shard: int, since: str | None = None) -> Iterator[Item]:
        """The entries of one partition, the oldest first, from a time on."""
        return self._of_shard(str(shard), None if since is None else (">=", since))

    def behind(self, start: Place) -> Iterator[tuple[Item, Place]]:
        """All entries from a place on to the end, each with the place behind it.

        The oldest of a partition come first.
        """
        for shard in range(start.shard, SHARDS):
            after = start.after if shard == start.shard else None
            for entry in self._of_shard(str(shard), after=after):
                yield entry, self._behind(shard, entry)

    def from_place(self, start: Place) -> Iterator[tuple[Item, Place]]:
        """All entries from a place on and round to it, each with the place behind it.

        The oldest of a partition come first.
        """
        for number in range(start.shard, start.shard + SHARDS):
            shard = number % SHARDS
            after = start.after if number == start.shard else None
            for entry in self._of_shard(str(shard), after=after):
                yield entry, self._behind(shard, entry)
        if start.after is not None:
            last = start.after[self._index.sort_key]
            for entry in self._of_shard(str(start.shard)):
                if entry[self._index.sort_key] > last:
                    return
                yield entry, self._behind(start.shard, entry)

    def _behind(self, shard: int, entry: Item) -> Place:
        return Place(shard, {name: entry[name] for name in sorted(self._key_names)})

    @property
    def _key_names(self) -> set[str]:
        return {"pk", "sk", self._index.partition_key, self._index.sort_key}

    def _of_shard(
        self, shard: str, made: tuple[str, str] | None = None, after: Item | None = None
    ) -> Iterator[Item]:
        request: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": self._index.name,
            "KeyConditionExpression": "#partition = :shard",
            "ExpressionAttributeNames": {"#partition": self._index.partition_key},
            "ExpressionAttributeValues": {":shard": {"S": shard}},
        }
        if made is not None:
            comparison, time = made
            request["KeyConditionExpression"] += f" AND #made {comparison} :time"
            request["ExpressionAttributeNames"]["#made"] = self._index.sort_key
            request["ExpressionAttributeValues"][":time"] = {"S": time}
        if after is not None:
            request["ExclusiveStartKey"] = to_attribute_values(after)
        while True:
            page = send(self._clients.dynamodb, "query", **request)
            yield from map(from_attribute_values, page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _ahead() -> str:
    """A time that no right clock has reached; text that is not a time sorts behind it, too."""
    return iso(datetime.now(UTC) + CLOCK_DIFFERENCE)
