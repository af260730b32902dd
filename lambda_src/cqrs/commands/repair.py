"""Repair: commands that failed or were left behind are applied after all, in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cqrs.commands.models import Command, CommandStatus, SyncMode
from cqrs.errors import ConditionFailed, NotFoundError
from cqrs.item_store import Condition, Update

if TYPE_CHECKING:
    from cqrs.commands.executions import CommandExecutions
    from cqrs.commands.service import CommandService
    from cqrs.data import DataService
    from cqrs.item_store import ItemStore
    from cqrs.keys import CommandKey, ItemKey
    from cqrs.settings import Settings

RUNNING = "RUNNING"


@dataclass(frozen=True, slots=True)
class Restart:
    """A command that was started again.

    Attributes
    ----------
    key
        The command.
    attempt
        Number of the attempt; the first one was 0.
    """

    key: CommandKey
    attempt: int


class RepairService:
    """Starts commands again.

    Parameters
    ----------
    store, settings
        Access to the commands table.
    commands, data
        Reading commands and items.
    executions
        Starting and finding executions.
    """

    def __init__(
        self,
        store: ItemStore,
        settings: Settings,
        commands: CommandService,
        data: DataService,
        executions: CommandExecutions,
    ) -> None:
        self._store = store
        self._settings = settings
        self._commands = commands
        self._data = data
        self._executions = executions

    def retry(self, key: CommandKey) -> list[Restart]:
        """Start the chain of a command again, from the first one that was not applied.

        Each command of the chain that failed, or that nothing works on any more, gets a new
        attempt, one after the other; the ordering protocol then applies them in order. A second
        call finds them under way and starts nothing.

        Raises
        ------
        NotFoundError
            There is no such command.
        """
        if self._commands.get(key) is None:
            raise NotFoundError(f"There is no command {key}; it was never published, or expired.")
        restarts = [self._restart(command) for command in self._chain(key.item)]
        return [restart for restart in restarts if restart is not None]

    def _chain(self, item: ItemKey) -> Iterator[Command]:
        """The commands of an item that are not applied, from the first on."""
        state = self._data.get(item.pk, item.sk)
        # The newest version may have been written by a command that failed after that.
        version = 1 if state is None else state.version
        while (command := self._commands.get(item.at(version))) is not None or (
            state is not None and version == state.version
        ):
            if command is not None and command.status is not CommandStatus.FINISHED:
                yield command
            version += 1

    def _restart(self, command: Command) -> Restart | None:
        if command.status is CommandStatus.PUBLISHED:
            status = self._executions.status(command.key, command.request_id, command.attempt)
            if status == RUNNING:
                return None
            if status is None and not _is_its_publishers(command):
                self._executions.start(command.key, command.request_id, command.attempt)
                return Restart(command.key, command.attempt)
        return self._next_attempt(command)

    def _next_attempt(self, command: Command) -> Restart | None:
        attempt = command.attempt + 1
        try:
            self._store.update(
                Update(
                    self._settings.commands_table,
                    command.pk,
                    command.key.sk,
                    assign={"status": CommandStatus.PUBLISHED.value, "attempt": attempt},
                    remove=("error", "cause", "finishedAt"),
                    condition=_unchanged(command),
                )
            )
        except ConditionFailed:
            return None  # somebody else retries it, or it ended in this moment
        self._executions.start(command.key, command.request_id, attempt)
        return Restart(command.key, attempt)


def _is_its_publishers(command: Command) -> bool:
    """Whether this attempt is the work of a synchronous publisher, who may yet fail it."""
    return command.sync_mode is SyncMode.SYNC and command.attempt == 0


def _unchanged(command: Command) -> Condition:
    """The command is as it was read; a first attempt has no number on the item."""
    attempt = "#attempt = :before" if command.attempt else "attribute_not_exists(#attempt)"
    before = {"before": command.attempt} if command.attempt else {}
    return Condition(f"#status = :was AND {attempt}", {"was": command.status.value, **before})
