from __future__ import annotations

from dataclasses import replace

import pytest

from cqrs.aws.item_store import Put, Update
from cqrs.commands.models import CommandStatus
from cqrs.commands.sync_handlers import SyncHandlers
from cqrs.core.keys import CommandKey
from cqrs.errors import NotFoundError, UnsupportedEventError, VersionAlreadyApplied, VersionGap
from cqrs.services import Services
from cqrs.states import CheckResult, CommandState
from tests.unit.execution import CommandExecution

PK, SK = "AIRPORT#acme", "AIRPORT#JFK"


def publish(services, count=1):
    """Publish versions 1 to ``count`` and return their keys."""
    return [
        services.commands.publish(PK, SK, attributes={"n": version}, version=version - 1).key
        for version in range(1, count + 1)
    ]


def state_of(services):
    item = services.data.get(PK, SK)
    return None if item is None else (item.version, item.attributes)


@pytest.mark.parametrize(
    ("days", "results"),
    [(0, [CheckResult.APPLY, CheckResult.COPY]), (7, [CheckResult.GO, CheckResult.GO])],
)
def test_a_command_passes_by_states_without_work(services, settings, days, results):
    given = replace(settings, commands_ttl_days=days)
    services = Services(given, services.clients, SyncHandlers())
    found = []
    for key in publish(services, 2):
        execution = CommandExecution(
            services.command_workflow, settings.resource_prefix, key, key.to_mapping()
        )
        found.append(execution.check())
        execution.apply()

    assert found == results


def test_a_first_command_becomes_the_data_item(services, execute):
    (key,) = publish(services)
    execution = execute(key)

    assert execution.goes_ahead()
    execution.apply()

    assert state_of(services) == (1, {"n": 1})
    command = services.commands.get(key)
    assert command.status is CommandStatus.FINISHED
    assert command.finished_at >= command.created_at
    assert services.history.list(PK, SK).items == []


def test_a_later_command_keeps_the_state_before_it(services, execute):
    for key in publish(services, 3):
        execute(key).apply()

    assert state_of(services) == (3, {"n": 3})
    assert [(item.version, item.attributes) for item in services.history.list(PK, SK).items] == [
        (2, {"n": 2}),
        (1, {"n": 1}),
    ]


def test_the_first_state_keeps_its_creation_time(services, execute):
    first, second = publish(services, 2)
    execute(first).apply()
    created_at = services.data.get(PK, SK).created_at
    execute(second).apply()

    item = services.data.get(PK, SK)
    assert item.created_at == created_at == services.commands.get(first).created_at
    assert item.updated_at == services.commands.get(second).created_at


def test_a_command_waits_for_the_one_before_it(services, execute, step_functions):
    first, second = publish(services, 2)
    waiter = execute(second)

    assert waiter.check() == 1
    waiter.wait("token-2")
    assert step_functions.answers == {}

    execute(first).apply()
    assert step_functions.answers == {
        "token-2": (
            "success",
            {"Payload": [[{"pk": PK, "sk": f"{SK}@2", "result": 0}]]},
        )
    }


def test_a_waiter_that_comes_after_the_end_is_resumed_at_once(services, execute, step_functions):
    first, second = publish(services, 2)
    waiter = execute(second)
    assert waiter.check() == 1
    execute(first).apply()

    waiter.wait("late")

    assert step_functions.answers["late"][0] == "success"


def test_a_waiter_starts_only_after_every_sync_handler(
    services, execute, step_functions, sync_handlers
):
    seen = []
    sync_handlers.register("slow", lambda command: seen.append(command.version))
    first, second = publish(services, 2)
    execution, waiter = execute(first), execute(second)
    waiter.wait("token-2")
    execution.apply(until=CommandState.SYNC_DATA_ALL)
    handlers = execution.call(CommandState.TRANSFORM_DATA)

    execution.call(CommandState.SYNC_DATA, handlers[0])
    # The data item is at version 1 by now, which is not yet the second command's turn.
    assert state_of(services) == (1, {"n": 1})
    assert waiter.check() == 1
    assert step_functions.answers == {}

    execution.call(CommandState.SYNC_DATA, handlers[1])
    execution.call(CommandState.FINISH)
    assert seen == [1]
    assert step_functions.answers["token-2"][0] == "success"
    assert waiter.goes_ahead()


def test_a_failed_command_fails_a_waiter_and_those_that_come_later(
    services, execute, step_functions
):
    first, second, third = publish(services, 3)
    execute(second).wait("token-2")

    output = execute(first).fail(
        "KeyError", '{"errorMessage": "no country", "errorType": "KeyError"}'
    )

    assert output["error"] == "KeyError"
    assert output["cause"] == "no country"
    error, cause = step_functions.answers["token-2"]
    assert error == "PredecessorFailed"
    assert f"{SK}@1" in cause
    failed = services.commands.get(first)
    assert (failed.status, failed.error, failed.cause) == ("FAILED", "KeyError", "no country")

    assert execute(second).check() == -1
    assert services.commands.get(second).error == "PredecessorFailed"
    assert execute(third).check() == -1
    assert f"{SK}@2" in services.commands.get(third).cause
    assert state_of(services) is None


