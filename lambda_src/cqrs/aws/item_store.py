"""DynamoDB as the runtime uses it: plain items in and out, and two errors to tell apart.

A refused condition is :class:`~cqrs.errors.ConditionFailed`. Contention and throttling are retried
here, with jitter and a bound. The SDK does not retry a cancelled transaction (DynamoDB developer
guide, "Transaction conflict handling"). A failure that remains is a
:class:`~cqrs.errors.TransientError`.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from cqrs.aws.clients import send
from cqrs.aws.contention import (
    CANCELLED,
    CONDITION_REASON,
    cancellation_reasons,
    is_contention,
)
from cqrs.core.attribute_values import Item, from_attribute_values, to_attribute_values
from cqrs.core.backoff import back_off
from cqrs.errors import (
    ConditionFailed,
    ConfigurationError,
    ItemTooLarge,
    TransientError,
    ValidationError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from botocore.exceptions import ClientError

    from cqrs.aws.clients import Clients

CONFLICT_ATTEMPTS = 8

PLACEHOLDER = re.compile(r"#(\w+)")

BATCH_GET_LIMIT = 100
"""Items of one BatchGetItem (DynamoDB API reference)."""

TRANSACTION_ITEMS = 100
"""Items of one TransactWriteItems (DynamoDB API reference)."""

_TOO_LARGE = re.compile("Item size (to update )?has exceeded the maximum allowed size")


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition expression with its names and values.

    Attributes
    ----------
    expression
        Written with attribute names as ``#name`` and values as ``:name``.
    values
        Plain values by placeholder without the colon.
    """

    expression: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __and__(self, other: Condition) -> Condition:
        """Both hold; their values have different names."""
        return Condition(
            f"{self.expression} AND {other.expression}", {**self.values, **other.values}
        )


IS_NEW = Condition("attribute_not_exists(#pk)")
"""There is no such item."""


@dataclass(frozen=True, slots=True)
class Put:
    """Put an item, if the condition holds."""

    table: str
    item: Item
    condition: Condition | None = None

    def to_request(self) -> dict[str, Any]:
        """Parameters of PutItem, and of a Put in TransactWriteItems."""
        return {
            "TableName": self.table,
            "Item": to_attribute_values(self.item),
            **_expressions(condition=self.condition),
        }


