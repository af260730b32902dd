"""The places of an environment, which projections name."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from cqrs.read_models.table_place import TablePlace

if TYPE_CHECKING:
    from cqrs.aws.item_store import ItemStore
    from cqrs.read_models.declarations import Projection
    from cqrs.read_models.places import Place
    from cqrs.settings import Settings


class Places:
    """Finds the place of a projection.

    Parameters
    ----------
    store, settings
        Access to the stack's table, and what the environment has beside it.
    """

    def __init__(self, store: ItemStore, settings: Settings) -> None:
        self._store = store
        self._settings = settings

    @cached_property
    def table(self) -> TablePlace:
        """The stack's own table."""
        return TablePlace(self._store, self._settings.read_models_table)

    def has(self, projection: Projection) -> bool:
        """Whether the environment has a projection's place."""
        return projection.place is None or True

    def of(self, projection: Projection | None) -> Place:
        """The place of a projection; of one that the code has no more, the stack's table."""
        if projection is None or projection.place is None:
            return self.table
        return projection.place  # type: ignore[return-value]
