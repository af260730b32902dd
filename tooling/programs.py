"""Run other programs in the open, and say in one sentence that they failed."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tooling.errors import ToolingError
from tooling.paths import ROOT


def run(command: Sequence[str], environment: Mapping[str, str], folder: Path = ROOT) -> None:
    """Run a program that speaks for itself.

    Raises
    ------
    ToolingError
        If it fails; what went wrong is then already on the screen.
    """
    try:
        subprocess.run(command, cwd=folder, env=environment, check=True)  # noqa: S603
    except subprocess.CalledProcessError as error:
        words = " ".join([Path(command[0]).name, *command[1:3]])
        message = f"`{words}` failed with exit code {error.returncode}: see its output above."
        raise ToolingError(message) from None
