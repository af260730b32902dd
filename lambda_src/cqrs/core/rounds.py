"""Loops that read, write on the condition that nothing has changed, and read again."""

from __future__ import annotations

from typing import Any

from cqrs.errors import ValidationError

NOTHING = object()


class Rounds:
    """Ends a loop that meets the same again, as only a damaged item makes it do.

    Parameters
    ----------
    what
        How the error names the item.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._before: Any = NOTHING

    def meet(self, found: Any) -> None:
        """Note what a round meets.

        Raises
        ------
        ValidationError
            If the round before met the same, and was refused.
        """
        if found == self._before:
            raise ValidationError(
                f"{self._what} is damaged: DynamoDB refuses its next step as it stands, and will "
                "do so again. Something other than the services wrote it. Mend its item, or "
                "delete it."
            )
        self._before = found
