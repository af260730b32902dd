"""The command line: its commands, and what becomes of errors."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from cli.commands_on_demand import PLAIN, CommandsOnDemand
from cli.context import DEFAULT_ENVIRONMENT, Session, session_of
from cli.shells import prepare_answer
from cli.terminal import screen
from cli.terminal.interruption import ctrl_c
from cli.terminal.last_words import (
    END_OF_OPTIONS,
    GOES_ON,
    INTERRUPTED,
    JSON,
    JSON_LINES,
    NAME,
    NOTHING_CHANGED,
    asks_for_json,
    asks_for_lines,
)
from cli.terminal.output import Output
from cli.usage_errors import usage_message
from cqrs import __version__
from cqrs.core.reading import UNREADABLE
from cqrs.core.texts import message_of
from cqrs.errors import CqrsError
from stacks.environment_files import NAME_PATTERN, EnvironmentFileError, names

app = typer.Typer(
    name="cqrs",
    help="Operate command-sourced workflows on AWS, LocalStack or MiniStack.",
    no_args_is_help=True,
    cls=CommandsOnDemand,
    rich_markup_mode=PLAIN,
    add_completion=False,
    pretty_exceptions_enable=False,
)

FAILED = 1
"""Exit code of a command that was refused or failed; wrong usage exits with 2."""

TRACEBACK = "CQRS_TRACEBACK"
UNEXPECTED = (
    "The command line did not expect this: something other than the services may have written what "
    f"it read, or it has a fault of its own. With {TRACEBACK}=1 it shows where that was."
)
"""Said of what should have been found out earlier, and told in words of its own."""


def _environments(incomplete: str) -> list[str]:
    return [name for name in names() if name.startswith(incomplete)]


def _show_version(context: typer.Context, *, is_wanted: bool) -> None:
    if not is_wanted:
        return
    output = session_of(context).output
    if output.as_json:
        output.document({"version": __version__})
    output.note(f"cqrs {__version__}")
    raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    env: Annotated[
        str,
        typer.Option(
            "--env",
            envvar="CQRS_ENV",
            help="Environment: a file in environments/.",
            autocompletion=_environments,
        ),
    ] = DEFAULT_ENVIRONMENT,
    outputs: Annotated[
        Path | None,
        typer.Option(help="File written by `terraform output -json`, instead of naming rules."),
    ] = None,
    as_json: Annotated[bool, typer.Option(JSON, help="Print one JSON document on stdout.")] = False,
    as_lines: Annotated[
        bool, typer.Option(JSON_LINES, help="Print a line of JSON for each entry of a list.")
    ] = False,
    version: Annotated[  # noqa: ARG001 - its callback does it
        bool,
        typer.Option(
            "--version", help="Print the version and exit.", is_eager=True, callback=_show_version
        ),
    ] = False,
) -> None:
    """Read the options that every command has."""
    session = session_of(context)
    if not re.fullmatch(NAME_PATTERN, env):
        raise typer.BadParameter(
            f"--env is {env!r}; it must be the name of a file in environments/, such as local"
        )
    session.environment_name, session.outputs = env, outputs
    session.output = Output(as_json or as_lines, as_lines)


def run_and_write_out(arguments: list[str]) -> int:
    """Run one command as a process does; its exit code."""
    screen.prepare()
    try:
        code = run(arguments)
        screen.flush()
    except BrokenPipeError:
        code = FAILED  # whoever read has seen enough, as in `cqrs executions | head -3`
        screen.discard()
    except OSError as error:
        code = FAILED
        screen.discard()
        place = error.filename or "stdout"
        Output(as_json=False).error("OSError", f"{place} cannot be used: {error.strerror}.")
    return code


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    output = Output(asks_for_json(arguments), asks_for_lines(arguments))
    session = Session(output)
    try:
        with ctrl_c.raised():
            code = _run(arguments, session)
    except KeyboardInterrupt:
        code = INTERRUPTED
    if code == INTERRUPTED and not session.goes_on_until_ctrl_c:
        resume = f" To watch it again: {session.resume}" if session.resume else ""
        told = NOTHING_CHANGED if session.only_reads else GOES_ON
        output.error(NAME, f"{told}{resume}")
    return code


def _run(arguments: list[str], session: Session) -> int:
    output = session.output
    try:
        arguments = _options_first(arguments)
        prepare_answer()
        # Without its own error handling, Typer returns the code of a typer.Exit, and that of
        # Ctrl-C.
        return int(app(arguments or ["--help"], standalone_mode=False, obj=session) or 0)
    except TyperException as error:
        output.error("Usage", f"{usage_message(error)} (see --help)")
        return error.exit_code
    except (CqrsError, EnvironmentFileError) as error:
        output.error(type(error).__name__, f"{error}{session.hint(error)}")
    except Exception as error:
        told = _told(error)
        if told is None:
            raise
        output.error(*told)
    return FAILED


def _told(error: Exception) -> tuple[str, str] | None:
    """The name and the message of an error of AWS, or of what is not what it should be."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - most has none

    if isinstance(error, ClientError):
        return "AWS refused", str(error)
    if isinstance(error, BotoCoreError):
        return "AWS was not reached", str(error)
    if isinstance(error, UNREADABLE) and TRACEBACK not in os.environ:
        return type(error).__name__, f"{message_of(error)}. {UNEXPECTED}"
    return None


def _options_first(arguments: list[str]) -> list[str]:
    """Let the options of every command stand behind its name too, up to a ``--``."""
    first: list[str] = []
    rest: list[str] = []
    remaining = iter(arguments)
    for argument in remaining:
        if argument in {"--env", "--outputs"}:
            first += [argument, _value_of(argument, next(remaining, None))]
        elif argument in {JSON, JSON_LINES} or argument.startswith(("--env=", "--outputs=")):
            first.append(argument)
        else:
            rest.append(argument)
        if argument == END_OF_OPTIONS:
            rest += remaining
    return [*first, *rest]


def _value_of(option: str, value: str | None) -> str:
    """The argument behind an option; without one, the command would be taken for it."""
    if value is None or value.startswith("-"):
        raise typer.BadParameter(f"{option} needs a value")
    return value
