"""The text of docstrings, as numpydoc lays them out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from tooling.prose.passage import ITEM, Kind, Line, Passage

NAMES = ("Parameters", "Returns", "Raises", "Attributes", "Yields")
"""Sections whose lines without an indent are names and types."""

_NO_PROSE = (">>>", ".. ", "|", "+-")


def passages(path: Path, source: Sequence[str], docstring: ast.Constant) -> Iterator[Passage]:
    """Paragraphs of a docstring, given the lines of its module."""
    first, last = docstring.lineno, docstring.end_lineno or docstring.lineno
    lines = [(number, source[number - 1]) for number in range(first, last + 1)]
    opened = re.sub(r"^(\s*)[rRuU]?(?:\"\"\"|\"|''')", r"\1", lines[0][1])
    lines[0] = (first, opened)
    lines[-1] = (last, re.sub(r"(?:\"\"\"|\"|''')\s*$", "", lines[-1][1]))
    margin = " " * docstring.col_offset
    yield from _blocks(path, [(number, line.removeprefix(margin)) for number, line in lines])


def _blocks(path: Path, lines: Sequence[Line]) -> Iterator[Passage]:
    """Paragraphs, items of lists and descriptions of a docstring."""
    section, code = "", False
    for block in _paragraphs(lines):
        indented = block[0][1].startswith(" ")
        if code and indented:
            continue
        code = block[-1][1].rstrip().endswith("::") or block[0][1].startswith(_NO_PROSE)
        titled = len(block) > 1 and set(block[1][1].strip()) == {"-"}
        section = block[0][1].strip() if titled else section
        text = block[2:] if titled else block
        if text and not text[0][1].lstrip().startswith(_NO_PROSE):
            yield from _pieces(path, text, section)


def _pieces(path: Path, block: Sequence[Line], section: str) -> Iterator[Passage]:
    """Split a block at the beginning of an item and at a change of the indent."""
    kind = Kind.RAISES if section == "Raises" else Kind.PROSE
    piece: list[Line] = []
    for number, line in block:
        if section in NAMES and not line.startswith(" "):
            if piece:
                yield Passage(path, tuple(piece), kind)
            piece = []
            continue
        if piece and (ITEM.match(line.strip()) or _less_indented(line, piece)):
            yield Passage(path, tuple(piece), kind)
            piece = []
        piece.append((number, ITEM.sub("", line.strip(), count=1) if not piece else line))
    if piece:
        yield Passage(path, tuple(piece), kind)


def _less_indented(line: str, piece: Sequence[Line]) -> bool:
    return len(piece) > 1 and _indent(line) < _indent(piece[-1][1])


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _paragraphs(lines: Sequence[Line]) -> Iterator[list[Line]]:
    for filled, block in groupby(lines, key=lambda line: bool(line[1].strip())):
        if filled:
            yield list(block)
