"""The Python that compiles the function's code: one of the Lambda runtime's version."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from stacks.function.errors import PackageError
from stacks.function.runtime import MAGIC_NUMBER, PYTHON

if TYPE_CHECKING:
    from collections.abc import Iterator

OWN_UV = Path(__file__).resolve().parents[2] / ".tools" / "uv" / "bin" / "uv"
"""The one that ``make setup`` installs if there is none on PATH."""

PROBE = "import importlib.util; print(importlib.util.MAGIC_NUMBER.hex())"
PROBE_SECONDS = 30


def find_interpreter() -> Path:
    """Find a Python of the runtime's version.

    It may be the running one, on PATH, or an installation of pyenv or uv, which keep theirs off
    PATH.

    Raises
    ------
    PackageError
        If there is none.
    """
    for candidate in _candidates():
        if _said([str(candidate), "-I", "-c", PROBE]) == MAGIC_NUMBER.hex():
            return candidate
    raise PackageError(
        f"Python {PYTHON} is needed beside Python {sys.version_info.major}."
        f"{sys.version_info.minor}, to compile the function's code for AWS: run "
        f"`{_uv() or 'uv'} python install {PYTHON}`, or install it from "
        "https://www.python.org/downloads/ or with pyenv."
    )


def _candidates() -> Iterator[Path]:
    yield Path(sys.executable)
    on_path = shutil.which(f"python{PYTHON}")
    if on_path:
        yield Path(on_path)
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(pyenv.glob(f"versions/{PYTHON}*/bin/python{PYTHON}"))
    uv = _uv()
    managed = (
        _said([uv, "python", "find", "--no-project", "--managed-python", PYTHON]) if uv else ""
    )
    if managed:
        yield Path(managed)


def _uv() -> str | None:
    return shutil.which("uv") or shutil.which(OWN_UV)


def _said(command: list[str]) -> str:
    """Output of a program; nothing if it fails, as pyenv's stand-ins for other versions do."""
    try:
        run = subprocess.run(  # noqa: S603 - a Python or uv of this machine
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            text=True,
            timeout=PROBE_SECONDS,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return run.stdout.strip()
