from __future__ import annotations

import json
import sys

import pytest

from cqrs.commands.models import FIRST, CommandStatus, SyncMode
from cqrs.core.keys import CommandKey, ItemKey
from cqrs.errors import (
    CommandFailed,
    CommandInProgress,
    ConfigurationError,
    NotFoundError,
    PredecessorFailed,
    TransientError,
    ValidationError,
    VersionConflict,
)
from cqrs.item_types.registry import ItemTypes
from cqrs.services import Services
from cqrs.states import CommandState
from cqrs.storage import large_attributes
from cqrs.storage.large_values import INLINE_BYTES

PK, SK = "AIRPORT#acme", "AIRPORT#JFK"
KEY = ItemKey(PK, SK)
METHODS = (
    "publish",
    "publish_sync",
    "publish_partial_update",
    "publish_partial_update_sync",
)


@pytest.fixture
def commands(services):
    return services.commands


@pytest.fixture
def applied(services, execute):
    """Publish a version and apply it."""

    def apply(**content):
        key = services.commands.publish(PK, SK, **content).key
        execute(key).apply()
        return key

    return apply


def said(services):
    item = services.data.get(PK, SK)
    return None if item is None else (item.version, item.attributes)


# Publishing asynchronously


def test_a_published_command_is_stored_and_nothing_else_happens(services, commands):
    result = commands.publish(
        PK, SK, name="Kennedy", attributes={"n": 1}, version=FIRST, created_by="jane"
    )

    assert result.key == CommandKey(PK, SK, 1)
    assert result.changed is True
    command = commands.get(result.key)
    assert (command.pk, command.sk, command.version) == (PK, SK, 1)
    assert (command.content.name, command.attributes) == ("Kennedy", {"n": 1})
    assert (command.status, command.sync_mode) == (CommandStatus.PUBLISHED, SyncMode.ASYNC)
    assert (command.request_id, command.created_by) == (result.request_id, "jane")
    assert said(services) is None


def test_a_command_item_has_the_attributes_that_streams_filter_on(services, settings, commands):
    key = commands.publish(PK, SK, version=FIRST).key

    item = services.store.get(settings.commands_table, PK, key.sk)

    assert item == item | {
        "pk": PK,
        "sk": f"{SK}@1",
        "version": 1,
        "tenantCode": "acme",
        "status": "PUBLISHED",
        "syncMode": "ASYNC",
        "name": "",
        "attributes": {},
        "isDeleted": False,
    }
    assert {"requestId", "createdAt"} < set(item)


@pytest.mark.parametrize(
    ("version", "operations"),
    [
        (FIRST, ["TransactWriteItems"]),
        (1, ["BatchGetItem", "TransactWriteItems"]),
        (-1, ["GetItem", "TransactWriteItems"]),
    ],
)
def test_publishing_costs_one_request_for_a_new_item_and_two_for_a_known_one(
    commands, applied, requests, version, operations
):
    if version != FIRST:
        applied(attributes={"n": 1})
    requests.operations.clear()

    commands.publish(PK, SK, attributes={"n": 2}, version=version)

    assert requests.operations == operations


def test_the_latest_version_counts_commands_under_way(commands, applied):
    applied(attributes={"n": 1})

    keys = [commands.publish(PK, SK, attributes={"n": n}).key for n in (2, 3, 4)]

    assert [key.version for key in keys] == [2, 3, 4]
    assert commands.newest_version(KEY) == 4


def test_a_named_version_may_be_one_under_way(commands):
    commands.publish(PK, SK, attributes={"n": 1}, version=FIRST)

    assert commands.publish(PK, SK, attributes={"n": 2}, version=1).key.version == 2


@pytest.mark.parametrize("version", [FIRST, 1, 3])
@pytest.mark.parametrize("method", ["publish", "publish_sync"])
def test_a_version_that_is_not_the_newest_is_refused_with_the_newest(
    commands, applied, method, version
):
    applied(attributes={"n": 1})
    applied(attributes={"n": 2})

    with pytest.raises(VersionConflict, match=f"is at version 2, not {version}") as conflict:
        getattr(commands, method)(PK, SK, attributes={"n": 9}, version=version)

    assert conflict.value.current == 2
    assert commands.newest_version(KEY) == 2


