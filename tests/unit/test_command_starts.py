"""Of one item, two commands have executions; each other is started by the end before it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cqrs.application import Application
from cqrs.commands.executions import (
    StandardExecutions,
    command_execution_name,
    execution_input,
)
from cqrs.commands.models import ON_APPLIED
from cqrs.core.attribute_values import to_attribute_values
from cqrs.core.keys import CommandKey
from cqrs.errors import TransientError, ValidationError
from cqrs.execution_events import EXECUTION_STATUS
from cqrs.states import CommandState
from tests.unit.sample_events import stream_event
from tests.unit.test_repair import PK, SK, break_at, change, lose, publish


@pytest.fixture
def deliver(services, settings, clients):
    """Hand the stream's record of a command, as it was stored, to the function."""
    items: dict[CommandKey, Any] = {}
    application = Application(settings, clients)

    def hand(*keys: CommandKey) -> None:
        for key in keys:
            item = items.setdefault(
                key, services.store.get(settings.commands_table, key.pk, key.sk)
            )
            application.handle(stream_event(to_attribute_values(item)))

    return hand


def name_of(services, key, attempt=0):
    return command_execution_name(key, services.commands.get(key).request_id, attempt)


def names_of(services, keys, attempt=0):
    return [name_of(services, key, attempt) for key in keys]


def test_two_are_started_and_each_other_by_the_end_before_it(
    services, execute, deliver, step_functions
):
    keys = publish(services, 5)
    deliver(*reversed(keys))
    assert set(step_functions.started) == set(names_of(services, keys[:2]))

    for number, key in enumerate(keys, start=1):
        execute(key).apply()
        begun = max(2, number + 1)
        assert set(step_functions.started) == set(names_of(services, keys[:begun]))
        assert execute(key).call(CommandState.FINISH)  # a repeat starts nothing more

    assert services.data.get(PK, SK).version == 5


def test_a_record_that_comes_again_starts_nothing_before_its_turn(
    services, execute, deliver, step_functions
):
    keys = publish(services, 4)
    deliver(*keys, *keys)
    execute(keys[0]).apply()
    deliver(keys[3])
    assert list(step_functions.started) == names_of(services, keys[:2])

    deliver(keys[2])
    assert list(step_functions.started) == names_of(services, keys[:3])


def test_one_whose_predecessor_ends_in_this_moment_is_started(
    services, execute, deliver, step_functions, requests
):
    keys = publish(services, 3)
    deliver(*keys[:2])

    def end() -> None:
        execute(keys[0]).apply()
        execute(keys[1]).apply()

    requests.before_next("UpdateItem", end)
    deliver(keys[2])

    assert list(step_functions.started) == names_of(services, keys)


def test_one_whose_predecessor_is_gone_is_started(services, deliver, step_functions):
    keys = publish(services, 3)
    second = keys[1]
    lose(services, second)

    deliver(keys[2])

    assert list(step_functions.started) == names_of(services, [keys[2]])


def test_a_failure_starts_what_was_left_which_fails_in_turn(
    services, execute, deliver, step_functions
):
    keys = publish(services, 4)
    deliver(*keys)

    break_at(execute, keys)

    assert list(step_functions.started) == names_of(services, keys)
    assert services.commands.get(keys[3]).error == "PredecessorFailed"


def test_one_is_left_though_the_command_two_before_it_has_failed(
    services, execute, deliver, step_functions
):
    keys = publish(services, 3)
    deliver(keys[0])
    execute(keys[0]).fail("KeyError", "no country")

    deliver(keys[2])
    assert list(step_functions.started) == names_of(services, [keys[0]])

    services.repair.retry(keys[0])  # takes the first up again, and finds the other two
    assert len(step_functions.started) == 3
    assert name_of(services, keys[2]) not in step_functions.started


def test_a_publisher_that_applies_at_once_starts_what_was_left(
    services, execute, deliver, step_functions
):
    keys = publish(services, 3)
    change(services, keys[1], syncMode="SYNC")
    deliver(keys[0], keys[2])
    execute(keys[0]).apply()
    assert list(step_functions.started) == names_of(services, keys[:1])

    services.ordering.fail(keys[1], 0, "KeyError", "no country")

    assert list(step_functions.started) == names_of(services, [keys[0], keys[2]])


def test_a_command_on_an_applied_version_is_started_without_a_look(
    services, execute, deliver, requests, step_functions
):
    for version in range(3):
        key = services.commands.publish(PK, SK, attributes={"n": version}, version=version).key
        execute(key).apply()
    ahead = [
        services.commands.publish(PK, SK, attributes={"n": version}, version=version).key
        for version in (3, 4)
    ]
    assert marks(services, ahead) == [True, None]
    requests.operations.clear()

    deliver(ahead[0])

    assert requests.operations.count("GetItem") == 1  # the test's own
    assert len(step_functions.started) == 1


