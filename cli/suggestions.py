"""Lines that an operator can paste into a shell."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cli.context import DEFAULT_ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.deployed.connection import Connection


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The commands for somebody who waits for work no longer.

    Attributes
    ----------
    look_again, explain
        The lines that show it later, and that tell what happened to it.
    """

    look_again: str
    explain: str


def follow_up(connection: Connection, *words: str, keys: Sequence[str]) -> FollowUp:
    """The lines that go on with work that keys name.

    Parameters
    ----------
    words
        The command that shows the work later.
    """
    look_again = command_line(connection, *words, keys=keys)
    return FollowUp(look_again, explanation(connection, keys))


def explanation(connection: Connection, keys: Sequence[str]) -> str:
    """The line that tells what happened to what keys name."""
    return command_line(connection, "explain", keys=keys)


def command_line(connection: Connection, *words: str, keys: Sequence[str] = ()) -> str:
    """A line that an operator can paste into a shell to work on the same environment.

    Parameters
    ----------
    words
        Names and options.
    keys
        Arguments that data has given, which may look like options.
    """
    name = connection.environment.name
    options = () if name == DEFAULT_ENVIRONMENT else ("--env", name)
    end_of_options = ["--"] if any(key.startswith("-") for key in keys) else []
    return shlex.join(["cqrs", *options, *words, *end_of_options, *keys])