def test_a_publisher_that_lost_a_race_for_a_named_version_is_told(commands, applied, requests):
    applied(attributes={"n": 1})
    requests.before_next(
        "TransactWriteItems", lambda: commands.publish(PK, SK, attributes={"n": "first"})
    )

    with pytest.raises(VersionConflict) as conflict:
        commands.publish(PK, SK, attributes={"n": "second"}, version=1)

    assert conflict.value.current == 2
    assert commands.get(KEY.at(2)).attributes == {"n": "first"}


def test_a_publisher_that_lost_a_race_for_the_latest_version_takes_the_next(
    commands, applied, requests
):
    applied(attributes={"n": 1})
    requests.before_next(
        "TransactWriteItems", lambda: commands.publish(PK, SK, attributes={"n": "first"})
    )

    result = commands.publish(PK, SK, attributes={"n": "second"})

    assert result.key.version == 3
    assert commands.get(KEY.at(2)).attributes == {"n": "first"}
    assert commands.get(KEY.at(3)).attributes == {"n": "second"}


def test_a_publisher_that_loses_every_race_gives_up(commands, requests):
    def overtake():
        commands.publish(PK, SK, attributes={"n": len(requests.operations)})
        requests.before_next("TransactWriteItems", overtake)

    requests.before_next("TransactWriteItems", overtake)

    with pytest.raises(TransientError, match="faster 10 times in a row: try again"):
        commands.publish(PK, SK, attributes={"n": "mine"})

    assert commands.newest_version(KEY) == 10


# Publishing what is said already


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("version", [1, -1])
def test_saying_the_same_again_writes_nothing(commands, applied, requests, method, version):
    first = applied(name="Kennedy", attributes={"n": 1.0, "tags": ["a"]})
    requests.operations.clear()

    result = getattr(commands, method)(
        PK, SK, name="Kennedy", attributes={"tags": ("a",), "n": 1}, version=version
    )

    assert result.key == first
    assert result.changed is False
    assert result.request_id == commands.get(first).request_id
    assert "TransactWriteItems" not in requests.operations
    assert commands.newest_version(KEY) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Other"},
        {"attributes": {"n": 2}},
        {"attributes": {"n": True}},
        {"attributes": {"n": "1"}},
        {"attributes": {}},
        {"is_deleted": True},
    ],
)
def test_any_difference_is_a_new_version(commands, applied, change):
    content = {"name": "Kennedy", "attributes": {"n": 1}}
    applied(**content)

    result = commands.publish(PK, SK, **{**content, **change})

    assert (result.changed, result.key.version) == (True, 2)


def test_saying_what_a_command_under_way_says_writes_nothing(commands, applied):
    applied(attributes={"n": 1})
    second = commands.publish(PK, SK, attributes={"n": 2})

    again = commands.publish(PK, SK, attributes={"n": 2})

    assert (again.key, again.changed, again.request_id) == (second.key, False, second.request_id)


@pytest.mark.parametrize("method", ["publish", "publish_partial_update"])
def test_going_back_to_the_applied_state_overrules_a_command_under_way(
    commands, applied, services, execute, method
):
    applied(attributes={"n": 1})
    second = commands.publish(PK, SK, attributes={"n": 2}).key

    result = getattr(commands, method)(PK, SK, attributes={"n": 1})

    assert (result.key.version, result.changed) == (3, True)
    for key in (second, result.key):
        execute(key).apply()
    assert said(services) == (3, {"n": 1})


def test_going_back_synchronously_does_not_overtake_a_command_under_way(commands, applied):
    applied(attributes={"n": 1})
    commands.publish(PK, SK, attributes={"n": 2})

    with pytest.raises(CommandInProgress, match="AIRPORT#JFK@2 is still being applied"):
        commands.publish_sync(PK, SK, attributes={"n": 1})


