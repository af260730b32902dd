"""Importing modules that users write, and naming the place at which one of them is broken."""

from __future__ import annotations

import importlib
import traceback
from contextlib import suppress
from functools import cache
from pathlib import Path

from stacks.asl import DefinitionError

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "stacks" / "app"
PACKAGES = "site-packages"
GENERATED = "<"
"""Begins the file names of frames that have no file, such as those of the import system."""


class BrokenModuleError(Exception):
    """A module cannot be imported; the message says which, where and why."""


def application_modules() -> list[str]:
    """Names of all modules of ``stacks/app``, in alphabetical order."""
    files = [file.relative_to(ROOT) for file in FOLDER.rglob("*.py")]
    return sorted(".".join(file.with_suffix("").parts).removesuffix(".__init__") for file in files)


def import_application() -> None:
    """Import all of ``stacks/app``, so that it is known what that declares.

    Raises
    ------
    BrokenModuleError
        If a module of it, or one that it imports, cannot be imported.
    DefinitionError
        If a module declares what cannot be.
    """
    for name in application_modules():
        import_module(name)


@cache
def import_what_can_be() -> None:
    """Import the modules of ``stacks/app`` that can be imported, and pass over the others."""
    for name in application_modules():
        with suppress(Exception, SystemExit):
            import_module(name)


def import_module(name: str) -> None:
    """Import a module.

    Raises
    ------
    BrokenModuleError
        If it, or a module that it imports, cannot be imported.
    DefinitionError
        If it defines what cannot be.
    """
    try:
        importlib.import_module(name)
    except DefinitionError:
        raise
    except (Exception, SystemExit) as error:
        message = (
            f"{name} cannot be imported: {_place(error)}: {_reason(error)} - correct that first."
        )
        raise BrokenModuleError(message) from error


def _place(error: BaseException) -> str:
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


def _reason(error: BaseException) -> str:
    # A syntax error would tell its place twice otherwise.
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{type(error).__name__}: {text}"
