"""Places of read models: a table, a database or a search engine, and the calls that each takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cqrs.core.keys import ItemKey


@dataclass(frozen=True, slots=True)
class Generation:
    """One filling of a read model, which lies beside others in the model's place.

    Attributes
    ----------
    model
        Name of the read model.
    number
        Counts the fillings, from 1.
    version
        Version of the projection that it is filled by.
    """

    model: str
    number: int
    version: int


@dataclass(frozen=True, slots=True)
class Change:
    """An item as a generation has to show it.

    Attributes
    ----------
    key, version
        The item and its version.
    shown
        The projection's result. None leaves a tombstone, which holds the version alone.
    is_forgotten
        Whether the item was erased. Then no repeat of the same version shows it again.
    """

    key: ItemKey
    version: int
    shown: Any
    is_forgotten: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """An item as a generation shows it.

    Attributes
    ----------
    version
        The item's version.
    digest
        Hash of all that is shown of it; empty for a tombstone.
    """

    version: int
    digest: str


@runtime_checkable
class Place(Protocol):
    """A place that generations of read models lie in.

    The order of versions is kept here, as here alone two writers of one item meet.
    """

    def checked(self, shown: Any) -> Any:
        """See that a projection's result can be kept, before anything is written.

        Raises
        ------
        ValidationError
            If it cannot be.
        """

    def write(
        self, generation: Generation, changes: Sequence[Change], *, again: bool = False
    ) -> int:
        """Show items, each unless the place has seen its version, or a later one.

        Parameters
        ----------
        generation
            The generation that shows them.
        changes
            One for each item.
        again
            Whether an item that is shown at the very version is written again.

        Returns
        -------
        int
            How many were written.

        Raises
        ------
        TransientError
            If the place is away, or busy.
        """

    def read(self, generation: Generation, keys: Sequence[ItemKey]) -> Mapping[ItemKey, Shown]:
        """Read how a generation shows items, tombstones included; strongly consistent."""

    def clear(
        self, generation: Generation, segment: tuple[int, int], cursor: Any
    ) -> tuple[int, Any]:
        """Remove a page of a generation that nobody reads any more.

        Returns
        -------
        int
            How much was removed.
        object
            Where to go on, in JSON; None if the segment is done.
        """
