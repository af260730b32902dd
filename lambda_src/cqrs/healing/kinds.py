"""The kinds of work that can stand still."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from cqrs.healing.faults import examined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cqrs.core.attribute_values import Item
    from cqrs.healing.entries import UnfinishedEntries
    from cqrs.healing.faults import Fault
    from cqrs.healing.patience import Patience


class Examination(Protocol):
    """Looks at work of one kind."""

    def faults(self, entry: Item) -> Iterator[Fault]:
        """The faults of the work of an index's entry."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Work of one kind.

    Attributes
    ----------
    name
        The word for one of it.
    table
        Name of its table.
    entries
        Its index of what is not over.
    examination
        Looks at it.
    most_mended
        Repairs of a run, if that is its own number.
    """

    name: str
    table: str
    entries: UnfinishedEntries
    examination: Examination
    most_mended: int | None = None

    def faults(self, entry: Item) -> Iterator[Fault]:
        """The faults of an entry; if it cannot be read, that."""
        return examined(self.name, self.table, entry, self.examination.faults(entry))


@dataclass(frozen=True, slots=True)
class Kinds:
    """All kinds, as they are looked at from one moment on."""

    patience: Patience
    commands: Kind
    tasks: Kind
    imports: Kind
    approvals: Kind
