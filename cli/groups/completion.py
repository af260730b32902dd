"""Completion of words in a shell."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.context import session_of
from cli.shells import Shell, install, script_of


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(completion)


def completion(
    context: typer.Context,
    shell: Annotated[
        Shell, typer.Argument(metavar="SHELL", help="bash, zsh or fish.", show_default=False)
    ],
    kept: Annotated[
        bool, typer.Option("--install", help="Keep it for later shells, in the shell's own files.")
    ] = False,
) -> None:
    """Print the script that has a shell complete commands, options and environments."""
    output = session_of(context).output
    if kept:
        path = install(shell)
        output.record({"shell": shell.value, "file": str(path)})
        output.note("It works in shells that begin from now on.")
    elif output.as_json:
        output.document({"shell": shell.value, "script": script_of(shell)})
    else:
        output.file([f"{script_of(shell)}\n".encode()])
