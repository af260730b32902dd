"""All that people read in Python source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tooling.prose import comments, docstrings, messages
from tooling.prose.passage import Passage


def passages(path: Path, source: str, *, with_messages: bool = True) -> Iterator[Passage]:
    """Docstrings and comments of a module, and its messages if they are asked for."""
    tree = ast.parse(source)
    found = list(_docstrings(tree))
    lines = source.splitlines()
    for docstring in found:
        yield from docstrings.passages(path, lines, docstring)
    yield from comments.of_python(path, source)
    if with_messages:
        yield from messages.passages(path, tree, {id(docstring) for docstring in found})


def _docstrings(tree: ast.Module) -> Iterator[ast.Constant]:
    """Strings that stand alone: docstrings, and what is said below an attribute."""
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant(value=str()) as docstring):
                yield docstring
