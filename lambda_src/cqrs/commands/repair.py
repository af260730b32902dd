"""Repair: commands that failed or were left behind are applied after all, in order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cqrs.aws.item_store import Condition, Update
from cqrs.aws.step_functions import RUNNING
from cqrs.commands.models import Command, CommandStatus, SyncMode
from cqrs.commands.starter import ENDED_BY
from cqrs.core.clock import now_iso
from cqrs.core.versions import version_of
from cqrs.errors import (
    ConditionFailed,
    NotFoundError,
    ValidationError,
    VersionAlreadyApplied,
    VersionGap,
)
from cqrs.storage.attempts import ATTEMPT, RESTARTED_AT, in_attempt
from cqrs.storage.large_attributes import refuse_damaged_attributes
from cqrs.storage.unfinished_work import UNFINISHED, shard_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cqrs.aws.item_store import ItemStore
    from cqrs.commands.executions import CommandExecutions
    from cqrs.commands.starter import CommandStarter
    from cqrs.core.attribute_values import Item
    from cqrs.core.keys import CommandKey, ItemKey
    from cqrs.errors import PermanentError
    from cqrs.settings import Settings


@dataclass(frozen=True, slots=True)
class Restart:
    """A command that was started again, or left to the end of the one before it.

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

    It reads nothing of the bucket, so that it works if an object is gone. Attributes that an item
    holds itself are looked at.

    Parameters
    ----------
    store, settings
        Access to the tables.
    executions
        Finds executions.
    starter
        Starts commands, or leaves them to those before.
    """

    def __init__(
        self,
        store: ItemStore,
        settings: Settings,
        executions: CommandExecutions,
        starter: CommandStarter,
    ) -> None:
        self._store = store
        self._settings = settings
        self._executions = executions
        self._starter = starter

    def find(self, key: CommandKey) -> Command | None:
        """Read a command without its attributes; None if there is none.

        Raises
        ------
        ValidationError
            If its item is damaged.
        """
        item = self._item(key)
        return None if item is None else Command.from_item(item, {})

    def find_unlisted(self, key: CommandKey) -> Command | None:
        """Read a command that is under way, although the index of such commands lacks it.

        Returns
        -------
        Command or None
            None if there is no such command.

        Raises
        ------
        ValidationError
            If its item is damaged.
        """
        item = self._item(key)
        if item is None or UNFINISHED in item or item.get("status") != CommandStatus.PUBLISHED:
            return None
        return Command.from_item(item, {})

    def retry(self, key: CommandKey) -> list[Restart]:
        """Start the chain of a command again, from the first one that was not applied.

        Each command of the chain that failed, or that nothing works on any more, gets a new
        attempt, one after the other. The first two are started, and each other is left to the end
        of the one before it. The ordering protocol then applies them in order. A second call finds
        them under way and starts nothing. An item that was set back, as by restoring a
        backup, gets the finished commands after its version again.

        Raises
        ------
        NotFoundError
            If there is no such command.
        VersionGap, VersionAlreadyApplied
            If nothing was started, and no retry can apply the command (:meth:`obstacle`).
        ValidationError
            If nothing was started, because a command of the chain, its attributes, or its item is
            damaged.
        """
        command = self.find(key)
        if command is None:
            raise NotFoundError(f"There is no command {key}; it was never published, or expired.")
        if self._has_applied(command) and self._acknowledge(command):
            return []
        started = self._restart_chain(key.item)
        if not started and (obstacle := self.obstacle(key)) is not None:
            raise obstacle
        return started

    def restart(self, seen: Command, status: str | None) -> Restart | None:
        """Start one command again that is under way and that nothing works on.

        Others of its chain are left as they are.

        Parameters
        ----------
        seen
            The command as it was read, at the latest when its execution was asked for.
        status
            Status of the execution of its attempt; None if there is none.

        Returns
        -------
        Restart or None
            None if it is worked on, has moved on since, or is applied, which is then noted.
        """
        if seen.status is not CommandStatus.PUBLISHED or status == RUNNING:
            return None
        if self._has_applied(seen) and self._acknowledge(seen):
            return None
        return self._start_stalled(seen, status)

    def take_from_publisher(self, command: Command) -> None:
        """Let an execution go on with a command that its synchronous publisher cannot finish.

        One that has ended by now, or that somebody else goes on with, is left alone.
        """
        self._next_attempt(command)

    def begin_again(self, key: CommandKey, attempt: int) -> bool:
        """Let a new attempt follow one whose execution ended for want of time.

        Any call may be repeated: the same attempt follows.

        Returns
        -------
        bool
            False if there is nothing to begin again: the command ended, or is at a later attempt.

        Raises
        ------
        ValidationError
            If its item is damaged.
        """
        command = self.find(key)
        if command is None or command.status is not CommandStatus.PUBLISHED:
            return False
        if command.attempt == attempt:
            return self._next_attempt(command) is not None
        return command.attempt == attempt + 1 and self._start_if_begun(command) is not None

    def obstacle(self, key: CommandKey) -> PermanentError | None:
        """Why no retry can help a command; None if one can, or if it is applied.

        Raises
        ------
        ValidationError
            If its item is damaged.
        """
        # In this order: an item that has gone beyond a command has seen it finished.
        version = self._applied_version(key.item)
        item = self._item(key)
        if item is None:
            return None
        command = Command.from_item(item, {})
        if self._is_applied(command, version):
            return None
        if key.version < version and not self._has_applied(command):
            return VersionAlreadyApplied(
                f"{key} cannot be applied: its item is at version {version} already. Publish what "
                "it says again on the latest version, if it shall still hold."
            )
        try:
            refuse_damaged_attributes(item)
        except ValidationError as damage:
            return damage
        gap = self._first_missing(key.item, range(version + 1, key.version))
        if gap is None:
            return None
        return VersionGap(
            f"{key} cannot be applied: its item is at version {version}, and the command of "
            f"version {gap} is gone. Publish again on the latest version, which makes version "
            f"{gap}, then retry; or delete this command, if nobody has published it."
        )

    def _acknowledge(self, command: Command) -> bool:
        """Mark a command as applied whose item was put back as it was before."""
        finished = {"status": CommandStatus.FINISHED.value, "finishedAt": now_iso()}
        try:
            self._store.update(
                Update(
                    self._settings.commands_table,
                    command.pk,
                    command.key.sk,
                    assign=finished,
                    remove=("error", "cause", UNFINISHED),
                    condition=_unchanged(command),
                )
            )
        except ConditionFailed:
            return False
        return True

    def _has_applied(self, command: Command) -> bool:
        """Whether the history of an item has the version that an unfinished command made."""
        if command.status is CommandStatus.FINISHED:
            return False
        state = self._store.get(self._settings.history_table, command.pk, command.key.sk)
        return state is not None and state.get("requestId") == command.request_id

    def _restart_chain(self, item: ItemKey) -> list[Restart]:
        started: list[Restart] = []
        try:
            for command in self._chain(item):
                restart = self._restart(command)
                started += [] if restart is None else [restart]
        except ValidationError:
            # Those before a damaged command are not held up by it.
            if not started:
                raise
        return started

    def _first_missing(self, item: ItemKey, versions: range) -> int | None:
        return next((one for one in versions if self._item(item.at(one)) is None), None)

    def _item(self, key: CommandKey) -> Item | None:
        return self._store.get(self._settings.commands_table, key.pk, key.sk)

    def _applied_version(self, item: ItemKey) -> int:
        return version_of(self._store.get(self._settings.data_table, item.pk, item.sk))

    def _chain(self, item: ItemKey) -> Iterator[Command]:
        """The commands of an item that it does not hold, from the first on."""
        applied = self._applied_version(item)
        # The newest version may have been written by a command that failed after that.
        version = max(applied, 1)
        while (found := self._item(item.at(version))) is not None or version == applied:
            if found is not None:
                command = Command.from_item(found, {})
                if not self._is_applied(command, applied):
                    refuse_damaged_attributes(found)
                    yield command
            version += 1

    def _is_applied(self, command: Command, seen: int) -> bool:
        """Whether an item holds what a command says; one that was set back does not any more.

        Parameters
        ----------
        command
            The command, as it is now.
        seen
            The version of the item, as it was before that.
        """
        if command.status is not CommandStatus.FINISHED:
            return False
        # It may have been applied since: what it says was written before it was finished.
        return command.version <= seen or (
            command.version <= self._applied_version(command.key.item)
        )

    def _restart(self, command: Command) -> Restart | None:
        if command.status is CommandStatus.PUBLISHED:
            if self._starter.is_on_its_way(command):
                return None
            status = self._executions.status(command)
            return None if status == RUNNING else self._start_stalled(command, status)
        return self._next_attempt(command)

    def _start_stalled(self, command: Command, status: str | None) -> Restart | None:
        if status is None and not _is_its_publishers(command):
            return self._start(command)
        return self._next_attempt(command)

    def _next_attempt(self, command: Command) -> Restart | None:
        following = replace(command, attempt=command.attempt + 1)
        try:
            self._store.update(
                Update(
                    self._settings.commands_table,
                    command.pk,
                    command.key.sk,
                    assign={
                        "status": CommandStatus.PUBLISHED.value,
                        ATTEMPT: following.attempt,
                        RESTARTED_AT: now_iso(),
                        UNFINISHED: shard_of(*command.key.address),
                    },
                    remove=("error", "cause", "finishedAt", ENDED_BY),
                    condition=_unchanged(command),
                )
            )
        except ConditionFailed:
            return self._start_if_begun(following)
        return self._start(following)

    def _start_if_begun(self, command: Command) -> Restart | None:
        """Start an attempt that somebody has written, if it has no execution yet.

        This very process may have written it. The SDK makes a request again if the answer got lost,
        and the first one has made its condition false.
        """
        found = self.find(command.key)
        if found is None or found.attempt != command.attempt:
            return None
        if found.status is not CommandStatus.PUBLISHED or self._executions.is_started(found):
            return None
        return self._start(found)

    def _start(self, command: Command) -> Restart:
        self._starter.start(command.key, command.request_id, command.attempt)
        return Restart(command.key, command.attempt)


def _is_its_publishers(command: Command) -> bool:
    """Whether this attempt is the work of a synchronous publisher, who may yet fail it."""
    return command.sync_mode is SyncMode.SYNC and command.attempt == 0


def _unchanged(command: Command) -> Condition:
    """The command is at the attempt that was read, and has the same status."""
    return Condition("#status = :was", {"was": command.status.value}) & in_attempt(command.attempt)
