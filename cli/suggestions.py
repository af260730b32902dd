"""Lines that an operator can paste into a shell."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from cli.context import DEFAULT_ENVIRONMENT

if TYPE_CHECKING:
    from cli.deployed.connection import Connection


def command_line(connection: Connection, *words: str) -> str:
    """A line that an operator can paste into a shell to work on the same environment."""
    name = connection.environment.name
    options = () if name == DEFAULT_ENVIRONMENT else ("--env", name)
    return shlex.join(["cqrs", *options, *words])
