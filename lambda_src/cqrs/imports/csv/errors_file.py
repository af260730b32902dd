"""The rejected rows of a job as one CSV file: row and reason, then the row as it was.

The file may be mended and imported as it is. So a file that begins with its own two columns gives
its cells without the apostrophes that keep spreadsheets from running them.
"""

from __future__ import annotations

import csv
import io
import uuid
from typing import TYPE_CHECKING

from cqrs.imports.csv.columns import appearance
from cqrs.imports.csv.formulas import harmless, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cqrs.imports.keys import ImportKey
    from cqrs.imports.models import RejectedRow

OWN_COLUMNS = ("row", "reason")

OTHER_OWN_COLUMNS = ("import row", "import reason")
"""The same if the file has a column of such a name, as one that is imported again."""

BOM = "\ufeff"
"""Without it, Excel takes the file for one in the encoding of the machine."""

PRIVATE_SIGNS = range(0xE000, 0x110000)
"""More characters than a row has bytes of (DynamoDB's 400 KB); first those of private use."""

CONTENT_TYPE = "text/csv; charset=utf-8"


def errors_key(key: ImportKey) -> str:
    """A new object for a job's rejected rows; whoever closes the job notes its own."""
    return f"{key.folder}errors-{uuid.uuid4().hex}.csv"


def errors_csv(columns: Iterable[str], rejected: Iterable[RejectedRow]) -> Iterator[bytes]:
    """The file, piece by piece.

    ``row`` and ``reason`` come first, so that they stay in their columns if a row has too many
    fields. A cell that a spreadsheet would run as a formula gets an apostrophe before it.

    Parameters
    ----------
    columns
        Of the file that was imported.
    rejected
        Its rows.
    """
    names = tuple(columns)
    is_again = is_errors_file(names)
    dropped = len(OTHER_OWN_COLUMNS) if names[:2] == OTHER_OWN_COLUMNS else 0
    yield BOM.encode() + _line([*_own_columns(names[dropped:]), *names[dropped:]])
    for row in rejected:
        cells = _cells(row.raw)
        if is_again and len(cells) > dropped:
            cells = [plain(cell) for cell in cells[dropped:]]
        yield _line([str(row.number), row.reason, *cells])


def is_errors_file(columns: Sequence[str]) -> bool:
    """Whether columns are those of such a file."""
    return tuple(columns[:2]) in {OWN_COLUMNS, OTHER_OWN_COLUMNS}


def _own_columns(columns: Iterable[str]) -> tuple[str, ...]:
    is_taken = not {appearance(name) for name in columns}.isdisjoint(OWN_COLUMNS)
    return OTHER_OWN_COLUMNS if is_taken else OWN_COLUMNS


def _cells(raw: str) -> list[str]:
    """Cells of a row; the row itself if it is not just one."""
    # The reader would end the row at a carriage return outside of quotes, and drop the rest.
    stand_in = next(sign for sign in map(chr, PRIVATE_SIGNS) if sign not in raw)
    text = raw.replace("\r", stand_in)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        return [raw]
    if len(rows) > 1:
        return [raw]
    return [cell.replace(stand_in, "\r") for row in rows for cell in row]


def _line(cells: Iterable[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(map(harmless, cells))
    return text.getvalue().encode(errors="backslashreplace")
