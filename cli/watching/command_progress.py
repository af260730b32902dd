"""Waiting for a command's end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.watching.looks import looks
from cqrs.commands.models import Command, CommandStatus
from cqrs.errors import TransientError

if TYPE_CHECKING:
    from cqrs.core.keys import CommandKey
    from cqrs.services import Services


def wait_for_command(
    services: Services, key: CommandKey, seconds: float, look_again: str
) -> Command:
    """Wait until a command is applied or has failed; ``look_again`` shows it later.

    Raises
    ------
    TransientError
        If it is still under way when the time is over.
    """
    command = None
    for command in looks(lambda: services.commands.get(key), _is_over, seconds):
        if command is not None and _is_over(command):
            return command
    behind = None if command is None else services.command_starter.left_to(command)
    place = "" if behind is None else f" and waits behind {behind}"
    raise TransientError(
        f"{key} is still under way after {seconds:g} s{place}; look at it with `{look_again}`."
    )


def _is_over(command: Command | None) -> bool:
    return command is not None and command.status is not CommandStatus.PUBLISHED
