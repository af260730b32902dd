"""Items that others have filled up to DynamoDB's 400 KB, so that nothing more fits on them.

The services leave room on the items that they write. One that a restore or a script has put may
have none, and a command that can be neither finished nor failed would hold up those behind it.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import TYPE_CHECKING

from cqrs.errors import ItemTooLarge
from cqrs.item_store import Condition, ItemStore, Put

if TYPE_CHECKING:
    from collections.abc import Callable

    from cqrs.attribute_values import Item
    from cqrs.clients import Clients
    from cqrs.item_store import Update
    from cqrs.large_attributes import LargeAttributes
    from cqrs.object_store import ObjectStore

LARGE_BYTES = 8 * 1024
"""No attribute that the services write is as large, but for the attributes of commands."""

WHOLE_ITEM_KEY = "wholeItemKey"
"""Attribute of an item that was made smaller: where it lies as it was."""


class RoomyItemStore(ItemStore):
    """Makes room on full items of commands before it updates them.

    Parameters
    ----------
    clients
        Where the DynamoDB client comes from.
    attributes, objects
        Make access to large attributes and to the bucket.
    """

    def __init__(
        self,
        clients: Clients,
        attributes: Callable[[], LargeAttributes],
        objects: Callable[[], ObjectStore],
    ) -> None:
        super().__init__(clients)
        self._attributes = attributes
        self._objects = objects

    def update(self, action: Update) -> Item:
        """Update one item and return it as it then is (one UpdateItem; up to five more if full).

        The attributes of a full one then lie in the bucket, as those of any large command do.
        Others that are large become null, and the item as it was is kept in the bucket.

        Raises
        ------
        ConditionFailed
            The update's condition is not met, or somebody else ended the command meanwhile.
        ItemTooLarge
            It is full of small attributes.
        """
        try:
            return super().update(action)
        except ItemTooLarge:
            self._make_room(action)
        return super().update(action)

    def _make_room(self, action: Update) -> None:
        item = self.get(action.table, action.pk, action.sk)
        if item is None or "status" not in item:
            return
        smaller = self._attributes().moved(item)
        smaller = {**smaller, **self._nulls(smaller)}
        self.put(Put(action.table, smaller, Condition("#status = :was", {"was": item["status"]})))

    def _nulls(self, item: Item) -> Item:
        from cqrs.serialization import dynamodb_size  # noqa: PLC0415 - few items are full

        large = [name for name, value in item.items() if dynamodb_size(value) > LARGE_BYTES]
        if not large:
            return {}
        return {**dict.fromkeys(large), WHOLE_ITEM_KEY: self._keep(item)}

    def _keep(self, item: Item) -> str:
        from cqrs.attribute_values import attribute_value  # noqa: PLC0415
        from cqrs.large_values import TYPED_OBJECT  # noqa: PLC0415

        owner = f"{item['pk']} {item['sk']}".encode(errors="surrogatepass")
        name = f"{hashlib.sha256(owner).hexdigest()}/{uuid.uuid4().hex}"
        key = f"whole-items/{name}{TYPED_OBJECT}"
        self._objects().put_json(key, attribute_value(item, "item"))
        return key
