"""Keys of several commands, as somebody types them or another command has listed them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import Any

import typer

from cli.arguments import checked, json_value, read_text
from cqrs.core.keys import CommandKey


def key_pairs(words: Sequence[str]) -> list[CommandKey]:
    """Keys out of partition and sort keys, one behind the other."""
    if len(words) % 2:
        raise typer.BadParameter(f"{words[-1]!r} is one word too many: a command is named PK SK")
    pairs = zip(words[::2], words[1::2], strict=True)
    return [CommandKey.checked(pk, sk) for pk, sk in pairs]


def listed_keys(file: str) -> list[CommandKey]:
    """Keys out of a file, one a line: ``PK SK``, or a JSON object that has both.

    Each once, in the order of the file.
    """
    keys = dict.fromkeys(_keys(read_text(file)))
    if not keys:
        raise typer.BadParameter("the list is empty; give a command a line, as PK SK")
    return list(keys)


def _keys(text: str) -> Iterator[CommandKey]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            pk, sk = _pair(line.strip(), f"line {number} of the list")
            yield checked(lambda pair: CommandKey.checked(*pair), (pk, sk))


def _pair(line: str, what: str) -> tuple[Any, Any]:
    if line.startswith("{"):
        entry = json_value(line, what)
        return entry.get("pk"), entry.get("sk")
    words = _words(line)
    if len(words) != 2:  # noqa: PLR2004 - a partition and a sort key
        raise typer.BadParameter(
            f"{what} is {line!r:.80}; write PK SK, or if these have spaces JSON with pk and sk"
        )
    return words[0], words[1]


def _words(line: str) -> list[str]:
    """The words of a line, which may be quoted as for a shell.

    A partition key has a ``#``, which a shell's line quotes. So one that begins without a quotation
    mark is of a line as people read it, whose keys may have some.
    """
    words = line.split()
    if not line.startswith(("'", '"')):
        return words
    try:
        return shlex.split(line)
    except ValueError:  # a quotation mark of a key
        return words