def test_what_a_failed_command_said_is_worth_saying_again(commands, execute):
    first = commands.publish(PK, SK, attributes={"n": 1}).key
    execute(first).fail("KeyError", "no country")

    again = commands.publish(PK, SK, attributes={"n": 1})

    assert (again.key.version, again.changed) == (2, True)


def test_what_a_failed_command_has_applied_is_not_told_as_unchanged(
    services, commands, sync_handlers
):
    def refuse(_command):
        raise ValidationError("no country")

    sync_handlers.register("broken", refuse)
    with pytest.raises(CommandFailed):
        commands.publish_sync(PK, SK, attributes={"n": 1})

    with pytest.raises(PredecessorFailed, match="AIRPORT#JFK@1 failed with SyncHandlerRefused"):
        commands.publish_sync(PK, SK, attributes={"n": 1})
    again = commands.publish(PK, SK, attributes={"n": 1})

    assert said(services) == (1, {"n": 1})
    assert (again.key.version, again.changed) == (2, True)


@pytest.mark.parametrize("number", [1e40, 1.5e100, 0.1, 10**38 - 1, -1e-100])
def test_any_number_that_was_stored_can_be_built_on(commands, applied, number):
    applied(attributes={"x": number})

    assert commands.publish(PK, SK, attributes={"x": number}).changed is False
    key = commands.publish_partial_update(PK, SK, attributes={"y": 1}).key
    assert commands.get(key).attributes == {"x": number, "y": 1}


# Publishing synchronously


def test_a_synchronous_publish_applies_the_command_at_once(services, commands):
    result = commands.publish_sync(PK, SK, name="Kennedy", attributes={"n": 1})

    assert said(services) == (1, {"n": 1})
    command = commands.get(result.key)
    assert (command.status, command.sync_mode) == (CommandStatus.FINISHED, SyncMode.SYNC)
    assert command.finished_at is not None
    item = services.data.get(PK, SK)
    assert (item.name, item.request_id) == ("Kennedy", result.request_id)
    assert item.created_at == item.updated_at == command.created_at


def test_synchronous_publishes_keep_history(services, commands):
    for n in (1, 2, 3):
        commands.publish_sync(PK, SK, attributes={"n": n})

    assert said(services) == (3, {"n": 3})
    kept = services.history.list(PK, SK).items
    assert [(state.version, state.attributes) for state in kept] == [(2, {"n": 2}), (1, {"n": 1})]


def test_synchronous_and_asynchronous_commands_continue_each_other(services, commands, execute):
    commands.publish_sync(PK, SK, attributes={"n": 1})
    second = commands.publish(PK, SK, attributes={"n": 2}).key
    execution = execute(second)
    assert execution.goes_ahead()
    execution.apply()
    commands.publish_sync(PK, SK, attributes={"n": 3})

    assert said(services) == (3, {"n": 3})
    assert [state.version for state in services.history.list(PK, SK).items] == [2, 1]


def test_a_synchronous_publish_runs_the_sync_handlers_that_want_it(commands, sync_handlers):
    seen = []
    sync_handlers.register("all", lambda command: seen.append(("all", command.version)))
    sync_handlers.register("airports", lambda command: seen.append(command.attributes), "AIRPORT")
    sync_handlers.register("flights", lambda _command: seen.append("flight"), "FLIGHT")

    key = commands.publish_sync(PK, SK, attributes={"n": 1}).key

    assert seen == [("all", 1), {"n": 1}]
    assert commands.get(key).status is CommandStatus.FINISHED


def test_a_sync_handler_that_would_end_the_process_fails_the_command(commands, sync_handlers):
    sync_handlers.register("leaver", lambda _command: sys.exit("enough"))

    with pytest.raises(CommandFailed, match="leaver: HandlerLeft: SystemExit: enough"):
        commands.publish_sync(PK, SK, attributes={"n": 1})


