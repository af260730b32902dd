from __future__ import annotations

import pytest

from cqrs.aws.item_store import Put, Update
from cqrs.commands.executions import command_execution_name
from cqrs.commands.models import CommandStatus
from cqrs.core.keys import CommandKey
from cqrs.errors import NotFoundError, ValidationError, VersionAlreadyApplied, VersionGap
from cqrs.states import CommandState
from cqrs.storage.unfinished_work import shard_of

PK, SK = "AIRPORT#acme", "AIRPORT#JFK"


def publish(services, count):
    return [
        services.commands.publish(PK, SK, attributes={"n": version}, version=version - 1).key
        for version in range(1, count + 1)
    ]


def break_at(execute, keys):
    """Fail the first of the commands, and with it those behind it."""
    first, *behind = keys
    execute(first).fail("KeyError", "no country")
    for key in behind:
        assert execute(key).check() == -1


def test_a_chain_starts_again_from_its_first_failed_command(services, execute, step_functions):
    keys = publish(services, 4)
    execute(keys[0]).apply()
    break_at(execute, keys[1:])

    restarts = services.repair.retry(keys[3])

    assert [(restart.key, restart.attempt) for restart in restarts] == [
        (key, 1) for key in keys[1:]
    ]
    request_ids = [services.commands.get(key).request_id for key in keys]
    assert list(step_functions.started) == [
        command_execution_name(key, request_id, 1)
        for key, request_id in zip(keys[1:3], request_ids[1:3], strict=True)
    ]
    for key in keys[1:]:
        command = services.commands.get(key)
        assert (command.status, command.error, command.attempt) == ("PUBLISHED", None, 1)


def test_a_retried_chain_is_applied_in_order(services, execute, step_functions):
    keys = publish(services, 3)
    break_at(execute, keys)
    services.repair.retry(keys[0])

    assert execute(keys[1]).check() == 1
    execute(keys[1]).wait("again")
    for key in keys:
        assert execute(key).goes_ahead()
        execute(key).apply()

    assert step_functions.answers["again"][0] == "success"
    assert services.data.get(PK, SK).version == 3
    assert [item.version for item in services.history.list(PK, SK).items] == [2, 1]


def test_a_second_retry_starts_nothing(services, execute, step_functions):
    keys = publish(services, 2)
    break_at(execute, keys)
    services.repair.retry(keys[0])
    started = dict(step_functions.started)

    assert services.repair.retry(keys[0]) == []
    assert step_functions.started == started


def test_a_restart_whose_answer_gets_lost_is_started(services, execute, step_functions, requests):
    (key,) = publish(services, 1)
    break_at(execute, [key])
    requests.lose_answer("UpdateItem")

    (restart,) = services.repair.retry(key)

    assert (restart.key, restart.attempt) == (key, 1)
    request_id = services.commands.get(key).request_id
    assert list(step_functions.started) == [command_execution_name(key, request_id, 1)]


@pytest.mark.parametrize("has_started_it", [False, True])
def test_what_another_retry_began_in_this_moment_is_started_once(
    services, execute, step_functions, requests, has_started_it
):
    (key,) = publish(services, 1)
    break_at(execute, [key])
    request_id = services.commands.get(key).request_id

    def begin() -> None:
        change(services, key, status="PUBLISHED", attempt=1)
        if has_started_it:
            services.command_executions.start(key, request_id, 1)

    requests.before_next("UpdateItem", begin)

    restarts = services.repair.retry(key)

    assert [restart.attempt for restart in restarts] == ([] if has_started_it else [1])
    assert list(step_functions.started) == [command_execution_name(key, request_id, 1)]


def test_what_ends_in_the_moment_of_its_retry_is_left_alone(
    services, execute, step_functions, requests
):
    (key,) = publish(services, 1)
    services.repair.retry(key)
    (name,) = step_functions.started
    step_functions.statuses[name] = "TIMED_OUT"
    requests.before_next("UpdateItem", lambda: execute(key).apply())

    assert services.repair.retry(key) == []

    assert list(step_functions.started) == [name]
    assert services.commands.get(key).status is CommandStatus.FINISHED


def test_a_command_that_failed_after_its_data_was_written_goes_on(services, execute, sync_handlers):
    sync_handlers.register("second", lambda _command: None)
    (key,) = publish(services, 1)
    execution = execute(key)
    first_handler, _ = execution.call(CommandState.TRANSFORM_DATA)
    execution.call(CommandState.SYNC_DATA, first_handler)
    execution.fail("KeyError", "the second handler failed")

    services.repair.retry(key)

    again = execute(key)
    assert again.goes_ahead()
    again.apply()
    assert services.commands.get(key).status is CommandStatus.FINISHED


def test_a_command_that_was_never_started_is_started(services, step_functions):
    (key,) = publish(services, 1)

    (restart,) = services.repair.retry(key)

    assert restart.attempt == 0
    (name,) = step_functions.started
    assert name == command_execution_name(key, services.commands.get(key).request_id)


