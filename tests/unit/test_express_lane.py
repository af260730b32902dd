"""Commands in the Express lane: executions cannot wait, may run twice, and may die in silence."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from cqrs.application import Application
from cqrs.aws.item_store import Put
from cqrs.commands.executions import command_execution_name
from cqrs.commands.models import CommandStatus
from cqrs.commands.starter import ENDED_BY
from cqrs.core.attribute_values import to_attribute_values
from cqrs.core.keys import CommandKey
from cqrs.errors import CommandFailed, ItemTooLarge
from cqrs.healing import healer
from cqrs.healing.healer import Report
from cqrs.resources import StateMachine
from cqrs.services import Services
from cqrs.settings import Settings
from cqrs.states import CheckResult, CommandState, Lane
from tests.unit.execution import state_event
from tests.unit.sample_events import stream_event
from tests.unit.test_healer import LONG_AGO, heal, let_time_pass, minutes_ago, old
from tests.unit.test_repair import PK, change, publish

HANDLER = "recorder"
APPLYING = (
    CommandState.SET_TTL_COMMAND,
    CommandState.HISTORY_COPY,
    CommandState.TRANSFORM_DATA,
)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, command_lane=Lane.EXPRESS.value)


@pytest.fixture
def seen(sync_handlers: Any) -> list[int]:
    found: list[int] = []
    sync_handlers.register(HANDLER, lambda command: found.append(command.version))
    return found


@pytest.fixture
def deliver(services: Services, settings: Settings, clients: Any) -> Callable[..., None]:
    """Hand the stream's records of commands to the function."""
    application = Application(settings, clients)

    def hand(*keys: CommandKey) -> None:
        for key in keys:
            item = services.store.get(settings.commands_table, *key.address)
            application.handle(stream_event(to_attribute_values(item)))

    return hand


class Execution:
    """An Express execution, which a test moves from state to state."""

    def __init__(self, services: Services, name: str, given: dict[str, Any]) -> None:
        self._workflow = services.express_command_workflow
        self._machine = f"{services.settings.resource_prefix}{StateMachine.EXPRESS_COMMAND}"
        self.name = name
        self._given = given

    def call(self, state: CommandState, state_input: Any = None) -> Any:
        event = state_event(
            state.value,
            state_input,
            execution_input=self._given,
            machine=self._machine,
            name=self.name,
        )
        return getattr(self._workflow, state.value)(event)

    def check(self) -> int:
        return int(self.call(CommandState.CHECK_VERSION)["result"])

    def sync(self, handler: str = HANDLER) -> None:
        self.call(CommandState.SYNC_DATA, {"handler": handler})

    def finish(self) -> None:
        self.call(CommandState.FINISH)

    def apply(self) -> None:
        for state in APPLYING:
            self.call(state)
        for handler in ("data", HANDLER):
            self.sync(handler)
        self.finish()


@pytest.fixture
def executions(services: Services, step_functions: Any) -> Callable[[CommandKey], list[Execution]]:
    """The executions that were started for a command."""

    def of(key: CommandKey) -> list[Execution]:
        return [
            Execution(services, name, given)
            for name, given in step_functions.started.items()
            if given["sk"] == key.sk
        ]

    return of


def fill(services: Services, key: CommandKey) -> None:
    """Leave no room on a command's item for what its successor would leave."""
    table = services.settings.commands_table
    item = services.store.get(table, *key.address)
    for length in range(409_000, 400_000, -100):
        with suppress(ItemTooLarge):
            services.store.put(Put(table, {**item, "full": "x" * length}))
            return


def start_early(
    services: Services, executions: Callable[[CommandKey], list[Execution]], key: CommandKey
) -> Execution:
    """Start a command before its turn."""
    services.command_starter.start_now(key, services.commands.get(key).request_id)
    (early,) = executions(key)
    return early


def status_of(services: Services, key: CommandKey) -> CommandStatus:
    return services.repair.find(key).status


