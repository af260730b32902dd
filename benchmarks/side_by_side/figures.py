"""Figures of both sides: medians, spreads and ratios, as they are kept and shown."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

SIGNIFICANT = 3


@dataclass(frozen=True, slots=True)
class Figure:
    """Measured values of both sides; less is better.

    Attributes
    ----------
    name, unit
        Name, and unit if it has one.
    ours, reference
        A value for each round; the reference has none of what it cannot do.
    """

    name: str
    unit: str
    ours: Sequence[float]
    reference: Sequence[float] = ()

    @property
    def ratio(self) -> float | None:
        """Ours over the reference's: the median of the rounds' ratios."""
        if not self.reference:
            return None
        pairs = zip(self.ours, self.reference, strict=True)
        return statistics.median(ours / theirs for ours, theirs in pairs)


def shown(values: Sequence[float]) -> str:
    """Median and spread of the rounds, or the one value that all have."""
    if not values:
        return ""
    median, least, most = (
        _rounded(value) for value in (statistics.median(values), min(values), max(values))
    )
    return median if least == most else f"{median} ({least} to {most})"


def _rounded(value: float) -> str:
    if value == int(value):
        return f"{value:,.0f}"
    digits = max(0, SIGNIFICANT - len(str(int(value))))
    return f"{value:,.{digits}f}"
