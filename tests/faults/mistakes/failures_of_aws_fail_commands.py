"""A sync handler that AWS fails counts as one that refuses its command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.commands.sync_handlers import SyncHandlers
from cqrs.errors import SyncHandlerRefused, TransientError

if TYPE_CHECKING:
    from cqrs.commands.models import Command

_run = SyncHandlers._run


def run(handlers: SyncHandlers, name: str, command: Command) -> None:
    """Call a handler."""
    try:
        _run(handlers, name, command)
    except TransientError as error:
        raise SyncHandlerRefused(str(error)) from error


SyncHandlers._run = run  # type: ignore[assignment]
