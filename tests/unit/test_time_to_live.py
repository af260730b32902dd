from __future__ import annotations

from dataclasses import replace

import pytest

import cqrs.storage.time_to_live as time_to_live_module
from cqrs.aws.item_store import Put
from cqrs.commands.sync_handlers import SyncHandlers
from cqrs.core.keys import ItemKey
from cqrs.errors import ValidationError
from cqrs.resources import Table
from cqrs.services import Services
from cqrs.storage.time_to_live import TimeToLive
from tests.unit.execution import CommandExecution

NOW = 1_800_000_000
DAY = 24 * 60 * 60


class Clock:
    """Both clocks that expiry looks at."""

    def __init__(self) -> None:
        self.passed = 0.0

    def time(self) -> float:
        return NOW + self.passed

    def monotonic(self) -> float:
        return self.passed


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(time_to_live_module, "time", clock)
    return clock


@pytest.fixture
def time_to_live(services, settings, clock):  # noqa: ARG001 - the clock stands still
    return TimeToLive(services.store, replace(settings, commands_ttl_days=7, history_ttl_days=30))


@pytest.fixture
def override(services):
    """Publish a tenant's own days."""

    def publish(tenant: str, *, is_deleted: bool = False, **days) -> None:
        services.commands.publish_sync(
            f"SETTINGS#{tenant}", "TTL", attributes=days, is_deleted=is_deleted
        )

    return publish


def test_each_table_expires_after_the_days_of_its_setting(time_to_live):
    assert time_to_live.expires_at(Table.COMMANDS, "acme") == NOW + 7 * DAY
    assert time_to_live.expires_at(Table.HISTORY, "acme") == NOW + 30 * DAY


def test_tables_without_days_keep_their_items(time_to_live):
    assert time_to_live.expires_at(Table.TASKS, "acme") is None
    assert time_to_live.expires_at(Table.DATA, "acme") is None


def test_a_tenants_own_days_go_before_the_settings(time_to_live, override):
    override("acme", commands=1, history=0, tasks=2)

    assert time_to_live.expires_at(Table.COMMANDS, "acme") == NOW + DAY
    assert time_to_live.expires_at(Table.HISTORY, "acme") is None
    assert time_to_live.expires_at(Table.TASKS, "acme") == NOW + 2 * DAY
    assert time_to_live.expires_at(Table.COMMANDS, "other") == NOW + 7 * DAY


BAD_DAYS = [-1, 1.5, 30.5, "30", None, True, [3], 1e34, 36_501]


@pytest.mark.parametrize("days", BAD_DAYS)
def test_days_that_cannot_be_are_refused_when_they_are_published(services, override, days):
    with pytest.raises(ValidationError, match=r"commands is .*a whole number of days, 0 to 36,500"):
        override("acme", commands=days)

    assert services.commands.newest_version(ItemKey("SETTINGS#acme", "TTL")) == 0


def test_a_part_of_the_settings_is_checked_like_the_whole(services, override):
    override("acme", commands=30)

    for update in (
        services.commands.publish_partial_update,
        services.commands.publish_partial_update_sync,
    ):
        with pytest.raises(ValidationError, match="history is '1 year'; it must be a whole number"):
            update("SETTINGS#acme", "TTL", attributes={"history": "1 year"})


def test_a_table_that_never_expires_is_named_with_those_that_do(override):
    known = "commands, history, tasks, import_tmp, approvals"
    with pytest.raises(ValidationError, match=f"'comands' is not a table .*; those are {known}"):
        override("acme", comands=30)


@pytest.mark.parametrize("sort_key", ["ttl", "SETTINGS#TTL", "SETTINGS#ttl", " TTL"])
def test_settings_that_nobody_would_read_are_refused(services, sort_key):
    with pytest.raises(ValidationError, match=r"is read by nobody: .* have the sort key TTL"):
        services.commands.publish("SETTINGS#acme", sort_key, attributes={"commands": 1})


def test_other_items_may_say_what_they_like(services):
    services.commands.publish("SETTINGS#acme", "THEME", attributes={"commands": "1 year"})
    services.commands.publish("AIRPORT#acme", "TTL", attributes={"commands": "1 year"})


@pytest.mark.parametrize("days", BAD_DAYS)
def test_days_that_are_there_and_cannot_be_are_passed_over(
    services, settings, time_to_live, caplog, days
):
    attributes = {"commands": days, "history": 3}
    item = {"pk": "SETTINGS#acme", "sk": "TTL", "version": 1, "attributes": attributes}
    services.store.put(Put(settings.data_table, item))

    assert time_to_live.expires_at(Table.COMMANDS, "acme") == NOW + 7 * DAY
    assert time_to_live.expires_at(Table.HISTORY, "acme") == NOW + 3 * DAY
    assert [record.getMessage() for record in caplog.records] == [
        "Times to live of a tenant are passed over"
    ]


def test_settings_that_are_no_object_are_passed_over(services, settings, time_to_live):
    item = {"pk": "SETTINGS#acme", "sk": "TTL", "version": 1, "attributes": ["commands", 30]}
    services.store.put(Put(settings.data_table, item))

    assert time_to_live.expires_at(Table.COMMANDS, "acme") == NOW + 7 * DAY


def test_deleted_days_of_a_tenant_do_not_hold(time_to_live, override):
    override("acme", is_deleted=True, commands=1)

    assert time_to_live.expires_at(Table.COMMANDS, "acme") == NOW + 7 * DAY


def test_a_tenants_days_are_read_once_in_five_minutes(time_to_live, override, clock, requests):
    time_to_live.expires_at(Table.COMMANDS, "acme")
    override("acme", commands=1)
    requests.operations.clear()

    clock.passed = 299
    assert time_to_live.expires_at(Table.COMMANDS, "acme") == NOW + 299 + 7 * DAY
    assert requests.operations == []
    clock.passed = 300
    assert time_to_live.expires_at(Table.COMMANDS, "acme") == NOW + 300 + DAY
    assert time_to_live.expires_at(Table.HISTORY, "acme") == NOW + 300 + 30 * DAY
    assert requests.operations == ["GetItem"]


def test_commands_and_history_carry_when_they_expire_and_data_does_not(
    clients,
    settings,
    clock,  # noqa: ARG001
):
    kept = Services(
        replace(settings, commands_ttl_days=7, history_ttl_days=30), clients, SyncHandlers()
    )
    pk, sk = "AIRPORT#acme", "AIRPORT#JFK"
    for n in (1, 2):
        key = kept.commands.publish_sync(pk, sk, attributes={"n": n}).key

    assert kept.commands.get(key).ttl == NOW + 7 * DAY
    assert kept.history.get(pk, sk, 1).ttl == NOW + 30 * DAY
    assert kept.data.get(pk, sk).ttl is None


def test_a_command_under_way_expires_only_from_its_turn_on(clients, settings, clock):
    kept = Services(replace(settings, commands_ttl_days=7), clients, SyncHandlers())
    key = kept.commands.publish("AIRPORT#acme", "AIRPORT#JFK", version=0).key
    assert kept.commands.get(key).ttl is None
    clock.passed = 1000

    CommandExecution(kept.command_workflow, settings.resource_prefix, key, key.to_mapping()).apply()

    assert kept.commands.get(key).ttl == NOW + 1000 + 7 * DAY


def test_a_tenant_too_long_for_settings_has_those_of_the_environment(time_to_live):
    assert time_to_live.expires_at(Table.COMMANDS, "t" * 2046) == NOW + 7 * DAY
