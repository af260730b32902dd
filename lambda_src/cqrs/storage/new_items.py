"""Items that are made once, under a key that nobody else makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.aws.item_store import IS_NEW, Put
from cqrs.errors import ConditionFailed

if TYPE_CHECKING:
    from cqrs.aws.item_store import ItemStore
    from cqrs.core.attribute_values import Item


def put_new(store: ItemStore, table: str, item: Item) -> bool:
    """Put an item; False if there is one of its key, and nothing changed (one PutItem)."""
    try:
        store.put(Put(table, item, IS_NEW))
    except ConditionFailed:
        return False
    return True
