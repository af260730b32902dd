"""Items that others have filled up to DynamoDB's 400 KB, so that nothing more fits on them.

The services leave room on the items that they write. One that a restore or a script has put may
have none. A command that can be neither finished nor failed would hold up those behind it. A task,
an import or a request for approval would be open for ever.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from cqrs.aws.item_store import CONFLICT_ATTEMPTS, Condition, ItemStore, Put, Update
from cqrs.core.attribute_values import attribute_value
from cqrs.core.sizes import dynamodb_size
from cqrs.errors import ItemTooLarge
from cqrs.resources import WHOLE_ITEMS_PREFIX
from cqrs.storage.large_values import TYPED_OBJECT, folder_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cqrs.aws.clients import Clients
    from cqrs.aws.item_store import Action
    from cqrs.aws.object_store import ObjectStore
    from cqrs.core.attribute_values import Item
    from cqrs.storage.large_values import LargeValues

ITEM_BYTES = 400 * 1024

LARGE_BYTES = 20 * 1024
"""No attribute that the services write is as large, but for those that may move to the bucket."""

FULL_BYTES = 350 * 1024
"""A write that is refused for its size may be of many items, of which most have room."""

ROOM_BYTES = 20 * 1024
"""More than the services add to an item until its work is over."""

WHOLE_ITEM_KEY = "wholeItemKey"
"""Attribute of an item that was made smaller: the key of the whole item as it was."""


class RoomyItemStore(ItemStore):
    """Makes room on full items of one table before it updates them.

    Parameters
    ----------
    clients
        Source of the DynamoDB client.
    names, place
        Attributes that may lie in the bucket, and in which folder.
    values, objects
        Make access to such values and to the bucket.
    kept
        Attributes that stay as they are if there is room without them. If not, each becomes an
        object that tells the key of the whole item.
    """

    def __init__(
        self,
        clients: Clients,
        names: Sequence[str],
        place: str,
        values: Callable[[], LargeValues],
        objects: Callable[[], ObjectStore],
        kept: Sequence[str] = (),
    ) -> None:
        super().__init__(clients)
        self._names = names
        self._place = place
        self._values = values
        self._objects = objects
        self._kept = kept

    def update(self, action: Update) -> Item:
        """Update one item and return it as it then is (one UpdateItem; up to six more if full).

        Attributes of a full one that may lie in the bucket move there. Others that are large
        become null, and the item as it was is kept in the bucket.

        Raises
        ------
        ConditionFailed
            If the update's condition is not met, or somebody else ended the work meanwhile.
        ItemTooLarge
            If it is full of small attributes.
        """
        try:
            return super().update(action)
        except ItemTooLarge:
            self._make_room(action)
        return super().update(action)

    def write_together(
        self, actions: Sequence[Action], *, attempts: int = CONFLICT_ATTEMPTS
    ) -> None:
        """Do all of the actions or none, after room was made if one of them met a full item.

        Raises
        ------
        ConditionFailed
            If a condition is not met; ``failed`` has the positions of those.
        ItemTooLarge
            If an item is full of small attributes, or too large as it is put.
        """
        try:
            super().write_together(actions, attempts=attempts)
        except ItemTooLarge:
            for action in actions:
                if isinstance(action, Update):
                    self._make_room(action)
            super().write_together(actions, attempts=attempts)

    def _make_room(self, action: Update) -> None:
        item = self.get(action.table, action.pk, action.sk)
        if item is None or "status" not in item or dynamodb_size(item) < FULL_BYTES:
            return
        smaller = self._emptied(self._values().moved(item, self._names, self._place))
        self.put(Put(action.table, smaller, Condition("#status = :was", {"was": item["status"]})))

    def _emptied(self, item: Item) -> Item:
        large = {name for name, value in item.items() if dynamodb_size(value) > LARGE_BYTES}
        if not large:
            return item
        key = self._keep(item)
        emptied = {**item, **dict.fromkeys(large.difference(self._kept)), WHOLE_ITEM_KEY: key}
        if dynamodb_size(emptied) <= ITEM_BYTES - ROOM_BYTES:
            return emptied
        place = {WHOLE_ITEM_KEY: key}
        return {**emptied, **dict.fromkeys(large.intersection(self._kept), place)}

    def _keep(self, item: Item) -> str:
        folder = folder_of(WHOLE_ITEMS_PREFIX, item["pk"], item["sk"])
        key = f"{folder}/{uuid.uuid4().hex}{TYPED_OBJECT}"
        self._objects().put_json(key, attribute_value(item, "item"))
        return key