def test_a_sync_handler_that_fails_fails_the_command(services, commands, sync_handlers, execute):
    def broken(_command):
        raise KeyError("country")

    sync_handlers.register("broken", broken)

    with pytest.raises(CommandFailed, match=r"Sync handler broken: KeyError: 'country'"):
        commands.publish_sync(PK, SK, attributes={"n": 1})

    command = commands.get(KEY.at(1))
    assert (command.status, command.error) == (CommandStatus.FAILED, "SyncHandlerFailed")
    assert said(services) == (1, {"n": 1})
    with pytest.raises(PredecessorFailed, match=r"AIRPORT#JFK@1 failed with SyncHandlerFailed"):
        commands.publish_sync(PK, SK, attributes={"n": 2})
    second = commands.publish(PK, SK, attributes={"n": 2}).key
    assert execute(second).check() == -1


@pytest.mark.parametrize("version", [1, -1])
def test_a_synchronous_publish_does_not_overtake(services, commands, version):
    commands.publish(PK, SK, attributes={"n": 1}, version=FIRST)

    with pytest.raises(CommandInProgress, match="AIRPORT#JFK@1 is still being applied"):
        commands.publish_sync(PK, SK, attributes={"n": 2}, version=version)

    assert said(services) is None
    assert commands.newest_version(KEY) == 1


def test_a_synchronous_publish_waits_for_handlers_that_still_run(
    services, commands, execute, sync_handlers
):
    sync_handlers.register("slow", lambda _command: None)
    execution = execute(commands.publish(PK, SK, attributes={"n": 1}).key)
    handlers = execution.call(CommandState.TRANSFORM_DATA)
    execution.call(CommandState.SYNC_DATA, handlers[0])
    assert said(services) == (1, {"n": 1})

    with pytest.raises(CommandInProgress, match="AIRPORT#JFK@1 is still being applied"):
        commands.publish_sync(PK, SK, attributes={"n": 2}, version=1)


@pytest.mark.parametrize("version", [1, -1])
def test_a_synchronous_publish_goes_on_when_the_command_before_ends_meanwhile(
    services, commands, execute, sync_handlers, requests, version
):
    sync_handlers.register("slow", lambda _command: None)
    execution = execute(commands.publish(PK, SK, attributes={"n": 1}).key)
    execution.apply(until=CommandState.FINISH)

    def end():
        execution.call(CommandState.FINISH)

    # It ends after it had the write refused, and before that is looked into.
    requests.before_next("TransactWriteItems", lambda: requests.before_next("BatchGetItem", end))
    result = commands.publish_sync(PK, SK, attributes={"n": 2}, version=version)

    assert result.key.version == 2
    assert said(services) == (2, {"n": 2})


def test_no_history_is_lost_to_a_command_that_is_applied_between_read_and_write(
    services, commands, execute, requests
):
    first = commands.publish(PK, SK, attributes={"n": 1}, version=FIRST).key

    execution = execute(first)

    def apply_before_whatever_follows():
        for operation in ("BatchGetItem", "TransactWriteItems"):
            requests.before_next(operation, apply_once)

    def apply_once():
        if services.data.get(PK, SK) is None:
            execution.apply()

    # This batch reads the base, while the command is under way.
    requests.before_next("BatchGetItem", apply_before_whatever_follows)
    result = commands.publish_sync(PK, SK, attributes={"n": 2}, version=1)

    assert result.key.version == 2
    assert [state.attributes for state in services.history.list(PK, SK).items] == [{"n": 1}]


def test_a_refused_synchronous_publish_leaves_nothing_behind(services, commands, requests):
    commands.publish_sync(PK, SK, attributes={"n": 1})
    requests.before_next(
        "TransactWriteItems", lambda: commands.publish_sync(PK, SK, attributes={"n": 2})
    )

    with pytest.raises(VersionConflict):
        commands.publish_sync(PK, SK, attributes={"n": 3}, version=1)

    assert said(services) == (2, {"n": 2})
    assert [state.attributes for state in services.history.list(PK, SK).items] == [{"n": 1}]


