"""Checks of what is published; only a process that publishes something imports this."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from cqrs.errors import InvalidItem
from cqrs.item_types.paths import path_text
from cqrs.item_types.schemas import schema_of
from cqrs.item_types.validator import Validator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cqrs.core.keys import ItemKey
    from cqrs.item_types.item_type import ItemType
    from cqrs.item_types.paths import Problem

MOST_ERRORS = 100
"""Errors of an item that are told. A long list of entries may have one each."""


class ItemChecks:
    """Checks attributes against the schemas of their types, each of which is read once."""

    def __init__(self) -> None:
        self._validators: dict[str, Validator] = {}

    def check(self, item_type: ItemType, key: ItemKey, attributes: Mapping[str, Any]) -> None:
        """See that attributes fit their type.

        Raises
        ------
        InvalidItem
            If they do not; it has every error.
        ConfigurationError
            If the schema, or the model whose validators are asked for, is not there.
        """
        refuse(item_type.name, key, self._problems(item_type, attributes))

    def _problems(self, item_type: ItemType, attributes: Mapping[str, Any]) -> list[Problem]:
        found = list(islice(self._validator(item_type).problems(attributes), MOST_ERRORS))
        if found or not item_type.has_validators or item_type.model is None:
            return found
        from cqrs.item_types.models import model_problems  # noqa: PLC0415 - it takes pydantic

        return list(islice(model_problems(item_type.model, attributes), MOST_ERRORS))

    def _validator(self, item_type: ItemType) -> Validator:
        if item_type.name not in self._validators:
            self._validators[item_type.name] = Validator(schema_of(item_type))
        return self._validators[item_type.name]


def refuse(name: str, key: ItemKey, problems: list[Problem]) -> None:
    """Refuse an item that has problems.

    Raises
    ------
    InvalidItem
        If there are any.
    """
    if problems:
        raise InvalidItem(key.pk, key.sk, name, tuple(_told(problems)))


def _told(problems: list[Problem]) -> Iterator[tuple[str, str]]:
    yield from dict.fromkeys((path_text(path), message) for path, message in problems)