@pytest.mark.usefixtures("seen")
def test_each_command_is_started_by_the_end_of_the_one_before(services, deliver, executions):
    keys = publish(services, 4)
    deliver(*reversed(keys))

    for number, key in enumerate(keys):
        assert [len(executions(one)) for one in keys] == [1] * (number + 1) + [0] * (3 - number)
        (execution,) = executions(key)
        assert execution.check() in {CheckResult.COPY, CheckResult.APPLY}
        execution.apply()

    assert [status_of(services, key) for key in keys] == ["FINISHED"] * 4


@pytest.mark.usefixtures("seen")
def test_a_record_that_comes_again_starts_the_command_again(services, deliver, executions):
    (key,) = publish(services, 1)
    deliver(key, key)

    first, second = executions(key)
    assert first.name != second.name
    first.apply()
    assert second.check() == CheckResult.ENDED


@pytest.mark.usefixtures("seen")
def test_one_that_runs_beside_another_does_not_start_the_next_again(services, deliver, executions):
    keys = publish(services, 2)
    deliver(keys[0], *keys)
    first, second = executions(keys[0])

    second.apply()
    first.apply()

    assert len(executions(keys[1])) == 1
    assert services.store.get(services.settings.commands_table, *keys[0].address)[ENDED_BY] == (
        second.name
    )


@pytest.mark.usefixtures("seen")
def test_one_that_could_not_tell_its_end_tells_it_again(services, deliver, executions, monkeypatch):
    keys = publish(services, 2)
    deliver(*keys)
    (execution,) = executions(keys[0])
    with monkeypatch.context() as away:
        away.setattr(services.command_starter, "start_successor", lambda *_: None)
        execution.apply()
    assert executions(keys[1]) == []

    execution.finish()

    assert len(executions(keys[1])) == 1


def test_no_handler_is_called_once_the_command_has_ended(services, deliver, executions, seen):
    keys = publish(services, 2)
    deliver(keys[0], *keys)
    late, first = executions(keys[0])
    late.check()
    first.apply()
    executions(keys[1])[0].apply()

    late.sync()
    late.finish()

    assert seen == [1, 2]


def test_a_command_that_another_one_has_failed_is_applied_no_further(
    services, deliver, executions, seen
):
    (key,) = publish(services, 1)
    deliver(key, key)
    first, second = executions(key)
    first.call(CommandState.FAIL_COMMAND, {"Error": "Refused", "Cause": "because"})

    with pytest.raises(CommandFailed):
        second.sync()
    second.call(CommandState.FAIL_COMMAND, {"Error": "CommandFailed", "Cause": "meanwhile"})

    assert seen == []
    command = services.repair.find(key)
    assert (command.status, command.error, command.cause) == ("FAILED", "Refused", "because")


@pytest.mark.usefixtures("seen")
def test_one_that_is_early_ends_and_is_started_at_its_turn(services, deliver, executions):
    keys = publish(services, 2)
    deliver(keys[0])
    early = start_early(services, executions, keys[1])

    assert early.check() == CheckResult.WAIT
    early.call(CommandState.WAIT_PREV_COMMAND)
    assert len(executions(keys[1])) == 1

    executions(keys[0])[0].apply()
    _, at_its_turn = executions(keys[1])
    at_its_turn.apply()
    assert status_of(services, keys[1]) == "FINISHED"


@pytest.mark.usefixtures("seen")
def test_one_whose_turn_comes_while_it_leaves_its_start_is_started(services, deliver, executions):
    keys = publish(services, 2)
    deliver(keys[0])
    early = start_early(services, executions, keys[1])
    early.check()
    executions(keys[0])[0].apply()

    early.call(CommandState.WAIT_PREV_COMMAND)

    assert len(executions(keys[1])) == 2


