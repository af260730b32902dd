"""A server that runs as a process of its own, as long as it is needed."""

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

from tooling.errors import ToolingError

HOST = "127.0.0.1"
READY_WITHIN_SECONDS = 60.0
STOPPED_WITHIN_SECONDS = 10.0
_PROBE_INTERVAL_SECONDS = 0.05


class ServerProcess:
    """A process, its process group, and the file that takes its output.

    Parameters
    ----------
    command
        The program and its arguments.
    environment
        The variables that it runs under.
    log
        The file that takes its output. Its folder is the one that it runs in.
    inherited_files
        Descriptors that stay open in it for as long as it lives.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        inherited_files: Sequence[int] = (),
    ) -> None:
        with log.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603 - the caller's choice
                command,
                env=environment,
                cwd=log.parent,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=tuple(inherited_files),
                # A group of its own, so that Ctrl-C at a terminal does not reach it and so that
                # the functions it runs end with it.
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process id, which is also the id of its process group."""
        return self._process.pid

    def is_up_within(self, seconds: float, is_ready: Callable[[], bool]) -> bool:
        """Wait until it is ready; False if it ended before, or took longer."""
        deadline = monotonic() + seconds
        while not is_ready():
            if self._has_ended_within(_PROBE_INTERVAL_SECONDS) or monotonic() > deadline:
                return False
        return True

    def stop(self) -> None:
        """End it together with what it started."""
        stop_process_group(self.pid, self._has_ended_within)
        self._process.wait()

    def _has_ended_within(self, seconds: float) -> bool:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=seconds)
            return True
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
    wait_for_leader(STOPPED_WITHIN_SECONDS)
    # Also ends functions that outlived the leader.
    _signal_group(group, signal.SIGKILL)


def answers(url: str) -> bool:
    """Tell whether a server answers with success at a URL, past all proxies."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=2) as response:
            return bool(response.status == 200)  # noqa: PLR2004 - HTTP's own word for yes
    except (urllib.error.URLError, OSError):
        return False


def require_free(port: int, advice: str) -> None:
    """Refuse a port on which another program listens.

    Raises
    ------
    ToolingError
        If one does; it ends with the advice.
    """
    with socket.socket() as probe:
        is_taken = probe.connect_ex((HOST, port)) == 0
    if is_taken:
        message = f"Port {port} is in use by another program: {advice}"
        raise ToolingError(message)


def free_port() -> int:
    """Return a port of the loopback interface on which nothing listens."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _signal_group(group: int, number: signal.Signals) -> None:
    # macOS answers EPERM for a group of which only dead processes are left.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
