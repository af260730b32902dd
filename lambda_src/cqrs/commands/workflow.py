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
from cqrs.commands.models import CommandStatus
from cqrs.commands.ordering import command_gone, failed_meanwhile
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
            ``result`` is 0 to go ahead, 2 past ``set_ttl_command``, 3 past ``history_copy`` too. It
            is 1 to wait, 4 if the command has ended, and -1 to give up, with ``error`` and
            ``cause``. A command that is given up is marked as failed before this returns.
        """
        key = command_key_of(event)
        if _comes_from_a_wait(event):
            count(Metric.COMMAND_WAITS_TIMED_OUT)
        decision = self._with.ordering.decide(key, event.context.execution.input.get(REQUEST_ID))
        if decision.result is CheckResult.GO:
            return {**key.to_mapping(), RESULT: self._way_ahead(key, event).value}
        output = {**key.to_mapping(), RESULT: decision.result.value}
        if decision.result is not CheckResult.REFUSED:
            return output
        if not self._fail(key, event, decision.error, decision.cause):
            return {**output, RESULT: CheckResult.ENDED.value}
        return {**output, "error": decision.error, "cause": decision.cause}

    def wait_prev_command(self, event: StepFunctionsEvent) -> dict[str, Any]:
        """Leave the state's token with the predecessor; its end resumes this execution."""
        key = command_key_of(event)
        if event.task_token is None:
            raise UnsupportedEventError(
                f"wait_prev_command of {key} came without taskToken: its state must use "
                "lambda:invoke.waitForTaskToken and send $$.Task.Token."
            )
        self._with.ordering.await_predecessor(key, attempt_of_execution(event), event.task_token)
        return key.to_mapping()

    def set_ttl_command(self, event: StepFunctionsEvent) -> dict[str, Any]:
        """Set when the command expires, from its turn on (one UpdateItem, none without a TTL)."""
        key = command_key_of(event)
        measure(Metric.COMMAND_WAIT_TIME, _time_to_its_turn(event))
        expires_at = self._expires_at(key)
        if expires_at is not None:
            self._expire(key, expires_at)
        return key.to_mapping()

    def history_copy(self, event: StepFunctionsEvent) -> dict[str, Any]:
        """Keep the state that the command is about to replace."""
        key = command_key_of(event)
        self._with.history.copy_before(key)
        return key.to_mapping()

    def transform_data(self, event: StepFunctionsEvent) -> list[dict[str, Any]]:
        """Make the input of ``sync_data_all``: one object for each sync handler (no request)."""
        key = command_key_of(event)
        names = [DATA_HANDLER, *self._with.sync_handlers.names_for(key.pk)]
        return [{**key.to_mapping(), HANDLER: name} for name in names]

    def sync_data(self, event: StepFunctionsEvent) -> dict[str, Any]:
        """Run one sync handler (one GetItem, and what the handler does).

        A handler of the application is not run if another execution has applied the command by
        now. The built-in one knows by itself.

        Raises
        ------
        CommandFailed
            If another execution has failed it.
        """
        key = command_key_of(event)
        name = _handler_name(event)
        command = self._command_item(key)
        if command.get("status") == CommandStatus.FAILED:
            raise failed_meanwhile(key)
        if name == DATA_HANDLER:
            self._with.data_writer.write(command)
        elif command.get("status") != CommandStatus.FINISHED:
            self._with.sync_handlers.run(name, self._with.commands.read(command))
        return {**key.to_mapping(), HANDLER: name}

    def finish(self, event: StepFunctionsEvent) -> dict[str, Any]:
        """Mark the command as applied and resume its successor."""
        key = command_key_of(event)
        self._with.ordering.finish(key, self._ender(event))
        count(Metric.COMMANDS_FINISHED)
        return key.to_mapping()

    def fail_command(self, event: StepFunctionsEvent) -> dict[str, Any]:
        """Mark the command as failed with what its state was caught with.

        Returns
        -------
        dict
            ``error`` and ``cause``, with which the state machine then fails.
        """
        key = command_key_of(event)
        error, cause = caught_error(event.input)
        self._fail(key, event, error, cause)
        return {**key.to_mapping(), "error": error, "cause": cause}

    def _ender(self, _event: StepFunctionsEvent) -> str | None:
        """Name of the execution, if it is not the only one that may end its command."""
        return None

    def _fail(self, key: CommandKey, event: StepFunctionsEvent, error: str, cause: str) -> bool:
        """Mark a command as failed; False if it has ended, or was begun again."""
        ender = self._ender(event)
        is_failed = self._with.ordering.fail(key, attempt_of_execution(event), error, cause, ender)
        if is_failed:
            count(Metric.COMMANDS_FAILED)
        return is_failed

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


def command_key_of(event: StepFunctionsEvent) -> CommandKey:
    """The command that an execution was started for.

    Raises
    ------
    UnsupportedEventError
        If it was not started for one.
    """
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


def attempt_of_execution(event: StepFunctionsEvent) -> int:
    """The attempt that an execution was started for; the first one is 0."""
    return int(event.context.execution.input.get(ATTEMPT, 0))


def _handler_name(event: StepFunctionsEvent) -> str:
    if isinstance(event.input, dict) and isinstance(event.input.get(HANDLER), str):
        return str(event.input[HANDLER])
    raise UnsupportedEventError(
        f"sync_data was called with {event.input!r}; it needs the sync handler's name under "
        f"{HANDLER!r}, as transform_data gives it."
    )
