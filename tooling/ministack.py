"""Start and stop MiniStack, the emulator that needs no Docker."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tooling.child_environment import without_aws_access
from tooling.errors import ToolingError
from tooling.paths import MINISTACK_PYTHON
from tooling.server_process import (
    HOST,
    READY_WITHIN_SECONDS,
    ServerProcess,
    answers,
    free_port,
    require_free,
)

_SETTINGS = {
    "BIND_HOST": HOST,
    "LOG_LEVEL": "WARNING",
    # Each concurrent call of a function is a Python process of some 70 MB.
    "LAMBDA_ACCOUNT_CONCURRENCY": "50",
    # The container services are not used, and looking for Docker slows the start down.
    "DOCKER_HOST": "unix:///nonexistent",
}


# A burst of connections needs more files than the 256 or 1,024 that a shell may have open.
_WITH_ALL_FILES = ("sh", "-c", 'ulimit -n "$(ulimit -Hn)" 2>/dev/null; exec "$@"', "sh")

_WHOLE_ANSWERS = Path(__file__).with_name("emulator_app") / "whole_answers.py"

_KEPT_ALIVE_SECONDS = 86_400
"""Longer than any client keeps an idle connection; Terraform's provider closes its own after 90 s.
MiniStack's own 75 s are fewer: a request on a connection that it is about to close is sometimes
carried out and not answered. The provider then repeats it, and learns that the thing exists."""

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
        self._process: ServerProcess | None = None

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
            self.port = free_port()
        else:
            require_free(
                self.port,
                "stop that, or choose another port, "
                f"such as make up EMULATOR_PORT={self.port + 1}.",
            )
        self._process = self._launch()
        try:
            self._require_ready(self._process)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop it together with the functions it runs; does nothing when it does not run."""
        if self._process is not None:
            self._process.stop()
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

    def _launch(self) -> ServerProcess:
        if not MINISTACK_PYTHON.exists():
            message = "The emulator is not installed in this clone: run make setup."
            raise ToolingError(message)
        temporary = self._log.parent / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        environment = {**without_aws_access(os.environ), **_SETTINGS, **self._settings}
        environment |= {"GATEWAY_PORT": str(self.port), "TMPDIR": str(temporary)}
        return ServerProcess(
            [
                *_WITH_ALL_FILES,
                *(str(MINISTACK_PYTHON), "-m", "hypercorn", f"{_WHOLE_ANSWERS}:app"),
                *("--bind", f"{HOST}:{self.port}"),
                *("--workers", "0"),
                *("--keep-alive", str(_KEPT_ALIVE_SECONDS)),
                *("--log-level", environment["LOG_LEVEL"]),
            ],
            environment,
            self._log,
            self._inherited_files,
        )

    def _require_ready(self, process: ServerProcess) -> None:
        if not process.is_up_within(READY_WITHIN_SECONDS, lambda: is_healthy(self.endpoint_url)):
            message = f"The emulator did not come up on port {self.port}: see {self._log}."
            raise ToolingError(message)


def is_healthy(endpoint_url: str) -> bool:
    """Tell whether a MiniStack answers at the endpoint."""
    return answers(f"{endpoint_url}/_ministack/health")
