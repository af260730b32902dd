"""DynamoDB in memory, with the capacity that its partitions have.

Items are kept as attribute values, as they come and go. A request is done at one moment. The items
of a transaction are locked for as long as it takes, so that other writes of them conflict.

A transaction takes twice the capacity units. A write whose condition fails takes those of the item
as it is (DynamoDB guide, "DynamoDB read and write operations"). Conflicts are those of "Amazon
DynamoDB transactions: how it works". AWS does not say how much a cancelled transaction takes. Here
it takes nothing if it was throttled, and else as much as one that is done.
"""

from __future__ import annotations

import operator
import re
from bisect import bisect_left, insort
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from cqrs.core.attribute_values import from_attribute_values, plain_value
from cqrs.core.sizes import dynamodb_size
from tests.limits.clock import Clock
from tests.limits.heat import Partitions
from tests.limits.quotas import Quotas
from tests.limits.refusals import TOO_MANY, cancelled, refusal
from tests.limits.tally import Tally
from tests.model.conditions import holds

Values = dict[str, Any]
"""Attribute values by name."""

Observer = Callable[[str, Values | None, Values], None]
"""Gets every write of a table: its base name, the item before, and after."""

READ_BYTES, WRITE_BYTES = 4096, 1024
MOST_BYTES = 400 * 1024
PAGE_BYTES = 1024 * 1024
MOST_ACTIONS = 100
FACTOR_OF_TRANSACTIONS = 2
THROTTLED = "ProvisionedThroughputExceededException"
CONDITION, CONFLICT, NONE = "ConditionalCheckFailed", "TransactionConflict", "None"

CLAUSE = re.compile(r"\b(SET|ADD|REMOVE) ")


@dataclass(frozen=True, slots=True)
class IndexOf:
    """A global secondary index; an item without its keys is not in it."""

    name: str
    partition_key: str
    sort_key: str
    projected: frozenset[str]


@dataclass(slots=True, eq=False)
class Table:
    """Items by partition key and sort key."""

    name: str
    base: str
    partitions: Partitions
    indexes: dict[str, IndexOf]
    index_partitions: dict[str, Partitions]
    items: dict[str, dict[str, tuple[Values, int]]] = field(default_factory=dict)
    order: dict[str, list[str]] = field(default_factory=dict)
    entries: dict[tuple[str, str], dict[tuple[str, str], str]] = field(default_factory=dict)
    emit: Callable[[str, Values, int], None] | None = None

    def get(self, pk: str, sk: str) -> tuple[Values, int] | None:
        """An item and its size."""
        return self.items.get(pk, {}).get(sk)


