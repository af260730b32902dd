"""DynamoDB in memory, with the capacity that its partitions have.

The items of a transaction are locked for as long as it takes, so that other writes of them
conflict.

A transaction takes twice the capacity units. A write whose condition fails takes those of the item
as it is (DynamoDB guide, "DynamoDB read and write operations"). Conflicts are those of "Amazon
DynamoDB transactions: how it works". AWS does not say how much a cancelled transaction takes. Here
it takes nothing if it was throttled, and else as much as one that is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cqrs.testing.aws.dynamodb import DynamoDb as Store
from cqrs.testing.aws.dynamodb import IndexOf, Observer, Table, Values, Write, size_of
from cqrs.testing.aws.refusals import TOO_MANY, cancelled, refusal
from tests.limits.clock import Clock
from tests.limits.heat import Partitions
from tests.limits.quotas import Quotas
from tests.limits.tally import Tally

__all__ = ["DynamoDb", "IndexOf", "Values"]

WRITE_BYTES = 1024
FACTOR_OF_TRANSACTIONS = 2
THROTTLED = "ProvisionedThroughputExceededException"
CONFLICT, NONE = "TransactionConflict", "None"


@dataclass(slots=True, eq=False)
class Heated(Table):
    """A table with its partitions."""

    partitions: Partitions = field(kw_only=True)
    index_partitions: dict[str, Partitions] = field(kw_only=True)


class DynamoDb(Store):
    """The service, as its client's methods.

    Parameters
    ----------
    clock, quotas, tally
        Time, limits, and what is counted.
    observe
        Gets every write.
    """

    def __init__(self, clock: Clock, quotas: Quotas, tally: Tally, observe: Observer) -> None:
        super().__init__(observe)
        self._clock = clock
        self._quotas = quotas
        self._tally = tally
        self.tables: dict[str, Heated] = {}  # type: ignore[assignment]
        self._locks: dict[tuple[str, str, str], float] = {}

    def make_table(self, name: str, base: str, indexes: Sequence[IndexOf] = ()) -> Heated:
        """Make a table."""
        table = self.tables[name] = Heated(
            name,
            base,
            {index.name: index for index in indexes},
            partitions=Partitions(self._clock, self._quotas),
            index_partitions={
                index.name: Partitions(self._clock, self._quotas) for index in indexes
            },
        )
        return table

    def _read_together(self, table: Table, key: Values) -> Values | None:
        if self._is_locked(table.name, key["pk"]["S"], key["sk"]["S"]):
            self._tally.throttles["DynamoDB transaction conflicts"] += 1
            raise cancelled([CONFLICT])
        return super()._read_together(table, key)

    def _refuse_reads(self, *, in_transaction: bool) -> Exception:
        refused: Exception = (
            cancelled(["ThrottlingError"]) if in_transaction else refusal(THROTTLED)
        )
        return refused

    def _take_reads(self, table: Table, pk: str, sk: str, units: float) -> bool:
        partitions = _partitions_of(table)
        partition = partitions.of(pk, sk)
        if not partition.reads.take(units):
            self._tally.throttles[f"DynamoDB reads of {table.base}"] += 1
            partitions.throttled(partition)
            return False
        self._tally.pay("read_unit", units)
        return True

    def lock(self, TransactItems: Sequence[Values], seconds: float) -> None:  # noqa: N803
        """Keep the items of a transaction that was done from other writes for a moment."""
        until = self._clock.now + seconds
        for entry in TransactItems:
            ((_, request),) = entry.items()
            key = request.get("Key") or request["Item"]
            self._locks[request["TableName"], key["pk"]["S"], key["sk"]["S"]] = until
        if len(self._locks) > 20_000:
            now = self._clock.now
            self._locks = {at: moment for at, moment in self._locks.items() if moment > now}

    def _is_locked(self, table: str, pk: str, sk: str) -> bool:
        until = self._locks.get((table, pk, sk))
        return until is not None and until > self._clock.now

    def _claim(self, writes: Sequence[Write], *, together: bool) -> None:
        locked = [self._is_locked(write.table.name, write.pk, write.sk) for write in writes]
        if any(locked):
            self._tally.throttles["DynamoDB transaction conflicts"] += 1
            if not together:
                raise refusal("TransactionConflictException")
            self._consume(writes, FACTOR_OF_TRANSACTIONS, "transaction")
            raise cancelled([CONFLICT if is_locked else NONE for is_locked in locked])
        if together:
            self._consume(writes, FACTOR_OF_TRANSACTIONS, "transaction")
        else:
            self._consume(writes, 1, "write")

    def _consume(self, writes: Sequence[Write], factor: int, kind: str) -> None:
        """Take the units of writes from all partitions, or refuse for one that has too few."""
        needed: dict[int, tuple[Partitions, Any, float]] = {}
        places: list[set[int]] = []
        for write in writes:
            known = write.known
            size = max(known[1] if known else 0, size_of(write.after) if write.after else 0)
            units = factor * float(max(1, -(-size // WRITE_BYTES)))
            partitions = _partitions_of(write.table)
            at = partitions.of(write.pk, write.sk)
            places.append({id(at)})
            _add(needed, partitions, at, units)
            for of_index, partition, entries in _index_writes(write.table, known, write.after):
                # An index that throttles holds up its table (DynamoDB guide, "Back pressure").
                places[-1].add(id(partition))
                _add(needed, of_index, partition, entries)
            partitions.note(at, write.pk, write.sk)
        short = [
            (partitions, partition)
            for partitions, partition, units in needed.values()
            if not partition.writes.has(units)
        ]
        for partitions, partition in short:
            partitions.throttled(partition)
        if short:
            self._tally.throttles[f"DynamoDB {kind}s"] += 1
            if kind == "write":
                raise refusal(THROTTLED)
            refused = {id(partition) for _, partition in short}
            raise cancelled(["ThrottlingError" if of & refused else NONE for of in places])
        for _, partition, units in needed.values():
            partition.writes.take(units)
            self._tally.pay("write_unit", units)

    def refuse(self) -> None:
        """Refuse a request, as while the service is away."""
        self._tally.throttles["DynamoDB away"] += 1
        raise refusal("ThrottlingException", TOO_MANY)


def _partitions_of(table: Table) -> Partitions:
    assert isinstance(table, Heated)
    return table.partitions


def _add(
    needed: dict[int, tuple[Partitions, Any, float]],
    partitions: Partitions,
    partition: Any,
    units: float,
) -> None:
    before = needed.get(id(partition))
    needed[id(partition)] = (partitions, partition, units + (before[2] if before else 0.0))


def _index_writes(table: Table, known: tuple[Values, int] | None, after: Values | None) -> Any:
    """The units that indexes take for a write: one for each entry that is removed or written."""
    if not table.indexes:
        return
    assert isinstance(table, Heated)
    before = known[0] if known else {}
    later = after or {}
    for index in table.indexes.values():
        names = (index.partition_key, index.sort_key)
        was = all(name in before for name in names)
        becomes = all(name in later for name in names)
        if not was and not becomes:
            continue
        old = {name: before.get(name) for name in (*names, *index.projected)} if was else None
        new = {name: later.get(name) for name in (*names, *index.projected)} if becomes else None
        if old == new:
            continue
        moved = was and becomes and any(before[name] != later[name] for name in names)
        source = later if becomes else before
        partitions = table.index_partitions[index.name]
        partition = partitions.of(source[names[0]]["S"], source[names[1]]["S"])
        yield partitions, partition, 2.0 if moved else 1.0
