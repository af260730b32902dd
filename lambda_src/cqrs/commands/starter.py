"""Starts of commands: of one item, one command runs and at most one waits for it.

If executions cannot wait, none does. Commands further back have no execution yet. Each is left to
the end of the one before it, so a chain of any length costs no waiting. The header of
:mod:`cqrs.commands.ordering` tells why none is forgotten.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cqrs.aws.item_store import Condition, Update
from cqrs.commands.executions import express_may_run
from cqrs.commands.models import CommandStatus
from cqrs.errors import ConditionFailed, ItemTooLarge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cqrs.aws.item_store import ItemStore
    from cqrs.commands.executions import CommandExecutions
    from cqrs.commands.models import Command
    from cqrs.core.attribute_values import Item
    from cqrs.core.keys import CommandKey
    from cqrs.settings import Settings

SUCCESSOR_START = "successorStart"

ENDED_BY = "endedBy"
"""Attribute with the name of the execution that ended a command, if it was an Express one."""

_NAME = re.compile(rf"{SUCCESSOR_START}(?P<attempt>|[1-9][0-9]{{0,8}})")


def successor_start(attempt: int) -> str:
    """Name of the attribute that leaves an attempt of the successor to a command's end.

    Each attempt has its own, as a stream record may come again after its command was started again.
    """
    return f"{SUCCESSOR_START}{attempt}" if attempt else SUCCESSOR_START


class CommandStarter:
    """Starts a command, or leaves that to the end of the one before it.

    Parameters
    ----------
    store, settings
        Access to the commands table.
    executions
        Starts executions.
    """

    def __init__(self, store: ItemStore, settings: Settings, executions: CommandExecutions) -> None:
        self._store = store
        self._table = settings.commands_table
        self._executions = executions

    def start(self, key: CommandKey, request_id: str, attempt: int = 0) -> bool:
        """Start an attempt to apply a command, when its turn is near; a repeat does no harm.

        It is near once the command before the predecessor is applied, as its execution can wait for
        the predecessor. If executions cannot wait, it is near once the predecessor is applied.
        Before that, and as long as the predecessor is under way, the start is left to the
        predecessor's end.

        One StartExecution. From version 3 on a GetItem more, and an UpdateItem if it is left. If
        executions cannot wait, an UpdateItem more from version 2 on.

        Returns
        -------
        bool
            False if it is left.
        """
        if self._is_left(key, request_id, attempt):
            return False
        self.start_now(key, request_id, attempt)
        return True

    def start_now(self, key: CommandKey, request_id: str, attempt: int = 0) -> None:
        """Start an attempt whose turn is known to be near (one StartExecution)."""
        self._executions.start(key, request_id, attempt)

    def start_successor(self, key: CommandKey, command: Item, execution: str | None = None) -> None:
        """Start the successor that was left to a command's end, if one was.

        Parameters
        ----------
        key, command
            The command, and its item as it is now. If it was started again, its next end sees to
            the successor.
        execution
            The Express execution that tells the end, if one does. If another one has ended the
            command, that sees to the successor. So a command that runs twice is followed by one
            that runs once.
        """
        left = _left(command)
        if not left or command.get("status") == CommandStatus.PUBLISHED:
            return
        if execution is not None and command.get(ENDED_BY) != execution:
            return
        # An earlier attempt is over: the next one begins after its end.
        attempt = max(left)
        self.start_now(key.item.at(key.version + 1), left[attempt], attempt)

    def left_to(self, command: Command) -> CommandKey | None:
        """The predecessor that a command under way waits behind without an execution.

        One GetItem. None if its attempt was not left to its predecessor, or that has ended. It then
        has an execution, or needs a retry.
        """
        predecessor = command.key.predecessor
        if predecessor is None:
            return None
        found = self._store.get(self._table, predecessor.pk, predecessor.sk)
        return predecessor if waits_behind(command, found) else None

    def is_on_its_way(self, command: Command) -> bool:
        """Whether a command under way needs no start, as its predecessor's end sees to it.

        That end may be to come, or may have come a moment ago and have started an Express
        execution, which nobody can be asked for. One GetItem.
        """
        predecessor = command.key.predecessor
        if predecessor is None:
            return False
        found = self._store.get(self._table, predecessor.pk, predecessor.sk)
        if found is None:
            return False
        if waits_behind(command, found):
            return True
        was_left = command.request_id in _left(found).values()
        is_express = not self._executions.can_wait or ENDED_BY in found
        return was_left and is_express and express_may_run(command, found.get("finishedAt"))

    def _is_left(self, key: CommandKey, request_id: str, attempt: int) -> bool:
        predecessor = key.predecessor
        if predecessor is None or (self._executions.can_wait and self._is_next(predecessor)):
            return False
        return self._leave(predecessor, {successor_start(attempt): request_id})

    def _is_next(self, key: CommandKey) -> bool:
        """Whether the command before one is applied."""
        before = key.predecessor
        if before is None:
            return True
        found = self._store.get(self._table, before.pk, before.sk)
        # One that failed may be started again. Its successor's end comes in any case.
        return found is None or found.get("status") == CommandStatus.FINISHED

    def _leave(self, predecessor: CommandKey, start: Mapping[str, Any]) -> bool:
        """Leave a start to a command's end; False if that has come."""
        try:
            command = self._store.update(
                Update(
                    self._table,
                    predecessor.pk,
                    predecessor.sk,
                    assign=start,
                    condition=Condition("attribute_exists(#pk)"),
                )
            )
        except ConditionFailed:
            return False  # it has expired: the successor sees for itself
        except ItemTooLarge:
            # It has no room. An execution that can wait sees for itself, and the healer starts any
            # other one.
            return not self._executions.can_wait
        return command.get("status") == CommandStatus.PUBLISHED


def waits_behind(command: Command, predecessor: Item | None) -> bool:
    """Whether a command's start was left to its predecessor, whose end is still to come."""
    return (
        predecessor is not None
        and predecessor.get("status") == CommandStatus.PUBLISHED
        and predecessor.get(successor_start(command.attempt)) == command.request_id
    )


def _left(command: Item) -> dict[int, str]:
    """Request ids of the starts that were left to a command's end, by attempt."""
    named = ((_NAME.fullmatch(name), value) for name, value in command.items())
    return {
        int(found["attempt"] or 0): value
        for found, value in named
        if found is not None and isinstance(value, str)
    }
