"""Commands whose items are changed, and whose sync handlers have still to be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.backoff import back_off
from cqrs.commands.models import Command, CommandStatus
from cqrs.errors import CommandFailed, CqrsError, PermanentError, SyncHandlerFailed, TransientError

if TYPE_CHECKING:
    from cqrs.commands.ordering import Ordering
    from cqrs.commands.service import CommandService
    from cqrs.commands.sync_handlers import SyncHandlers
    from cqrs.keys import CommandKey

TRIES = 3
"""How often a sync handler is tried that fails for no lasting reason."""


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

    def finish(self, key: CommandKey) -> str | None:
        """Tell a command's sync handlers, then finish or fail it; why it failed, if it did.

        A command that is over stays as it is. Two may do this at once, or one after the other died.

        Raises
        ------
        TransientError
            AWS failed a sync handler just now; a repeat goes on with the command.
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
        try:
            self._run_handlers(command)
        except TransientError:
            raise
        except CqrsError as error:
            self._ordering.fail(key, command.attempt, type(error).__name__, str(error))
            return self._failure_of(key)
        try:
            self._ordering.finish(key)
        except CommandFailed as error:
            return str(error)
        return None

    def _failure_of(self, key: CommandKey) -> str | None:
        """Why a command failed; None where another settler had finished it before."""
        command = self._commands.get(key)
        failed = command is not None and command.status is CommandStatus.FAILED
        return _reason(command) if command is not None and failed else None

    def _run_handlers(self, command: Command) -> None:
        for name in self._sync_handlers.names_for(command.pk):
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
