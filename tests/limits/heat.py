"""Partitions of a table: how much each takes in a second, and how one splits for heat.

Sources: DynamoDB guide, "Partitions and data distribution", "Best practices for designing and using
partition keys effectively" and "DynamoDB burst and adaptive capacity". All items of a partition key
lie in one partition at first. One that stays hot is split. Its partition keys are parted, or, if a
single one makes the heat, that key's range of sort keys. Keys that only ever grow all fall into the
upper half, so that a split does not help them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from zlib import crc32

from tests.limits.clock import Bucket, Clock
from tests.limits.quotas import Quotas

SAMPLE = 256
"""Sort keys that a partition remembers, to find the middle of its heat."""

LEAST_UNITS = 25.0
"""Tokens that a partition has room for, however much its quota is divided. A transaction takes as
many at once. With less room it would wait, which it does not at full size."""

HOT_SHARE = 0.1
"""Part of a partition's heat from which a partition key counts when it is split."""


@dataclass(slots=True, eq=False)
class Partition:
    """One partition, with its tokens of a second."""

    number: int
    writes: Bucket
    reads: Bucket
    throttled_since: float | None = None
    throttled_at: float = 0.0
    heat: Counter[str] = field(default_factory=Counter)
    sample: list[str] = field(default_factory=list)
    seen: int = 0


class Partitions:
    """The partitions of a table, or of one of its indexes.

    Parameters
    ----------
    clock, quotas
        Time, and limits of a partition.
    """

    def __init__(self, clock: Clock, quotas: Quotas) -> None:
        self._clock = clock
        self._quotas = quotas
        self.all: list[Partition] = []
        self._routes: dict[str, tuple[list[str], list[Partition]]] = {}
        for _ in range(quotas.table_partitions):
            self._add()

    def _add(self) -> Partition:
        quotas = self._quotas
        partition = Partition(
            len(self.all),
            self._bucket(quotas.partition_write_units),
            self._bucket(quotas.partition_read_units),
        )
        self.all.append(partition)
        return partition

    def _bucket(self, units: float) -> Bucket:
        size = max(units * self._quotas.partition_burst_seconds, LEAST_UNITS)
        return Bucket(self._clock, size, units)

    def of(self, pk: str, sk: str) -> Partition:
        """The partition of an item."""
        route = self._routes.get(pk)
        if route is None:
            # Python's own hashes of texts differ from process to process.
            place = crc32(pk.encode()) % self._quotas.table_partitions
            route = self._routes[pk] = ([], [self.all[place]])
        bounds, partitions = route
        return partitions[bisect_right(bounds, sk)] if bounds else partitions[0]

    def note(self, partition: Partition, pk: str, sk: str) -> None:
        """Remember that an item was written."""
        partition.heat[pk] += 1
        partition.seen += 1
        if len(partition.sample) < SAMPLE:
            partition.sample.append(sk)
        else:
            partition.sample[partition.seen % SAMPLE] = sk

    def throttled(self, partition: Partition) -> None:
        """Remember that a partition refused something, and split it if it does so for long."""
        now = self._clock.now
        if partition.throttled_since is None or now - partition.throttled_at > 60:
            partition.throttled_since = now
            partition.heat.clear()
        partition.throttled_at = now
        if now - partition.throttled_since >= self._quotas.split_after_seconds:
            partition.throttled_since = None
            self._split(partition)

    def _split(self, partition: Partition) -> None:
        total = sum(partition.heat.values())
        hot = [pk for pk, heat in partition.heat.most_common() if heat >= HOT_SHARE * total]
        new = self._add()
        if len(hot) > 1:
            for pk in hot[1::2]:
                bounds, partitions = self._routes[pk]
                self._routes[pk] = (bounds, [new if p is partition else p for p in partitions])
        elif hot:
            self._split_range(hot[0], partition, new)
        partition.heat.clear()

    def _split_range(self, pk: str, partition: Partition, new: Partition) -> None:
        bounds, partitions = self._routes[pk]
        place = partitions.index(partition)
        middle = sorted(partition.sample)[len(partition.sample) // 2]
        if middle in bounds or not partition.sample:
            return
        self._routes[pk] = (
            sorted([*bounds, middle]),
            [*partitions[: place + 1], new, *partitions[place + 1 :]],
        )
        partition.sample.clear()
        partition.seen = 0
