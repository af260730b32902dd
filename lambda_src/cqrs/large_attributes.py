"""Attributes too large for a DynamoDB item, kept in the bucket instead.

An item holds either ``attributes`` itself or ``attributesKey``, the object's key. The object is
never changed after it was written, so a command, its data item and its history share one.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from cqrs.serialization import Item, depth, dynamodb_size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cqrs.keys import CommandKey
    from cqrs.object_store import ObjectStore

ATTRIBUTES = "attributes"
ATTRIBUTES_KEY = "attributesKey"

INLINE_BYTES = 350 * 1024
"""The rest of DynamoDB's 400 KB is left for keys and the item's other attributes."""

INLINE_DEPTH = 30
"""DynamoDB nests lists and maps 32 deep; ``attributes`` itself and the item take one each."""


class LargeAttributes:
    """Decides where attributes go, and brings them back from there.

    Parameters
    ----------
    objects
        The bucket.
    """

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def store(
        self, key: CommandKey, request_id: str, attributes: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Place a new command's attributes.

        Returns
        -------
        dict
            The one attribute that the command's item takes: ``attributes`` or
            ``attributesKey`` (then one PutObject was made).
        """
        if dynamodb_size(attributes) <= INLINE_BYTES and depth(attributes) <= INLINE_DEPTH:
            return {ATTRIBUTES: attributes}
        item = hashlib.sha256(str(key.item).encode()).hexdigest()
        object_key = f"attributes/{item}/{key.version}-{request_id}.json"
        self._objects.put_json(object_key, attributes)
        return {ATTRIBUTES_KEY: object_key}

    def load(self, item: Item) -> dict[str, Any]:
        """Attributes of an item, wherever they lie (one GetObject for large ones)."""
        if ATTRIBUTES_KEY in item:
            attributes: dict[str, Any] = self._objects.get_json(item[ATTRIBUTES_KEY])
            return attributes
        return dict(item.get(ATTRIBUTES) or {})


def placement(item: Item) -> dict[str, Any]:
    """Where an item's attributes lie, to be taken over by another item as it is."""
    return {name: item[name] for name in (ATTRIBUTES, ATTRIBUTES_KEY) if name in item}
