"""Entries of an export: a line of JSON for each item, earlier state and command.

An entry has what the table has, but for the marks by which work is found. Its attributes are there
whole, wherever they lie. Attributes with sets or binary data, which JSON has not, are written as
DynamoDB's API writes them, under a name of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.core.attribute_values import attribute_value, plain_value
from cqrs.core.item_content import schema_version_of
from cqrs.core.json_text import from_json, to_json
from cqrs.core.json_values import is_json
from cqrs.core.keys import KEY_SEPARATOR, item_type
from cqrs.errors import ValidationError
from cqrs.exports.request_ids import exported
from cqrs.storage.large_attributes import ATTRIBUTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cqrs.core.attribute_values import Item
    from cqrs.storage.large_attributes import LargeAttributes

TYPED_ATTRIBUTES = "typedAttributes"

OF_STATE = (
    "pk", "sk", "version", "name", "isDeleted", "requestId", "schemaVersion", "createdAt",
    "updatedAt", "ttl",
)  # fmt: skip
OF_COMMAND = (
    "pk", "sk", "version", "name", "isDeleted", "requestId", "schemaVersion", "createdAt",
    "status", "syncMode", "createdBy", "createdByIsVerified", "finishedAt", "error", "cause",
    "attempt", "restartedAt", "ttl",
)  # fmt: skip
"""Attributes of entries, in their order; those that an item lacks are left out."""


def entry_of(item: Item, names: Iterable[str], attributes: LargeAttributes) -> dict[str, Any]:
    """An item as an entry (one GetObject for large attributes).

    Raises
    ------
    NotFoundError, ValidationError
        If its attributes are gone or damaged.
    """
    entry = {name: item[name] for name in names if name in item}
    if isinstance(entry.get("requestId"), str):
        entry["requestId"] = exported(entry["requestId"])
    whole = attributes.load(item)
    if is_json(whole):
        return {**entry, ATTRIBUTES: whole}
    return {**entry, TYPED_ATTRIBUTES: attribute_value(whole, ATTRIBUTES)}


def item_of(entry: dict[str, Any], tenant: str) -> tuple[Item, dict[str, Any]]:
    """An entry as an item of a tenant without its attributes, and these.

    Raises
    ------
    ValidationError
        If it is not an entry.
    """
    try:
        item = {name: value for name, value in entry.items() if not name.endswith("ttributes")}
        item["pk"] = f"{item_type(entry['pk'])}{KEY_SEPARATOR}{tenant}"
        schema_version_of(item)
        typed = entry.get(TYPED_ATTRIBUTES)
        whole = entry[ATTRIBUTES] if typed is None else plain_value(typed)
        if not (isinstance(whole, dict) and isinstance(item["sk"], str)):
            raise TypeError("its attributes are not an object")  # noqa: TRY301 - told as the others
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValidationError(
            f"An entry of the export is none ({error!r:.80}): was the file changed? Download it "
            "again."
        ) from None
    return item, whole


def written(entries: Iterable[dict[str, Any]]) -> bytes:
    """Entries as lines (JSON Lines, in UTF-8)."""
    text = "".join(f"{to_json(entry, compact=True)}\n" for entry in entries)
    return text.encode(errors="backslashreplace")


def read(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """Entries of lines.

    Raises
    ------
    ValidationError
        If a line is not a JSON object.
    """
    for number, line in enumerate(lines, start=1):
        try:
            entry = from_json(line)
        except ValueError as error:
            raise ValidationError(
                f"Line {number} of an export's file is not JSON: {error}"
            ) from None
        if not isinstance(entry, dict):
            raise ValidationError(f"Line {number} of an export's file is not a JSON object.")
        yield entry
