"""How many entries of a list one answer holds."""

from __future__ import annotations

from typing import Any

from cqrs.core.sizes import json_size
from cqrs.errors import ValidationError
from cqrs.events.types import LARGEST_PAYLOAD

AROUND_BYTES = 16 * 1024
"""The room that is left for the answer's status and its cursor, whose keys are the longest part."""

SEPARATOR_BYTES = len(", ")


class Room:
    """Entries of an answer, as many as it holds.

    Parameters
    ----------
    largest
        Bytes of an answer; by default those of a direct invocation's.

    Attributes
    ----------
    entries
        The entries that were taken.
    """

    def __init__(self, largest: int | None = None) -> None:
        self.entries: list[dict[str, Any]] = []
        self._largest = LARGEST_PAYLOAD if largest is None else largest
        self._left = self._largest - AROUND_BYTES

    def takes(self, entry: dict[str, Any], what: str, otherwise: str) -> bool:
        """Take an entry; False if the answer must end before it.

        Parameters
        ----------
        entry
            The next entry.
        what, otherwise
            How the error names it, and what to do about it.

        Raises
        ------
        ValidationError
            If it is the first, and no answer holds it.
        """
        size = json_size(entry) + SEPARATOR_BYTES
        if size <= self._left:
            self._left -= size
            self.entries.append(entry)
            return True
        if not self.entries:
            raise ValidationError(
                f"{what} takes {size:,} bytes; an answer takes {self._largest:,} at most. "
                f"{otherwise}"
            )
        return False
