"""The options that every command has, and what a command gets from them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import typer

from cli.connection import Connection, connect
from cli.output import Output


@dataclass(frozen=True)
class Session:
    """One run of the command line."""

    environment_name: str
    outputs: Path | None
    output: Output

    @cached_property
    def connection(self) -> Connection:
        """The environment that ``--env`` names."""
        return connect(self.environment_name, self.outputs)


def session_of(context: typer.Context) -> Session:
    """What the options before the command said."""
    session = context.obj
    if not isinstance(session, Session):
        raise TypeError("the command line's callback has not run")
    return session
