"""Healing by direct invocation, as the environment's schedule invokes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from cqrs.healing.healer import Healer


class HealingActions:
    """Actions on all that stands still.

    Parameters
    ----------
    healer
        Makes the healer of a run.
    """

    def __init__(self, healer: Callable[[], Healer]) -> None:
        self._healer = healer

    def heal(self) -> dict[str, Any]:
        """Mend what stands still, as much as there is time for; what was done."""
        report = self._healer().heal()
        return {
            "healed": report.healed,
            "left": report.left,
            "is_first": report.is_first,
            "is_complete": report.is_complete,
        }
