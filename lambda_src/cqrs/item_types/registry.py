"""The item types of an application: the schema of each, its version, and its upcasters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cqrs.core.item_content import FIRST_SCHEMA_VERSION
from cqrs.errors import ConfigurationError, NotFoundError

if TYPE_CHECKING:
    from cqrs.item_types.item_type import ItemType

Upcaster = Callable[[dict[str, Any]], Mapping[str, Any]]
"""Makes attributes of the next version of a schema."""


class ItemTypes:
    """The item types of an application."""

    def __init__(self) -> None:
        self._types: dict[str, ItemType] = {}
        self._upcasters: dict[tuple[str, int], Upcaster] = {}

    def __iter__(self) -> Iterator[ItemType]:
        return iter(sorted(self._types.values(), key=lambda known: known.name))

    def register(self, item_type: ItemType) -> None:
        """Add a type.

        Raises
        ------
        ConfigurationError
            If its name is taken.
        """
        name = item_type.name
        if name in self._types:
            raise ConfigurationError(f"Item type {name!r} has two schemas; keep one of them.")
        self._types[name] = item_type

    def register_upcaster(self, name: str, from_version: int, upcaster: Upcaster) -> None:
        """Add the upcaster from a version of a type's schema to the next.

        Raises
        ------
        ConfigurationError
            If there is one already, or the version cannot be one.
        """
        from cqrs.item_types.item_type import refuse_bad_version  # noqa: PLC0415 - few have any

        refuse_bad_version(f"from_version of an upcaster of {name!r}", from_version)
        if (name, from_version) in self._upcasters:
            raise ConfigurationError(
                f"Item type {name!r} has two upcasters from version {from_version}; keep one."
            )
        self._upcasters[name, from_version] = upcaster

    def get(self, name: str) -> ItemType | None:
        """The type of a name; None if there is none."""
        return self._types.get(name)

    def newest(self, name: str) -> int:
        """The newest version of a type's schema; 1 for a type that nobody has registered."""
        known = self._types.get(name)
        return FIRST_SCHEMA_VERSION if known is None else known.version

    def upcaster(self, name: str, from_version: int) -> Upcaster | None:
        """The upcaster from a version; None if there is none."""
        return self._upcasters.get((name, from_version))

    def schema_of(self, name: str) -> bool | dict[str, Any]:
        """The JSON Schema of the attributes of a type's items.

        Raises
        ------
        NotFoundError
            If there is no such type.
        ConfigurationError
            If its schema cannot be read, or has something that is not checked.
        """
        known = self._types.get(name)
        if known is None:
            from cqrs.likely_names import did_you_mean  # noqa: PLC0415 - few are mistyped

            raise NotFoundError(f"There is no item type {name!r}.{did_you_mean(name, self._types)}")
        from cqrs.item_types.schemas import schema_of  # noqa: PLC0415 - states read no schema

        return schema_of(known)

    def problems(self) -> list[str]:
        """Everything that does not go together, once all is registered."""
        beyond = [
            f"An upcaster of {name!r} leads from version {version} to {version + 1}, and "
            f"{self._newest_in_words(name)}."
            for name, version in sorted(self._upcasters)
            if name not in self._types or version >= self.newest(name)
        ]
        missing = [
            f"Item type {known.name!r} has version {known.version}, and no upcaster from {version}."
            for known in self
            for version in range(self._oldest(known), known.version)
            if (known.name, version) not in self._upcasters
        ]
        return beyond + missing

    def _oldest(self, known: ItemType) -> int:
        """The oldest version that there is an upcaster from; without any, that before the newest.

        Upcasters from versions that no item is stored in any more may be gone.
        """
        froms = [version for name, version in self._upcasters if name == known.name]
        return min([*froms, max(FIRST_SCHEMA_VERSION, known.version - 1)])

    def _newest_in_words(self, name: str) -> str:
        if name not in self._types:
            return "no such item type is registered"
        return f"the newest version of its schema is {self.newest(name)}"
