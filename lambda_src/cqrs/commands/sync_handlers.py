"""Sync handlers: they get every new version of an item."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cqrs.aws.application_code import application_code, ran
from cqrs.core.backoff import back_off
from cqrs.core.keys import item_type
from cqrs.core.log_keys import COMMAND
from cqrs.core.texts import message_of
from cqrs.errors import (
    ConfigurationError,
    PermanentError,
    SyncHandlerFailed,
    SyncHandlerRefused,
    TransientError,
)

if TYPE_CHECKING:
    from cqrs.commands.models import Command

SyncHandler = Callable[["Command"], object]
"""Takes a command and brings one read model up to its version.

It is called at least once for each version, in order. It may be called again with a version that it
has seen: ``(command.pk, command.sk, command.version)`` tells a repeat. In the Express lane a repeat
may come after a later version. An exception fails the command, after retries.
"""

Wants = Callable[[str], bool]
"""Takes a partition key, and tells whether commands of it are for a handler."""

DATA_HANDLER = "data"
"""Name of the built-in sync handler, which writes the data table."""

TRIES = 3
"""How often a handler is called that AWS fails, before it is left to whoever goes on with it."""


@dataclass(frozen=True, slots=True)
class Registration:
    """A sync handler, and whether commands of a partition are for it."""

    name: str
    handler: SyncHandler
    wants: Wants


class SyncHandlers:
    """The sync handlers of an application, besides the built-in one."""

    def __init__(self) -> None:
        self._registrations: dict[str, Registration] = {}

    def register(self, name: str, handler: SyncHandler, wanted: str | Wants | None = None) -> None:
        """Add a handler.

        Parameters
        ----------
        name
            Its name.
        handler
            The function.
        wanted
            The type of the items that it wants, or a function of a partition; all by default.

        Raises
        ------
        ConfigurationError
            If the name is taken.
        """
        if name == DATA_HANDLER or name in self._registrations:
            raise ConfigurationError(
                f"Two sync handlers are called {name!r}; rename one of them. "
                f"({DATA_HANDLER!r} is the built-in one.)"
            )
        self._registrations[name] = Registration(name, handler, _wants(wanted))

    @property
    def names(self) -> list[str]:
        """Names of all handlers, in order of registration."""
        return list(self._registrations)

    def names_for(self, pk: str) -> list[str]:
        """Names of the handlers that want a partition's commands, in order of registration."""
        return [name for name, known in self._registrations.items() if known.wants(pk)]

    def run(self, name: str, command: Command) -> None:
        """Call a handler, and at once again if AWS fails it.

        Raises
        ------
        ConfigurationError
            If no handler has that name, as when it was removed while commands were under way.
        SyncHandlerRefused
            If the handler raised a PermanentError, so another try is of no use.
        TransientError
            If AWS failed the handler every time.
        SyncHandlerFailed
            If the handler raised anything else.
        """
        for attempt in range(TRIES - 1):
            try:
                return self._run(name, command)
            except TransientError:
                back_off(attempt)
        return self._run(name, command)

    def _run(self, name: str, command: Command) -> None:
        if name not in self._registrations:
            raise ConfigurationError(
                f"No sync handler is called {name!r}; known are "
                f"{', '.join([DATA_HANDLER, *self._registrations])}. Deploy it again or retry the "
                "command, which then runs the handlers that there are."
            )
        try:
            # A publisher that applies it at once is at work on others, too.
            with application_code(f"sync handler {name}", **{COMMAND: str(command.key)}):
                ran(self._registrations[name].handler(command))
        except PermanentError as error:
            raise SyncHandlerRefused(_told(name, error)) from error
        except TransientError as error:
            raise TransientError(_told(name, error)) from error
        except Exception as error:
            raise SyncHandlerFailed(_told(name, error)) from error


def _wants(wanted: str | Wants | None) -> Wants:
    if wanted is None:
        return lambda _pk: True
    return (lambda pk: item_type(pk) == wanted) if isinstance(wanted, str) else wanted


def _told(name: str, error: Exception) -> str:
    return f"Sync handler {name}: {type(error).__name__}: {message_of(error)}"
