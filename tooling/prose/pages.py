"""The text of Markdown pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from markdown_it import MarkdownIt

from tooling.prose.passage import Passage


def passages(path: Path, text: str) -> Iterator[Passage]:
    """Paragraphs, items of lists and cells of tables; neither headings nor code."""
    heading = False
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type in {"heading_open", "heading_close"}:
            heading = token.type == "heading_open"
        if token.type == "inline" and token.map and not heading:
            first = token.map[0] + 1
            yield Passage(path, tuple(enumerate(token.content.split("\n"), first)))
