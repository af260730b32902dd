"""``python -m demo <environment>``: show the workflows at work; exits 1 where a count is wrong."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console

from cli.connection import connect
from cqrs.errors import CqrsError
from demo.commands import demonstrate_commands
from stacks.environment_file import EnvironmentFileError


def demonstrate(
    environment: Annotated[str, typer.Argument(help="A deployed environment.")] = "local",
) -> None:
    """Run the use cases on a deployed environment."""
    console = Console()
    try:
        all_hold = demonstrate_commands(connect(environment), console)
    except (CqrsError, EnvironmentFileError) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        raise typer.Exit(1) from None
    if not all_hold:
        sys.stderr.write("Some counts are wrong: look at `.venv/bin/cqrs doctor`.\n")
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(demonstrate)
