"""Attributes of commands and items; large ones lie in the bucket.

A command, its data item and its history share one object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.errors import ValidationError
from cqrs.resources import ATTRIBUTES_PREFIX
from cqrs.storage.large_values import KEY_SUFFIX, folder_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cqrs.core.attribute_values import Item
    from cqrs.core.keys import CommandKey
    from cqrs.storage.large_values import LargeValues

INLINE_BYTES = 16 * 1024
"""Largest attributes that lie in the items themselves.

Each write of a status, and each copy, rewrites an item as a whole: some 7 write units a KB and
command. An object is written once. The table is in docs/architecture.md.
"""

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
        folder = folder_of(ATTRIBUTES_PREFIX, key.pk, key.base)
        place = f"{folder}/{key.version}-{request_id}"
        return self._values.place(ATTRIBUTES, attributes, place, inline_bytes=INLINE_BYTES)

    def moved(self, item: Item) -> Item:
        """A full item with its attributes in the bucket, whatever their size (one PutObject)."""
        return self._values.moved(item, (ATTRIBUTES,), ATTRIBUTES_PREFIX)

    def load(self, item: Item) -> dict[str, Any]:
        """Attributes of an item, wherever they lie.

        Raises
        ------
        NotFoundError
            If they lie in the bucket, and their object is gone.
        ValidationError
            If they are not an object of names and values.
        """
        refuse_damaged_attributes(item)
        attributes = self._values.load(item, ATTRIBUTES)
        _refuse_other_than_object(item, attributes)
        return dict(attributes or {})


def refuse_damaged_attributes(item: Item) -> None:
    """See that attributes can be what they should, as far as the item shows without the bucket.

    Raises
    ------
    ValidationError
        If they cannot.
    """
    object_key = item.get(ATTRIBUTES_KEY)
    if object_key is None:
        _refuse_other_than_object(item, item.get(ATTRIBUTES))
    elif not (isinstance(object_key, str) and object_key):
        raise _damaged(item, f"should lie in the bucket at {object_key!r:.80}, which is not a key")


def _refuse_other_than_object(item: Item, attributes: Any) -> None:
    if not isinstance(attributes, dict | None):
        kind = type(attributes).__name__
        raise _damaged(item, f"are a {kind}, and no object of names and values")


def _damaged(item: Item, problem: str) -> ValidationError:
    return ValidationError(
        f"The attributes of {item.get('pk')} {item.get('sk')} {problem}: something other than "
        "CommandService wrote them. Mend or delete that item."
    )
