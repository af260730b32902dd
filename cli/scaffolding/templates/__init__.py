"""The text of files that are written; ``$module`` and other forms of the name are filled in."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from string import Template

FOLDER = Path(__file__).parent


def filled(template: str, **values: str) -> str:
    """A template with its values."""
    return _template(template).substitute(values)


@cache
def _template(name: str) -> Template:
    return Template((FOLDER / f"{name}.txt").read_text(encoding="utf-8"))
