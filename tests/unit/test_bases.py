from __future__ import annotations

import pytest

from cqrs.aws.item_store import Put
from cqrs.commands.bases import Bases
from cqrs.core.keys import ItemKey
from cqrs.errors import ValidationError, VersionConflict

KEY = ItemKey("AIRPORT#acme", "AIRPORT#JFK")


@pytest.fixture
def bases(services, settings):
    return Bases(services.store, settings)


@pytest.fixture
def item_with(services, settings):
    """Store an item at one version and commands under way up to another."""

    def store(applied: int, newest: int) -> None:
        if applied:
            state = {"pk": KEY.pk, "sk": KEY.sk, "version": applied}
            services.store.put(Put(settings.data_table, state))
        for start in range(applied + 1, newest + 1, 100):
            services.store.write_together(
                [
                    Put(settings.commands_table, KEY.at(version).to_mapping() | {"n": version})
                    for version in range(start, min(start + 100, newest + 1))
                ]
            )

    return store


@pytest.mark.parametrize("under_way", [0, 1, 2, 3, 15, 16, 17, 31, 33, 100])
@pytest.mark.parametrize("applied", [0, 9])
def test_the_newest_version_is_found(bases, item_with, applied, under_way):
    item_with(applied, applied + under_way)

    base = bases.newest(KEY)

    assert base.version == applied + under_way
    assert base.applied is (under_way == 0)
    if under_way:
        assert base.item["n"] == applied + under_way


def test_the_newest_of_an_applied_item_costs_two_requests(bases, item_with, requests):
    item_with(5, 5)
    requests.operations.clear()

    bases.newest(KEY)

    assert requests.operations == ["GetItem", "BatchGetItem"]


def test_the_newest_of_a_thousand_under_way_costs_a_handful_of_requests(bases, item_with, requests):
    item_with(3, 1003)
    requests.operations.clear()

    assert bases.newest(KEY).version == 1003
    assert requests.operations[0] == "GetItem"
    assert set(requests.operations[1:]) == {"BatchGetItem"}
    assert len(requests.operations) <= 6


def test_more_commands_than_one_row_of_probes_reaches_are_no_limit(bases, item_with, monkeypatch):
    # With 4 probes a row reaches 8 versions instead of 32,768.
    monkeypatch.setattr("cqrs.commands.bases.PROBES", 4)
    for count in (7, 8, 9, 30):
        item_with(0, count)
        assert bases.newest(KEY).version == count


def test_a_named_version_is_checked_in_one_request(bases, item_with, requests):
    item_with(2, 4)
    requests.operations.clear()

    base = bases.at(KEY, 4)

    assert (base.version, base.applied, base.item["n"]) == (4, False, 4)
    assert requests.operations == ["BatchGetItem"]


def test_a_named_version_that_is_applied_is_the_data_item(bases, item_with):
    item_with(2, 2)

    base = bases.at(KEY, 2)

    assert (base.version, base.applied, base.item["version"]) == (2, True, 2)


@pytest.mark.parametrize("named", [1, 2, 3, 5, 10**15])
def test_a_named_version_that_is_not_the_newest_is_refused_with_the_newest(bases, item_with, named):
    item_with(2, 4)

    with pytest.raises(VersionConflict, match=f"is at version 4, not {named}") as conflict:
        bases.at(KEY, named)

    assert conflict.value.current == 4


def test_a_named_version_that_is_published_meanwhile_is_built_on(
    bases, services, item_with, monkeypatch
):
    item_with(2, 2)
    look = services.store.get_many

    def look_too_early(addresses):
        found = look(addresses)
        monkeypatch.undo()
        item_with(2, 3)
        return found

    monkeypatch.setattr(services.store, "get_many", look_too_early)

    base = bases.at(KEY, 3)

    assert (base.version, base.applied, base.item["n"]) == (3, False, 3)


def test_an_item_taken_to_be_new_costs_no_request(bases, requests):
    base = bases.new(KEY)

    assert (base.version, base.item, base.applied) == (0, None, True)
    assert requests.operations == []


def test_behind_the_last_version_nothing_is_published(services, settings):
    last = {"pk": KEY.pk, "sk": KEY.sk, "version": 10**15 - 1}
    services.store.put(Put(settings.data_table, last))

    with pytest.raises(
        ValidationError, match="is at version 999,999,999,999,999, and versions end"
    ):
        services.commands.publish(KEY.pk, KEY.sk, attributes={"n": 1})

    services.store.put(Put(settings.data_table, {**last, "version": 10**15}))
    with pytest.raises(ValidationError, match="is damaged: its version is 1000000000000000"):
        services.commands.publish(KEY.pk, KEY.sk, attributes={"n": 1})
