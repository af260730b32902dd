"""Comments that begin with a ``#``."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from tooling.prose.passage import ITEM, Line, Passage

_NOTE = re.compile(r"# (?:noqa|type:|pragma|fmt:|nosec|-\*-)|#!")
_COMMENT = re.compile(r"\s*#+ (?P<text>.*\w.*)$")
_HELP = re.compile(r"[a-z-]+:.*## (?P<text>.*)$")


def of_python(path: Path, source: str) -> Iterator[Passage]:
    """Comments of a module; of those that are for a linter, the reason."""
    piece: list[Line] = []
    column = -1
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        number, at = token.start
        text = _text(token.string)
        follows = piece and number == piece[-1][0] + 1 and at == column
        if piece and (not follows or not text or ITEM.match(text)):
            yield Passage(path, tuple(piece))
            piece = []
        if text:
            piece.append((number, text))
        column = at if token.line.lstrip().startswith("#") else -1
    if piece:
        yield Passage(path, tuple(piece))


def _text(comment: str) -> str:
    if _NOTE.match(comment):
        return comment.partition(" - ")[2]
    return comment.partition("  # noqa")[0].lstrip("#: ").rstrip()


def of_settings(path: Path, text: str) -> Iterator[Passage]:
    """Comments that begin a line, and the help texts of a Makefile."""
    piece: list[Line] = []
    for number, line in enumerate([*text.splitlines(), ""], 1):
        comment = _COMMENT.match(line)
        if comment and not line.startswith("#!"):
            piece.append((number, comment["text"]))
            continue
        if piece:
            yield Passage(path, tuple(piece))
            piece = []
        shown = _HELP.match(line)
        if shown:
            yield Passage(path, ((number, shown["text"]),))