@pytest.mark.parametrize("status", ["TIMED_OUT", "ABORTED", "FAILED"])
def test_a_command_whose_execution_ended_without_it_gets_a_new_attempt(
    services, step_functions, status
):
    (key,) = publish(services, 1)
    services.repair.retry(key)
    (name,) = step_functions.started
    step_functions.statuses[name] = status

    (restart,) = services.repair.retry(key)

    assert restart.attempt == 1


def test_an_applied_command_is_left_alone(services, execute, step_functions):
    (key,) = publish(services, 1)
    execute(key).apply()

    assert services.repair.retry(key) == []
    assert step_functions.started == {}


def test_an_item_that_was_set_back_gets_its_later_commands_again(services, settings, execute):
    keys = publish(services, 3)
    for key in keys[:2]:
        execute(key).apply()
    backup = services.store.get(settings.data_table, PK, SK)
    execute(keys[2]).apply()
    newest = services.commands.publish(PK, SK, attributes={"n": 4}, version=3).key
    services.store.put(Put(settings.data_table, backup))
    execute(newest).fail("ConditionFailed", "its item is at version 2")

    restarts = services.repair.retry(newest)

    assert [restart.key for restart in restarts] == [keys[2], newest]
    unfinished = services.store.get(settings.commands_table, PK, keys[2].sk)["unfinished"]
    assert unfinished == shard_of(PK, keys[2].sk)
    for key in (keys[2], newest):
        assert execute(key).goes_ahead()
        execute(key).apply()
    assert services.data.get(PK, SK).attributes == {"n": 4}
    assert [item.version for item in services.history.list(PK, SK).items] == [3, 2, 1]
    assert services.repair.retry(newest) == []


@pytest.mark.parametrize("status", ["PUBLISHED", "FAILED"])
def test_a_command_that_was_put_back_after_it_was_applied_is_finished_again(
    services, settings, execute, step_functions, status
):
    first, second = publish(services, 2)
    before = services.store.get(settings.commands_table, PK, first.sk)
    for key in (first, second):
        execute(key).apply()
    services.store.put(Put(settings.commands_table, {**before, "status": status}))

    assert services.repair.obstacle(first) is None
    assert services.repair.retry(first) == []

    assert services.commands.get(first).status is CommandStatus.FINISHED
    assert "unfinished" not in services.store.get(settings.commands_table, PK, first.sk)
    assert list(step_functions.started) == []


def test_a_failed_command_that_was_stored_without_its_index_is_found(services, settings, execute):
    (key,) = publish(services, 1)
    item = services.store.get(settings.commands_table, PK, key.sk)
    del item["unfinished"]
    services.store.put(Put(settings.commands_table, item))

    execute(key).fail("KeyError", "no country")

    failed = services.store.get(settings.commands_table, PK, key.sk)
    assert failed["unfinished"] == shard_of(PK, key.sk)


def test_an_unknown_command_is_told(services):
    with pytest.raises(NotFoundError, match="AIRPORT#JFK@1"):
        services.repair.retry(CommandKey(PK, SK, 1))


def change(services, key, **attributes):
    table = services.settings.commands_table
    services.store.update(Update(table, key.pk, key.sk, assign=attributes))


def lose(services, key):
    services.clients.dynamodb.delete_item(
        TableName=services.settings.commands_table, Key={"pk": {"S": key.pk}, "sk": {"S": key.sk}}
    )


def test_a_new_attempt_is_dated(services, execute):
    (key,) = publish(services, 1)
    assert services.commands.get(key).restarted_at is None
    break_at(execute, [key])

    services.repair.retry(key)

    command = services.commands.get(key)
    assert command.restarted_at >= command.created_at


@pytest.mark.parametrize("applied", [0, 1])
def test_a_gap_before_a_command_is_told_with_what_to_do(services, execute, step_functions, applied):
    keys = publish(services, applied + 3)
    for key in keys[:applied]:
        execute(key).apply()
    break_at(execute, keys[applied:])
    lose(services, keys[applied])

    with pytest.raises(VersionGap, match="Publish again on the latest version") as raised:
        services.repair.retry(keys[-1])

    assert f"is at version {applied}" in str(raised.value)
    assert f"the command of version {applied + 1} is gone" in str(raised.value)
    assert step_functions.started == {}


def test_publishing_again_closes_the_gap(services, execute):
    keys = publish(services, 3)
    execute(keys[0]).apply()
    break_at(execute, keys[1:])
    lose(services, keys[1])

    again = services.commands.publish(PK, SK, attributes={"n": "again"}).key
    execute(again).apply()
    (restart,) = services.repair.retry(keys[2])

    assert (again, restart.key) == (keys[1], keys[2])


def test_what_lies_before_a_gap_is_started(services, execute):
    keys = publish(services, 3)
    break_at(execute, keys)
    lose(services, keys[1])

    (restart,) = services.repair.retry(keys[2])

    assert restart.key == keys[0]


