"""Transactions as the item store sends them: their tokens, and why DynamoDB cancels them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from cqrs.aws.item_store import Action, Address, Check, Condition, ItemStore, Put, Update
from cqrs.core.attribute_values import Item, from_attribute_values
from cqrs.testing.text import Text, freeze
from tests.model.tape import Tape, TapedClients, TapedStore

NO_REASON, REFUSED, BUSY = "None", "ConditionalCheckFailed", "TransactionConflict"
"""Reasons of cancellations, one for each action."""

IN_PROGRESS, MISMATCH = "TransactionInProgressException", "IdempotentParameterMismatchException"
"""Errors of a token whose transaction is under way, and of one that was used for another one."""

PLACEHOLDER = re.compile(r":(\w+)")
CLAUSE = re.compile(
    r"#(?P<once>\w+) = if_not_exists\(#\w+, :\w+\)|#(?P<assign>\w+) = :\w+"
    r"|#(?P<increase>\w+) :\w+|#(?P<remove>\w+)"
)
"""One clause of an update expression, with the attribute that it is about."""


@dataclass(frozen=True, slots=True, eq=False)
class Transaction:
    """A call of TransactWriteItems; its result is the reasons why it was cancelled, if any.

    ``text`` is all that was sent but the token.
    """

    actions: tuple[Action, ...]
    token: str
    text: Text


class TransactingClient:
    """Stands in for the DynamoDB client, as far as transactions go."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape

    def transact_write_items(self, **request: Any) -> dict[str, Any]:
        items, token = request["TransactItems"], request["ClientRequestToken"]
        actions = tuple(_action(item) for item in items)
        reasons = self._tape.perform(Transaction(actions, token, freeze(items)))
        if reasons:
            answer: Any = {
                "Error": {"Code": "TransactionCanceledException", "Message": "cancelled"},
                "CancellationReasons": [{"Code": reason} for reason in reasons],
            }
            raise ClientError(answer, "TransactWriteItems")
        return {}


class TransactingClients(TapedClients):
    """Clients of Step Functions, and of DynamoDB for transactions."""

    def __init__(self, tape: Tape) -> None:
        super().__init__(tape)
        self.__dict__["dynamodb"] = TransactingClient(tape)
        self.taped_store = TapedStore(tape)


class TransactingStore(ItemStore):
    """The real item store as far as transactions go, over a tape for all else."""

    def __init__(self, clients: TransactingClients) -> None:
        super().__init__(clients)
        self._taped = clients.taped_store

    def get(self, table: str, pk: str, sk: str) -> Item | None:
        return self._taped.get(table, pk, sk)

    def get_many(self, addresses: Sequence[Address]) -> dict[Address, Item]:
        return self._taped.get_many(addresses)

    def get_together(self, addresses: Sequence[Address]) -> list[Item | None]:
        return self._taped.get_together(addresses)

    def put(self, action: Put) -> None:
        self._taped.put(action)

    def update(self, action: Update) -> Item:
        return self._taped.update(action)


def _action(item: Mapping[str, Any]) -> Action:
    ((kind, request),) = item.items()
    table, condition = request["TableName"], _condition(request)
    if kind == "Put":
        return Put(table, from_attribute_values(request["Item"]), condition)
    key = from_attribute_values(request["Key"])
    if kind == "Update":
        return _update(table, key, request, condition)
    assert condition is not None
    return Check(table, key["pk"], key["sk"], condition)


def _condition(request: Mapping[str, Any]) -> Condition | None:
    expression = request.get("ConditionExpression")
    if expression is None:
        return None
    values = _values(request)
    return Condition(expression, {name: values[name] for name in PLACEHOLDER.findall(expression)})


def _update(
    table: str, key: Item, request: Mapping[str, Any], condition: Condition | None
) -> Update:
    values = _values(request)
    names: dict[str, list[str]] = {"assign": [], "once": [], "increase": [], "remove": []}
    for clause in CLAUSE.finditer(request["UpdateExpression"]):
        kind = clause.lastgroup
        assert kind is not None
        names[kind].append(clause[kind])

    def of(kind: str) -> dict[str, Any]:
        return {name: values[name] for name in names[kind]}

    return Update(
        table,
        key["pk"],
        key["sk"],
        of("assign"),
        of("once"),
        tuple(names["remove"]),
        condition,
        of("increase"),
    )


def _values(request: Mapping[str, Any]) -> Item:
    values = from_attribute_values(request.get("ExpressionAttributeValues", {}))
    return {name.removeprefix(":"): value for name, value in values.items()}
