"""DynamoDB in memory.

Items are kept as attribute values, as they come and go. A request is done at one moment. A subclass
may add costs of requests, and obstacles to them.
"""

from __future__ import annotations

import operator
import re
import zlib
from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from cqrs.core.attribute_values import from_attribute_values, plain_value
from cqrs.core.sizes import dynamodb_size
from cqrs.testing.aws.conditions import holds, named
from cqrs.testing.aws.refusals import cancelled, refusal
from cqrs.testing.aws.unknown import ALTERNATIVES, NotInMemory, refuse_others
from cqrs.testing.aws.updates import add_attribute_values, updated

Values = dict[str, Any]
"""Attribute values by name."""

Observer = Callable[[str, Values | None, Values | None], None]
"""Gets every write of a table: its base name, the item before, and after; None if there is none."""

Emit = Callable[[str, Values | None, Values | None], None]
"""Takes the record of a write into a stream: its name, the item before, and after."""

MOST_BYTES = 400 * 1024
PAGE_BYTES = 1024 * 1024
MOST_ACTIONS = 100
MOST_GETS = 100
CONDITION, NONE = "ConditionalCheckFailed", "None"
TOO_LARGE = "Item size has exceeded the maximum allowed size"
TOO_LARGE_UPDATE = "Item size to update has exceeded the maximum allowed size"

