"""Commands whose items are changed, and whose sync handlers have still to be told."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cqrs.commands.models import Command, CommandStatus
from cqrs.core.backoff import back_off
from cqrs.errors import (
    CommandFailed,
    CqrsError,
    PermanentError,
    SyncHandlerFailed,
    TooManyTries,
    TransientError,
)

if TYPE_CHECKING:
    from cqrs.commands.ordering import Ordering
    from cqrs.commands.service import CommandService
    from cqrs.commands.sync_handlers import SyncHandlers
    from cqrs.core.keys import CommandKey

TRIES = 3
"""How often a sync handler is tried that fails for no lasting reason."""

TURNS = 5
"""How many processes have a turn at a command, its publisher included. The last one runs no sync
handlers: all before it have ended without a word, and the handlers may be what ends them."""


@dataclass(slots=True)
class Turn:
    """A process's turn at commands that were published together, and are finished in their order.

    A process that takes commands over counts that on the first one that is not over, for there the
    process before has ended. One request is enough for all of them, and whoever comes further than
    the one before has a first turn there.

    Attributes
    ----------
    number
        Which turn it is; 0 until the process has come to a command that is not over.
    first
        That command.
    done
        How many commands it has finished or failed.
    who
        Tells the process's turn from those of others.
    """

    number: int = 0
    first: CommandKey | None = None
    done: int = 0
    who: str = field(default_factory=lambda: uuid.uuid4().hex)

    @classmethod
    def of_publisher(cls) -> Turn:
        """The turn of the process that has just published the commands, which nobody counts."""
        return cls(number=1)

    @property
    def is_last(self) -> bool:
        """Whether no sync handlers are run any more."""
        return self.number >= TURNS

    def refuse_last(self, key: CommandKey) -> None:
        """See that sync handlers of a command may be run.

        Raises
        ------
        TooManyTries
            If too many processes have ended while they did that.
        """
        if self.is_last:
            one = "it" if self.first == key else f"{self.first}, which was published with it,"
            raise TooManyTries(
                f"Each of {self.number - 1} processes ended while it ran sync handlers for {one} "
                "and before these were done. A handler ended the process, used up its memory or "
                "took longer than the function may, or AWS failed it. Look at the function's "
                "log, mend the cause and retry the command with `cqrs retry`."
            )


class CommandFinisher:
    """Does what is left of commands that were published synchronously.

    Parameters
    ----------
    commands, ordering
        Read, finish and fail commands.
    sync_handlers
        The application's sync handlers.
    """

    def __init__(
        self, commands: CommandService, ordering: Ordering, sync_handlers: SyncHandlers
    ) -> None:
        self._commands = commands
        self._ordering = ordering
        self._sync_handlers = sync_handlers

    def finish(self, key: CommandKey, turn: Turn) -> str | None:
        """Tell a command's sync handlers, then finish or fail it; why it failed, if it did.

        A command that is over stays as it is. Two may do this at once, or one after the other died.

        Raises
        ------
        TransientError
            If AWS failed a sync handler just now; a repeat goes on with the command.
        """
        try:
            command = self._commands.get(key)
        except PermanentError as error:
            # The doctor names the command; its import goes on.
            return f"{type(error).__name__}: {error}"
        if command is None or command.status is CommandStatus.FINISHED:
            return None
        if command.status is CommandStatus.FAILED:
            return _reason(command)
        if turn.number or self._begin(turn, command):
            reason = self._do_rest(command, turn)
            turn.done += 1
            return reason
        return self.finish(key, turn)  # it has changed since it was read

    def _do_rest(self, command: Command, turn: Turn) -> str | None:
        try:
            return self._run_and_end(command, turn)
        except TransientError:
            # AWS failed it, so no handler has ended this process.
            if turn.first == command.key:
                self._ordering.leave(command.key, command.attempt, turn.who)
            raise

    def _run_and_end(self, command: Command, turn: Turn) -> str | None:
        try:
            self._run_handlers(command, turn)
        except TransientError:
            raise
        except CqrsError as error:
            error_name = type(error).__name__
            self._ordering.fail(command.key, command.attempt, error_name, str(error))
            return self._failure_of(command.key)
        try:
            self._ordering.finish(command.key)
        except CommandFailed as error:
            return str(error)
        return None

    def _failure_of(self, key: CommandKey) -> str | None:
        """Why a command failed; None if another settler had finished it before."""
        command = self._commands.get(key)
        failed = command is not None and command.status is CommandStatus.FAILED
        return _reason(command) if command is not None and failed else None

    def _begin(self, turn: Turn, command: Command) -> bool:
        """Count a turn; False if the command ended or was started again."""
        times = self._ordering.take_over(command.key, command.attempt, turn.who)
        if times is None:
            return False
        turn.number, turn.first = times + 1, command.key
        return True

    def _run_handlers(self, command: Command, turn: Turn) -> None:
        for name in self._sync_handlers.names_for(command.pk):
            turn.refuse_last(command.key)
            self._run(name, command)

    def _run(self, name: str, command: Command) -> None:
        for attempt in range(TRIES - 1):
            try:
                self._sync_handlers.run(name, command)
            except SyncHandlerFailed:
                back_off(attempt)
            else:
                return
        self._sync_handlers.run(name, command)


def _reason(command: Command) -> str:
    return f"{command.error}: {command.cause}"
