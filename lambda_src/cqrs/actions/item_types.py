"""Types of items by direct invocation: what they are, and whether an item fits its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.commands.service import checked_content
from cqrs.core.keys import ItemKey

if TYPE_CHECKING:
    from cqrs.item_types.known_types import TypedItems
    from cqrs.item_types.registry import ItemTypes


class ItemTypeActions:
    """Actions on types of items.

    Parameters
    ----------
    types, typed_items
        The application's types, and what checks items against them.
    """

    def __init__(self, types: ItemTypes, typed_items: TypedItems) -> None:
        self._types = types
        self._typed_items = typed_items

    def list_item_types(self) -> list[dict[str, Any]]:
        """All types of items, each with its JSON Schema and the version of that."""
        return [
            {
                "name": item_type.name,
                "version": item_type.version,
                "has_validators": item_type.has_validators,
                "schema": self._types.schema_of(item_type.name),
            }
            for item_type in self._types
        ]

    def check_item(self, pk: str, sk: str, attributes: dict[str, Any]) -> None:
        """See whether an item might be published with some attributes; it is not.

        Raises
        ------
        ValidationError
            If it might not.
        """
        key = ItemKey.publishable(pk, sk)
        self._typed_items.check(key, checked_content("", attributes).attributes)
