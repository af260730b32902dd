"""Values too large for a DynamoDB item, kept in the bucket instead.

An item holds either the value itself under a name, or the object's key under ``<name>Key``. Each
write makes an object of its own, and none is changed after that. So a write whose item is refused
changes nothing that an item refers to, and items may share an object.

Objects hold JSON. A value with sets or binary data, which others have put into a table, is written
as DynamoDB's API writes it, with types. The end of the object's key shows which it is.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import TYPE_CHECKING, Any

from cqrs.core.attribute_values import attribute_value, plain_value
from cqrs.core.json_values import is_json
from cqrs.core.keys import tenant_code
from cqrs.core.sizes import depth, dynamodb_size
from cqrs.errors import ValidationError
from cqrs.storage.tenant_folders import tenant_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cqrs.aws.object_store import ObjectStore
    from cqrs.core.attribute_values import Item

INLINE_BYTES = 350 * 1024
"""The rest of DynamoDB's 400 KB is left for keys and the item's other attributes."""

INLINE_DEPTH = 30
"""DynamoDB nests lists and maps 32 deep; the value's own attribute and the item take one each."""

KEY_SUFFIX = "Key"

JSON_OBJECT = ".json"
TYPED_OBJECT = ".dynamodb-json"


class LargeValues:
    """Decides where values go, and brings them back from there.

    Parameters
    ----------
    objects
        The bucket.
    """

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def place(
        self, name: str, value: Any, place: str, *, inline_bytes: int = INLINE_BYTES
    ) -> dict[str, Any]:
        """Place a value.

        Parameters
        ----------
        name
            Attribute that is to hold it.
        value
            Any JSON value.
        place
            Its place in the bucket if it is too large: how the keys of its objects begin.
        inline_bytes
            The largest that is kept in the item.

        Returns
        -------
        dict
            The one attribute that the item takes: ``<name>`` or ``<name>Key`` (then one PutObject
            was made).
        """
        if dynamodb_size(value) <= inline_bytes and depth(value) <= INLINE_DEPTH:
            return {name: value}
        is_plain = is_json(value)
        object_key = f"{place}-{uuid.uuid4().hex}{JSON_OBJECT if is_plain else TYPED_OBJECT}"
        value = value if is_plain else attribute_value(value, name)
        self._objects.put_json(object_key, value)
        return {name + KEY_SUFFIX: object_key}

    def moved(self, item: Item, names: Sequence[str], place: str) -> Item:
        """A full item with values of it in the bucket, whatever their size.

        One PutObject for each.

        Parameters
        ----------
        item
            It stays as it is.
        names
            Attributes that move if they are there.
        place
            Folder in the bucket.
        """
        folder = folder_of(place, item["pk"], item["sk"])
        smaller = dict(item)
        for name in names:
            if name in item:
                value = smaller.pop(name)
                smaller |= self.place(name, value, f"{folder}/{name}", inline_bytes=-1)
        return smaller

    def load(self, item: Item, name: str) -> Any:
        """Value of an item, wherever it lies (one GetObject for a large one); None without one.

        Raises
        ------
        NotFoundError
            If it lies in the bucket, and its object is gone.
        ValidationError
            If its object holds something else.
        """
        object_key = item.get(name + KEY_SUFFIX)
        if object_key is None:
            return item.get(name)
        document = self._objects.get_json(object_key)
        return _untyped(object_key, document) if object_key.endswith(TYPED_OBJECT) else document


def folder_of(place: str, pk: str, sk: str) -> str:
    """Folder of an item's objects in the bucket, whatever characters its key has.

    It lies in its tenant's. Earlier releases had no folders of tenants.
    """
    owner = f"{pk} {sk}".encode(errors="surrogatepass")
    return f"{tenant_folder(place, tenant_code(pk))}{hashlib.sha256(owner).hexdigest()}"


def placement(item: Item, name: str) -> dict[str, Any]:
    """The place of an item's value, to be taken over by another item as it is."""
    return {key: item[key] for key in (name, name + KEY_SUFFIX) if key in item}


def _untyped(object_key: str, document: Any) -> Any:
    try:
        return plain_value(document)
    except (AttributeError, TypeError, ValueError, RecursionError) as error:
        raise ValidationError(
            f"The object {object_key} holds no value of DynamoDB ({error}): something else has "
            "written it. Put back the version before; the bucket keeps versions."
        ) from None
