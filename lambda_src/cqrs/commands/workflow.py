"""The command workflow: one method for each Task state of the command-handler state machine.

Every method takes the command's key from the execution's input, so no state depends on what the
state before it passed on. Source: guide, "Command state machine".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from cqrs.aws.item_store import Condition, Update
from cqrs.aws.step_functions import caught_error
from cqrs.commands.executions import REQUEST_ID
from cqrs.commands.ordering import command_gone
from cqrs.commands.sync_handlers import DATA_HANDLER
from cqrs.core.keys import CommandKey, tenant_code
from cqrs.core.observability import count, measure
from cqrs.errors import ConditionFailed, UnsupportedEventError
from cqrs.metrics import Metric
from cqrs.resources import Table
from cqrs.states import CheckResult
from cqrs.storage.attempts import ATTEMPT

if TYPE_CHECKING:
    from cqrs.aws.item_store import ItemStore
    from cqrs.commands.data_writer import DataWriter
    from cqrs.commands.ordering import Ordering
    from cqrs.commands.service import CommandService
    from cqrs.commands.sync_handlers import SyncHandlers
    from cqrs.core.attribute_values import Item
    from cqrs.events.types import StepFunctionsEvent
    from cqrs.items.history import HistoryService
    from cqrs.settings import Settings
    from cqrs.storage.time_to_live import TimeToLive

RESULT = "result"
"""Name of the decision, in the output of ``check_version``."""

HANDLER = "handler"
"""Name of the sync handler, in the input of ``sync_data``."""


@dataclass(frozen=True, slots=True)
class Collaborators:
    """The parts that the command workflow works with."""

    store: ItemStore
    settings: Settings
    ordering: Ordering
    time_to_live: TimeToLive
    history: HistoryService
    data_writer: DataWriter
    sync_handlers: SyncHandlers
    commands: CommandService


class CommandWorkflow:
    """Applies one command to its item, after those before it.

    Outputs are small objects that name the command (``pk``, ``sk``), because an execution's
    payload is limited to 256 KB and an item is not.
    """

    def __init__(self, collaborators: Collaborators) -> None:
        self._with = collaborators

    def check_version(self, event: StepFunctionsEvent) -> dict[str, Any]:
        """Decide whether it is the command's turn.

        Returns
        -------
        dict
            ``result``: 0 go ahead, 2 past ``set_ttl_command``, 3 past ``history_copy`` too, 1
            wait, -1 give up, then with ``error`` and ``cause``. A command that is given up is
            marked as failed before this returns.
        """
        key = _command_key(event)
        if _comes_from_a_wait(event):
            count(Metric.COMMAND_WAITS_TIMED_OUT)
        decision = self._with.ordering.decide(key, event.context.execution.input.get(REQUEST_ID))
        if decision.result is CheckResult.GO:
            return {**key.to_mapping(), RESULT: self._way_ahead(key, event).value}
        output = {**key.to_mapping(), RESULT: decision.result.value}
        if decision.result is CheckResult.WAIT:
            return output
        self._with.ordering.fail(key, _attempt(event), decision.error, decision.cause)
        count(Metric.COMMANDS_FAILED)
        return {**output, "error": decision.error, "cause": decision.cause}

    def wait_prev_command(self, event: StepFunctionsEvent) -> dict[str, Any]:
        """Leave the state's token with the predecessor; its end resumes this execution."""
        key = _command_key(event)
        if event.task_token is None:
            raise UnsupportedEventError(
                f"wait_prev_command of {key} came without taskToken: its state must use "
                "lambda:invoke.waitForTaskToken and send $$.Task.Token."
            )
        self._with.ordering.await_predecessor(key, _attempt(event), event.task_token)
        return key.to_mapping()

    def set_ttl_command(self, event: StepFunctionsEvent) -> dict[str, Any]:
        """Set when the command expires, from its turn on (one UpdateItem, none without a TTL)."""
        key = _command_key(event)
        measure(Metric.COMMAND_WAIT_TIME, _time_to_its_turn(event))
        expires_at = self._expires_at(key)
        if expires_at is not None:
            self._expire(key, expires_at)
        return key.to_mapping()

    def history_copy(self, event: StepFunctionsEvent) -> dict[str, Any]:
        """Keep the state that the command is about to replace."""
        key = _command_key(event)
        self._with.history.copy_before(key)
        return key.to_mapping()

    def transform_data(self, event: StepFunctionsEvent) -> list[dict[str, Any]]:
        """Make the input of ``sync_data_all``: one object for each sync handler (no request)."""
        key = _command_key(event)
        names = [DATA_HANDLER, *self._with.sync_handlers.names_for(key.pk)]
        return [{**key.to_mapping(), HANDLER: name} for name in names]

    def sync_data(self, event: StepFunctionsEvent) -> dict[str, Any]:
        """Run one sync handler (one GetItem, and what the handler does)."""
        key = _command_key(event)
        name = _handler_name(event)
        command = self._command_item(key)
        if name == DATA_HANDLER:
            self._with.data_writer.write(command)
        else:
            self._with.sync_handlers.run(name, self._with.commands.read(command))
        return {**key.to_mapping(), HANDLER: name}

    def finish(self, event: StepFunctionsEvent) -> dict[str, Any]:
        """Mark the command as applied and resume its successor."""
        key = _command_key(event)
        self._with.ordering.finish(key)
        count(Metric.COMMANDS_FINISHED)
        return key.to_mapping()

    def fail_command(self, event: StepFunctionsEvent) -> dict[str, Any]:
        """Mark the command as failed with what its state was caught with.

        Returns
        -------
        dict
            ``error`` and ``cause``, with which the state machine then fails.
        """
        key = _command_key(event)
        error, cause = caught_error(event.input)
        self._with.ordering.fail(key, _attempt(event), error, cause)
        count(Metric.COMMANDS_FAILED)
        return {**key.to_mapping(), "error": error, "cause": cause}

    def _way_ahead(self, key: CommandKey, event: StepFunctionsEvent) -> CheckResult:
        """The way of a command whose turn it is, past states that have nothing to do."""
        if self._expires_at(key) is not None:
            return CheckResult.GO
        # Elsewhere ``set_ttl_command`` measures it, which a command meets that waited.
        measure(Metric.COMMAND_WAIT_TIME, _time_to_its_turn(event))
        return CheckResult.APPLY if key.predecessor is None else CheckResult.COPY

    def _expires_at(self, key: CommandKey) -> int | None:
        return self._with.time_to_live.expires_at(Table.COMMANDS, tenant_code(key.pk))

    def _expire(self, key: CommandKey, expires_at: int) -> None:
        try:
            self._with.store.update(
                Update(
                    self._with.settings.commands_table,
                    key.pk,
                    key.sk,
                    assign={"ttl": expires_at},
                    condition=Condition("attribute_exists(#pk)"),
                )
            )
        except ConditionFailed:
            raise command_gone(key) from None

    def _command_item(self, key: CommandKey) -> Item:
        item = self._with.store.get(self._with.settings.commands_table, key.pk, key.sk)
        if item is None:
            raise command_gone(key)
        return item


