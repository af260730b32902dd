"""Writing several files, or none of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cqrs.errors import CqrsError


class NothingWritten(CqrsError):
    """A part cannot be written; all files are as they were."""


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that must not be there yet."""

    path: str
    content: str


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file that is there, or is made if it is not.

    Attributes
    ----------
    change
        Makes the new text of the old one, which is empty if there is no file. It raises
        :class:`NothingWritten` if it cannot.
    """

    path: str
    change: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Written:
    """A file with its text before, None if there was none, and after."""

    path: Path
    before: str | None
    after: str


def prepared(folder: Path, files: Sequence[NewFile | ChangedFile]) -> list[Written]:
    """Find out what is to be written, and write nothing.

    Raises
    ------
    NothingWritten
        If a new file is there already, or a change cannot be made.
    """
    there = [one.path for one in files if isinstance(one, NewFile) and _is_there(folder / one.path)]
    if there:
        verb = "is" if len(there) == 1 else "are"
        raise NothingWritten(
            f"{' and '.join(there)} {verb} there already, so nothing was written. Choose another "
            "name, or move what is there away."
        )
    return [_prepared(folder / one.path, one) for one in files]


def _is_there(path: Path) -> bool:
    # A package takes the place of a module of its name.
    package = path.with_suffix("")
    return path.exists() or path.is_symlink() or (package / "__init__.py").exists()


def _prepared(path: Path, file: NewFile | ChangedFile) -> Written:
    if isinstance(file, NewFile):
        return Written(path, None, file.content)
    try:
        before = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Written(path, None, file.change(""))
    except (OSError, UnicodeDecodeError) as error:
        raise NothingWritten(f"{file.path} cannot be read: {error}.") from None
    return Written(path, before, file.change(before))


def write(files: Sequence[Written]) -> None:
    """Write files; if one cannot be written, those before it become what they were.

    Raises
    ------
    NothingWritten
        If one cannot be written.
    """
    begun: list[Written] = []
    try:
        for file in files:
            file.path.parent.mkdir(parents=True, exist_ok=True)
            # A file that somebody has made meanwhile is not written over.
            with file.path.open("x" if file.before is None else "w", encoding="utf-8") as opened:
                begun.append(file)
                opened.write(file.after)
    except OSError as error:
        for one in begun:
            with suppress(OSError):
                _undo(one)
        raise NothingWritten(
            f"{file.path} cannot be written: {error.strerror}. All files are as they were."
        ) from None


def _undo(file: Written) -> None:
    if file.before is None:
        file.path.unlink()
    else:
        file.path.write_text(file.before, encoding="utf-8")
