from __future__ import annotations

import base64
import json

import pytest

from cqrs.core.keys import ItemKey
from cqrs.errors import ValidationError

PK = "AIRPORT#acme"


@pytest.fixture
def data(services):
    return services.data


@pytest.fixture
def stored(services):
    """Publish items with the given sort keys."""

    def store(*sort_keys: str) -> None:
        for sk in sort_keys:
            services.commands.publish_sync(PK, sk, name=sk, attributes={"id": sk})

    return store


def keys(page):
    return [item.key.sk for item in page.items]


def cursor_of(key) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def test_an_item_is_read_with_all_that_it_says(services, data):
    result = services.commands.publish_sync(
        PK, "AIRPORT#JFK", name="Kennedy", attributes={"runways": 4, "open": True}
    )

    item = data.get(PK, "AIRPORT#JFK")

    assert item.key == ItemKey(PK, "AIRPORT#JFK")
    assert (item.version, item.name, item.is_deleted) == (1, "Kennedy", False)
    assert item.attributes == {"runways": 4, "open": True}
    assert item.request_id == result.request_id
    assert item.ttl is None


def test_an_item_that_does_not_exist_is_none(data):
    assert data.get(PK, "AIRPORT#JFK") is None


def test_a_partition_is_listed_in_the_order_of_its_sort_keys(services, data, stored):
    stored("b", "a", "c")
    services.commands.publish_sync("AIRPORT#other", "d")

    page = data.list(PK)

    assert keys(page) == ["a", "b", "c"]
    assert page.items[0].attributes == {"id": "a"}
    assert page.cursor is None


def test_pages_follow_each_other_without_gap_or_repeat(data, stored):
    stored(*"abcde")

    first = data.list(PK, limit=2)
    second = data.list(PK, limit=2, cursor=first.cursor)
    third = data.list(PK, limit=2, cursor=second.cursor)

    assert [keys(page) for page in (first, second, third)] == [["a", "b"], ["c", "d"], ["e"]]
    assert third.cursor is None


def test_a_page_goes_on_where_it_was_though_items_came_and_went(data, stored, clients, settings):
    stored("a", "b", "d")
    first = data.list(PK, limit=2)
    stored("aa", "c")
    clients.dynamodb.delete_item(
        TableName=settings.data_table, Key={"pk": {"S": PK}, "sk": {"S": "b"}}
    )

    assert keys(data.list(PK, cursor=first.cursor)) == ["c", "d"]


def test_only_sort_keys_with_the_prefix_are_listed(data, stored):
    stored("GATE#1", "GATE#2", "GATE#3", "RUNWAY#1")

    first = data.list(PK, sk_prefix="GATE#", limit=2)
    rest = data.list(PK, sk_prefix="GATE#", cursor=first.cursor)

    assert keys(first) + keys(rest) == ["GATE#1", "GATE#2", "GATE#3"]


def test_an_empty_partition_is_an_empty_last_page(data):
    page = data.list(PK)

    assert (page.items, page.cursor) == ([], None)


def test_cursors_are_text_that_fits_into_a_url(data, stored):
    stored("空港#1", "空港#2")

    cursor = data.list(PK, limit=1).cursor

    assert cursor.replace("-", "").replace("_", "").rstrip("=").isalnum()
    assert cursor.isascii()
    assert keys(data.list(PK, cursor=cursor)) == ["空港#2"]


def test_a_whole_partition_is_read_page_by_page_as_it_is_consumed(
    data, stored, requests, monkeypatch
):
    monkeypatch.setattr("cqrs.items.data.MOST_ITEMS", 2)
    stored(*"abcde")
    requests.operations.clear()

    everything = data.list_all(PK)
    beginning = [next(everything).key.sk, next(everything).key.sk]

    assert beginning == ["a", "b"]
    assert requests.operations == ["Query"]
    assert [item.key.sk for item in everything] == ["c", "d", "e"]
    assert requests.operations == ["Query"] * 3


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_limit_out_of_range_is_refused(data, limit):
    with pytest.raises(ValidationError, match=f"limit is {limit}; it must be 1 to 1000"):
        data.list(PK, limit=limit)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "nonsense",
        "%%%",
        "空港",
        "\ud800",
        5,
        cursor_of(5),
        cursor_of([]),
        cursor_of({"pk": PK}),
        cursor_of({"pk": PK, "sk": 5}),
        cursor_of({"pk": PK, "sk": ""}),
        cursor_of({"pk": "AIRPORT#other", "sk": "GATE#1"}),
        cursor_of({"pk": PK, "sk": "RUNWAY#1"}),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        base64.urlsafe_b64encode(b"[" * 100_000).decode(),
    ],
    ids=range(15),
)
def test_a_cursor_of_another_list_is_refused(data, stored, cursor, requests):
    stored("GATE#1", "GATE#2")
    requests.operations.clear()

    with pytest.raises(ValidationError, match="does not belong to this list: give back"):
        data.list(PK, sk_prefix="GATE#", cursor=cursor)

    assert requests.operations == []
