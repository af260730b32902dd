"""Lines that an operator can paste into a shell."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from cli.context import DEFAULT_ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.deployed.connection import Connection


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
