"""The read models of an application, as it declares them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cqrs.core.keys import RESERVED_TYPES, item_type
from cqrs.core.work_keys import checked_name
from cqrs.errors import ConfigurationError, NotFoundError

if TYPE_CHECKING:
    from cqrs.read_models.item_state import ItemState
    from cqrs.read_models.places import Place
    from cqrs.read_models.sql_tables import SqlTable

Project = Callable[["ItemState"], Any]
"""Tells how a read model shows an item that is not deleted.

It is given one state and looks at nothing else, so that a rebuild comes to the same. In the stack's
table it returns entries, in SQL a row; None shows the item nowhere. An exception fails the command,
after retries.
"""


@dataclass(frozen=True, slots=True)
class Projection:
    """One version of a read model.

    Attributes
    ----------
    version
        Number of the version.
    item_types
        Types of the items that it shows.
    project
        Makes of an item what is shown of it.
    place
        A table of SQL, or a place of the application's own; None for the stack's table.
    """

    version: int
    item_types: frozenset[str]
    project: Project
    place: SqlTable | Place | None

    def wants(self, pk: str) -> bool:
        """Whether items of a partition are shown."""
        return item_type(pk) in self.item_types


@dataclass(frozen=True, slots=True)
class ReadModel:
    """A named read model, in one or several versions.

    Attributes
    ----------
    name
        Its name in executions, errors and keys.
    projections
        Its projections by their versions.
    """

    name: str
    projections: dict[int, Projection] = field(default_factory=dict)

    @property
    def newest(self) -> Projection:
        """The projection of the highest version."""
        return self.projections[max(self.projections)]

    @property
    def oldest(self) -> Projection:
        """The projection of the lowest version, which lives until a rebuild has replaced it."""
        return self.projections[min(self.projections)]

    @property
    def item_types(self) -> frozenset[str]:
        """Types of the items that any of its versions shows."""
        return frozenset().union(*(one.item_types for one in self.projections.values()))


class ReadModelRegistry:
    """The read models of an application."""

    def __init__(self) -> None:
        self._models: dict[str, ReadModel] = {}

    def register(
        self,
        name: str,
        project: Project,
        item_types: Iterable[str],
        version: int,
        place: SqlTable | Place | None,
    ) -> ReadModel:
        """Add a read model, or another version of one.

        Raises
        ------
        ConfigurationError
            If the model has that version already, or an argument cannot be what it is.
        """
        checked_name("read model", name)
        model = self._models.get(name) or ReadModel(name)
        if type(version) is not int or version < 1:
            raise ConfigurationError(
                f"Read model {name!r} has version {version!r}; it must be a whole number from 1."
            )
        if version in model.projections:
            raise ConfigurationError(
                f"Read model {name!r} has two projections of version {version}; raise the version "
                "of the newer one."
            )
        types = _checked_types(name, item_types)
        model.projections[version] = Projection(version, types, project, place)
        self._models[name] = model
        return model

    @property
    def names(self) -> list[str]:
        """Names of all read models, in order of registration."""
        return list(self._models)

    def get(self, name: str) -> ReadModel:
        """A read model by its name.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        if name in self._models:
            return self._models[name]
        from cqrs.likely_names import did_you_mean  # noqa: PLC0415 - few are mistyped

        raise NotFoundError(
            f"No read model is called {name!r}; known are "
            f"{', '.join(sorted(self._models)) or 'none'}. Register one with "
            f"@application.read_model.{did_you_mean(name, self._models)}"
        )

    def showing(self, pk: str) -> list[ReadModel]:
        """The read models that show items of a partition."""
        return [model for model in self._models.values() if item_type(pk) in model.item_types]


def _checked_types(name: str, item_types: Iterable[str]) -> frozenset[str]:
    types = () if isinstance(item_types, str) else tuple(item_types)
    if not types or not all(isinstance(one, str) and one for one in types):
        raise ConfigurationError(
            f"Read model {name!r} has item_types {item_types!r:.80}; give a list of types, as in "
            '["AIRPORT"].'
        )
    reserved = [one for one in types if one.startswith(RESERVED_TYPES)]
    if reserved:
        raise ConfigurationError(
            f"Read model {name!r} shows {reserved[0]!r}, and nobody publishes items of such a type."
        )
    return frozenset(types)
