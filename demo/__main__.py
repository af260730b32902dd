"""``python -m demo [ENVIRONMENT] [USE_CASE]``: show the workflows at work.

Without a use case it shows all of them, one after the other. ``api`` shows the same over HTTP and
WebSocket alone. It exits with 1 if a count is wrong.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console

from cli.deployed.connection import connect
from cli.terminal import screen
from cqrs import CqrsError
from demo.airport_publishing import publish_airports
from demo.airports import first_airports
from demo.approvals import ask_for_closures, count_closures, demonstrate_approvals
from demo.commands import demonstrate_commands
from demo.imports import demonstrate_imports
from demo.over_http.use_cases import demonstrate_api
from demo.run import Run
from demo.tasks import demonstrate_tasks
from stacks.environment_files import EnvironmentFileError

AIRPORTS = 200


class UseCase(StrEnum):
    """The use cases that can be shown."""

    COMMANDS = "commands"
    TASKS = "tasks"
    IMPORTS = "imports"
    APPROVALS = "approvals"
    API = "api"
    ALL = "all"


def demonstrate(
    environment: Annotated[str, typer.Argument(help="A deployed environment.")] = "local",
    use_case: Annotated[UseCase, typer.Argument(help="What to show.")] = UseCase.ALL,
) -> None:
    """Run the use cases on a deployed environment."""
    screen.prepare()
    console = screen.results()
    try:
        run = Run.start(connect(environment), first_airports(AIRPORTS))
        all_hold = _demonstrate(use_case, run, console)
    except (CqrsError, EnvironmentFileError) as error:
        screen.write_error(type(error).__name__, str(error))
        raise typer.Exit(1) from None
    console.print(
        f"In the browser: make console TENANT={run.tenant}, then http://localhost:3000",
        soft_wrap=True,
    )
    if not all_hold:
        screen.tell("Some counts are wrong: look at `.venv/bin/cqrs doctor`.")
        raise typer.Exit(1)


def _demonstrate(use_case: UseCase, run: Run, console: Console) -> bool:
    if use_case is UseCase.COMMANDS:
        return demonstrate_commands(run, console)
    if use_case is UseCase.TASKS:
        publish_airports(run, console)
        return demonstrate_tasks(run, console)
    if use_case is UseCase.IMPORTS:
        return demonstrate_imports(run, console)
    if use_case is UseCase.APPROVALS:
        return demonstrate_approvals(run, console)
    if use_case is UseCase.API:
        return demonstrate_api(run, console)
    # One request expires while the others are shown. Tasks work on the airports of the commands.
    asked = ask_for_closures(run, console)
    # Each is shown even if one before went wrong.
    return all(
        [
            demonstrate_commands(run, console),
            demonstrate_tasks(run, console),
            demonstrate_imports(run, console),
            count_closures(asked, console),
        ]
    )


if __name__ == "__main__":
    typer.run(demonstrate)