def test_a_command_that_its_item_has_passed_is_told(services, execute):
    keys = publish(services, 2)
    for key in keys:
        execute(key).apply()
    change(services, keys[0], status="FAILED", requestId="another")

    with pytest.raises(VersionAlreadyApplied, match="is at version 2 already"):
        services.repair.retry(keys[0])


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ({"status": "LOST"}, "'LOST' is not a valid CommandStatus"),
        ({"attempt": "many"}, "its attempt is 'many'"),
        ({"requestId": 7}, "its requestId is 7"),
    ],
)
def test_a_damaged_command_is_told(services, damage, says):
    (key,) = publish(services, 1)
    change(services, key, **damage)

    with pytest.raises(ValidationError, match="AIRPORT#JFK@1 is damaged") as raised:
        services.repair.retry(key)

    assert says in str(raised.value)


ATTRIBUTES = [
    pytest.param({"attributes": 7}, "are a int, and no object", id="number"),
    pytest.param({"attributes": ["country"]}, "are a list, and no object", id="list"),
    pytest.param({"attributes": "{}"}, "are a str, and no object", id="text"),
    pytest.param(
        {"attributesKey": 7}, "should lie in the bucket at 7, which is not a key", id="key"
    ),
    pytest.param({"attributesKey": ""}, "at '', which is not a key", id="empty key"),
]


@pytest.mark.parametrize(("damage", "says"), ATTRIBUTES)
def test_damaged_attributes_are_told_and_nothing_is_started(
    services, execute, step_functions, damage, says
):
    (key,) = publish(services, 1)
    break_at(execute, [key])
    change(services, key, **damage)

    for _ in range(2):
        with pytest.raises(ValidationError, match=says) as raised:
            services.repair.retry(key)

    assert str(raised.value).startswith(f"The attributes of {PK} {SK}@1 ")
    assert str(raised.value).endswith("Mend or delete that item.")
    item = services.store.get(services.settings.commands_table, key.pk, key.sk)
    assert (item["status"], item.get("attempt")) == ("FAILED", None)
    assert not step_functions.started
    with pytest.raises(ValidationError, match=says):
        services.commands.get(key)


def test_damaged_attributes_hold_up_none_before_them(services, execute):
    keys = publish(services, 3)
    break_at(execute, keys)
    change(services, keys[1], attributes=7)

    assert [restart.key for restart in services.repair.retry(keys[2])] == [keys[0]]
    with pytest.raises(ValidationError, match="AIRPORT#JFK@2 are a int"):
        services.repair.retry(keys[1])


def test_damaged_attributes_of_what_is_applied_hold_up_nothing(services, execute):
    keys = publish(services, 2)
    execute(keys[0]).apply()
    break_at(execute, keys[1:])
    change(services, keys[0], attributes=7)

    (restart,) = services.repair.retry(keys[1])

    assert restart.key == keys[1]


def test_mended_attributes_are_applied(services, execute):
    (key,) = publish(services, 1)
    break_at(execute, [key])
    change(services, key, attributes=7)
    with pytest.raises(ValidationError):
        services.repair.retry(key)
    change(services, key, attributes={"n": 1})

    services.repair.retry(key)
    execute(key).apply()

    assert services.data.get(PK, SK).attributes == {"n": 1}


def test_a_command_without_what_it_needs_is_told(services):
    services.store.put(Put(services.settings.commands_table, {"pk": PK, "sk": f"{SK}@1"}))

    with pytest.raises(ValidationError, match="it has no status"):
        services.repair.retry(CommandKey(PK, SK, 1))


def test_a_damaged_command_holds_up_none_before_it(services, execute):
    keys = publish(services, 2)
    break_at(execute, keys)
    change(services, keys[1], status="LOST")

    (restart,) = services.repair.retry(keys[0])

    assert restart.key == keys[0]


def test_a_retry_reads_nothing_of_the_bucket(services, execute, clients):
    large = {"text": "x" * 400_000}
    key = services.commands.publish(PK, SK, attributes=large, version=0).key
    item = services.store.get(services.settings.commands_table, key.pk, key.sk)
    break_at(execute, [key])
    clients.s3.delete_object(Bucket=services.settings.bucket, Key=item["attributesKey"])

    (restart,) = services.repair.retry(key)

    assert restart.attempt == 1


def test_a_synchronous_publish_on_an_item_that_was_set_back_says_so(services, settings):
    for number in (1, 2):
        services.commands.publish_sync(PK, SK, attributes={"n": number})
        if number == 1:
            before = services.store.get(settings.data_table, PK, SK)
    services.store.put(Put(settings.data_table, before))

    with pytest.raises(ValidationError, match="was set back: its data is at version 1") as refused:
        services.commands.publish_sync(PK, SK, attributes={"n": 3})

    assert f"its command {PK} {SK}@2 is FINISHED" in str(refused.value)
    assert services.data.get(PK, SK).version == 1
