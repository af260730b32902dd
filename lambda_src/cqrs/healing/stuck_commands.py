"""Commands that are under way, and that nothing works on.

Commands are read without their attributes, which may lie in the bucket, large or gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.aws.step_functions import RUNNING
from cqrs.commands.indexes import UNFINISHED_COMMANDS
from cqrs.commands.models import Command, CommandStatus
from cqrs.core.keys import CommandKey
from cqrs.core.moments import is_recent
from cqrs.errors import ValidationError
from cqrs.healing.faults import Fault, Remedy, unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cqrs.commands.executions import CommandExecutions
    from cqrs.commands.ordering import Ordering
    from cqrs.commands.repair import RepairService
    from cqrs.core.attribute_values import Item
    from cqrs.errors import PermanentError
    from cqrs.healing.patience import Patience
    from cqrs.healing.publishers import Publishers


class StuckCommands:
    """Looks at commands.

    Parameters
    ----------
    table
        Name of the commands table.
    repair, ordering
        Read commands, start them, and tell those behind them.
    executions
        Tells whether a command is worked on.
    publishers
        Tells whether its publisher does.
    patience
        How long a start may take.
    failed
        Takes the commands that failed; None to pass them over.
    is_behind
        Whether a command has no execution by design, as the end of the one before it starts it.
    """

    def __init__(
        self,
        table: str,
        *,
        repair: RepairService,
        ordering: Ordering,
        executions: CommandExecutions,
        publishers: Publishers,
        patience: Patience,
        failed: Callable[[Command], None] | None = None,
        is_behind: Callable[[Command], bool] = lambda _: False,
    ) -> None:
        self._table = table
        self._repair = repair
        self._ordering = ordering
        self._executions = executions
        self._publishers = publishers
        self._patience = patience
        self._failed = failed
        self._is_behind = is_behind

    def faults(self, entry: Item) -> Iterator[Fault]:
        """The faults of the command of an index's entry (at most one DescribeExecution).

        Raises
        ------
        ValidationError
            If it cannot be read.
        """
        if self._failed is None and entry.get("status") == CommandStatus.FAILED:
            return
        command = self._unless_young(entry)
        if command is None:
            return
        if command.status is CommandStatus.FAILED:
            if self._failed is not None:
                self._failed(command)
        else:
            yield from self._with_those_before(command, entry)

    def _with_those_before(self, command: Command, entry: Item) -> Iterator[Fault]:
        """The faults of a command under way, and of those before it that the index lacks.

        Something other than the services may have stored them so, and what waits behind one shows
        it.
        """
        seen: Command | None = command
        while seen is not None and not self._publishers.go_on_with(seen):
            if not self._is_behind(seen):
                yield from self._under_way(seen, entry)
            before = seen.key.predecessor
            if before is None:
                return
            try:
                seen = self._overlooked(before)
            except ValidationError as damage:
                yield unreadable("command", self._table, before.to_mapping(), damage)
                return

    def _overlooked(self, key: CommandKey) -> Command | None:
        """A command that has been under way for long and that the index lacks."""
        command = self._repair.find_unlisted(key)
        return None if command is None or self._is_young(command) else command

    def _unless_young(self, entry: Item) -> Command | None:
        """The command of an entry; None if it has ended since, or may be on its way."""
        key = CommandKey.parse(entry["pk"], entry["sk"])
        made = entry[UNFINISHED_COMMANDS.sort_key]
        published = entry.get("status") == CommandStatus.PUBLISHED
        if published and is_recent(made, f"The command {key}", self._patience.start):
            return None
        command = self._repair.find(key)
        if command is None or command.status is CommandStatus.FINISHED:
            return None
        is_failed = command.status is CommandStatus.FAILED
        return command if is_failed or not self._is_young(command) else None

    def _is_young(self, command: Command) -> bool:
        moments = [command.created_at, command.restarted_at or command.created_at]
        subject = f"The command {command.key}"
        return any(is_recent(text, subject, self._patience.start) for text in moments)

    def _under_way(self, command: Command, entry: Item) -> Iterator[Fault]:
        key = command.key
        status = self._executions.status(command)
        if status == RUNNING:
            yield from self._waiting(key, entry)
        elif (obstacle := self._repair.obstacle(key)) is not None:
            yield beyond_repair(key, self._table, entry, obstacle)
        else:
            yield Fault(
                "command left behind by its execution"
                if status
                else "command without an execution",
                str(key),
                f"execution {status}" if status else f"published at {command.created_at}",
                Remedy.RETRY_COMMAND,
                self._table,
                entry,
                key,
                # Safe in both cases: nothing works on it, as its execution has just been asked for.
                lambda: self._start_again(command, status),
                is_of_time=not self._executions.can_wait,
            )

    def _start_again(self, seen: Command, status: str | None) -> bool:
        """Start a command; True if it is under way or applied then, whoever saw to it."""
        if self._repair.restart(seen, status) is not None:
            return True
        command = self._repair.find(seen.key)
        if command is None or command.status is CommandStatus.FAILED:
            return False
        return (
            command.status is CommandStatus.FINISHED
            or self._is_behind(command)
            or self._executions.status(command) == RUNNING
        )

    def _waiting(self, key: CommandKey, entry: Item) -> Iterator[Fault]:
        """A wait whose signal was lost, and that did not end by its timeout either."""
        predecessor = key.predecessor
        if predecessor is not None and self._is_long_applied(predecessor):
            yield Fault(
                "waits although its predecessor is applied",
                str(key),
                f"{predecessor} is applied",
                Remedy.MEND,
                self._table,
                entry,
                key,
                lambda: self._tell_again(predecessor),
            )

    def _is_long_applied(self, key: CommandKey) -> bool:
        try:
            command = self._repair.find(key)
        except ValidationError:
            return False  # a fault of its own
        if command is None or command.status is not CommandStatus.FINISHED:
            return False
        finished = command.finished_at
        return finished is None or not is_recent(
            finished, f"The command {key}", self._patience.start
        )

    def _tell_again(self, predecessor: CommandKey) -> bool:
        self._ordering.finish(predecessor)
        return True


def beyond_repair(key: CommandKey, table: str, entry: Item, obstacle: PermanentError) -> Fault:
    """A command that cannot be applied."""
    return Fault(
        "command that no retry can apply",
        str(key),
        str(obstacle),
        Remedy.MEND_COMMAND if isinstance(obstacle, ValidationError) else Remedy.PUBLISH_AGAIN,
        table,
        entry,
        key,
    )
