"""A part of the airports' file in which some cells are spoilt, and what the errors file says."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from demo.airports import first_rows

ROWS = 500
"""On an emulator each row is a batch of its own; these take it half a minute."""

SPOILT = {
    17: ("latitude", "95.2"),
    101: ("name", ""),
    230: ("longitude", "east"),
    333: ("iata", "j1"),
    480: ("country", ""),
}
"""By number of the row, counted from 1: which cell, and what stands there instead."""


def write_spoilt_file(file: Path) -> None:
    """Write the first rows of the airports' file, some of them spoilt."""
    rows = first_rows(ROWS)
    for number, (column, text) in SPOILT.items():
        rows[number - 1][column] = text
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def told_right(errors: Iterable[dict[str, str]]) -> int:
    """How many rows of an errors file are spoilt ones, with number, cell and a fitting reason."""
    right = set()
    for row in errors:
        column, text = SPOILT.get(int(row["row"]), ("", ""))
        if column and row[column] == text and row["reason"].startswith(f"{column} is "):
            right.add(row["row"])
    return len(right)
