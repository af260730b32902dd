"""Run other programs, say in one sentence that they failed, and let them end before this one."""

import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from tooling.errors import ToolingError
from tooling.paths import ROOT

_QUOTED_LINES = 20

ENDS_WITHIN_SECONDS = 60.0
"""Time for a program that was interrupted, in which it ends what it started itself."""


class Terminated(SystemExit):
    """Somebody has asked this process to end, as CI does with a job that is cancelled."""


def end_in_order_when_terminated() -> None:
    """Let a signal end this process as an exception does, so that it ends what it started.

    It is SIGTERM, or SIGHUP, which a terminal sends that is closed. ``nohup`` keeps the latter off.
    """

    def end(number: int, _frame: FrameType | None) -> NoReturn:
        raise Terminated(128 + number)

    signal.signal(signal.SIGTERM, end)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, end)


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
            process = subprocess.Popen(  # noqa: S603 - the caller's choice
                command,
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT if log else None,
            )
    except FileNotFoundError:
        message = f"There is no program {command[0]!r} on PATH: install it or correct its name."
        raise ToolingError(message) from None
    with _ended(process):
        code = process.wait()
    if code:
        words = " ".join([Path(command[0]).name, *command[1:3]])
        message = f"`{words}` failed with exit code {code}: see {_where(log)}"
        raise ToolingError(message)


def captured(
    command: Sequence[str],
    *,
    cwd: Path = ROOT,
    environment: Mapping[str, str] | None = None,
    content: str | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a program that ends by itself, and return its exit code and what it printed.

    Parameters
    ----------
    command
        The program and its arguments.
    cwd
        The folder that it runs in.
    environment
        The variables that it runs under, if not this process's own.
    content
        The text that it reads from standard input; nothing by default.
    """
    process = subprocess.Popen(  # noqa: S603 - the caller's choice
        command,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL if content is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with _ended(process):
        output, errors = process.communicate(content)
    return subprocess.CompletedProcess(command, process.returncode, output, errors)


@contextmanager
def _ended(process: subprocess.Popen[Any]) -> Iterator[None]:
    """Leave no process behind, whatever ends the block."""
    try:
        yield
    except Terminated:
        process.send_signal(signal.SIGINT)
        _wait_for(process)
        raise
    except KeyboardInterrupt:
        # The terminal has interrupted the program as well. A second time would break its end off.
        _wait_for(process)
        raise
    finally:
        process.kill()
        process.wait()


def _wait_for(process: subprocess.Popen[Any]) -> None:
    with suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
        process.wait(ENDS_WITHIN_SECONDS)


def _where(log: Path | None) -> str:
    if log is None:
        return "its output above."
    last_lines = log.read_text(errors="replace").splitlines()[-_QUOTED_LINES:]
    return "\n".join([f"{log}, which ends:", *last_lines])