class _Plain(Mapping[str, Any]):
    """Attributes of an item as plain values, each read when it is asked for."""

    __slots__ = ("_values",)

    def __init__(self, values: Values) -> None:
        self._values = values

    def __getitem__(self, name: str) -> Any:
        return plain_value(self._values[name])

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Any:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class DynamoDb:
    """The service, as its client's methods.

    Parameters
    ----------
    clock, quotas, tally
        Time, limits, and what is counted.
    observe
        Gets every write.
    """

    def __init__(self, clock: Clock, quotas: Quotas, tally: Tally, observe: Observer) -> None:
        self._clock = clock
        self._quotas = quotas
        self._tally = tally
        self._observe = observe
        self.tables: dict[str, Table] = {}
        self._locks: dict[tuple[str, str, str], float] = {}

    def make_table(self, name: str, base: str, indexes: Sequence[IndexOf]) -> Table:
        """Make a table."""
        table = self.tables[name] = Table(
            name,
            base,
            Partitions(self._clock, self._quotas),
            {index.name: index for index in indexes},
            {index.name: Partitions(self._clock, self._quotas) for index in indexes},
        )
        return table

    # Reads

    def get_item(self, TableName: str, Key: Values, ConsistentRead: bool = False) -> Values:  # noqa: N803
        """Read an item."""
        table = self.tables[TableName]
        item = self._read(table, Key, 1.0 if ConsistentRead else 0.5)
        return {} if item is None else {"Item": dict(item)}

    def transact_get_items(self, TransactItems: Sequence[Values]) -> Values:  # noqa: N803
        """Read items as they stand at one moment."""
        responses = []
        for entry in TransactItems:
            get = entry["Get"]
            table = self.tables[get["TableName"]]
            if self._is_locked(table, get["Key"]):
                self._tally.throttles["DynamoDB transaction conflicts"] += 1
                raise cancelled([CONFLICT])
            item = self._read(table, get["Key"], FACTOR_OF_TRANSACTIONS, in_transaction=True)
            responses.append({} if item is None else {"Item": dict(item)})
        return {"Responses": responses}

    def batch_get_item(self, RequestItems: Mapping[str, Values]) -> Values:  # noqa: N803
        """Read items; those that are throttled are left unread."""
        found: dict[str, list[Values]] = {}
        left: dict[str, Values] = {}
        for name, request in RequestItems.items():
            table = self.tables[name]
            for key in request["Keys"]:
                pk, sk = key["pk"]["S"], key["sk"]["S"]
                known = table.get(pk, sk)
                units = _units(known[1] if known else 0, READ_BYTES)
                if not self._take_reads(table, pk, sk, units):
                    left.setdefault(name, {**request, "Keys": []})["Keys"].append(key)
                elif known is not None:
                    found.setdefault(name, []).append(dict(known[0]))
        if (
            left
            and not found
            and all(
                len(left[name]["Keys"]) == len(request["Keys"])
                for name, request in RequestItems.items()
                if name in left
            )
            and len(left) == len(RequestItems)
        ):
            raise refusal(THROTTLED)
        return {"Responses": found, "UnprocessedKeys": left}

    def query(self, **request: Any) -> Values:
        """Read a partition key's items, of the table or of an index."""
        table = self.tables[request["TableName"]]
        values = {name: plain_value(v) for name, v in request["ExpressionAttributeValues"].items()}
        found, last = (
            self._query_index(table, request, values)
            if "IndexName" in request
            else self._query_table(table, request, values)
        )
        answer: Values = {"Count": len(found)}
        if request.get("Select") != "COUNT":
            answer["Items"] = found
        if last is not None:
            answer["LastEvaluatedKey"] = last
        return answer

    def _query_table(
        self, table: Table, request: Values, values: Values
    ) -> tuple[list[Values], Values | None]:
        pk, prefix = values[":pk"], values.get(":sk", "")
        order = table.order.get(pk, [])
        start = request.get("ExclusiveStartKey")
        place = bisect_left(order, prefix)
        if start is not None:
            place = max(place, bisect_left(order, start["sk"]["S"] + "\0"))
        found: list[Values] = []
        size, last = 0, None
        for sk in order[place : place + request.get("Limit", len(order))]:
            if not sk.startswith(prefix):
                break
            item, item_size = table.items[pk][sk]
            found.append(dict(item))
            size += item_size
            last = {"pk": {"S": pk}, "sk": {"S": sk}}
            if size > PAGE_BYTES:
                break
        else:
            if len(found) < request.get("Limit", len(order) + 1):
                last = None
        if size <= PAGE_BYTES and len(found) < request.get("Limit", len(order) + 1):
            last = None
        if not self._take_reads(table, pk, prefix, _units(size, READ_BYTES)):
            raise refusal(THROTTLED)
        return found, last

    def _query_index(
        self, table: Table, request: Values, values: Values
    ) -> tuple[list[Values], Values | None]:
        index = table.indexes[request["IndexName"]]
        partition, is_within = _key_condition(request["KeyConditionExpression"], values)
        entries = table.entries.get((index.name, partition), {})
        within = [(at, address) for address, at in entries.items() if is_within(at)]
        if request.get("Select") == "COUNT":
            return [{} for _ in within], None
        within.sort(reverse=not request.get("ScanIndexForward", True))
        start = request.get("ExclusiveStartKey")
        if start is not None:
            mark = (start[index.sort_key]["S"], (start["pk"]["S"], start["sk"]["S"]))
            within = (
                [entry for entry in within if entry < mark]
                if not request.get("ScanIndexForward", True)
                else [entry for entry in within if entry > mark]
            )
        page = within[: request.get("Limit", len(within))]
        names = {"pk", "sk", index.partition_key, index.sort_key, *index.projected}
        found = [
            {name: value for name, value in table.items[pk][sk][0].items() if name in names}
            for _, (pk, sk) in page
        ]
        keys = {"pk", "sk", index.partition_key, index.sort_key}
        last = (
            {name: found[-1][name] for name in keys} if found and len(page) < len(within) else None
        )
        return found, last

    def _read(
        self, table: Table, key: Values, factor: float, *, in_transaction: bool = False
    ) -> Values | None:
        pk, sk = key["pk"]["S"], key["sk"]["S"]
        known = table.get(pk, sk)
        if not self._take_reads(
            table, pk, sk, factor * _units(known[1] if known else 0, READ_BYTES)
        ):
            raise cancelled(["ThrottlingError"]) if in_transaction else refusal(THROTTLED)
        return known[0] if known else None

    def _take_reads(self, table: Table, pk: str, sk: str, units: float) -> bool:
        partition = table.partitions.of(pk, sk)
        if not partition.reads.take(units):
            self._tally.throttles[f"DynamoDB reads of {table.base}"] += 1
            table.partitions.throttled(partition)
            return False
        self._tally.pay("read_unit", units)
        return True

    # Writes

    def put_item(self, **request: Any) -> Values:
        """Write an item."""
        self._write_one(request, dict(request["Item"]))
        return {}

    def update_item(self, **request: Any) -> Values:
        """Change an item."""
        table = self.tables[request["TableName"]]
        after = _updated(table, request)
        self._write_one(request, after)
        return {"Attributes": dict(after)}

    def delete_item(self, **request: Any) -> Values:
        """Remove an item."""
        self._write_one(request, None)
        return {}

    def transact_write_items(
        self,
        TransactItems: Sequence[Values],  # noqa: N803
        ClientRequestToken: str = "",  # noqa: N803
    ) -> Values:
        """Do all of the actions or none."""
        del ClientRequestToken  # no answer is lost that would be asked for again
        if len(TransactItems) > MOST_ACTIONS:
            raise refusal("ValidationException", message="Member must have length 100 at most")
        writes = [self._prepared(entry) for entry in TransactItems]
        if any(self._is_locked(table, key) for table, key, _, _, _ in writes):
            self._tally.throttles["DynamoDB transaction conflicts"] += 1
            self._consume(writes, FACTOR_OF_TRANSACTIONS, "transaction")
            raise cancelled(
                [
                    CONFLICT if self._is_locked(table, key) else NONE
                    for table, key, _, _, _ in writes
                ]
            )
        met = [_is_met(table, key, request) for table, key, request, _, _ in writes]
        self._consume(writes, FACTOR_OF_TRANSACTIONS, "transaction")
        if not all(met):
            raise cancelled([NONE if is_met else CONDITION for is_met in met])
        for table, key, _, after, is_written in writes:
            if is_written:
                self._store(table, key, after)
        return {}

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

    def _is_locked(self, table: Table, key: Values) -> bool:
        until = self._locks.get((table.name, key["pk"]["S"], key["sk"]["S"]))
        return until is not None and until > self._clock.now

    def _prepared(self, entry: Values) -> tuple[Table, Values, Values, Values | None, bool]:
        ((kind, request),) = entry.items()
        table = self.tables[request["TableName"]]
        if kind == "Put":
            return table, request["Item"], request, dict(request["Item"]), True
        if kind == "Update":
            return table, request["Key"], request, _updated(table, request), True
        if kind == "Delete":
            return table, request["Key"], request, None, True
        return table, request["Key"], request, None, False

    def _write_one(self, request: Values, after: Values | None) -> None:
        table = self.tables[request["TableName"]]
        key = request.get("Key") or request["Item"]
        if self._is_locked(table, key):
            self._tally.throttles["DynamoDB transaction conflicts"] += 1
            raise refusal("TransactionConflictException")
        self._consume([(table, key, request, after, True)], 1, "write")
        if not _is_met(table, key, request):
            raise refusal("ConditionalCheckFailedException")
        self._store(table, key, after)

    def _consume(
        self,
        writes: Sequence[tuple[Table, Values, Values, Values | None, bool]],
        factor: int,
        kind: str,
    ) -> None:
        """Take the units of writes from all partitions, or refuse for one that has too few."""
        needed: dict[int, tuple[Partitions, Any, float]] = {}
        places: list[set[int]] = []
        for table, key, _, after, _ in writes:
            pk, sk = key["pk"]["S"], key["sk"]["S"]
            known = table.get(pk, sk)
            size = max(known[1] if known else 0, _size(after) if after else 0)
            if after is not None and size > MOST_BYTES:
                raise refusal(
                    "ValidationException", message="Item size has exceeded the maximum allowed size"
                )
            units = factor * _units(size, WRITE_BYTES)
            at = table.partitions.of(pk, sk)
            places.append({id(at)})
            _add(needed, table.partitions, at, units)
            for partitions, partition, entries in _index_writes(table, known, after):
                # An index that throttles holds up its table (DynamoDB guide, "Back pressure").
                places[-1].add(id(partition))
                _add(needed, partitions, partition, entries)
            table.partitions.note(at, pk, sk)
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

    def _store(self, table: Table, key: Values, after: Values | None) -> None:
        pk, sk = key["pk"]["S"], key["sk"]["S"]
        items = table.items.setdefault(pk, {})
        known = items.get(sk)
        before = known[0] if known else None
        for index in table.indexes.values():
            _enter(table, index, pk, sk, before, after)
        if after is None:
            if before is not None:
                del items[sk]
                order = table.order[pk]
                del order[bisect_left(order, sk)]
            return
        if before is None:
            order = table.order.setdefault(pk, [])
            if not order or order[-1] < sk:
                order.append(sk)
            else:
                insort(order, sk)
        items[sk] = (after, _size(after))
        self._observe(table.base, before, after)
        if table.emit is not None:
            name = "INSERT" if before is None else "MODIFY"
            table.emit(name, after, table.partitions.of(pk, sk).number)

    def plain(self, table: str, pk: str, sk: str) -> dict[str, Any] | None:
        """An item as it is, for who looks from outside."""
        known = self.tables[table].get(pk, sk)
        return None if known is None else from_attribute_values(known[0])

    def refuse(self) -> None:
        """Refuse a request, as while the service is away."""
        self._tally.throttles["DynamoDB away"] += 1
        raise refusal("ThrottlingException", TOO_MANY)


