"""Counts and measures of a simulation."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any


class Tally:
    """Counts by name, measures by name, and how numbers went over time."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.throttles: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self.use: Counter[str] = Counter()
        self.measures: dict[str, list[float]] = defaultdict(list)
        self.series: list[tuple[float, dict[str, int]]] = []

    def add_metric(self, *, name: str, unit: Any, value: float) -> None:
        """Take a metric of the runtime, as its own recorder does."""
        del unit
        self.counts[f"metric {name}"] += int(value)

    def pay(self, what: str, amount: float = 1.0) -> None:
        """Note what there is a price for."""
        self.use[what] += amount  # type: ignore[assignment]

    def percentile(self, name: str, share: float) -> float:
        """A measure's percentile, in seconds; 0 without any."""
        values = sorted(self.measures[name])
        return values[min(len(values) - 1, int(share * len(values)))] if values else 0.0
