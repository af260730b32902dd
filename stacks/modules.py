"""Importing modules that users write, and saying where one of them is broken."""

from __future__ import annotations

import importlib
import traceback
from pathlib import Path

from stacks.state_machines.asl import DefinitionError

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = "site-packages"
GENERATED = "<"
"""Begins the file names of frames that have no file, such as those of the import system."""


class BrokenModuleError(Exception):
    """A module cannot be imported; the message says which, where and why."""


def import_module(name: str) -> None:
    """Import a module.

    Raises
    ------
    BrokenModuleError
        It, or a module that it imports, cannot be imported.
    DefinitionError
        It defines what cannot be.
    """
    try:
        importlib.import_module(name)
    except DefinitionError:
        raise
    except Exception as error:
        message = (
            f"{name} cannot be imported: {_place(error)}: {_reason(error)} - correct that first."
        )
        raise BrokenModuleError(message) from error


def _place(error: Exception) -> str:
    """File and line of what is broken: the project's own rather than a library's."""
    if isinstance(error, SyntaxError) and error.filename:
        return _told(error.filename, error.lineno)
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith(GENERATED) and frame.filename != __file__
    ]
    own = [frame for frame in frames if PACKAGES not in frame.filename]
    if not frames:
        return "it has no such module"
    last = (own or frames)[-1]
    return _told(last.filename, last.lineno)


def _told(file: str, line: int | None) -> str:
    path = Path(file)
    shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    return f"{shown}, line {line}"


def _reason(error: Exception) -> str:
    # A syntax error tells its place once more otherwise.
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{type(error).__name__}: {text}"