def _add(
    needed: dict[int, tuple[Partitions, Any, float]],
    partitions: Partitions,
    partition: Any,
    units: float,
) -> None:
    before = needed.get(id(partition))
    needed[id(partition)] = (partitions, partition, units + (before[2] if before else 0.0))


def _key_condition(expression: str, values: Values) -> tuple[str, Callable[[str], bool]]:
    """The partition that a key condition names, and whether a sort key is within it.

    Raises
    ------
    NotImplementedError
        If it is written as none of the runtime's is.
    """
    of_partition, _, of_sort = expression.partition(" AND ")
    partition = values[of_partition.split(" = ")[1]]
    match of_sort.split():
        case []:
            return partition, lambda _: True
        case [_, "BETWEEN", low, "AND", high]:
            return partition, lambda at: values[low] <= at <= values[high]
        case [_, "<" | ">" as comparison, bound]:
            compare = operator.lt if comparison == "<" else operator.gt
            return partition, lambda at: compare(at, values[bound])
    raise NotImplementedError(expression)


def _index_writes(table: Table, known: tuple[Values, int] | None, after: Values | None) -> Any:
    """The units that indexes take for a write: one for each entry that is removed or written."""
    if not table.indexes:
        return
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


def _enter(
    table: Table, index: IndexOf, pk: str, sk: str, before: Values | None, after: Values | None
) -> None:
    partition, sort = index.partition_key, index.sort_key
    if before is not None and partition in before and sort in before:
        table.entries.get((index.name, before[partition]["S"]), {}).pop((pk, sk), None)
    if after is not None and partition in after and sort in after:
        place = table.entries.setdefault((index.name, after[partition]["S"]), {})
        place[pk, sk] = after[sort]["S"]


