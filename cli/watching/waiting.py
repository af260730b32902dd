"""Waiting for a command's end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from cqrs.commands.models import Command, CommandStatus
from cqrs.errors import TransientError

if TYPE_CHECKING:
    from cqrs.core.keys import CommandKey
    from cqrs.services import Services

POLL_SECONDS = 0.5


def wait_for_command(services: Services, key: CommandKey, seconds: float) -> Command:
    """Wait until a command is applied or has failed.

    Raises
    ------
    TransientError
        It is still under way when the time is over.
    """
    deadline = time.monotonic() + seconds
    while True:
        command = services.commands.get(key)
        if command is not None and command.status is not CommandStatus.PUBLISHED:
            return command
        if time.monotonic() >= deadline:
            raise TransientError(
                f"{key} is still under way after {seconds:g} s; look at it with "
                f"`cqrs get-command '{key.pk}' '{key.sk}'`."
            )
        time.sleep(POLL_SECONDS)
