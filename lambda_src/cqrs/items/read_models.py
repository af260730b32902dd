"""Read models: tables of entries that show items otherwise than the data table does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cqrs.aws.item_store import TRANSACTION_ITEMS, Action, Condition, Put, Update
from cqrs.core.keys import KEY_SEPARATOR, RESERVED_TYPES, tenant_code
from cqrs.errors import ConditionFailed, ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cqrs.aws.item_store import ItemStore
    from cqrs.core.attribute_values import Item
    from cqrs.core.keys import ItemKey

MOST_ENTRIES = TRANSACTION_ITEMS - 1
"""Entries of an item, those that it leaves included: one transaction writes them with the pointer
(DynamoDB API reference, TransactWriteItems)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a read model.

    Attributes
    ----------
    pk, sk
        Its place; no two items may share one.
    attributes
        The attributes that it shows.
    name, is_deleted
        As a data item has them, so that ``DataService`` reads entries too.
    """

    pk: str
    sk: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    is_deleted: bool = False


class ReadModels:
    """Keeps read models in a table, at most once and in order for each item.

    Parameters
    ----------
    store
        Access to tables.
    table
        Name of the table that holds the entries.
    """

    def __init__(self, store: ItemStore, table: str) -> None:
        self._store = store
        self._table = table

    def show(self, model: str, key: ItemKey, version: int, entries: Sequence[Entry]) -> bool:
        """Let a read model show an item as of a version (one GetItem, one TransactWriteItems).

        Entries that showed an earlier version and are not among these become deleted. All change
        together or none, so a crash or a repeat leaves nothing between.

        Parameters
        ----------
        model
            Name of the read model.
        key, version
            The item, and its version.
        entries
            The entries that show it from now on.

        Returns
        -------
        bool
            False if the read model shows this version already, or a later one.

        Raises
        ------
        ValidationError
            If there are more entries than one transaction writes.
        """
        pointer_pk = f"{RESERVED_TYPES}{model}{KEY_SEPARATOR}{tenant_code(key.pk)}"
        pointer = self._store.get(self._table, pointer_pk, key.sk)
        if pointer is not None and pointer["version"] >= version:
            return False
        places = [(entry.pk, entry.sk) for entry in entries]
        left = [place for place in _places(pointer) if place not in places]
        if len(places) + len(left) > MOST_ENTRIES:
            raise ValidationError(
                f"Read model {model} would write {len(places) + len(left)} entries of {key}; one "
                f"transaction takes {MOST_ENTRIES}. Show the item by fewer."
            )
        pointing: Item = {
            "pk": pointer_pk,
            "sk": key.sk,
            "version": version,
            "attributes": {"entries": [list(place) for place in places]},
        }
        is_newer = Condition("attribute_not_exists(#pk) OR #version < :new", {"new": version})
        actions: list[Action] = [Put(self._table, pointing, is_newer)]
        actions += [Put(self._table, _item(entry, version)) for entry in entries]
        actions += [self._deletion(place, version) for place in left]
        try:
            self._store.write_together(actions)
        except ConditionFailed:
            return False
        return True

    def _deletion(self, place: tuple[str, str], version: int) -> Update:
        return Update(self._table, *place, assign={"isDeleted": True, "version": version})


def _places(pointer: Item | None) -> list[tuple[str, str]]:
    """The places of an item's entries."""
    if pointer is None:
        return []
    return [(pk, sk) for pk, sk in pointer["attributes"]["entries"]]


def _item(entry: Entry, version: int) -> Item:
    return {
        "pk": entry.pk,
        "sk": entry.sk,
        "version": version,
        "name": entry.name,
        "isDeleted": entry.is_deleted,
        "attributes": dict(entry.attributes),
    }