# Changing a part


@pytest.mark.parametrize("method", ["publish_partial_update", "publish_partial_update_sync"])
def test_a_partial_update_keeps_what_it_does_not_name(commands, applied, method):
    applied(name="Kennedy", attributes={"a": 1, "b": {"x": 1, "y": 2}})

    key = getattr(commands, method)(PK, SK, attributes={"b": {"x": 3}, "c": None}).key

    command = commands.get(key)
    assert command.content.name == "Kennedy"
    assert command.attributes == {"a": 1, "b": {"x": 3}, "c": None}
    assert command.content.is_deleted is False


def test_a_partial_update_can_change_the_name_alone_and_delete(commands, applied):
    applied(name="Kennedy", attributes={"a": 1})

    renamed = commands.get(commands.publish_partial_update(PK, SK, name="").key)
    deleted = commands.get(commands.publish_partial_update(PK, SK, is_deleted=True).key)
    restored = commands.get(commands.publish_partial_update(PK, SK, is_deleted=False).key)

    assert (renamed.content.name, renamed.attributes) == ("", {"a": 1})
    assert (deleted.content.is_deleted, deleted.attributes) == (True, {"a": 1})
    assert restored.content.is_deleted is False


def test_a_partial_update_builds_on_commands_under_way(commands):
    commands.publish(PK, SK, attributes={"a": 1}, version=FIRST)

    second = commands.publish_partial_update(PK, SK, attributes={"b": 2}).key
    third = commands.publish_partial_update(PK, SK, attributes={"c": 3}, version=2).key

    assert commands.get(second).attributes == {"a": 1, "b": 2}
    assert commands.get(third).attributes == {"a": 1, "b": 2, "c": 3}


def test_a_partial_update_that_lost_a_race_is_merged_again(commands, applied, requests):
    applied(attributes={"a": 1})
    requests.before_next(
        "TransactWriteItems",
        lambda: commands.publish_partial_update(PK, SK, attributes={"b": 2}),
    )

    key = commands.publish_partial_update(PK, SK, attributes={"c": 3}).key

    assert commands.get(key).attributes == {"a": 1, "b": 2, "c": 3}


@pytest.mark.parametrize("method", ["publish_partial_update", "publish_partial_update_sync"])
@pytest.mark.parametrize("version", [FIRST, -1])
def test_no_part_of_a_missing_item_can_be_changed(commands, method, version):
    with pytest.raises(NotFoundError, match=f"{PK} {SK} does not exist"):
        getattr(commands, method)(PK, SK, attributes={"a": 1}, version=version)


def test_a_partial_update_of_an_item_taken_to_be_new_is_a_conflict(commands):
    commands.publish(PK, SK, attributes={"a": 1}, version=FIRST)

    with pytest.raises(VersionConflict, match="is at version 1, not 0"):
        commands.publish_partial_update(PK, SK, attributes={"b": 2}, version=FIRST)


# Deleting


def test_a_deleted_item_stays_with_its_flag_and_can_come_back(services, commands):
    commands.publish_sync(PK, SK, attributes={"n": 1})
    commands.publish_sync(PK, SK, attributes={"n": 1}, is_deleted=True)

    assert services.data.get(PK, SK).is_deleted is True
    assert services.history.get(PK, SK, 1).is_deleted is False
    commands.publish_sync(PK, SK, attributes={"n": 2})
    assert services.data.get(PK, SK).is_deleted is False


# Large attributes

