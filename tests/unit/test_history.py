from __future__ import annotations

import pytest

from cqrs.core.keys import ItemKey
from cqrs.errors import ValidationError, VersionGap

PK, SK = "AIRPORT#acme", "AIRPORT#JFK"
KEY = ItemKey(PK, SK)


@pytest.fixture
def history(services):
    return services.history


@pytest.fixture
def published(services):
    """Publish and apply a number of versions."""

    def publish(count: int) -> None:
        for n in range(1, count + 1):
            services.commands.publish_sync(PK, SK, attributes={"n": n}, version=n - 1)

    return publish


@pytest.fixture
def expired(clients, settings):
    """Let DynamoDB expire some versions."""

    def expire(*versions: int) -> None:
        for version in versions:
            clients.dynamodb.delete_item(
                TableName=settings.history_table,
                Key={"pk": {"S": PK}, "sk": {"S": f"{SK}@{version}"}},
            )

    return expire


def versions(page):
    return [state.version for state in page.items]


def test_versions_beyond_nine_are_in_the_order_of_their_numbers(history, published):
    published(12)

    page = history.list(PK, SK)

    assert versions(page) == list(range(11, 0, -1))
    assert [state.attributes["n"] for state in page.items] == list(range(11, 0, -1))
    assert page.before is None


def test_a_state_of_the_past_carries_its_items_key_and_times(services, history, published):
    published(2)

    state = history.get(PK, SK, 1)

    assert state.key == KEY
    assert (state.version, state.attributes) == (1, {"n": 1})
    command = services.commands.get(KEY.at(1))
    assert (state.request_id, state.updated_at) == (command.request_id, command.created_at)


def test_the_latest_state_is_not_yet_history(history, published):
    published(2)

    assert history.get(PK, SK, 2) is None
    assert versions(history.list(PK, SK)) == [1]


def test_pages_follow_each_other_down_to_the_first_version(history, published):
    published(12)

    first = history.list(PK, SK, limit=4)
    second = history.list(PK, SK, limit=4, before=first.before)
    third = history.list(PK, SK, limit=4, before=second.before)

    assert [versions(page) for page in (first, second, third)] == [
        [11, 10, 9, 8],
        [7, 6, 5, 4],
        [3, 2, 1],
    ]
    assert third.before is None


def test_a_page_that_ends_with_the_first_version_is_the_last(history, published):
    published(5)

    page = history.list(PK, SK, limit=4)

    assert (versions(page), page.before) == ([4, 3, 2, 1], None)


def test_a_page_far_beyond_the_latest_version_leads_back_to_it(history, published):
    published(3)

    beyond = history.list(PK, SK, before=10**17)

    assert (versions(beyond), beyond.before) == ([], 3)
    assert versions(history.list(PK, SK, before=beyond.before)) == [2, 1]


def test_expired_states_leave_gaps_and_end_nothing(history, published, expired):
    published(9)
    expired(7, 4, 3, 1)

    first = history.list(PK, SK, limit=4)
    second = history.list(PK, SK, limit=2, before=first.before)
    third = history.list(PK, SK, limit=2, before=second.before)

    assert [versions(page) for page in (first, second, third)] == [[8, 6, 5], [], [2]]
    assert third.before is None


def test_a_page_costs_two_requests_and_a_later_one_costs_one(history, published, requests):
    published(12)
    requests.operations.clear()

    page = history.list(PK, SK, limit=3)
    assert requests.operations == ["GetItem", "BatchGetItem"]
    history.list(PK, SK, limit=3, before=page.before)
    assert requests.operations == ["GetItem", "BatchGetItem", "BatchGetItem"]


@pytest.mark.parametrize("count", [0, 1])
def test_an_item_without_a_past_has_an_empty_history(history, published, count):
    published(count)

    page = history.list(PK, SK)

    assert (page.items, page.before) == ([], None)


@pytest.mark.parametrize("limit", [0, -5, 101])
def test_a_limit_out_of_range_is_refused(history, limit):
    with pytest.raises(ValidationError, match=f"limit is {limit}; it must be 1 to 100"):
        history.list(PK, SK, limit=limit)


@pytest.mark.parametrize("before", [0, -1])
def test_a_version_below_the_first_is_refused(history, before):
    with pytest.raises(ValidationError, match=f"before is {before}; it must be a version"):
        history.list(PK, SK, before=before)


def test_a_repeated_copy_changes_nothing(history, published):
    published(1)
    history.copy_before(KEY.at(2))
    kept = history.get(PK, SK, 1)

    history.copy_before(KEY.at(2))

    assert history.get(PK, SK, 1) == kept
    assert kept.attributes == {"n": 1}


def test_a_late_copy_does_not_replace_what_was_kept(history, published):
    published(3)
    kept = history.list(PK, SK)

    history.copy_before(KEY.at(2))

    assert history.list(PK, SK) == kept


def test_the_first_version_replaces_nothing_and_costs_nothing(history, requests):
    history.copy_before(KEY.at(1))

    assert requests.operations == []


@pytest.mark.parametrize("applied", [0, 1])
def test_a_gap_before_a_command_is_told(history, published, applied):
    published(applied)

    with pytest.raises(VersionGap, match=f"@3 cannot be applied: .* at version {applied}, not 2"):
        history.copy_before(KEY.at(3))


@pytest.mark.parametrize(
    "document", [b'{"a": NaN}', b'{"a": [-Infinity]}', b"[" * 400 + b"]" * 400]
)
def test_attributes_that_are_not_json_hide_no_other_version(
    services, history, clients, settings, document
):
    large = {"text": "x" * 400_000}
    services.commands.publish_sync(PK, SK, attributes=large)
    for n in range(3):
        services.commands.publish_sync(PK, SK, attributes={"n": n})
    stored = services.store.get(settings.history_table, PK, f"{SK}@1")
    clients.s3.put_object(Bucket=settings.bucket, Key=stored["attributesKey"], Body=document)

    page = history.list(PK, SK)

    assert versions(page) == [3, 2]
    (damaged,) = page.damaged
    assert damaged.key == f"{PK} {SK}@1"
    assert stored["attributesKey"] in damaged.problem