def _command_key(event: StepFunctionsEvent) -> CommandKey:
    execution_input = event.context.execution.input
    try:
        return CommandKey.parse(execution_input["pk"], execution_input["sk"])
    except (KeyError, TypeError):
        raise UnsupportedEventError(
            f"Execution {event.context.execution.name} was not started for a command: its input "
            "must hold pk and sk of an item in the commands table."
        ) from None


def _comes_from_a_wait(event: StepFunctionsEvent) -> bool:
    """Whether a wait timed out: only then is a state's own earlier answer its input."""
    return isinstance(event.input, dict) and event.input.get(RESULT) == CheckResult.WAIT


def _time_to_its_turn(event: StepFunctionsEvent) -> timedelta:
    entered = datetime.fromisoformat(event.context.state.entered_time)
    return entered - datetime.fromisoformat(event.context.execution.start_time)


def _attempt(event: StepFunctionsEvent) -> int:
    return int(event.context.execution.input.get(ATTEMPT, 0))


def _handler_name(event: StepFunctionsEvent) -> str:
    if isinstance(event.input, dict) and isinstance(event.input.get(HANDLER), str):
        return str(event.input[HANDLER])
    raise UnsupportedEventError(
        f"sync_data was called with {event.input!r}; it needs the sync handler's name under "
        f"{HANDLER!r}, as transform_data gives it."
    )