LARGE = {"notes": "あ" * (INLINE_BYTES // 3), "n": 1}


def test_large_attributes_go_to_the_bucket_and_come_back(
    services, settings, commands, execute, clients
):
    key = commands.publish(PK, SK, attributes=LARGE, version=FIRST).key
    execute(key).apply()

    item = services.store.get(settings.data_table, PK, SK)
    assert "attributes" not in item
    stored = clients.s3.get_object(Bucket=settings.bucket, Key=item["attributesKey"])
    assert json.loads(stored["Body"].read()) == LARGE
    assert commands.get(key).attributes == services.data.get(PK, SK).attributes == LARGE


@pytest.mark.parametrize(("kilobytes", "place"), [(15, "attributes"), (17, "attributesKey")])
def test_attributes_lie_where_it_is_cheaper(services, settings, commands, kilobytes, place):
    attributes = {"notes": "x" * kilobytes * 1024}
    commands.publish_sync(PK, SK, attributes=attributes)

    assert place in services.store.get(settings.data_table, PK, SK)
    assert said(services) == (1, attributes)


def test_attributes_that_shrink_come_back_into_the_item(services, settings, commands):
    commands.publish_sync(PK, SK, attributes=LARGE)
    commands.publish_sync(PK, SK, attributes={"n": 2})

    assert "attributesKey" not in services.store.get(settings.data_table, PK, SK)
    assert said(services) == (2, {"n": 2})
    assert services.history.get(PK, SK, 1).attributes == LARGE


def test_attributes_that_grow_leave_the_item(services, settings, commands):
    commands.publish_sync(PK, SK, attributes={"n": 2})
    commands.publish_sync(PK, SK, attributes=LARGE)

    assert "attributes" not in services.store.get(settings.data_table, PK, SK)
    assert said(services) == (2, LARGE)
    assert services.history.get(PK, SK, 1).attributes == {"n": 2}


def test_large_attributes_that_did_not_change_write_nothing(commands, requests):
    commands.publish_sync(PK, SK, attributes=LARGE)
    requests.operations.clear()

    assert commands.publish(PK, SK, attributes=LARGE).changed is False
    assert commands.publish_partial_update(PK, SK, attributes={"n": 1}).changed is False
    assert not {"PutObject", "TransactWriteItems"} & set(requests.operations)


def test_attributes_deeper_than_dynamodb_nests_come_back(services, commands):
    deep: dict = {"end": True}
    for _ in range(60):
        deep = {"in": deep}

    commands.publish_sync(PK, SK, attributes=deep)

    assert said(services) == (1, deep)


def test_large_attributes_that_disappeared_are_told(services, settings, commands, clients):
    key = commands.publish(PK, SK, attributes=LARGE, version=FIRST).key
    item = services.store.get(settings.commands_table, PK, key.sk)
    clients.s3.delete_object(Bucket=settings.bucket, Key=item["attributesKey"])

    with pytest.raises(NotFoundError, match=f"s3://{settings.bucket}/attributes/.* lifecycle"):
        commands.get(key)


@pytest.mark.parametrize("publish", ["publish", "publish_sync"])
def test_a_whole_new_state_needs_nothing_of_one_that_disappeared(
    services, settings, commands, clients, publish
):
    commands.publish_sync(PK, SK, attributes=LARGE, version=FIRST)
    item = services.store.get(settings.data_table, PK, SK)
    clients.s3.delete_object(Bucket=settings.bucket, Key=item["attributesKey"])

    with pytest.raises(NotFoundError, match="lifecycle"):
        commands.publish_partial_update(PK, SK, attributes={"a": 1})
    published = getattr(commands, publish)(PK, SK, attributes=LARGE)

    assert (published.changed, published.key.version) == (True, 2)
    assert commands.get(published.key).attributes == LARGE


def test_a_missing_bucket_is_a_question_of_deployment(settings, commands, clients):
    clients.s3.delete_bucket(Bucket=settings.bucket)

    with pytest.raises(ConfigurationError, match="is this environment deployed"):
        commands.publish(PK, SK, attributes=LARGE, version=FIRST)


@pytest.mark.parametrize("ends", ["FINISHED", "FAILED"])
def test_a_command_as_large_as_they_came_can_be_waited_for_and_end(
    commands, execute, requests, ends, monkeypatch
):
    # Earlier releases kept attributes of this size in the item.
    monkeypatch.setattr(large_attributes, "INLINE_BYTES", INLINE_BYTES)
    attributes = {"notes": "x" * (INLINE_BYTES - 9)}
    names = {"name": "n" * 4096, "created_by": "c" * 4096}
    first = commands.publish(PK, SK, attributes=attributes, version=FIRST, **names).key
    assert "PutObject" not in requests.operations
    second = commands.publish(PK, SK, attributes={"n": 2}, version=1).key

    execute(second).wait("t" * 2048)
    if ends == "FAILED":
        execute(first).fail("E" * 300, "あ" * 60_000)
        assert commands.get(first).cause.startswith("あああ")
    else:
        execute(first).apply()

    assert commands.get(first).status == ends
    assert commands.get(first).attributes == attributes


# Bad input


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"pk": "AIRPORT"}, "<TYPE>#<tenant>"),
        ({"pk": 5}, "pk is a int"),
        ({"sk": ""}, "sort key of AIRPORT#acme is empty"),
        ({"sk": {"id": 1}}, "sk is a dict"),
        ({"name": 5}, "name is a int; it must be text"),
        ({"name": "あ" * 1366}, "has 4098 bytes; at most 4096"),
        ({"name": "\ud800"}, "name is not Unicode text"),
        ({"attributes": [1]}, "attributes is a list"),
        ({"attributes": []}, "attributes is a list"),
        ({"attributes": "text"}, "attributes is a str"),
        ({"attributes": {"a": {"b": {1, 2}}}}, "attributes.a.b is a set"),
        ({"attributes": {1: "a"}}, "has the key 1"),
        ({"attributes": {"a": 10**40 + 1}}, "attributes.a is a number"),
        ({"attributes": {"a": "\ud800"}}, "attributes.a is not Unicode text"),
        ({"version": -2}, "Version -2 of"),
        ({"version": "1"}, "Version '1' of"),
        ({"version": 1.0}, "Version 1.0 of"),
        ({"version": True}, "Version True of"),
        ({"version": None}, "Version None of"),
        ({"is_deleted": "yes"}, "is_deleted is 'yes'"),
        ({"created_by": 7}, "created_by is a int"),
    ],
)
def test_bad_input_is_refused_before_any_request(commands, requests, arguments, reason):
    for method in METHODS:
        with pytest.raises(ValidationError, match=reason):
            getattr(commands, method)(**{"pk": PK, "sk": SK, **arguments})

    assert requests.operations == []


