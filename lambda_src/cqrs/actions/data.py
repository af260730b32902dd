"""The latest states by direct invocation: the calls of DataService."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.actions.room import Room
from cqrs.core.keys import ItemKey, checked_partition_key
from cqrs.items.data import DEFAULT_ITEMS, cursor_behind

if TYPE_CHECKING:
    from cqrs.items.data import DataItem, DataService

READ_OTHERWISE = "Read it with the services in Python or on the command line."
"""The advice about a state that no answer holds."""


class DataActions:
    """Actions on the data table.

    Parameters
    ----------
    data
        The service.
    """

    def __init__(self, data: DataService) -> None:
        self._data = data

    def get_data(self, pk: str, sk: str) -> dict[str, Any] | None:
        """Read an item's latest state."""
        key = ItemKey.checked(pk, sk)
        item = self._data.get(key.pk, key.sk)
        return None if item is None else state(item)

    def list_data(
        self, pk: str, sk_prefix: str = "", limit: int = DEFAULT_ITEMS, cursor: str | None = None
    ) -> dict[str, Any]:
        """Read a page of a partition; its cursor is None on the last page.

        The page ends before the limit if an answer takes no more. Items that cannot be read are
        under ``damaged``.

        Raises
        ------
        ValidationError
            If an argument is refused, or no answer holds the item that comes next.
        """
        checked_partition_key(pk)
        if sk_prefix:
            ItemKey.checked(pk, sk_prefix)
        room = Room()

        def takes(item: DataItem) -> bool:
            behind = cursor_behind(item.key)
            otherwise = f"{READ_OTHERWISE} Go on behind it with the cursor {behind!r}."
            return room.takes(state(item), str(item.key), otherwise)

        page = self._data.list(pk, sk_prefix=sk_prefix, limit=limit, cursor=cursor, takes=takes)
        damaged = [item.to_mapping() for item in page.damaged]
        return {"items": room.entries, "cursor": page.cursor, "damaged": damaged}


def state(item: DataItem) -> dict[str, Any]:
    """A state of an item as JSON."""
    return {
        "pk": item.key.pk,
        "sk": item.key.sk,
        "version": item.version,
        "name": item.name,
        "attributes": item.attributes,
        "is_deleted": item.is_deleted,
        "request_id": item.request_id,
        "created_at": item.created_at,
        "updated_at": item.updated_at,
        "ttl": item.ttl,
        "schema_version": item.schema_version,
    }
