"""Files that people name, read whole, but no longer than anything that is asked of AWS can be."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import BinaryIO

LONGEST_FILE = 256 * 1024 * 1024
"""Bytes: many times what a request takes, and some files never end."""


class IrregularFile(ValueError):
    """A device, a directory or a pipe: it may have no end, or keep whoever opens it waiting."""

    def __init__(self) -> None:
        super().__init__("it is not a regular file")


def refuse_irregular(path: Path) -> None:
    """See that a file has a size and an end.

    Raises
    ------
    IrregularFile
        If it has none.
    OSError, ValueError
        If it is not there, or its name is none.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise IrregularFile


def content_of(path: Path) -> bytes:
    """Read a file.

    Raises
    ------
    OSError, ValueError
        If it cannot be read, or is too long; one that says so itself is not read then.
    """
    if path.stat().st_size > LONGEST_FILE:
        raise _too_long()
    with path.open("rb") as file:
        return rest_of(file)


def rest_of(file: BinaryIO) -> bytes:
    """Read what is left of an open file.

    Raises
    ------
    OSError, ValueError
        If it cannot be read, or is too long.
    """
    content = file.read(LONGEST_FILE + 1)
    if len(content) > LONGEST_FILE:
        raise _too_long()
    return content


def _too_long() -> ValueError:
    return ValueError(f"it has more than {LONGEST_FILE:,} bytes; give less at once")