def _is_met(table: Table, key: Values, request: Values) -> bool:
    expression = request.get("ConditionExpression")
    if expression is None:
        return True
    known = table.get(key["pk"]["S"], key["sk"]["S"])
    values = {
        name[1:]: plain_value(value)
        for name, value in request.get("ExpressionAttributeValues", {}).items()
    }
    return holds(expression, values, _Plain(known[0]) if known else None)


def _updated(table: Table, request: Values) -> Values:
    key = request["Key"]
    known = table.get(key["pk"]["S"], key["sk"]["S"])
    item = dict(known[0]) if known else dict(key)
    values = request.get("ExpressionAttributeValues", {})
    once, sets, adds, removes = _clauses(request["UpdateExpression"])
    for name, value in once:
        if name not in item:
            item[name] = values[value]
    for name, value in sets:
        item[name] = values[value]
    for name, value in adds:
        item[name] = {"N": str(int(item.get(name, {"N": "0"})["N"]) + int(values[value]["N"]))}
    for name in removes:
        item.pop(name, None)
    return item


Pairs = tuple[tuple[str, str], ...]


@lru_cache(maxsize=4096)
def _clauses(expression: str) -> tuple[Pairs, Pairs, Pairs, tuple[str, ...]]:
    """The attributes that an update expression assigns once, assigns, adds and removes."""
    once: list[tuple[str, str]] = []
    sets: list[tuple[str, str]] = []
    adds: list[tuple[str, str]] = []
    removes: list[str] = []
    parts = CLAUSE.split(expression.strip())
    for verb, text in zip(parts[1::2], parts[2::2], strict=True):
        if verb == "SET":
            for match in re.finditer(r"#(\w+) = (?:if_not_exists\(#\w+, (:\w+)\)|(:\w+))", text):
                (once if match[2] else sets).append((match[1], match[2] or match[3]))
        elif verb == "ADD":
            adds += re.findall(r"#(\w+) (:\w+)", text)
        else:
            removes += re.findall(r"#(\w+)", text)
    counted = len(once) + len(sets) + len(adds) + len(removes)
    if counted != expression.count("=") + sum(
        text.count("#")
        for verb, text in zip(parts[1::2], parts[2::2], strict=True)
        if verb != "SET"
    ):
        raise ValueError(f"Not understood: {expression}")
    return tuple(once), tuple(sets), tuple(adds), tuple(removes)


def _units(size: int, step: int) -> float:
    return float(max(1, -(-size // step)))


def _size(item: Values) -> int:
    size = 0
    for name, value in item.items():
        ((kind, content),) = value.items()
        size += len(name)
        if kind == "S":
            size += len(content) if content.isascii() else len(content.encode())
        elif kind == "N":
            size += len(content) // 2 + 2
        else:
            size += dynamodb_size(plain_value(value))
    return size
