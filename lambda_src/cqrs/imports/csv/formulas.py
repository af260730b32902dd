"""Cells that a spreadsheet would run, made harmless and plain again.

Source: OWASP, "CSV Injection": a formula begins with a sign, full-width ones included, with a tab
or with a line end. Spreadsheets pass over spaces before a sign. A new cell begins behind a
semicolon if that is the list separator, as in much of Europe. Then quotes amid a cell quote
nothing, and a new cell begins behind a line end, too.
"""

from __future__ import annotations

import re

SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b"
UNSEEN = "\\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2060\ufeff"

_OF_LINE = f"(?:(?![\r\n])[{UNSEEN}])*"
_RISKY = (
    f"(?=(?:\\A|(?<=;))'*(?:[\t\r\n]|[{UNSEEN}]*[{SIGNS}])|(?<=[\r\n])'*(?:\t|{_OF_LINE}[{SIGNS}]))"
)
_BEGINNING = re.compile(_RISKY)
_MARKED = re.compile(f"{_RISKY}'")
_NUMBER = re.compile(r" *[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)? *")


def harmless(cell: str) -> str:
    """A cell with an apostrophe before what would be run; a number stays one."""
    return cell if _NUMBER.fullmatch(cell) else _BEGINNING.sub("'", cell)


def plain(cell: str) -> str:
    """A cell as it was before it was made harmless."""
    return _MARKED.sub("", cell)
