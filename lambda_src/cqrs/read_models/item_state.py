"""The state of an item as projections see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cqrs.core.keys import item_type, tenant_code

if TYPE_CHECKING:
    from cqrs.commands.models import Command
    from cqrs.core.keys import ItemKey
    from cqrs.items.data import DataItem


@dataclass(frozen=True, slots=True)
class ItemState:
    """An item at one version, the same from a command, from data and from history.

    Attributes
    ----------
    key, version
        The item, and how many commands have made it.
    name, attributes
        Its content, in the newest version of its type's schema.
    is_deleted
        Whether it counts as deleted.
    changed_at
        When this version was published; UTC, ISO 8601.
    """

    key: ItemKey
    version: int
    name: str
    attributes: dict[str, Any]
    is_deleted: bool
    changed_at: str

    @property
    def pk(self) -> str:
        """Partition key of the item."""
        return self.key.pk

    @property
    def sk(self) -> str:
        """Sort key of the item."""
        return self.key.sk

    @property
    def item_type(self) -> str:
        """Type of the item."""
        return item_type(self.key.pk)

    @property
    def tenant(self) -> str:
        """Code of the item's tenant."""
        return tenant_code(self.key.pk)

    @classmethod
    def of_command(cls, command: Command) -> ItemState:
        """The state that a command makes."""
        return cls(
            command.key.item,
            command.version,
            command.content.name,
            command.attributes,
            command.content.is_deleted,
            command.created_at,
        )

    @classmethod
    def of_data(cls, item: DataItem) -> ItemState:
        """The state that the data or history table holds."""
        return cls(
            item.key, item.version, item.name, item.attributes, item.is_deleted, item.updated_at
        )