@pytest.mark.parametrize(("minutes", "started"), [(1, 0), (4, 0), (6, 1)])
def test_one_that_nobody_finishes_within_five_minutes_is_begun_again(
    services, step_functions, minutes, started
):
    """Step Functions tells nothing of an Express execution, and may not be asked."""
    (key,) = publish(services, 1)
    change(services, key, createdAt=minutes_ago(minutes))
    describe, asked = step_functions.describe_execution, []

    def describe_standard(**request: Any) -> dict[str, Any]:
        asked.append(request["executionArn"])
        return describe(**request)

    step_functions.describe_execution = describe_standard

    assert heal(services) == Report(healed=started)
    assert len(step_functions.started) == started
    assert all(f":{services.settings.resource_prefix}command-handler:" in arn for arn in asked)


@pytest.mark.parametrize(("status", "started"), [("RUNNING", 0), ("TIMED_OUT", 1)])
def test_one_that_was_started_before_the_lane_changed_is_left_to_its_execution(
    services, executions, step_functions, status, started
):
    (key,) = publish(services, 1)
    command = services.commands.get(key)
    step_functions.statuses[command_execution_name(key, command.request_id)] = status
    change(services, key, createdAt=LONG_AGO)

    assert heal(services) == Report(healed=started)
    assert len(executions(key)) == started


@pytest.mark.usefixtures("seen")
def test_an_express_successor_is_left_alone_after_the_lane_has_changed_back(
    services, deliver, executions, clients
):
    first, second = publish(services, 2)
    deliver(first, second)
    executions(first)[0].apply()
    change(services, second, createdAt=LONG_AGO)
    settings = replace(services.settings, command_lane=Lane.STANDARD.value)

    standard = Services(settings, clients, services.sync_handlers)

    assert heal(standard) == Report()
    assert standard.repair.retry(second) == []


def test_one_that_waits_for_its_turn_is_left_to_it(services, deliver, executions):
    keys = publish(services, 3)
    deliver(*keys)
    for key in keys[1:]:
        change(services, key, createdAt=LONG_AGO)

    assert heal(services) == Report()
    assert [len(executions(key)) for key in keys] == [1, 0, 0]
    assert services.repair.retry(keys[0]) == []


@pytest.mark.usefixtures("seen")
def test_a_retry_begins_what_has_failed_and_its_end_what_has_died(services, deliver, executions):
    first, second = publish(services, 2)
    deliver(first, second)
    executions(first)[0].call(CommandState.FAIL_COMMAND, {"Error": "Refused", "Cause": "because"})
    assert len(executions(second)) == 1  # it dies before it finds the failure
    change(services, second, createdAt=LONG_AGO)

    assert [restart.key for restart in services.repair.retry(second)] == [first]

    executions(first)[-1].apply()
    assert len(executions(second)) == 2
    executions(second)[-1].apply()
    assert services.data.get(PK, first.base).version == 2


@pytest.mark.usefixtures("seen")
def test_one_that_has_just_been_started_by_an_end_is_left_to_it(services, deliver, executions):
    """In a long chain a command is old before its turn comes."""
    first, second = publish(services, 2)
    deliver(first, second)
    change(services, second, createdAt=LONG_AGO)
    executions(first)[0].apply()
    assert len(executions(second)) == 1

    assert heal(services) == Report()
    assert services.repair.retry(second) == []
    change(services, first, finishedAt=minutes_ago(6))
    assert heal(services) == Report(healed=1)


@pytest.mark.usefixtures("seen")
def test_one_whose_predecessor_has_no_room_is_left_to_the_healer(services, deliver, executions):
    first, second = publish(services, 2)
    fill(services, first)
    deliver(second)
    early = start_early(services, executions, second)
    assert early.check() == CheckResult.WAIT
    early.call(CommandState.WAIT_PREV_COMMAND)

    assert len(executions(second)) == 1


def test_more_are_begun_again_in_a_run_than_others_are_mended(
    services, step_functions, monkeypatch
):
    monkeypatch.setattr(healer, "MOST_MENDED", 1)
    old(services, 5)

    assert heal(services) == Report(healed=5)
    let_time_pass(services, minutes=5)
    assert heal(services) == Report(healed=5)
    assert len(step_functions.started) == 10
