"""Items that nobody can read: told beside the rest of a list, which they do not hide."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, TypeVar

from cqrs.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cqrs.core.attribute_values import Item

Model = TypeVar("Model")


@dataclass(frozen=True, slots=True)
class DamagedItem:
    """An item that cannot be read.

    Attributes
    ----------
    key
        Which one.
    problem
        The fault, and what to do about it.
    """

    key: str
    problem: str

    def to_mapping(self) -> dict[str, str]:
        """By name, as answers hold it."""
        return asdict(self)


def read_each(
    items: Iterable[Item], read: Callable[[Item], Model]
) -> tuple[list[Model], list[DamagedItem]]:
    """Read what can be read of some items, and tell which cannot.

    Parameters
    ----------
    items
        Items of work, which people know by ``<pk>/<sk>``.
    read
        Makes a model of an item, or raises a ValidationError.
    """
    models: list[Model] = []
    damaged: list[DamagedItem] = []
    for item in items:
        try:
            models.append(read(item))
        except ValidationError as error:
            damaged.append(DamagedItem(f"{item['pk']}/{item['sk']}", str(error)))
    return models, damaged
