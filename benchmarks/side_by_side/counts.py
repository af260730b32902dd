"""Requests and use of AWS by one command, counted by the emulator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.requests import Request, RequestRecord
from benchmarks.side_by_side.executions import Use
from benchmarks.side_by_side.sides import Ours, Side, apply, item_at

REPEATS = 3
"""Commands that are counted for a figure; the cheapest has met warm processes."""


@dataclass(frozen=True, slots=True)
class Count:
    """Of one command.

    Attributes
    ----------
    version
        The version that it is of its item.
    requests
        Requests that the function made, those of publishing among them.
    use
        The use by its execution.
    """

    version: int
    requests: Sequence[Request]
    use: Use

    @property
    def by_operation(self) -> Mapping[str, int]:
        """Requests by operation."""
        return Counter(request.operation for request in self.requests)


def count(side: Side, record: RequestRecord, version: int) -> Count:
    """Count the command that makes a version of an item; those before have executions too."""
    return _cheapest(
        _counted(side, record, item_at(side, version - 1), version) for _ in range(REPEATS)
    )


def count_later(ours: Ours, record: RequestRecord, versions: Sequence[int]) -> list[Count]:
    """Count commands that make later versions of one item, from the lowest to the highest.

    Versions that are not counted are published synchronously.
    """
    item, made, counts = item_at(ours, 1), 1, []
    for version in versions:
        for base in range(made, version - 1):
            ours.publish_sync(item, base)
        counts.append(
            _cheapest(_counted(ours, record, item, version + later) for later in range(REPEATS))
        )
        made = version + REPEATS - 1
    return counts


def _counted(side: Side, record: RequestRecord, item: str, version: int) -> Count:
    with record.recording():
        applied = apply(side, item, version - 1)
    requests = record.made_by_the_function(applied.begun)
    return Count(version, requests, side.executions.use(applied.execution.arn))


def _cheapest(counts: Iterable[Count]) -> Count:
    return min(counts, key=lambda one: len(one.requests))
