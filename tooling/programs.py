"""Run other programs, and say in one sentence that they failed."""

import subprocess
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

from tooling.errors import ToolingError
from tooling.paths import ROOT

_QUOTED_LINES = 20


def run(command: Sequence[str], environment: Mapping[str, str], log: Path | None = None) -> None:
    """Run a program in the project's folder.

    Parameters
    ----------
    command
        The program and its arguments.
    environment
        The variables that it runs under.
    log
        The file that takes what it prints, if not the screen.

    Raises
    ------
    ToolingError
        If it is missing or fails. The message ends with the last lines of the log, if there is one.
    """
    try:
        with log.open("wb") if log else nullcontext() as output:
            subprocess.run(  # noqa: S603 - the caller's choice
                command,
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT if log else None,
                check=True,
            )
    except FileNotFoundError:
        message = f"There is no program {command[0]!r} on PATH: install it or correct its name."
        raise ToolingError(message) from None
    except subprocess.CalledProcessError as error:
        words = " ".join([Path(command[0]).name, *command[1:3]])
        message = f"`{words}` failed with exit code {error.returncode}: see {_where(log)}"
        raise ToolingError(message) from None


def _where(log: Path | None) -> str:
    if log is None:
        return "its output above."
    last_lines = log.read_text(errors="replace").splitlines()[-_QUOTED_LINES:]
    return "\n".join([f"{log}, which ends:", *last_lines])
