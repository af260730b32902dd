"""The content of commands and data items beside their attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.errors import ValidationError

if TYPE_CHECKING:
    from cqrs.core.attribute_values import Item


SCHEMA_VERSION = "schemaVersion"
"""Attribute of commands and data items; those of the first version do without."""

FIRST_SCHEMA_VERSION = 1


def name_of(item: Item) -> str:
    """Display name of an item; empty if it has none.

    Raises
    ------
    ValidationError
        If it is not text.
    """
    name = item.get("name", "")
    if not isinstance(name, str):
        raise _damaged(item, f"its name is {name!r:.80}, and not text")
    return name


def is_deleted(item: Item) -> bool:
    """Whether an item is marked as deleted.

    Raises
    ------
    ValidationError
        If it says neither that it is nor that it is not.
    """
    mark = item.get("isDeleted", False)
    if not isinstance(mark, bool):
        raise _damaged(item, f"its isDeleted is {mark!r:.80}, and not true or false")
    return mark


def schema_version_of(item: Item) -> int:
    """The version of its type's schema that an item is stored in; 1 if it names none.

    Raises
    ------
    ValidationError
        If it is not a whole number from 1.
    """
    version = item.get(SCHEMA_VERSION, FIRST_SCHEMA_VERSION)
    if type(version) is not int or version < FIRST_SCHEMA_VERSION:
        raise _damaged(item, f"its {SCHEMA_VERSION} is {version!r:.80}, and no version of a schema")
    return version


def _damaged(item: Item, problem: str) -> ValidationError:
    return ValidationError(
        f"The item {item.get('pk')} {item.get('sk')} is damaged: {problem}. Something other than "
        "the services wrote it; mend or delete it."
    )
