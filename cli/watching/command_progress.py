"""Waiting for a command's end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.watching.live_line import live_line
from cli.watching.looks import looks
from cqrs.commands.models import Command, CommandStatus
from cqrs.errors import TransientError

if TYPE_CHECKING:
    from rich.console import Console

    from cli.suggestions import FollowUp
    from cqrs.core.keys import CommandKey
    from cqrs.services import Services


def wait_for_command(
    services: Services,
    key: CommandKey,
    console: Console,
    later: FollowUp,
    seconds: float | None = None,
) -> Command | None:
    """Wait until a command is applied or has failed.

    Parameters
    ----------
    console
        Shows how it does.
    later
        The commands for whoever waits no longer.
    seconds
        How long at most; without an end by default.

    Returns
    -------
    Command or None
        None if it is applied, and has expired.

    Raises
    ------
    TransientError
        If it is still under way when the time is over.
    """
    with live_line(console, key) as tell:
        for command in looks(lambda: services.commands.get(key), _is_over, seconds):
            if command is not None and not console.quiet:
                tell(f"{command.status.value}{_place(services, command)}")
    if command is None or _is_over(command):
        return command
    raise TransientError(
        f"{key} is still under way after {seconds or 0:g} s{_place(services, command)}; look at "
        f"it with `{later.look_again}`. `{later.explain}` tells what it has come to."
    )


def _place(services: Services, command: Command) -> str:
    behind = services.command_starter.left_to(command)
    return "" if behind is None else f" and waits behind {behind}"


def _is_over(command: Command | None) -> bool:
    # A command that expires is over (`set_ttl_command`), and its waiter has seen that it was there.
    return command is None or command.status is not CommandStatus.PUBLISHED
