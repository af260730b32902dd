"""The options that every command has, and what a command gets from them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cli.terminal.output import Output
from cqrs.errors import Unreachable

if TYPE_CHECKING:
    from cli.deployed.connection import Connection

DEFAULT_ENVIRONMENT = "local"


@dataclass
class Session:
    """One run of the command line; the options before the command fill it in.

    Attributes
    ----------
    output
        The output of results and errors.
    environment_name
        The environment that ``--env`` names.
    outputs
        The file that ``--outputs`` names.
    resume
        Command that goes on with what this one watches; empty if it watches nothing.
    only_reads
        Whether it asks AWS to change nothing.
    goes_on_until_ctrl_c
        Whether Ctrl-C is the end that it is meant to have, of which nothing is to be told.
    """

    output: Output
    environment_name: str = DEFAULT_ENVIRONMENT
    outputs: Path | None = None
    resume: str = ""
    only_reads: bool = False
    goes_on_until_ctrl_c: bool = False

    @cached_property
    def connection(self) -> Connection:
        """The environment that ``--env`` names."""
        # Most of what the help costs would be what reaching an environment imports.
        from cli.deployed.connection import connect  # noqa: PLC0415

        return connect(self.environment_name, self.outputs)

    @cached_property
    def own_connection(self) -> Connection:
        """The same, with what the application declares for itself; that takes a moment more."""
        return self.connection.with_own_resources()

    def hint(self, error: Exception) -> str:
        """Advice to an operator about an error, beyond what it says itself."""
        if isinstance(error, Unreachable) and self.connection.environment.endpoint:
            missing = self.connection.missing_emulator
            return f" {missing}" if missing else " Is the emulator up? `make up` starts it."
        return ""


def session_of(context: typer.Context) -> Session:
    """The session of the options before the command."""
    session = context.obj
    if not isinstance(session, Session):
        raise TypeError("a command was called without its command line")
    return session
