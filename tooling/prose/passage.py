"""Passages of text in files, and the sentences in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

CODE = re.compile(r"``[^`]+``|`[^`]+`|:\w+:`[^`]+`|\{[^{}]*\}|https?://[^\s)]+")
"""Names, placeholders and addresses: each is read as one word."""

ITEM = re.compile(r"^(?:[-*] |\d{1,2}\. )")
"""Begins an item of a list."""

LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
WORD = re.compile(r"\S*\w\S*")
_END = re.compile(r"""(?<=[.!?])["')*_]*\s+(?=["'(\[*_:`{]*[A-Z0-9`{\[])|(?<=[.!?][)"'])\s+""")
_ABBREVIATIONS = ("e.g.", "i.e.", "vs.", "No.")


Line = tuple[int, str]
"""A line and its number."""


class Kind(StrEnum):
    """The sort of a passage."""

    PROSE = "prose"
    """A docstring's paragraph, a comment or a paragraph of a page."""

    RAISES = "raises"
    """When a function raises an error."""

    MESSAGE = "message"
    """A string in code that people read, or a part of one."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and the line that it begins in."""

    line: int
    text: str

    @property
    def words(self) -> int:
        """How many words it has; a name in code is one."""
        return len(WORD.findall(plain(self.text)))


@dataclass(frozen=True, slots=True)
class Passage:
    """Text without a break in it.

    Attributes
    ----------
    path
        The file.
    lines
        Number and text of each line.
    kind
        Its sort.
    """

    path: Path
    lines: tuple[Line, ...]
    kind: Kind = Kind.PROSE

    def sentences(self) -> Iterator[Sentence]:
        """Split the passage."""
        text = " ".join(line.strip() for _, line in self.lines)
        begin = 0
        for end in [*_ends(text), len(text)]:
            sentence = text[begin:end].strip()
            if sentence:
                yield Sentence(self._line_at(begin), sentence)
            begin = end

    def _line_at(self, position: int) -> int:
        for number, line in self.lines:
            position -= len(line.strip()) + 1
            if position < 0:
                return number
        return self.lines[-1][0]


def plain(text: str) -> str:
    """Text with each name in code as one word, and without the targets of links."""
    return CODE.sub("X", LINK.sub(r"\1", text))


def _ends(text: str) -> Iterator[int]:
    hidden = CODE.sub(lambda code: "`" + "x" * (len(code[0]) - 2) + "`", text)
    for end in _END.finditer(hidden):
        if not hidden[: end.start()].endswith(_ABBREVIATIONS):
            yield end.end()
