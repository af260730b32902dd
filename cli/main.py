"""The command line's entry point: its commands, and what becomes of errors."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from cli import (
    approvals,
    commands,
    dead_letters,
    discards,
    doctor,
    executions,
    imports,
    repair,
    screen,
    tasks,
    whereabouts,
    workflows,
)
from cli.context import DEFAULT_ENVIRONMENT, Session, session_of
from cli.output import Output
from cqrs.errors import CqrsError
from stacks.environment import NAME_PATTERN
from stacks.environment_file import EnvironmentFileError

app = typer.Typer(
    name="cqrs",
    help="Operate command-sourced workflows on AWS, LocalStack or MiniStack.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
commands.register(app)
executions.register(app)
tasks.register(app)
imports.register(app)
approvals.register(app)
workflows.register(app)
repair.register(app)
doctor.register(app)
dead_letters.register(app)
discards.register(app)
whereabouts.register(app)

FAILED = 1
"""Exit code of a command that was refused or failed; wrong usage exits with 2."""

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


@app.callback()
def options(
    context: typer.Context,
    env: Annotated[
        str, typer.Option("--env", envvar="CQRS_ENV", help="Environment: a file in environments/.")
    ] = DEFAULT_ENVIRONMENT,
    outputs: Annotated[
        Path | None,
        typer.Option(help="File written by `terraform output -json`, instead of naming rules."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document on stdout.")
    ] = False,
) -> None:
    """Read the options that every command has."""
    session = session_of(context)
    if not re.fullmatch(NAME_PATTERN, env):
        raise typer.BadParameter(
            f"--env is {env!r}; it must be the name of a file in environments/, such as local"
        )
    session.environment_name, session.outputs = env, outputs
    session.output = Output(as_json)


def main() -> None:
    """Run the command line; the exit code is 0, 1 for refused or failed, 2 for wrong usage."""
    screen.prepare()
    try:
        code = run(sys.argv[1:])
        screen.flush()
    except BrokenPipeError:
        code = FAILED  # whoever read has seen enough, as in `cqrs executions | head -3`
        screen.discard()
    except OSError as error:
        code = FAILED
        screen.discard()
        place = error.filename or "stdout"
        Output(as_json=False).error("OSError", f"{place} cannot be used: {error.strerror}.")
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    output = Output("--json" in arguments)
    session = Session(output)
    try:
        arguments = _options_first(arguments)
        # Without its own error handling, Typer returns the code of a typer.Exit.
        code = app(arguments or ["--help"], standalone_mode=False, obj=session) or 0
    except TyperException as error:
        output.error("Usage", f"{error.format_message()} (see --help)")
        return error.exit_code
    except (CqrsError, EnvironmentFileError) as error:
        output.error(type(error).__name__, f"{error}{session.hint(error)}")
    except ClientError as error:
        output.error("AWS refused", str(error))
    except BotoCoreError as error:
        output.error("AWS was not reached", str(error))
    else:
        if code == INTERRUPTED:
            resume = f" To watch it again: {session.resume}" if session.resume else ""
            output.error("Interrupted", f"What was asked of AWS before goes on there.{resume}")
        return int(code)
    return FAILED


def _options_first(arguments: list[str]) -> list[str]:
    """Let --json, --env and --outputs stand behind the command too."""
    first: list[str] = []
    rest: list[str] = []
    remaining = iter(arguments)
    for argument in remaining:
        if argument in {"--env", "--outputs"}:
            first += [argument, _value_of(argument, next(remaining, None))]
        elif argument == "--json" or argument.startswith(("--env=", "--outputs=")):
            first.append(argument)
        else:
            rest.append(argument)
    return [*first, *rest]


def _value_of(option: str, value: str | None) -> str:
    """The argument behind an option; without one, the command would be taken for it."""
    if value is None or value.startswith("-"):
        raise typer.BadParameter(f"{option} needs a value")
    return value
