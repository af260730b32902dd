"""Figures that a case may not exceed, for measures that save requests and not the work itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.limits.account import Account
from tests.limits.promises import Watch


@dataclass(frozen=True, slots=True)
class Bound:
    """A figure, and the most that it may be.

    Attributes
    ----------
    what
        The thing that is counted for each command that is done, in words.
    most
        The bound.
    count
        Counts it for all of them.
    """

    what: str
    most: float
    count: Callable[[Account], float]

    def broken(self, account: Account, watch: Watch) -> list[str]:
        """The promise that a run broke, if it did."""
        each = self.count(account) / max(watch.finished, 1)
        if each <= self.most:
            return []
        return [f"{each:.2f} {self.what} for each command, and {self.most:g} are the most"]


def refused_transactions(most: float) -> Bound:
    """Bound the transactions that a partition refuses."""
    return Bound(
        "transactions refused",
        most,
        lambda account: account.tally.throttles["DynamoDB transactions"],
    )


def write_units(most: float) -> Bound:
    """Bound the write units of tables."""
    return Bound("write units", most, lambda account: account.tally.use["write_unit"])
