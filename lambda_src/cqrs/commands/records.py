"""The writes of publishing a command: the actions of one transaction.

Their conditions keep the order of an item's commands.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cqrs.aws.item_store import IS_NEW, Check, Condition, Put
from cqrs.commands.models import ON_APPLIED, Command, CommandStatus
from cqrs.core.keys import CommandKey, tenant_code
from cqrs.resources import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cqrs.aws.item_store import Action
    from cqrs.commands.bases import Base
    from cqrs.commands.data_writer import DataWriter
    from cqrs.items.history import HistoryService
    from cqrs.settings import Settings
    from cqrs.storage.large_attributes import LargeAttributes
    from cqrs.storage.time_to_live import TimeToLive


class CommandRecords:
    """Writes new commands, as actions of the transaction that publishes them.

    Parameters
    ----------
    settings
        Names of the tables.
    attributes
        The place of large attributes.
    history, data_writer
        Make the actions on the history and data tables.
    time_to_live
        When a command that is applied at once expires.
    """

    def __init__(
        self,
        settings: Settings,
        attributes: LargeAttributes,
        history: HistoryService,
        data_writer: DataWriter,
        time_to_live: TimeToLive,
    ) -> None:
        self._table = settings.commands_table
        self._attributes = attributes
        self._history = history
        self._data_writer = data_writer
        self._time_to_live = time_to_live

    def store(self, base: Base, command: Command) -> list[Action]:
        """Store a command that the state machine will apply."""
        marks = {ON_APPLIED: True} if base.applied and base.version > 1 else {}
        return [self._put(command, marks), base.check]

    def expiring(self, command: Command) -> Command:
        """A command with its expiry, for one that is applied at once."""
        expires_at = self._time_to_live.expires_at(Table.COMMANDS, tenant_code(command.pk))
        return replace(command, ttl=expires_at)

    def apply(self, base: Base, command: Command, *, is_finished: bool) -> list[Action]:
        """Store a command and apply it.

        Parameters
        ----------
        base
            The data item that it changes.
        command
            The command.
        is_finished
            Whether no sync handlers follow.
        """
        if is_finished:
            command = replace(
                command, status=CommandStatus.FINISHED, finished_at=command.created_at
            )
        put = self._put(command)
        actions: list[Action] = [put, self._data_writer.update(put.item)]
        if command.key.predecessor is not None:
            actions += self._after_predecessor(base, command.key.predecessor)
        return actions

    def _after_predecessor(self, base: Base, predecessor: CommandKey) -> list[Action]:
        """Keep the state before, on the condition that nothing is under way."""
        over = Condition(
            "attribute_not_exists(#pk) OR #status = :finished",
            {"finished": CommandStatus.FINISHED.value},
        )
        check = Check(self._table, predecessor.pk, predecessor.sk, over)
        return [check] if base.item is None else [check, self._history.entry(base.item)]

    def _put(self, command: Command, marks: Mapping[str, Any] | None = None) -> Put:
        placed = self._attributes.store(command.key, command.request_id, command.content.attributes)
        return Put(self._table, {**command.to_item(placed), **(marks or {})}, IS_NEW)
