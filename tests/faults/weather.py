"""The faults of a request, decided by a seed and a share."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock

from tests.faults.refusals import (
    CANCELLATIONS,
    CONFLICT,
    FAILURES,
    IN_PROGRESS,
    THROTTLING,
    Refusal,
    cancelled,
)


class Kind(StrEnum):
    """Kinds of faults."""

    THROTTLED = "throttled"
    FAILED = "failed"
    FAILED_LATE = "failed although done"
    CONTENDED = "contended"
    CUT = "cut before it was done"
    LOST = "answer lost"
    BROKEN_OFF = "answer broken off"
    DELAYED = "delayed"


USUAL: Mapping[Kind, int] = {
    Kind.THROTTLED: 3,
    Kind.FAILED: 2,
    Kind.FAILED_LATE: 1,
    Kind.CONTENDED: 2,
    Kind.CUT: 2,
    Kind.LOST: 2,
    Kind.BROKEN_OFF: 1,
    Kind.DELAYED: 2,
}
"""Weights of the kinds."""

LOST_ANSWERS: Mapping[Kind, int] = {Kind.LOST: 2, Kind.BROKEN_OFF: 1, Kind.FAILED_LATE: 1}
"""Requests are done, and nobody is told."""

IN_OUTAGE = (Kind.FAILED, Kind.CUT)

SINGLE_WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem"})
TRANSACTIONS = frozenset({"TransactWriteItems", "TransactGetItems"})
BATCH_READ = "BatchGetItem"

LONGEST_DELAY_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Request:
    """A request as far as its fate depends on it; ``actions`` are those of a transaction."""

    service: str
    operation: str
    actions: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of one request."""

    kind: Kind
    refusal: Refusal | None = None
    seconds: float = 0.0
    kept_back: float = 0.0
    """Share of a batch's keys that are left unprocessed."""


@dataclass(slots=True)
class Weather:
    """Decides what goes wrong.

    The same requests in the same order meet the same faults; which one comes first depends on the
    processes that make them.

    Parameters
    ----------
    seed, share
        The beginning of the choice, and the share of requests that meet a fault.
    kinds
        Weights of what happens to them.
    away
        Services that do nothing at all.
    operations
        Of these, what alone is not done; by default it is all that they do.
    first
        How many of those are done before.
    """

    seed: int = 0
    share: float = 0.0
    kinds: Mapping[Kind, int] = field(default_factory=lambda: USUAL)
    away: frozenset[str] = frozenset()
    operations: frozenset[str] = frozenset()
    first: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    _random: random.Random = field(init=False)
    _lock: Lock = field(init=False, default_factory=Lock)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - to be repeated, not to be a secret

    def fault(self, request: Request) -> Fault | None:
        """Decide on a request; None if nothing happens to it."""
        with self._lock:
            self.counts["requests"] += 1
            found = self._fault(request)
            if found is not None:
                self.counts[found.kind] += 1
            return found

    def _fault(self, request: Request) -> Fault | None:
        if request.service in self.away and request.operation in (
            self.operations or {request.operation}
        ):
            self.first -= 1
            return None if self.first >= 0 else self._of(self._random.choice(IN_OUTAGE), request)
        if request.service not in FAILURES or self._random.random() >= self.share:
            return None
        (kind,) = self._random.choices(list(self.kinds), list(self.kinds.values()))
        return self._of(kind, request)

    def _of(self, kind: Kind, request: Request) -> Fault:
        if kind is Kind.CONTENDED:
            return self._contention(request)
        if kind is Kind.THROTTLED:
            return Fault(kind, self._random.choice(THROTTLING[request.service]))
        if kind in (Kind.FAILED, Kind.FAILED_LATE):
            return Fault(kind, self._random.choice(FAILURES[request.service]))
        return Fault(kind, seconds=self._random.uniform(0, LONGEST_DELAY_SECONDS))

    def _contention(self, request: Request) -> Fault:
        """The fault that stands for contention; if there is none, it is throttling."""
        if request.operation in SINGLE_WRITES:
            return Fault(Kind.CONTENDED, CONFLICT)
        if request.operation == BATCH_READ:
            return Fault(Kind.CONTENDED, kept_back=self._random.uniform(0.2, 0.8))
        if request.operation in TRANSACTIONS:
            if request.operation == "TransactWriteItems" and self._random.random() < 0.2:
                return Fault(Kind.CONTENDED, IN_PROGRESS)
            place = self._random.randrange(request.actions)
            reason = self._random.choice(CANCELLATIONS)
            return Fault(Kind.CONTENDED, cancelled(request.actions, place, reason))
        return self._of(Kind.THROTTLED, request)


class LostOnce(Weather):
    """The first transaction is done and its answer lost; its next tries meet contention.

    Parameters
    ----------
    refusal
        The answer of the next tries.
    times
        How many of them.
    between
        Happens before these, such as what another publisher does.
    """

    def __init__(self, refusal: Refusal, times: int, between: Callable[[], object]) -> None:
        super().__init__()
        self._fates = [None, *[refusal] * times]
        self._between = between

    @property
    def is_over(self) -> bool:
        """Whether all of that has happened."""
        return not self._fates

    def fault(self, request: Request) -> Fault | None:
        """Decide on a request."""
        if request.operation != "TransactWriteItems" or not self._fates:
            return None
        refusal = self._fates.pop(0)
        if refusal is None:
            return Fault(Kind.LOST)
        self._between, between = _nothing, self._between
        between()
        return Fault(Kind.CONTENDED, refusal)


def _nothing() -> None:
    """Nothing happens in between."""