CONDITIONS = (
    "ConditionExpression",
    "ExpressionAttributeNames",
    "ExpressionAttributeValues",
    "ReturnValuesOnConditionCheckFailure",
)
KEY_CONDITION = re.compile(
    r"#(?P<partition>\w+) = (?P<is>:\w+)(?: AND (?:"
    r"begins_with\(\s*#(?P<begin>\w+)\s*,\s*(?P<start>:\w+)\s*\)"
    r"|#(?P<between>\w+) BETWEEN (?P<low>:\w+) AND (?P<high>:\w+)"
    r"|#(?P<sort>\w+) (?P<comparison>=|<=|>=|<|>) (?P<bound>:\w+)))?"
)
COMPARISONS: Mapping[str, Callable[[str, str], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class IndexOf:
    """A global secondary index; an item without its keys is not in it."""

    name: str
    partition_key: str
    sort_key: str
    projected: frozenset[str]


@dataclass(slots=True, eq=False)
class Table:
    """Items by partition key and sort key, both text."""

    name: str
    base: str
    indexes: dict[str, IndexOf]
    items: dict[str, dict[str, tuple[Values, int]]] = field(default_factory=dict)
    order: dict[str, list[str]] = field(default_factory=dict)
    entries: dict[tuple[str, str], dict[tuple[str, str], str]] = field(default_factory=dict)
    emit: Emit | None = None

    def get(self, pk: str, sk: str) -> tuple[Values, int] | None:
        """An item and its size."""
        return self.items.get(pk, {}).get(sk)

    def all_items(self) -> Iterator[Values]:
        """All items, by their keys."""
        for pk in sorted(self.items):
            for sk in self.order.get(pk, ()):
                yield self.items[pk][sk][0]


class Write(NamedTuple):
    """A write, or a check of a condition, that is about to be done."""

    table: Table
    pk: str
    sk: str
    request: Values
    after: Values | None
    is_written: bool = True

    @property
    def known(self) -> tuple[Values, int] | None:
        """The item before and its size."""
        return self.table.get(self.pk, self.sk)


class _Plain(Mapping[str, Any]):
    """Attributes of an item as plain values, each read when it is asked for."""

    __slots__ = ("_values",)

    def __init__(self, values: Values) -> None:
        self._values = values

    def __getitem__(self, name: str) -> Any:
        return plain_value(self._values[name])

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class DynamoDb:
    """The service, as its client's methods.

    Parameters
    ----------
    observe
        Gets every write.
    """

    def __init__(self, observe: Observer = lambda *_: None) -> None:
        self._observe = observe
        self.tables: dict[str, Table] = {}

    def make_table(self, name: str, base: str, indexes: Sequence[IndexOf] = ()) -> Table:
        """Make a table."""
        table = self.tables[name] = Table(name, base, {index.name: index for index in indexes})
        return table

    # For a subclass

    def _take_reads(self, table: Table, pk: str, sk: str, units: float) -> bool:  # noqa: ARG002
        """Whether there is capacity for a read."""
        return True

    def _refuse_reads(self, *, in_transaction: bool) -> Exception:  # noqa: ARG002
        """The error of a read without capacity."""
        refused: Exception = refusal("ProvisionedThroughputExceededException")
        return refused

    def _claim(self, writes: Sequence[Write], *, together: bool) -> None:
        """See that nothing is in the way of writes, and take what they cost."""

    # Reads

    def get_item(
        self,
        TableName: str,  # noqa: N803
        Key: Values,  # noqa: N803
        ConsistentRead: bool = False,  # noqa: N803
        **others: Any,
    ) -> Values:
        """Read an item."""
        refuse_others("DynamoDB", "GetItem", others, "TableName", "Key", "ConsistentRead")
        table = self._table({"TableName": TableName})
        item = self._read(table, Key, 1.0 if ConsistentRead else 0.5)
        return {} if item is None else {"Item": dict(item)}

    def transact_get_items(self, TransactItems: Sequence[Values]) -> Values:  # noqa: N803
        """Read items as they stand at one moment."""
        responses = []
        for entry in TransactItems:
            get = entry["Get"]
            refuse_others("DynamoDB", "TransactGetItems", get, "TableName", "Key")
            item = self._read_together(self._table(get), get["Key"])
            responses.append({} if item is None else {"Item": dict(item)})
        return {"Responses": responses}

    def _read_together(self, table: Table, key: Values) -> Values | None:
        return self._read(table, key, 2.0, in_transaction=True)

    def batch_get_item(self, RequestItems: Mapping[str, Values]) -> Values:  # noqa: N803
        """Read items; those that are throttled are left unread."""
        found: dict[str, list[Values]] = {}
        left: dict[str, Values] = {}
        asked = 0
        for name, request in RequestItems.items():
            refuse_others("DynamoDB", "BatchGetItem", request, "Keys", "ConsistentRead")
            table = self._table({"TableName": name})
            for key in request["Keys"]:
                asked += 1
                pk, sk = _key_of(key)
                known = table.get(pk, sk)
                if not self._take_reads(table, pk, sk, read_units(known)):
                    left.setdefault(name, {**request, "Keys": []})["Keys"].append(key)
                elif known is not None:
                    found.setdefault(name, []).append(dict(known[0]))
        if asked > MOST_GETS:
            raise refusal("ValidationException", message="Too many items requested")
        if asked and sum(len(one["Keys"]) for one in left.values()) == asked:
            raise self._refuse_reads(in_transaction=False)
        return {"Responses": found, "UnprocessedKeys": left}

    def query(self, **request: Any) -> Values:
        """Read a partition key's items, of the table or of an index."""
        refuse_others(
            "DynamoDB",
            "Query",
            request,
            "TableName",
            "IndexName",
            "KeyConditionExpression",
            "ExpressionAttributeNames",
            "ExpressionAttributeValues",
            "Limit",
            "Select",
            "ScanIndexForward",
            "ConsistentRead",
            "ExclusiveStartKey",
        )
        if request.get("Select", "COUNT") != "COUNT":
            raise NotInMemory(f"Query in memory does not know Select {request['Select']!r}.")
        table = self._table(request)
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

    def scan(
        self,
        TableName: str,  # noqa: N803
        Segment: int = 0,  # noqa: N803
        TotalSegments: int = 1,  # noqa: N803
        Limit: int = 0,  # noqa: N803
        ConsistentRead: bool = False,  # noqa: N803
        ExclusiveStartKey: Values | None = None,  # noqa: N803
    ) -> Values:
        """Read all items of a segment, a page at a time."""
        del ConsistentRead  # what is written is read
        table = self._table({"TableName": TableName})
        start = _key_of(ExclusiveStartKey) if ExclusiveStartKey else ("", "")
        found: list[Values] = []
        size = 0
        for item in table.all_items():
            pk, sk = _key_of(item)
            if (pk, sk) <= start or zlib.crc32(f"{pk} {sk}".encode()) % TotalSegments != Segment:
                continue
            found.append(dict(item))
            size += size_of(item)
            if size > PAGE_BYTES or len(found) == Limit:
                last = {name: item[name] for name in ("pk", "sk")}
                return {"Items": found, "Count": len(found), "LastEvaluatedKey": last}
        return {"Items": found, "Count": len(found)}

    def _query_table(
        self, table: Table, request: Values, values: Values
    ) -> tuple[list[Values], Values | None]:
        names = request.get("ExpressionAttributeNames", {})
        condition = key_condition(named(request["KeyConditionExpression"], names), "pk", "sk")
        pk, order = values[condition.partition], table.order.get(values[condition.partition], [])
        forward = request.get("ScanIndexForward", True)
        first = bisect_left(order, condition.least(values))
        keys = []
        for sk in order[first:]:
            if condition.is_within(sk, values):
                keys.append(sk)
            elif keys:
                break
        keys = keys if forward else keys[::-1]
        start = request.get("ExclusiveStartKey")
        if start is not None:
            behind = start["sk"]["S"]
            keys = [sk for sk in keys if (sk > behind if forward else sk < behind)]
        limit = request.get("Limit", len(keys) + 1)
        found: list[Values] = []
        size = 0
        for sk in keys[:limit]:
            item, item_size = table.items[pk][sk]
            found.append(dict(item))
            size += item_size
            if size > PAGE_BYTES:
                break
        if not self._take_reads(table, pk, condition.least(values), read_units((None, size))):
            raise self._refuse_reads(in_transaction=False)
        # DynamoDB finds out that there is nothing more only when it is asked again.
        is_cut = size > PAGE_BYTES or len(found) == limit
        last = {name: found[-1][name] for name in ("pk", "sk")} if is_cut and found else None
        return found, last

    def _query_index(
        self, table: Table, request: Values, values: Values
    ) -> tuple[list[Values], Values | None]:
        index = table.indexes.get(request["IndexName"])
        if index is None:
            raise refusal(
                "ValidationException",
                message=f"The table does not have the specified index: {request['IndexName']}",
            )
        names = request.get("ExpressionAttributeNames", {})
        condition = key_condition(
            named(request["KeyConditionExpression"], names), index.partition_key, index.sort_key
        )
        entries = table.entries.get((index.name, values[condition.partition]), {})
        forward = request.get("ScanIndexForward", True)
        within = sorted(
            ((at, key) for key, at in entries.items() if condition.is_within(at, values)),
            reverse=not forward,
        )
        if request.get("Select") == "COUNT":
            return [{} for _ in within], None
        start = request.get("ExclusiveStartKey")
        if start is not None:
            mark = (start[index.sort_key]["S"], (start["pk"]["S"], start["sk"]["S"]))
            within = [one for one in within if (one > mark if forward else one < mark)]
        page = within[: request.get("Limit", len(within))]
        keys = {"pk", "sk", index.partition_key, index.sort_key}
        names = {*keys, *index.projected}
        found = [
            {name: value for name, value in table.items[pk][sk][0].items() if name in names}
            for _, (pk, sk) in page
        ]
        is_cut = bool(found) and len(page) == request.get("Limit")
        last = {name: found[-1][name] for name in keys} if is_cut else None
        return found, last

    def _read(
        self, table: Table, key: Values, factor: float, *, in_transaction: bool = False
    ) -> Values | None:
        pk, sk = _key_of(key)
        known = table.get(pk, sk)
        if not self._take_reads(table, pk, sk, factor * read_units(known)):
            raise self._refuse_reads(in_transaction=in_transaction)
        return known[0] if known else None

    # Writes

    def put_item(self, **request: Any) -> Values:
        """Write an item."""
        refuse_others("DynamoDB", "PutItem", request, "TableName", "Item", *CONDITIONS)
        self._write_one(self._prepared("Put", request))
        return {}

    def update_item(self, **request: Any) -> Values:
        """Change an item."""
        known = ("TableName", "Key", "UpdateExpression", "ReturnValues", *CONDITIONS)
        refuse_others("DynamoDB", "UpdateItem", request, *known)
        answer = request.get("ReturnValues", "NONE")
        if answer not in {"NONE", "ALL_NEW"}:
            raise NotInMemory(f"UpdateItem in memory does not know ReturnValues {answer!r}.")
        write = self._prepared("Update", request)
        self._write_one(write)
        return {"Attributes": dict(write.after or {})} if answer == "ALL_NEW" else {}

    def delete_item(self, **request: Any) -> Values:
        """Remove an item."""
        known = ("TableName", "Key", "ReturnValues", *CONDITIONS)
        refuse_others("DynamoDB", "DeleteItem", request, *known)
        answer = request.get("ReturnValues", "NONE")
        if answer not in {"NONE", "ALL_OLD"}:
            raise NotInMemory(f"DeleteItem in memory does not know ReturnValues {answer!r}.")
        write = self._prepared("Delete", request)
        before = write.known
        self._write_one(write)
        if before is None or answer == "NONE":
            return {}
        return {"Attributes": dict(before[0])}

    def transact_write_items(
        self,
        TransactItems: Sequence[Values],  # noqa: N803
        ClientRequestToken: str = "",  # noqa: N803
    ) -> Values:
        """Do all of the actions or none."""
        del ClientRequestToken  # one that was done and lost is begun again by nobody here
        if len(TransactItems) > MOST_ACTIONS:
            raise refusal("ValidationException", message="Member must have length 100 at most")
        writes = []
        for entry in TransactItems:
            ((kind, request),) = entry.items()
            writes.append(self._prepared(kind, request))
        if len({(write.table.name, write.pk, write.sk) for write in writes}) < len(writes):
            raise refusal(
                "ValidationException",
                message="Transaction request cannot include multiple operations on one item",
            )
        self._claim(writes, together=True)
        met = [_is_met(write) for write in writes]
        if not all(met):
            raise cancelled([NONE if is_met else CONDITION for is_met in met])
        for write in writes:
            if write.is_written:
                self._store(write)
        return {}

    def _prepared(self, kind: str, request: Values) -> Write:
        table = self._table(request)
        if kind == "Put":
            pk, sk = _key_of(request["Item"])
            if size_of(request["Item"]) > MOST_BYTES:
                raise refusal("ValidationException", message=TOO_LARGE)
            _refuse_other_keys(table, request["Item"])
            return Write(table, pk, sk, request, dict(request["Item"]))
        pk, sk = _key_of(request["Key"])
        match kind:
            case "Update":
                after = _updated(table, request)
                _refuse_other_keys(table, after)
                return Write(table, pk, sk, request, after)
            case "Delete":
                return Write(table, pk, sk, request, None)
            case "ConditionCheck":
                return Write(table, pk, sk, request, None, is_written=False)
        raise NotInMemory(f"TransactWriteItems in memory does not know {kind}.")

    def _write_one(self, write: Write) -> None:
        self._claim([write], together=False)
        if not _is_met(write):
            raise refusal(
                "ConditionalCheckFailedException", message="The conditional request failed"
            )
        self._store(write)

    def _store(self, write: Write) -> None:
        table, pk, sk, after = write.table, write.pk, write.sk, write.after
        items = table.items.setdefault(pk, {})
        known = items.get(sk)
        before = known[0] if known else None
        for index in table.indexes.values():
            _enter(table, index, pk, sk, before, after)
        if after is None:
            if before is None:
                return
            del items[sk]
            order = table.order[pk]
            del order[bisect_left(order, sk)]
        else:
            if before is None:
                order = table.order.setdefault(pk, [])
                if not order or order[-1] < sk:
                    order.append(sk)
                else:
                    insort(order, sk)
            items[sk] = (after, size_of(after))
        self._observe(table.base, before, after)
        if table.emit is not None and before != after:
            name = "INSERT" if before is None else "REMOVE" if after is None else "MODIFY"
            table.emit(name, before, after)

    def _table(self, request: Mapping[str, Any]) -> Table:
        table = self.tables.get(request["TableName"])
        if table is None:
            raise refusal(
                "ResourceNotFoundException",
                message=f"Requested resource not found: Table: {request['TableName']} not found",
            )
        return table

    def plain(self, table: str, pk: str, sk: str) -> dict[str, Any] | None:
        """An item as it is, for who looks from outside."""
        known = self.tables[table].get(pk, sk)
        return None if known is None else from_attribute_values(known[0])


class KeyCondition(NamedTuple):
    """The partition that a key condition names, and the sort keys within it."""

    partition: str
    comparison: str = ""
    bounds: tuple[str, ...] = ()

    def least(self, values: Values) -> str:
        """A sort key that is not behind any within it."""
        if self.comparison in {"<", "<=", ""}:
            return ""
        return str(values[self.bounds[0]])

    def is_within(self, at: str, values: Values) -> bool:
        """Whether a sort key is within it."""
        bounds = [values[name] for name in self.bounds]
        match self.comparison:
            case "":
                return True
            case "begins_with":
                return bool(at.startswith(bounds[0]))
            case "BETWEEN":
                return bool(bounds[0] <= at <= bounds[1])
        return COMPARISONS[self.comparison](at, bounds[0])


@lru_cache(maxsize=1024)
def key_condition(expression: str, partition_key: str, sort_key: str) -> KeyCondition:
    """Read a key condition expression.

    Raises
    ------
    NotInMemory
        If it is of another form than those that are known.
    """
    found = KEY_CONDITION.fullmatch(expression.strip())
    sort = found and (found["begin"] or found["between"] or found["sort"] or sort_key)
    if found is None or found["partition"] != partition_key or sort != sort_key:
        raise NotInMemory(
            f"Query in memory does not understand the key condition {expression!r}. Write it as "
            f"#{partition_key} = :value, with AND and one comparison of #{sort_key} if needed."
        )
    if found["begin"]:
        return KeyCondition(found["is"], "begins_with", (found["start"],))
    if found["between"]:
        return KeyCondition(found["is"], "BETWEEN", (found["low"], found["high"]))
    if found["sort"]:
        return KeyCondition(found["is"], found["comparison"], (found["bound"],))
    return KeyCondition(found["is"])


def read_units(known: tuple[Any, int] | None) -> float:
    """Units that a strongly consistent read takes."""
    return float(max(1, -(-(known[1] if known else 0) // 4096)))


def _key_of(key: Values) -> tuple[str, str]:
    try:
        return key["pk"]["S"], key["sk"]["S"]
    except KeyError:
        message = f"The provided key element does not match the schema: {sorted(key)}"
        raise refusal("ValidationException", message=message) from None


def _refuse_other_keys(table: Table, item: Values) -> None:
    """Refuse a key of an index unless it is text (DynamoDB guide, "Global secondary indexes")."""
    for index in table.indexes.values():
        for name in (index.partition_key, index.sort_key):
            if name in item and "S" not in item[name]:
                (kind,) = item[name]
                raise refusal(
                    "ValidationException",
                    message="One or more parameter values were invalid: Type mismatch for Index "
                    f"Key {name} Expected: S Actual: {kind} IndexName: {index.name}",
                )


def _enter(
    table: Table, index: IndexOf, pk: str, sk: str, before: Values | None, after: Values | None
) -> None:
    partition, sort = index.partition_key, index.sort_key
    if before is not None and partition in before and sort in before:
        table.entries.get((index.name, before[partition]["S"]), {}).pop((pk, sk), None)
    if after is not None and partition in after and sort in after:
        place = table.entries.setdefault((index.name, after[partition]["S"]), {})
        place[pk, sk] = after[sort]["S"]


def _is_met(write: Write) -> bool:
    request = write.request
    if request.get("ConditionExpression") is None:
        return True
    known = write.known
    values = {
        name[1:]: plain_value(value)
        for name, value in request.get("ExpressionAttributeValues", {}).items()
    }
    names = request.get("ExpressionAttributeNames", {})
    with _understood(request["ConditionExpression"]):
        expression = named(request["ConditionExpression"], names)
        return holds(expression, values, _Plain(known[0]) if known else None)


def _updated(table: Table, request: Values) -> Values:
    known = table.get(*_key_of(request["Key"]))
    names = request.get("ExpressionAttributeNames", {})
    with _understood(request["UpdateExpression"]):
        after = updated(
            named(request["UpdateExpression"], names),
            known[0] if known else request["Key"],
            request.get("ExpressionAttributeValues", {}),
            add_attribute_values,
        )
    if size_of(after) > MOST_BYTES:
        raise refusal("ValidationException", message=TOO_LARGE_UPDATE)
    return after


@contextmanager
def _understood(expression: str) -> Iterator[None]:
    """Refuse an expression that is not understood."""
    try:
        yield
    except ValueError as error:
        raise NotInMemory(
            f"DynamoDB in memory does not understand {expression!r}: {error}. {ALTERNATIVES}"
        ) from None


def size_of(item: Values) -> int:
    """Size of an item in bytes, about as DynamoDB counts it."""
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
