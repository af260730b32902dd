"""Attributes of commands and items; large ones lie in the bucket.

A command, its data item and its history share one object.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from cqrs.errors import ValidationError
from cqrs.large_values import KEY_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cqrs.attribute_values import Item
    from cqrs.keys import CommandKey
    from cqrs.large_values import LargeValues

ATTRIBUTES = "attributes"
ATTRIBUTES_KEY = ATTRIBUTES + KEY_SUFFIX


class LargeAttributes:
    """Places attributes, and brings them back.

    Parameters
    ----------
    values
        Decides where they go.
    """

    def __init__(self, values: LargeValues) -> None:
        self._values = values

    def store(
        self, key: CommandKey, request_id: str, attributes: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Place a new command's attributes.

        Returns
        -------
        dict
            The one attribute that the command's item takes: ``attributes`` or ``attributesKey``.
        """
        place = f"attributes/{_digest(str(key.item))}/{key.version}-{request_id}"
        return self._values.place(ATTRIBUTES, attributes, place)

    def moved(self, item: Item) -> Item:
        """A full item with its attributes in the bucket, whatever their size (one PutObject)."""
        if ATTRIBUTES not in item:
            return item
        owner = _digest(f"{item['pk']} {item['sk']}")
        place = f"attributes/{owner}/moved"
        placed = self._values.place(ATTRIBUTES, item[ATTRIBUTES], place, inline_bytes=-1)
        return {**{name: item[name] for name in item if name != ATTRIBUTES}, **placed}

    def load(self, item: Item) -> dict[str, Any]:
        """Attributes of an item, wherever they lie.

        Raises
        ------
        NotFoundError
            They lie in the bucket, and their object is gone.
        ValidationError
            They are no object of names and values.
        """
        attributes = self._values.load(item, ATTRIBUTES)
        if not isinstance(attributes, dict | None):
            raise ValidationError(
                f"The attributes of {item.get('pk')} {item.get('sk')} are a "
                f"{type(attributes).__name__}, and no object of names and values: something other "
                "than CommandService wrote them. Mend or delete that item."
            )
        return dict(attributes or {})


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
