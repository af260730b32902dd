"""Start and stop MiniStack, the emulator that needs no Docker."""

import contextlib
import os
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Self

from tooling.child_environment import without_aws_access
from tooling.errors import ToolingError
from tooling.paths import MINISTACK_PYTHON

HOST = "127.0.0.1"
_READY_WITHIN_SECONDS = 60.0
_STOPPED_WITHIN_SECONDS = 10.0
_PROBE_INTERVAL_SECONDS = 0.05

_SETTINGS = {
    "BIND_HOST": HOST,
    "LOG_LEVEL": "WARNING",
    # Each concurrent call of a function is a Python process of some 70 MB.
    "LAMBDA_ACCOUNT_CONCURRENCY": "50",
    # The container services are not used, and looking for Docker slows the start down.
    "DOCKER_HOST": "unix:///nonexistent",
}


ENFORCED = {"AUTH": "true"}
"""Lets MiniStack refuse what permissions do not allow, as AWS does. Somebody with the key of the
root user may do all."""


class MiniStack:
    """One MiniStack process; as a context manager it lives as long as the block.

    Parameters
    ----------
    log
        The file that takes the emulator's output. Its folder also takes the emulator's temporary
        files.
    port
        The port to listen on, on the loopback interface only; 0 takes a free one.
    settings
        MiniStack settings beyond, or instead of, the usual ones, such as ``{"AUTH": "true"}``.
    inherited_files
        Descriptors that stay open in the emulator for as long as it lives.

    Attributes
    ----------
    port
        The port that it listens on.
    """

    def __init__(
        self,
        log: Path,
        *,
        port: int = 0,
        settings: Mapping[str, str] | None = None,
        inherited_files: Sequence[int] = (),
    ) -> None:
        self.port = port
        self._log = log
        self._settings = settings or {}
        self._inherited_files = inherited_files
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint_url(self) -> str:
        """Its address."""
        return f"http://{HOST}:{self.port}"

    @property
    def pid(self) -> int:
        """The process id, which is also the id of its process group."""
        if self._process is None:
            message = "The emulator has not been started."
            raise RuntimeError(message)
        return self._process.pid

    def start(self) -> Self:
        """Start it and return when it answers.

        Raises
        ------
        ToolingError
            If the port is taken, or the emulator does not come up.
        """
        if self.port == 0:
            self.port = _free_port()
        elif _is_port_taken(self.port):
            raise ToolingError(_port_taken_message(self.port))
        self._process = self._launch()
        try:
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop it together with the functions it runs; does nothing when it does not run."""
        if self._process is not None:
            stop_process_group(self._process.pid, self._wait_until_ended)
            self._process.wait()
            self._process = None

    def __enter__(self) -> Self:
        """Start it."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop it."""
        self.stop()

    def _launch(self) -> subprocess.Popen[bytes]:
        if not MINISTACK_PYTHON.exists():
            message = "The emulator is not installed in this clone: run make setup."
            raise ToolingError(message)
        temporary = self._log.parent / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        environment = {**without_aws_access(os.environ), **_SETTINGS, **self._settings}
        environment |= {"GATEWAY_PORT": str(self.port), "TMPDIR": str(temporary)}
        with self._log.open("wb") as output:
            return subprocess.Popen(  # noqa: S603 - the interpreter that set-up installed
                [str(MINISTACK_PYTHON), "-m", "ministack"],
                env=environment,
                cwd=self._log.parent,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=tuple(self._inherited_files),
                # A group of its own, so that Ctrl-C at a terminal does not reach it and so that
                # the functions it runs end with it.
                start_new_session=True,
            )

    def _wait_until_ready(self) -> None:
        deadline = monotonic() + _READY_WITHIN_SECONDS
        while not is_healthy(self.endpoint_url):
            if self._wait_until_ended(_PROBE_INTERVAL_SECONDS) or monotonic() > deadline:
                message = f"The emulator did not come up on port {self.port}: see {self._log}."
                raise ToolingError(message)

    def _wait_until_ended(self, seconds: float) -> bool:
        if self._process is None:
            return True
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=seconds)
            return True
        return False


def is_healthy(endpoint_url: str) -> bool:
    """Tell whether a MiniStack answers at the endpoint."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"{endpoint_url}/_ministack/health", timeout=2) as response:
            return bool(response.status == 200)  # noqa: PLR2004 - HTTP's own word for yes
    except (urllib.error.URLError, OSError):
        return False


def stop_process_group(group: int, wait_for_leader: Callable[[float], object]) -> None:
    """End every process of a group, by force if asking did not help.

    Parameters
    ----------
    group
        The process group, which is the process id of its leader.
    wait_for_leader
        Returns when the leader has ended, or after the given number of seconds.
    """
    _signal_group(group, signal.SIGTERM)
    wait_for_leader(_STOPPED_WITHIN_SECONDS)
    # Also ends functions that outlived the leader.
    _signal_group(group, signal.SIGKILL)


def _signal_group(group: int, number: signal.Signals) -> None:
    # macOS answers EPERM for a group of which only dead processes are left.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _is_port_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def _port_taken_message(port: int) -> str:
    return (
        f"Port {port} is in use by another program: stop that, or choose another port, "
        f"such as make up EMULATOR_PORT={port + 1}."
    )
