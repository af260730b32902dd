"""Errors of types, by mypy.

The function's code has mypy's daemon, which knows it all and looks at what has changed. The stacks
are checked by a new process with mypy's cache. The daemon of mypy 2.4 breaks at a package that is
passed over, as the provider's is.
"""

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tooling.dev.problems import Problem
from tooling.dev.sources import CODE, STACKS
from tooling.errors import ToolingError
from tooling.programs import captured

FOUND = re.compile(r"^(?P<path>[^:\n]+):(?P<line>\d+):(?P<column>\d+): error: (?P<message>.*)$")
CLEAN, WITH_ERRORS = 0, 1
IDLE_SECONDS = 3600
"""A daemon that nobody ended ends by itself after so long."""

TOLD = ("--show-column-numbers", "--no-error-summary", "--no-pretty", "--no-color-output")


class TypeChecker:
    """Checks types; as a context manager its daemon lives as long as the block.

    Parameters
    ----------
    root
        Folder of the project.
    folder
        The folder of what the daemon keeps.
    """

    def __init__(self, root: Path, folder: Path) -> None:
        self._root = root
        daemon = Path(sys.executable).with_name("dmypy")
        self._daemon = [str(daemon), "--status-file", str(folder / "dmypy.json")]

    def __enter__(self) -> "TypeChecker":
        """Begin; the first check starts the daemon."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the daemon."""
        for command in ("stop", "kill"):
            ended = subprocess.run(  # noqa: S603 - mypy of this environment
                [*self._daemon, command], cwd=self._root, capture_output=True, check=False
            )
            if ended.returncode == 0:
                return

    def of_code(self) -> list[Problem]:
        """Errors in the function's code.

        Raises
        ------
        ToolingError
            If mypy itself fails.
        """
        return self._problems(
            [*self._daemon, "run", "--timeout", str(IDLE_SECONDS), "--", *TOLD, CODE]
        )

    def of_all(self) -> list[Problem]:
        """Errors in the function's code and in the stacks.

        Raises
        ------
        ToolingError
            If mypy itself fails.
        """
        return self._problems([sys.executable, "-m", "mypy", *TOLD, CODE, STACKS])

    def _problems(self, command: Sequence[str]) -> list[Problem]:
        ended = captured(command, cwd=self._root)
        problems = sorted(
            Problem(found["path"], int(found["line"]), int(found["column"]), found["message"])
            for found in map(FOUND.match, ended.stdout.splitlines())
            if found
        )
        if ended.returncode not in (CLEAN, WITH_ERRORS) and not problems:
            message = f"mypy failed: {(ended.stderr or ended.stdout).strip()}"
            raise ToolingError(message)
        return problems