@dataclass(frozen=True, slots=True)
class Update:
    """Set some attributes of an item and remove others, if the condition holds.

    Attributes
    ----------
    assign
        Plain values by attribute name.
    assign_once
        The same, for attributes that keep a value they have.
    remove
        Names of attributes to remove.
    increase
        Whole numbers to add, by attribute name; one that is missing counts as 0.
    """

    table: str
    pk: str
    sk: str
    assign: Mapping[str, Any] = field(default_factory=dict)
    assign_once: Mapping[str, Any] = field(default_factory=dict)
    remove: Sequence[str] = ()
    condition: Condition | None = None
    increase: Mapping[str, int] = field(default_factory=dict)

    def to_request(self) -> dict[str, Any]:
        """Parameters of UpdateItem, and of an Update in TransactWriteItems."""
        expression = " ".join(
            f"{verb} {', '.join(clauses)}" for verb, clauses in self._clauses() if clauses
        )
        return {
            "TableName": self.table,
            "Key": _key(self.pk, self.sk),
            "UpdateExpression": expression,
            **_expressions(
                expression,
                condition=self.condition,
                values={**self.assign, **self.assign_once, **self.increase},
            ),
        }

    def _clauses(self) -> Iterator[tuple[str, list[str]]]:
        once = [f"#{name} = if_not_exists(#{name}, :{name})" for name in self.assign_once]
        yield "SET", [f"#{name} = :{name}" for name in self.assign] + once
        yield "ADD", [f"#{name} :{name}" for name in self.increase]
        yield "REMOVE", [f"#{name}" for name in self.remove]


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete an item, if there is one and the condition holds."""

    table: str
    pk: str
    sk: str
    condition: Condition | None = None

    def to_request(self) -> dict[str, Any]:
        """Parameters of a Delete in TransactWriteItems."""
        return {
            "TableName": self.table,
            "Key": _key(self.pk, self.sk),
            **_expressions(condition=self.condition),
        }


@dataclass(frozen=True, slots=True)
class Check:
    """A condition on an item that the transaction does not change."""

    table: str
    pk: str
    sk: str
    condition: Condition

    def to_request(self) -> dict[str, Any]:
        """Parameters of a ConditionCheck in TransactWriteItems."""
        return {
            "TableName": self.table,
            "Key": _key(self.pk, self.sk),
            **_expressions(condition=self.condition),
        }


@dataclass(frozen=True, slots=True)
class Index:
    """A global secondary index; an item without its keys is not in it.

    Attributes
    ----------
    name
        Name of the index.
    partition_key, sort_key
        Attributes, both text.
    projected
        Further attributes that it holds; by default none but the keys.
    """

    name: str
    partition_key: str
    sort_key: str
    projected: tuple[str, ...] = ()


Action = Put | Update | Delete | Check
Address = tuple[str, str, str]
"""Table, partition key and sort key of an item."""


@dataclass(frozen=True, slots=True)
class QueryPage:
    """Items of one query, and where the next one goes on."""

    items: list[Item]
    last_key: Item | None


class ItemStore:
    """Reads and writes items; every read is strongly consistent.

    Parameters
    ----------
    clients
        Source of the DynamoDB client.
    """

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def get(self, table: str, pk: str, sk: str) -> Item | None:
        """Read one item; None if there is none (one GetItem)."""
        answer = self._call("get_item", TableName=table, Key=_key(pk, sk), ConsistentRead=True)
        return _item(answer)

    def get_many(self, addresses: Sequence[Address]) -> dict[Address, Item]:
        """Read items of any tables, those that exist (one BatchGetItem for each hundred)."""
        found: dict[Address, Item] = {}
        for start in range(0, len(addresses), BATCH_GET_LIMIT):
            for table, item in self._batch_get(addresses[start : start + BATCH_GET_LIMIT]):
                found[table, item["pk"], item["sk"]] = item
        return found

    def get_together(self, addresses: Sequence[Address]) -> list[Item | None]:
        """Read items as they stood at one moment, in the order asked (one TransactGetItems)."""
        gets = [{"Get": {"TableName": table, "Key": _key(pk, sk)}} for table, pk, sk in addresses]
        answer = self._call("transact_get_items", TransactItems=gets)
        return [_item(response) for response in answer["Responses"]]

    def put(self, action: Put) -> None:
        """Put one item (one PutItem).

        Raises
        ------
        ConditionFailed
            If its condition is not met.
        """
        self._call("put_item", **action.to_request())

    def update(self, action: Update) -> Item:
        """Update one item and return it as it then is (one UpdateItem).

        Raises
        ------
        ConditionFailed
            If its condition is not met.
        """
        answer = self._call("update_item", **action.to_request(), ReturnValues="ALL_NEW")
        return from_attribute_values(answer["Attributes"])

    def delete(
        self, table: str, pk: str, sk: str, condition: Condition | None = None
    ) -> Item | None:
        """Delete one item and return it as it was; None if there was none (one DeleteItem).

        Raises
        ------
        ConditionFailed
            If its condition is not met.
        """
        answer = self._call(
            "delete_item",
            TableName=table,
            Key=_key(pk, sk),
            ReturnValues="ALL_OLD",
            **_expressions(condition=condition),
        )
        return from_attribute_values(answer["Attributes"]) if answer.get("Attributes") else None

    def write_together(
        self, actions: Sequence[Action], *, attempts: int = CONFLICT_ATTEMPTS
    ) -> None:
        """Do all of the actions or none (one TransactWriteItems).

        Parameters
        ----------
        actions
            At most 100, all on different items.
        attempts
            How often it is tried while other writes of its items are in the way.

        Raises
        ------
        ConditionFailed
            If a condition is not met; ``failed`` has the positions of those.
        """
        items = [{_transact_name(action): action.to_request()} for action in actions]
        # One token for all tries. A try that was done and whose answer got lost is not done again,
        # and does not meet its own writes (API reference, TransactWriteItems).
        token = uuid.uuid4().hex
        self._call("transact_write_items", attempts, TransactItems=items, ClientRequestToken=token)

    def query(
        self,
        table: str,
        pk: str,
        *,
        sk_prefix: str = "",
        limit: int,
        start_after: Item | None = None,
    ) -> QueryPage:
        """Read a partition in the order of its sort keys, a page at a time (one Query)."""
        condition = "#pk = :pk" + (" AND begins_with(#sk, :sk)" if sk_prefix else "")
        request: dict[str, Any] = {
            "TableName": table,
            "KeyConditionExpression": condition,
            "ConsistentRead": True,
            "Limit": limit,
            **_expressions(
                condition, values={"pk": pk, **({"sk": sk_prefix} if sk_prefix else {})}
            ),
        }
        return self._query_page(request, start_after)

    def scan(
        self,
        table: str,
        segment: tuple[int, int],
        *,
        limit: int,
        start_after: Item | None = None,
    ) -> QueryPage:
        """Read a part of a table, a page at a time, in no order (one Scan).

        Parameters
        ----------
        segment
            Number of the part, from 0, and how many parts the table is read in.
        limit
            Items of a page; a page ends earlier at 1 MB.
        """
        number, total = segment
        request: dict[str, Any] = {
            "TableName": table,
            "ConsistentRead": True,
            "Limit": limit,
            "Segment": number,
            "TotalSegments": total,
        }
        return self._page("scan", request, start_after)

    def query_index(
        self,
        table: str,
        index: Index,
        partition: str,
        between: tuple[str, str],
        *,
        limit: int,
        start_after: Item | None = None,
    ) -> QueryPage:
        """Read the last items of an index's partition whose sort keys lie in a range (one Query).

        Only keys, the last one first; an index follows its table a moment later.

        Parameters
        ----------
        between
            Least and greatest sort key, both included.
        """
        low, high = between
        condition = f"#{index.partition_key} = :partition"
        condition += f" AND #{index.sort_key} BETWEEN :low AND :high"
        request: dict[str, Any] = {
            "TableName": table,
            "IndexName": index.name,
            "KeyConditionExpression": condition,
            "Limit": limit,
            "ScanIndexForward": False,
            **_expressions(condition, values={"partition": partition, "low": low, "high": high}),
        }
        return self._query_page(request, start_after)

    def _query_page(self, request: dict[str, Any], start_after: Item | None) -> QueryPage:
        return self._page("query", request, start_after)

    def _page(self, operation: str, request: dict[str, Any], start_after: Item | None) -> QueryPage:
        if start_after is not None:
            request = {**request, "ExclusiveStartKey": to_attribute_values(start_after)}
        answer = self._call(operation, **request)
        last_key = answer.get("LastEvaluatedKey")
        return QueryPage(
            [from_attribute_values(item) for item in answer["Items"]],
            from_attribute_values(last_key) if last_key else None,
        )

    def count_index(self, table: str, index: Index, partition: str) -> int:
        """Count the items of an index's partition (one Query for each MB of them)."""
        condition = f"#{index.partition_key} = :partition"
        request: dict[str, Any] = {
            "TableName": table,
            "IndexName": index.name,
            "KeyConditionExpression": condition,
            "Select": "COUNT",
            **_expressions(condition, values={"partition": partition}),
        }
        counted = 0
        while True:
            answer = self._call("query", **request)
            counted += int(answer["Count"])
            if "LastEvaluatedKey" not in answer:
                return counted
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _batch_get(self, addresses: Iterable[Address]) -> Iterator[tuple[str, Item]]:
        requests: dict[str, Any] = {}
        for table, pk, sk in addresses:
            request = requests.setdefault(table, {"Keys": [], "ConsistentRead": True})
            request["Keys"].append(_key(pk, sk))
        for attempt in range(CONFLICT_ATTEMPTS):
            answer = self._call("batch_get_item", RequestItems=requests)
            for table, items in answer["Responses"].items():
                yield from ((table, from_attribute_values(item)) for item in items)
            requests = answer.get("UnprocessedKeys") or {}
            if not requests:
                return
            back_off(attempt)
        raise TransientError(
            f"DynamoDB left keys of {', '.join(requests)} unread {CONFLICT_ATTEMPTS} times; "
            "the table is throttled. Try again later."
        )

    def _call(self, operation: str, attempts: int = CONFLICT_ATTEMPTS, **request: Any) -> Any:
        from botocore.exceptions import ClientError  # noqa: PLC0415

        reason = ""
        for attempt in range(attempts):
            try:
                return send(self._clients.dynamodb, operation, **request)
            except ClientError as error:
                _raise_unless_conflict(error)
                reason = str(error)
            back_off(attempt)
        raise TransientError(f"DynamoDB found the item busy {attempts} times in a row: {reason}")


