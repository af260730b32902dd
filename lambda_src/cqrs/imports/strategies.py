"""Import strategies: what makes items of the rows of a target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from cqrs.errors import ConfigurationError

if TYPE_CHECKING:
    from cqrs.imports.models import ImportedItem


class ImportStrategy(Protocol):
    """Makes an item of a row."""

    def transform(self, row: Mapping[str, str], tenant: str) -> ImportedItem:
        """Turn a row into an item of a tenant.

        Raises
        ------
        ValidationError
            The row cannot be one; the message says why, for whoever made the file.
        """


class ImportStrategies:
    """The import strategies of an application."""

    def __init__(self) -> None:
        self._strategies: dict[str, ImportStrategy] = {}

    def register(self, target: str, strategy: ImportStrategy) -> None:
        """Add a strategy.

        Raises
        ------
        ConfigurationError
            The target has one already.
        """
        if target in self._strategies:
            raise ConfigurationError(
                f"Import target {target!r} has two strategies; keep one of them."
            )
        self._strategies[target] = strategy

    def of(self, target: str) -> ImportStrategy:
        """The strategy of a target.

        Raises
        ------
        ConfigurationError
            There is none.
        """
        if target not in self._strategies:
            raise ConfigurationError(
                f"No import strategy is registered for target {target!r}; register one with "
                f"@application.import_strategy({target!r}). Known are "
                f"{', '.join(self._strategies) or 'none'}."
            )
        return self._strategies[target]
