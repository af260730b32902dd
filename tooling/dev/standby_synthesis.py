"""A synthesis that stands by, so that only the stacks' own code is imported after a change."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tooling.errors import ToolingError
from tooling.paths import ROOT

PROGRAM = (sys.executable, "-m", "tooling.dev.synthesis_program")
IMPORTED_BEFORE = frozenset({"stacks/__init__.py", "stacks/bindings.py"})
"""Files of the project that a process has imported when it stands by."""


class StandbySynthesis:
    """Processes of which each writes the stack's configuration once.

    As a context manager it leaves none behind.

    Parameters
    ----------
    output
        The folder that the configuration is written to.
    variables
        The variables that a synthesis runs under.
    """

    def __init__(self, output: Path, variables: Mapping[str, str]) -> None:
        self._variables = {**variables, "CDKTF_OUTDIR": str(output)}
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def stand_by(self) -> None:
        """Begin a process for the next change, if there is none."""
        if self._process is None:
            self._process = self._begun()

    def synthesise(self, changed: Sequence[str]) -> None:
        """Write the stack's configuration.

        Parameters
        ----------
        changed
            Paths of the sources that differ from what is live.

        Raises
        ------
        ToolingError
            If a file, a definition or code is refused.
        """
        if not IMPORTED_BEFORE.isdisjoint(changed):
            self._end()
        process, self._process = self._process or self._begun(), None
        _, errors = process.communicate("go\n")
        if process.returncode:
            message = errors.strip() or f"main.py ended with exit code {process.returncode}."
            raise ToolingError(message)

    def _begun(self) -> subprocess.Popen[str]:
        return subprocess.Popen(  # noqa: S603 - the project's own program
            PROGRAM,
            cwd=ROOT,
            env=self._variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            # Ctrl-C reaches the session, which ends it.
            start_new_session=True,
        )

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
