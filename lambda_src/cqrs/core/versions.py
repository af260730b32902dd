"""Versions of data items."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.core.keys import LAST_VERSION
from cqrs.errors import ValidationError

if TYPE_CHECKING:
    from cqrs.core.attribute_values import Item


def version_of(state: Item | None) -> int:
    """How many commands have been applied to a data item; 0 if there is none.

    Raises
    ------
    ValidationError
        If the item does not say so.
    """
    if state is None:
        return 0
    version = state.get("version")
    if type(version) is not int or not 1 <= version <= LAST_VERSION:
        raise ValidationError(
            f"The data item {state.get('pk')} {state.get('sk')} is damaged: its version is "
            f"{version!r:.80}. Mend it in the data table: it is the version of the last command "
            "that was applied to it."
        )
    return version
