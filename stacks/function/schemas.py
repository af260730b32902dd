"""The schemas of the pydantic models of item types, which the function has instead of the models.

A new process imports the application. So nothing of it stays in the one that synthesises, and what
the function would import when it starts is known.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from stacks.function.errors import PackageError

PROGRAM = Path(__file__).with_name("schema_program.py")

CLEAN = ("-I", "-B", "-W", "ignore")
"""Options by which Python minds no variable of the machine, and leaves no file."""


def model_schemas(source: Path) -> bytes:
    """The file of schemas; empty if no item type has a model.

    Parameters
    ----------
    source
        Folder of the function's code.

    Raises
    ------
    PackageError
        If the application, or an item type of it, cannot be used.
    """
    run = subprocess.run(  # noqa: S603 - the running Python
        [sys.executable, *CLEAN, PROGRAM, source, *filter(None, sys.path)],
        capture_output=True,
        check=False,
    )
    if run.returncode:
        raise PackageError(run.stderr.decode(errors="replace").strip())
    return run.stdout
