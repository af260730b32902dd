"""How long things take, drawn by chance."""

from __future__ import annotations

from math import log

from tests.limits.clock import Clock
from tests.limits.quotas import latencies


class Chance:
    """Draws latencies from their distributions.

    Parameters
    ----------
    clock
        Has the chance.
    """

    def __init__(self, clock: Clock) -> None:
        self._random = clock.random
        self._known = {
            name: (log(each["median"]), each["spread"]) for name, each in latencies().items()
        }

    def seconds(self, name: str) -> float:
        """A latency of a kind that ``latencies.toml`` has."""
        return self._random.lognormvariate(*self._known[name])

    def uniform(self, low: float, high: float) -> float:
        """A number between two."""
        return self._random.uniform(low, high)