def marks(services, keys):
    table = services.settings.commands_table
    return [services.store.get(table, *key.address).get(ON_APPLIED) for key in keys]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("successorStart", 5),
        ("successorStart0", "r"),
        ("successorStartOfAll", "r"),
        ("successorStart" + "9" * 5000, "r"),
        ("successorStart3", None),
    ],
)
def test_what_was_not_left_by_the_service_starts_nothing(
    services, execute, step_functions, name, value
):
    keys = publish(services, 1)
    change(services, keys[0], **{name: value})

    execute(keys[0]).apply()

    assert step_functions.started == {}


def test_a_retried_chain_starts_two_and_leaves_the_others(
    services, execute, deliver, step_functions
):
    keys = publish(services, 6)
    deliver(*keys)
    break_at(execute, keys)
    step_functions.started.clear()

    restarts = services.repair.retry(keys[0])

    assert [restart.key for restart in restarts] == keys
    assert list(step_functions.started) == names_of(services, keys[:2], attempt=1)
    assert services.repair.retry(keys[0]) == []
    for key in keys:
        execute(key).apply()
    assert set(names_of(services, keys, attempt=1)) <= set(step_functions.started)
    assert services.data.get(PK, SK).version == 6


def test_what_waits_behind_another_is_told(services, execute, deliver):
    keys = publish(services, 4)
    deliver(keys[0], keys[1], keys[2])
    starter, find = services.command_starter, services.repair.find

    assert [starter.left_to(find(key)) for key in keys] == [None, None, keys[1], None]
    execute(keys[0]).apply()
    execute(keys[1]).apply(until=CommandState.FINISH)
    assert starter.left_to(find(keys[2])) == keys[1]
    change(services, keys[1], status="FINISHED")
    assert starter.left_to(find(keys[2])) is None


def execution_ended(machine: str, name: str, status: str, given: Any) -> dict[str, Any]:
    detail = {
        "stateMachineArn": machine,
        "name": name,
        "status": status,
        "input": json.dumps(given),
    }
    source, detail_type = EXECUTION_STATUS
    return {"id": "1", "source": source, "detail-type": detail_type, "detail": detail}


@pytest.fixture
def end(services, settings, clients, step_functions):
    """Tell the function that the execution of a command's attempt has ended."""
    application = Application(settings, clients)

    def tell(key: CommandKey, status: str, attempt: int = 0) -> None:
        command = services.commands.get(key)
        name = name_of(services, key, attempt)
        step_functions.statuses[name] = status
        given = execution_input(key, command.request_id, attempt)
        machine = settings.command_state_machine_arn
        application.handle(execution_ended(machine, name, status, given))

    return tell


def test_an_execution_that_times_out_is_followed_by_another(
    services, execute, deliver, end, step_functions
):
    keys = publish(services, 3)
    deliver(*keys)

    end(keys[0], "TIMED_OUT")
    end(keys[0], "TIMED_OUT")

    assert list(step_functions.started) == [
        *names_of(services, keys[:2]),
        name_of(services, keys[0], 1),
    ]
    end(keys[0], "TIMED_OUT", 1)
    assert services.commands.get(keys[0]).attempt == 2
    for key in keys:
        execute(key).apply()
    assert services.data.get(PK, SK).version == 3


def test_an_attempt_that_was_written_and_not_started_is_started_by_a_repeat(
    services, deliver, end, step_functions, monkeypatch
):
    (key,) = publish(services, 1)
    deliver(key)

    def die(*_given):
        raise TransientError("away")

    with monkeypatch.context() as away:
        away.setattr(StandardExecutions, "start", die)
        with pytest.raises(TransientError):
            end(key, "TIMED_OUT")
    assert services.commands.get(key).attempt == 1

    end(key, "TIMED_OUT")

    assert list(step_functions.started) == [name_of(services, key), name_of(services, key, 1)]


@pytest.mark.parametrize("status", ["ABORTED", "FAILED"])
def test_one_that_was_stopped_or_failed_is_failed(services, deliver, end, status):
    (key,) = publish(services, 1)
    deliver(key)

    end(key, status)

    command = services.commands.get(key)
    assert (command.status, command.attempt) == ("FAILED", 0)


def test_a_damaged_command_that_times_out_is_failed(services, settings, deliver, step_functions):
    (key,) = publish(services, 1)
    deliver(key)
    change(services, key, name=5)

    with pytest.raises(ValidationError):
        services.commands.get(key)
    request_id = services.store.get(settings.commands_table, *key.address)["requestId"]
    name = command_execution_name(key, request_id)
    step_functions.statuses[name] = "TIMED_OUT"
    given = execution_input(key, request_id)
    Application(settings, services.clients).handle(
        execution_ended(settings.command_state_machine_arn, name, "TIMED_OUT", given)
    )

    assert services.store.get(settings.commands_table, *key.address)["status"] == "FAILED"