def _raise_unless_conflict(error: ClientError) -> None:
    details = error.response.get("Error", {})
    code, message = details.get("Code", ""), details.get("Message", "")
    if code == "ConditionalCheckFailedException":
        raise ConditionFailed(message) from error
    if is_contention(error):
        return
    if code == CANCELLED:
        _raise_cancellation(error, message)
    if code == "ResourceNotFoundException":
        raise ConfigurationError(
            f"A table does not exist: is this environment deployed? ({message})"
        ) from error
    if code == "ValidationException":
        raise _refusal(f"DynamoDB refused the request: {message}") from error
    raise error


def _raise_cancellation(error: ClientError, message: str) -> NoReturn:
    reasons = cancellation_reasons(error)
    failed = tuple(place for place, code in enumerate(reasons) if code == CONDITION_REASON)
    if failed:
        raise ConditionFailed(message, failed) from error
    cancellations = error.response.get("CancellationReasons", [])
    # The message itself only says that there are reasons.
    refused = "; ".join(reason["Message"] for reason in cancellations if reason.get("Message"))
    raise _refusal(f"DynamoDB refused the transaction: {refused or message}") from error


def _refusal(told: str) -> ValidationError:
    # It has no code of its own.
    return ItemTooLarge(told) if _TOO_LARGE.search(told) else ValidationError(told)


def _transact_name(action: Action) -> str:
    return "ConditionCheck" if isinstance(action, Check) else type(action).__name__


def _key(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _item(answer: Mapping[str, Any]) -> Item | None:
    return from_attribute_values(answer["Item"]) if answer.get("Item") else None


def _expressions(
    *expressions: str,
    condition: Condition | None = None,
    values: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Condition, attribute names and attribute values of a request."""
    request: dict[str, Any] = {}
    all_values = dict(values or {})
    if condition is not None:
        request["ConditionExpression"] = condition.expression
        all_values |= condition.values
        expressions = (*expressions, condition.expression)
        if any(
            condition.values.get(name, value) != value for name, value in (values or {}).items()
        ):
            raise ValueError(f"A value of {condition.expression!r} is called as another one.")
    names = {name for text in expressions for name in PLACEHOLDER.findall(text)}
    if names:
        request["ExpressionAttributeNames"] = {f"#{name}": name for name in sorted(names)}
    if all_values:
        request["ExpressionAttributeValues"] = {
            f":{name}": value for name, value in to_attribute_values(all_values).items()
        }
    return request
