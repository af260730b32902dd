"""Arguments of the command line, read and checked; one that cannot be read is wrong usage."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import typer

from cli.bounded_files import IrregularFile, content_of, refuse_irregular, rest_of
from cli.terminal.marked_text import MARK, decoded
from cqrs.core.json_text import RepeatedKey, from_json
from cqrs.errors import ValidationError

Value = TypeVar("Value")

STANDARD_INPUT = "-"
FILE_SIGN = "@"


def checked(check: Callable[[Any], Value], given: Any) -> Value:
    """The value that a check of the services makes of an argument, refused as wrong usage."""
    try:
        return check(given)
    except ValidationError as error:
        raise typer.BadParameter(str(error).removesuffix(".")) from None


def text_of(argument: str) -> str:
    """Text of an option that may also name a file, as ``@FILE``, or stand for standard input."""
    if argument == FILE_SIGN:
        raise typer.BadParameter(
            f"{FILE_SIGN} names no file: say {FILE_SIGN}FILE, or {STANDARD_INPUT} for standard "
            "input"
        )
    if argument == STANDARD_INPUT or argument.startswith(FILE_SIGN):
        return read_text(argument.removeprefix(FILE_SIGN))
    return argument.removeprefix(MARK)


def read_text(file: str) -> str:
    """Text of a file, whatever the locale's encoding; ``-`` is standard input."""
    name = "standard input" if file == STANDARD_INPUT else file
    try:
        return decoded(_standard_input() if file == STANDARD_INPUT else _regular(Path(file)))
    except UnicodeDecodeError as error:
        raise typer.BadParameter(
            f"{name} is not {error.encoding.upper()}: byte {error.object[error.start]:#04x}, with "
            f"{error.start} before it, is not a character of it; save it as UTF-8"
        ) from None
    except IrregularFile as error:
        raise typer.BadParameter(
            f"{name} cannot be read: {error}; to give what a program writes, pipe it in and say -"
        ) from None
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"{name} cannot be read: {error}") from None


def _standard_input() -> bytes:
    if sys.stdin is None:
        raise OSError(errno.EBADF, "it is closed")
    return rest_of(sys.stdin.buffer)


def _regular(path: Path) -> bytes:
    refuse_irregular(path)
    return content_of(path)


def json_value(text: str, what: str) -> Any:
    """Read a JSON value; errors call it ``what``."""
    try:
        return from_json(text, unique_keys=True)
    except RepeatedKey as error:
        raise typer.BadParameter(
            f"{what} has an object with the key {error.key!r:.80} twice; only one of the values "
            "would be taken, so leave the other one out"
        ) from None
    except ValueError as error:
        raise typer.BadParameter(f"{what} is not JSON: {error}") from None


def json_values(text: str, what: str) -> list[Any]:
    """Read a JSON array, or JSON Lines: one value a line, of which each may be an array."""
    # Not splitlines: JSON text may hold other line ends as they are.
    lines = [(n, line) for n, line in enumerate(text.split("\n"), start=1) if line.strip()]
    is_array = text.lstrip().startswith("[")
    if is_array and (len(lines) == 1 or not _is_json(lines[0][1])):
        values: list[Any] = json_value(text, what)
        return values
    return [json_value(line, f"line {number} of {what}") for number, line in lines]


def _is_json(text: str) -> bool:
    try:
        from_json(text)
    except ValueError:
        return False
    return True
