"""DynamoDB in memory takes what AWS's partitions take, and no more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.limits.clock import Clock
from tests.limits.dynamodb import DynamoDb, IndexOf
from tests.limits.quotas import Quotas, quotas_of
from tests.limits.tally import Tally

TABLE = "t"


class World:
    def __init__(self, quotas: Quotas | None = None) -> None:
        self.clock = Clock(1)
        self.quotas = quotas or quotas_of("tokyo")
        self.tally = Tally()
        self.service = DynamoDb(self.clock, self.quotas, self.tally, lambda *_: None)
        self.table = self.service.make_table(
            TABLE, TABLE, [IndexOf("by", "listed", "at", frozenset({"name"}))]
        )

    def put(self, sk: str, size: int = 10, pk: str = "p", **more: Any) -> None:
        self.service.put_item(TableName=TABLE, Item=item(sk, size, pk), **more)

    def code(self, act: Callable[[], Any]) -> str:
        try:
            act()
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "done"

    def write_until_refused(self, act: Callable[[int], None]) -> int:
        for number in range(10_000):
            if self.code(lambda number=number: act(number)) != "done":  # type: ignore[misc]
                return number
        return 10_000


def item(sk: str, size: int = 10, pk: str = "p") -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}, "text": {"S": "x" * size}}


def put_of(sk: str) -> dict[str, Any]:
    return {"Put": {"TableName": TABLE, "Item": item(sk)}}


def test_a_partition_takes_a_thousand_small_writes_a_second() -> None:
    world = World()
    assert world.write_until_refused(lambda number: world.put(f"{number}")) == 1000
    assert world.tally.throttles == {"DynamoDB writes": 1}
    world.clock.now += 0.5
    assert world.write_until_refused(lambda number: world.put(f"{number}")) == 500


def test_larger_items_take_more() -> None:
    world = World()
    assert world.write_until_refused(lambda number: world.put(f"{number}", 1500)) == 500


def test_a_transaction_takes_twice_as_much() -> None:
    world = World()

    def write(number: int) -> None:
        world.service.transact_write_items([put_of(f"{number}a"), put_of(f"{number}b")])

    assert world.write_until_refused(write) == 250


def test_a_write_that_is_refused_takes_capacity_too() -> None:
    world = World()
    world.put("a")
    condition: dict[str, Any] = {
        "ConditionExpression": "attribute_not_exists(#pk)",
        "ExpressionAttributeNames": {"#pk": "pk"},
    }
    codes = [world.code(lambda: world.put("a", **condition)) for _ in range(1000)]
    assert set(codes[:999]) == {"ConditionalCheckFailedException"}
    assert codes[999] == "ProvisionedThroughputExceededException"


def test_strongly_consistent_reads_take_three_thousand_a_second() -> None:
    world = World()
    key = {"pk": {"S": "p"}, "sk": {"S": "s"}}

    def read(_number: int) -> None:
        world.service.get_item(TABLE, key, ConsistentRead=True)

    assert world.write_until_refused(read) == 3000


def test_a_transaction_does_all_or_nothing() -> None:
    world = World()
    world.put("b")
    taken = put_of("b")
    taken["Put"] |= {"ConditionExpression": "attribute_not_exists(#pk)"}
    with pytest.raises(ClientError) as refused:
        world.service.transact_write_items([put_of("a"), taken])
    reasons = refused.value.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "ConditionalCheckFailed"]
    assert world.service.plain(TABLE, "p", "a") is None


def test_a_transaction_has_a_hundred_actions_at_most() -> None:
    world = World()
    puts = [put_of(f"{number}") for number in range(101)]
    assert world.code(lambda: world.service.transact_write_items(puts)) == "ValidationException"
    assert world.service.plain(TABLE, "p", "0") is None
    assert world.code(lambda: world.service.transact_write_items(puts[:100])) == "done"


def test_writes_of_a_transactions_items_conflict_while_it_lasts() -> None:
    world = World()
    world.service.transact_write_items([put_of("a")])
    world.service.lock([put_of("a")], 0.01)
    assert world.code(lambda: world.put("a")) == "TransactionConflictException"
    assert world.code(lambda: world.put("b")) == "done"
    world.clock.now += 0.02
    assert world.code(lambda: world.put("a")) == "done"


def test_an_update_sets_adds_and_removes() -> None:
    world = World()
    world.put("a")
    for _ in range(2):
        world.service.update_item(
            TableName=TABLE,
            Key={"pk": {"S": "p"}, "sk": {"S": "a"}},
            UpdateExpression=(
                "SET #x = :x, #first = if_not_exists(#first, :x) ADD #n :n REMOVE #text"
            ),
            ExpressionAttributeValues={":x": {"S": "new"}, ":n": {"N": "2"}},
        )
    assert world.service.plain(TABLE, "p", "a") == {
        "pk": "p",
        "sk": "a",
        "x": "new",
        "first": "new",
        "n": 4,
    }


def test_an_index_takes_capacity_of_its_own() -> None:
    world = World()
    entry = {"listed": {"S": "one"}, "at": {"S": "now"}}

    def write(number: int) -> None:
        # Items of many partition keys, and one of the index.
        key = f"{number}"
        world.service.put_item(TableName=TABLE, Item={**item(key, pk=key), **entry})

    assert world.write_until_refused(write) == 1000


def kept_after_heat(key: Callable[[int], str]) -> float:
    """Writes a second of one partition key, of 30 that are tried, after it was hot for long."""
    quotas = replace(quotas_of("tokyo").divided(100), split_after_seconds=30.0)
    world = World(quotas)
    number = done = 0
    for second in range(400):
        world.clock.now = float(second)
        for _ in range(30):
            number += 1
            put = partial(world.put, key(number))
            done += world.code(put) == "done" and second >= 200
    return done / 200


def test_heat_is_split_by_sort_keys_unless_they_only_grow() -> None:
    spread = kept_after_heat(lambda number: f"{number * 7919 % 100_003:06d}")
    growing = kept_after_heat(lambda number: f"{number:09d}")
    assert spread > 20
    assert growing < 12
