"""Keep one emulator running between commands: what `make up` starts and `make down` ends."""

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import NamedTuple

from tooling.errors import ToolingError
from tooling.ministack import ENFORCED, MiniStack, is_healthy
from tooling.paths import TOOLS
from tooling.server_process import stop_process_group

PORT_VARIABLE = "EMULATOR_PORT"
"""Names the port on which this clone's emulator is to listen."""

_PORTS = 65_536

_ANSWERS_WITHIN_SECONDS = 30.0
_PROBE_INTERVAL_SECONDS = 0.05


def chosen_port() -> int | None:
    """Return the port that somebody has chosen for this clone's emulator; None if nobody has.

    Raises
    ------
    ToolingError
        If it is none.
    """
    chosen = os.environ.get(PORT_VARIABLE)
    if not chosen:
        return None
    if not (chosen.isascii() and chosen.isdecimal() and 0 < int(chosen) < _PORTS):
        message = (
            f"EMULATOR_PORT is {chosen!r}, which is not a port number: correct it or unset it."
        )
        raise ToolingError(message)
    return int(chosen)


class _Record(NamedTuple):
    pid: int
    port: int
    endpoint_url: str


class BackgroundEmulator:
    """The emulator that outlives the command that started it.

    It holds a lock on a file in its folder for as long as it lives. So a later command can tell it
    from an unrelated program with the same process id.

    The same folder describes the deployment to it, and is forgotten with it. The emulator keeps
    everything in memory, and a Terraform state that outlived it would list resources that are gone.

    Parameters
    ----------
    folder
        Holds its lock, process id, port, log and deployment.
    """

    def __init__(self, folder: Path = TOOLS / "run") -> None:
        self._folder = folder
        self._lock = folder / "lock"
        self._record = folder / "emulator.json"
        self.log = folder / "emulator.log"
        self.work_folder = folder / "deployment"

    def endpoint_url(self) -> str | None:
        """Return its address, or nothing if it does not run."""
        with self._lock_file() as descriptor:
            if _try_lock(descriptor):
                return None
        return self._read_record().endpoint_url

    def start(self, port: int, *, any_port: bool = False) -> str:
        """Start it unless it runs already, and return its address.

        Parameters
        ----------
        port
            The port to listen on.
        any_port
            Whether one that runs on another port will do.

        Raises
        ------
        ToolingError
            If the port is taken, it runs on a port that will not do, or it does not come up or
            answer.
        """
        with self._lock_file() as descriptor:
            if _try_lock(descriptor):
                return self._launch(port, descriptor)
        record = self._read_record()
        if record.port != port and not any_port:
            message = (
                f"This clone's emulator runs on port {record.port}, and EMULATOR_PORT is {port}: "
                "unset EMULATOR_PORT to work with it. Or run make down first, which ends it with "
                "all that it holds."
            )
            raise ToolingError(message)
        if not _poll(lambda: is_healthy(record.endpoint_url)):
            message = f"The emulator does not answer (see {self.log}): run make down, then make up."
            raise ToolingError(message)
        return record.endpoint_url

    def stop(self) -> bool:
        """End it and forget what was deployed to it; return whether it ran."""
        with self._lock_file() as descriptor:
            ran = not _try_lock(descriptor)
            if ran:
                pid = self._read_record().pid
                stop_process_group(
                    pid, lambda seconds: _poll(lambda: _try_lock(descriptor), seconds)
                )
            self._forget()
        return ran

    def _launch(self, port: int, lock: int) -> str:
        self._forget()
        emulator = MiniStack(self.log, port=port, settings=ENFORCED, inherited_files=[lock]).start()
        record = _Record(emulator.pid, emulator.port, emulator.endpoint_url)
        self._record.write_text(json.dumps(record._asdict()))
        return emulator.endpoint_url

    def _forget(self) -> None:
        self._record.unlink(missing_ok=True)
        for folder in (self.work_folder, self._folder / "tmp"):
            shutil.rmtree(folder, ignore_errors=True)

    def _read_record(self) -> _Record:
        try:
            return _Record(**json.loads(self._record.read_text()))
        except (OSError, ValueError, TypeError):
            message = "Another command is starting the emulator: wait for it, then try again."
            raise ToolingError(message) from None

    @contextmanager
    def _lock_file(self) -> Iterator[int]:
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            yield descriptor
        finally:
            # Closing, unlike unlocking, leaves the lock with an emulator that inherited it.
            os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _poll(condition: Callable[[], bool], seconds: float = _ANSWERS_WITHIN_SECONDS) -> bool:
    deadline = monotonic() + seconds
    while not condition():
        if monotonic() > deadline:
            return False
        sleep(_PROBE_INTERVAL_SECONDS)
    return True
