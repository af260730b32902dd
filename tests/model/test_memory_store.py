"""The stores in memory do what the real one does on DynamoDB's emulator.

One is of the models, which keep states apart. The other is of ``cqrs.testing`` and the simulations:
the real store on a client in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cqrs.aws.clients import Clients
from cqrs.aws.item_store import Check, Condition, ItemStore, Put, Update
from cqrs.errors import ConditionFailed
from cqrs.testing.aws.conditions import holds
from cqrs.testing.aws.dynamodb import DynamoDb
from cqrs.testing.aws.session import MemorySession
from cqrs.testing.faults import Faults
from tests.model.memory_store import MemoryStore

TABLE, PK = "table", "ITEM#acme"
KEYS = ("A", "A@1", "A@2", "B")

CONDITIONS = [
    Condition("attribute_exists(#pk)"),
    Condition("attribute_not_exists(#pk)"),
    Condition("#version = :previous", {"previous": 1}),
    Condition("attribute_exists(#pk) AND #status <> :finished", {"finished": "FINISHED"}),
    Condition("attribute_not_exists(#pk) OR #status = :finished", {"finished": "FINISHED"}),
    Condition("#status <> :finished", {"finished": "FINISHED"}),
    Condition("#status = :was AND attribute_not_exists(#attempt)", {"was": "FAILED"}),
    Condition("NOT (#version < :low OR #version >= :high)", {"low": 1, "high": 2}),
    Condition("#status IN (:failed, :other)", {"failed": "FAILED", "other": "PUBLISHED"}),
]


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> Iterator[ItemStore]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        clients = Clients(boto3.Session(region_name="ap-northeast-1"))
        clients.dynamodb.create_table(
            TableName=TABLE,
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        yield ItemStore(clients)


def on_client_in_memory() -> ItemStore:
    service = DynamoDb()
    service.make_table(TABLE, TABLE)
    session = MemorySession({"dynamodb": service}, Faults(), "ap-northeast-1")
    return ItemStore(Clients(session))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("make", [lambda: MemoryStore({}), on_client_in_memory])
def test_the_same_calls_have_the_same_results(
    real: ItemStore, seed: int, make: Callable[[], Any]
) -> None:
    random = Random(seed)  # noqa: S311 - calls, not a secret
    memory = make()
    for _ in range(60):
        method, arguments = any_call(random)
        assert outcome(memory, method, arguments) == outcome(real, method, arguments), arguments


def test_a_deleted_item_is_told(real: ItemStore) -> None:
    memory, item = on_client_in_memory(), {"pk": PK, "sk": "A", "says": "text"}
    for store in (memory, real):
        store.put(Put(TABLE, item))
        assert store.delete(TABLE, PK, "A") == item
        assert store.delete(TABLE, PK, "A") is None
        assert store.get(TABLE, PK, "A") is None


@pytest.mark.parametrize("expression", ["#a == :b", "#a = :b extra", "size(#a) > :b", "a = :b"])
def test_an_expression_beyond_the_evaluator_is_refused(expression: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        holds(expression, {"b": 1}, {"a": 1})


def outcome(store: Any, method: str, arguments: tuple[Any, ...]) -> Any:
    try:
        if method == "query":
            table, pk, prefix, limit, after = arguments
            page = store.query(table, pk, sk_prefix=prefix, limit=limit, start_after=after)
            return page.items, page.last_key
        result = getattr(store, method)(*arguments)
    except ConditionFailed as error:
        return "refused", error.failed
    return result


def any_call(random: Random) -> tuple[str, tuple[Any, ...]]:
    addresses = [(TABLE, PK, sk) for sk in random.sample(KEYS, 2)]
    match random.choice(
        ("get", "get_many", "get_together", "put", "update", "write_together", "query")
    ):
        case "get":
            return "get", addresses[0]
        case "put":
            return "put", (any_put(random, addresses[0][2]),)
        case "update":
            return "update", (any_update(random, addresses[0][2]),)
        case "query":
            prefix, limit = random.choice(("", "A", "A@", "C")), random.randint(1, 5)
            after = random.choice((None, {"pk": PK, "sk": random.choice(KEYS)}))
            return "query", (TABLE, PK, prefix, limit, after)
        case "write_together":
            return "write_together", ([any_action(random, sk) for _, _, sk in addresses],)
        case method:
            return method, (addresses,)


def any_action(random: Random, sk: str) -> Put | Update | Check:
    match random.choice(("put", "update", "check")):
        case "put":
            return any_put(random, sk)
        case "update":
            return any_update(random, sk)
    return Check(TABLE, PK, sk, random.choice(CONDITIONS))


def any_put(random: Random, sk: str) -> Put:
    return Put(TABLE, {"pk": PK, "sk": sk, **any_attributes(random)}, maybe_condition(random))


def any_update(random: Random, sk: str) -> Update:
    assign = {"touched": random.randint(1, 9), **any_attributes(random)}
    remove = [name for name in ("attempt", "attributes") if name not in assign]
    once = {"createdAt": random.randint(1, 9)}
    increase = {"changes": random.randint(1, 9)} if random.random() < 0.5 else {}
    return Update(TABLE, PK, sk, assign, once, remove, maybe_condition(random), increase)


def maybe_condition(random: Random) -> Condition | None:
    return random.choice((*CONDITIONS, None))


def any_attributes(random: Random) -> dict[str, Any]:
    given: dict[str, Any] = {
        "status": random.choice(("PUBLISHED", "FINISHED", "FAILED")),
        "version": random.randint(0, 2),
        "attempt": 1,
        "attributes": {"says": [random.randint(1, 3), None, True, "text"]},
    }
    return {name: given[name] for name in given if random.random() < 0.6}
