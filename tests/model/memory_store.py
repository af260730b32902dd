"""The item store in memory: the public methods of ItemStore, each one atomic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cqrs.aws.item_store import (
    Action,
    Address,
    Check,
    Condition,
    Delete,
    Index,
    Put,
    QueryPage,
    Update,
)
from cqrs.core.attribute_values import Item
from cqrs.errors import ConditionFailed, ValidationError
from cqrs.testing.aws.conditions import holds
from cqrs.testing.text import Text, freeze, thaw, view

Tables = dict[Address, Text]
Observer = Callable[[Address, Text | None, Text], None]
"""Gets every write: where, what was there and what is there now."""


class MemoryStore:
    """Reads and writes items of a dictionary.

    Parameters
    ----------
    tables
        The items; changed in place.
    observe
        Gets every write.
    """

    def __init__(self, tables: Tables, observe: Observer = lambda *_: None) -> None:
        self._tables = tables
        self._observe = observe

    def get(self, table: str, pk: str, sk: str) -> Item | None:
        return self._read((table, pk, sk))

    def get_many(self, addresses: Sequence[Address]) -> dict[Address, Item]:
        if len(set(addresses)) != len(addresses):
            raise ValidationError("Provided list of item keys contains duplicates")
        return {
            address: thaw(self._tables[address]) for address in addresses if address in self._tables
        }

    def get_together(self, addresses: Sequence[Address]) -> list[Item | None]:
        return [self._read(address) for address in addresses]

    def put(self, action: Put) -> None:
        self._require([action])
        self._write(action)

    def update(self, action: Update) -> Item:
        self._require([action])
        self._write(action)
        item: Item = thaw(self._tables[address_of(action)])
        return item

    def write_together(self, actions: Sequence[Action], *, attempts: int = 1) -> None:
        del attempts  # nothing else is ever in the way
        if len({address_of(action) for action in actions}) != len(actions):
            raise ValidationError("Transaction request cannot include multiple operations on one")
        self._require(actions)
        for action in actions:
            if isinstance(action, Delete):
                raise NotImplementedError("no protocol of these models deletes in a transaction")
            if not isinstance(action, Check):
                self._write(action)

    def query(
        self,
        table: str,
        pk: str,
        *,
        sk_prefix: str = "",
        limit: int,
        start_after: Item | None = None,
    ) -> QueryPage:
        after = "" if start_after is None else start_after["sk"]
        keys = sorted(
            address
            for address in self._tables
            if address[:2] == (table, pk)
            and address[2].startswith(sk_prefix)
            and address[2] > after
        )
        page = keys[:limit]
        # DynamoDB finds out that there is nothing more only when it is asked again.
        last_key = {"pk": pk, "sk": page[-1][2]} if len(page) == limit else None
        return QueryPage([thaw(self._tables[address]) for address in page], last_key)

    def query_index(
        self,
        table: str,
        index: Index,
        partition: str,
        between: tuple[str, str],
        limit: int,
        start_after: Item | None,
    ) -> QueryPage:
        low, high = between
        keys = ("pk", "sk", index.partition_key, index.sort_key)
        found = [
            {name: item[name] for name in keys}
            for address, item in ((address, view(text)) for address, text in self._tables.items())
            if address[0] == table
            and item.get(index.partition_key) == partition
            and low <= item.get(index.sort_key, "") <= high
        ]
        assert start_after is None, "no partition of a model is as long"
        newest_first = sorted(found, key=lambda item: item[index.sort_key], reverse=True)
        last_key = newest_first[limit - 1] if len(newest_first) >= limit else None
        return QueryPage(newest_first[:limit], last_key)

    def count_index(self, table: str, index: Index, partition: str) -> int:
        return sum(
            address[0] == table and view(text).get(index.partition_key) == partition
            for address, text in self._tables.items()
        )

    def _read(self, address: Address) -> Item | None:
        text = self._tables.get(address)
        return None if text is None else thaw(text)

    def _require(self, actions: Sequence[Action]) -> None:
        failed = tuple(
            place
            for place, action in enumerate(actions)
            if not self._is_met(action, action.condition)
        )
        if failed:
            raise ConditionFailed("The conditional request failed", failed)

    def _is_met(self, action: Action, condition: Condition | None) -> bool:
        if condition is None:
            return True
        text = self._tables.get(address_of(action))
        item = None if text is None else view(text)
        return holds(condition.expression, condition.values, item)

    def _write(self, action: Put | Update) -> None:
        address = address_of(action)
        before = self._tables.get(address)
        after = freeze(action.item if isinstance(action, Put) else _updated(before, action))
        self._tables[address] = after
        self._observe(address, before, after)


def address_of(action: Action) -> Address:
    """The address that an action changes."""
    if isinstance(action, Put):
        return action.table, action.item["pk"], action.item["sk"]
    return action.table, action.pk, action.sk


def _updated(before: Text | None, action: Update) -> Item:
    item: dict[str, Any] = {"pk": action.pk, "sk": action.sk}
    if before is not None:
        item = dict(view(before))
    kept = {name: value for name, value in action.assign_once.items() if name not in item}
    item |= {**action.assign, **kept}
    for name, amount in action.increase.items():
        item[name] = item.get(name, 0) + amount
    for name in action.remove:
        item.pop(name, None)
    return item