def test_a_failed_write_of_another_kind_is_not_taken_for_a_conflict(commands, settings, clients):
    clients.dynamodb.delete_table(TableName=settings.commands_table)

    with pytest.raises(ConfigurationError, match="is this environment deployed"):
        commands.publish(PK, SK, version=FIRST)


def test_a_command_that_does_not_exist_is_none(commands):
    assert commands.get(KEY.at(1)) is None
    assert commands.newest_version(KEY) == 0


def test_a_republished_key_of_an_expired_first_command_is_a_conflict(commands, settings, clients):
    first = commands.publish_sync(PK, SK, attributes={"n": 1}).key
    clients.dynamodb.delete_item(
        TableName=settings.commands_table, Key={"pk": {"S": PK}, "sk": {"S": first.sk}}
    )

    with pytest.raises(VersionConflict, match="is at version 1, not 0"):
        commands.publish(PK, SK, attributes={"n": 2}, version=FIRST)
    assert commands.publish(PK, SK, attributes={"n": 2}).key.version == 2


def test_a_process_without_the_application_applies_nothing_past_its_handlers(settings, clients):
    stranger = Services(settings, clients, item_types=ItemTypes()).commands

    for publish in (stranger.publish_sync, stranger.publish_partial_update_sync):
        with pytest.raises(ConfigurationError, match="does not know the application's sync handl"):
            publish(PK, SK, attributes={"x": 1})

    assert stranger.newest_version(ItemKey(PK, SK)) == 0
    assert stranger.publish(PK, SK, attributes={"x": 1}).changed
