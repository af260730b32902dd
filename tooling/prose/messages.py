"""Strings in code that people read: messages of errors, help texts, descriptions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tooling.prose.passage import WORD, Kind, Passage, plain

FEWEST_WORDS = 4
"""A string of fewer words is taken for a name, a key or a title."""

ORDINARY_SHARE = 0.75
"""A string with fewer ordinary words is taken for an expression or a pattern."""

_PART = re.compile(r"\n\s*\n|\n(?=\s*[-|#])|\n(?=\S.*\S {2,}\S)")
"""Parts of a text of several lines: paragraphs, items, and entries that are set in columns."""

_CODE_BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_ORDINARY = re.compile(r"[A-Za-z][a-z'-]*[,.;:!?)]*$|X\W*$|\d[\d,.]*\W*$")
_EXPRESSION = re.compile(
    r"[=<>] ?[:#]|\battribute_(?:not_)?exists\b|[$#]\.?\w+ (?:=|IN)\b|SET #|\\[wdsb]|=\d"
)


def passages(path: Path, tree: ast.Module, others: set[int]) -> Iterator[Passage]:
    """Messages of a module, without the strings whose identities are in ``others``."""
    parts = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node)
        if part is not node
    }
    for node in ast.walk(tree):
        if id(node) in others or id(node) in parts:
            continue
        text = _text(node)
        if text and is_message(text):
            number = getattr(node, "lineno", 1)
            for paragraph in _PART.split(_CODE_BLOCK.sub("\n", text)):
                yield Passage(path, ((number, " ".join(paragraph.split())),), Kind.MESSAGE)


def _text(node: ast.AST) -> str:
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=values):
            return "".join(
                str(value.value) if isinstance(value, ast.Constant) else "{X}" for value in values
            )
    return ""


def is_message(text: str) -> bool:
    """Tell sentences from names, paths, patterns and expressions."""
    words = WORD.findall(plain(text))
    ordinary = [word for word in words if _ORDINARY.match(word)]
    return (
        len(words) >= FEWEST_WORDS
        and len(ordinary) >= ORDINARY_SHARE * len(words)
        and not _EXPRESSION.search(text)
    )