def test_an_applied_command_does_not_become_failed(services, execute, step_functions):
    first, second = publish(services, 2)
    execute(second).wait("token-2")
    execute(first).apply()
    step_functions.answers.clear()

    execute(first).fail("TransientError", "the successor could not be told")

    assert services.commands.get(first).status is CommandStatus.FINISHED
    assert step_functions.answers["token-2"][0] == "success"


def test_a_token_that_was_answered_already_does_not_hurt(services, execute, step_functions):
    first, second = publish(services, 2)
    execute(second).wait("token-2")
    execute(first).apply()

    execute(first).call(CommandState.FINISH)

    assert list(step_functions.answers) == ["token-2"]


def test_every_state_may_be_repeated(services, execute):
    first, second = publish(services, 2)
    execute(first).apply()
    execution = execute(second)
    for _ in range(2):
        execution.apply()

    assert state_of(services) == (2, {"n": 2})
    assert [item.version for item in services.history.list(PK, SK).items] == [1]


def test_a_repeat_that_comes_much_later_changes_nothing(services, execute):
    first, *later = publish(services, 3)
    execution = execute(first)
    execution.apply()
    for key in later:
        execute(key).apply()

    execution.apply()

    assert state_of(services) == (3, {"n": 3})


def test_a_command_cannot_skip_a_version(services, execute):
    _, second = publish(services, 2)
    with pytest.raises(VersionGap, match="at version 0, not 1"):
        execute(second).apply()
    assert state_of(services) is None


def test_a_check_that_outlives_its_state_does_not_fail_its_command(services, execute):
    (key,) = publish(services)
    execution = execute(key)
    execution.apply(until=CommandState.FINISH)

    assert execution.goes_ahead()
    assert services.commands.get(key).status is CommandStatus.PUBLISHED


def test_a_version_that_another_call_applied_is_refused(services, settings, execute):
    (key,) = publish(services)
    execute(key).apply()
    known = services.store.get(settings.commands_table, PK, key.sk)
    stranger = known | {"requestId": "another", "status": CommandStatus.PUBLISHED.value}
    services.store.put(Put(settings.commands_table, stranger))

    assert execute(key).check() == -1
    with pytest.raises(VersionAlreadyApplied):
        services.data_writer.write(stranger)


@pytest.mark.parametrize(
    "change", [{"attributes": {"n": 2}}, {"name": "another"}, {"isDeleted": True}]
)
def test_a_command_that_was_changed_after_it_was_applied_is_refused(
    services, settings, execute, change
):
    key = services.commands.publish(PK, SK, attributes={"n": 1}).key
    execute(key).apply()
    applied = services.store.get(settings.commands_table, key.pk, key.sk)
    services.store.put(Put(settings.commands_table, {**applied, "status": "PUBLISHED", **change}))

    with pytest.raises(VersionAlreadyApplied, match="somebody changed it after it was applied"):
        execute(key).apply()

    assert services.data.get(PK, SK).attributes == {"n": 1}


def test_a_predecessor_that_expired_after_it_was_applied_is_no_obstacle(
    services, settings, clients, execute, step_functions
):
    first, second = publish(services, 2)
    execute(first).apply()
    clients.dynamodb.delete_item(
        TableName=settings.commands_table, Key={"pk": {"S": PK}, "sk": {"S": first.sk}}
    )
    waiter = execute(second)

    assert waiter.goes_ahead()
    waiter.wait("token")
    assert step_functions.answers["token"][0] == "success"


def test_a_predecessor_that_is_gone_unapplied_is_told(services, settings, clients, execute):
    first, second = publish(services, 2)
    clients.dynamodb.delete_item(
        TableName=settings.commands_table, Key={"pk": {"S": PK}, "sk": {"S": first.sk}}
    )

    assert execute(second).check() == -1
    assert services.commands.get(second).error == "VersionGap"


def test_wait_without_a_token_is_refused(services, execute):
    _, second = publish(services, 2)
    with pytest.raises(UnsupportedEventError, match="waitForTaskToken"):
        execute(second).call(CommandState.WAIT_PREV_COMMAND)


def test_a_command_that_is_gone_is_told(execute):
    with pytest.raises(NotFoundError, match="gone from the commands table"):
        execute(CommandKey(PK, SK, 1)).apply()


@pytest.mark.parametrize(
    ("status", "told"), [("FINISHED", "success"), ("FAILED", "PredecessorFailed")]
)
def test_the_end_of_an_execution_tells_a_successor_whom_nobody_told(
    services, settings, execute, step_functions, status, told
):
    first, second = publish(services, 2)
    execute(second).wait("waiting")
    whoever_died_then = Update(settings.commands_table, PK, first.sk, assign={"status": status})
    services.store.update(whoever_died_then)

    services.ordering.abandon(first, 0, "ExecutionTimedOut", "It took too long.")

    assert step_functions.answers["waiting"][0] == told
    assert services.commands.get(first).status == status


def test_the_end_of_an_execution_leaves_a_later_attempt_to_itself(
    services, execute, step_functions
):
    first, second = publish(services, 2)
    execute(first).fail("KeyError", "no country")
    services.repair.retry(first)
    execute(second).wait("waiting")

    services.ordering.abandon(first, 0, "ExecutionTimedOut", "It took too long.")

    assert "waiting" not in step_functions.answers
    assert services.commands.get(first).status is CommandStatus.PUBLISHED
