"""The rejected rows of a job as one CSV file: row and reason, then the row as it was."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from cqrs.imports.records import BUCKET_PREFIX

if TYPE_CHECKING:
    from cqrs.imports.keys import ImportKey
    from cqrs.imports.models import RejectedRow

OWN_COLUMNS = ("row", "reason")

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula (OWASP, "CSV Injection")."""

CONTENT_TYPE = "text/csv; charset=utf-8"


def errors_key(key: ImportKey) -> str:
    """Object that holds a job's rejected rows."""
    return f"{BUCKET_PREFIX}/{key.ulid}/errors.csv"


def errors_csv(columns: Iterable[str], rejected: Iterable[RejectedRow]) -> Iterator[bytes]:
    """The file, piece by piece.

    ``row`` and ``reason`` come first, so that they stay in their columns where a row has too many
    fields. A cell that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    yield _line([*OWN_COLUMNS, *columns])
    for row in rejected:
        yield _line([str(row.number), _harmless(row.reason), *map(_harmless, _cells(row.raw))])


def _cells(raw: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(raw, newline=""), strict=True), [])
    except csv.Error:
        return [raw]


def _harmless(cell: str) -> str:
    if not cell.startswith(FORMULA_STARTS) or _is_number(cell):
        return cell
    return f"'{cell}"


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _line(cells: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().encode()
