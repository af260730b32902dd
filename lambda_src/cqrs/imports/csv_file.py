r"""A CSV file in a bucket: its header, and its rows as a stream.

Files are read as RFC 4180 has them: comma-separated, a field with commas, quotes or line ends in
double quotes, and a double quote among these written twice. They are UTF-8, their first row is a
header, and lines that are empty are passed over. A row that cannot be read is told with its reason.

The header is read so in every mode, the rows in mode DIRECT. In mode STEP_FUNCTION, Distributed Map
reads the rows, with two differences (Step Functions guide, "How Step Functions parses input CSV
files"):

- A backslash is text here. There it escapes a backslash, a double quote or a comma behind it, and
  is dropped before any other character: ``C:\Files`` arrives as ``C:Files``.
- A row with more or fewer fields than the header is refused here. There, fields that are missing
  become empty text, and those beyond the header are dropped.
"""

from __future__ import annotations

import codecs
import csv
import io
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cqrs.errors import ValidationError
from cqrs.imports.columns import counted, refuse_bad_columns
from cqrs.imports.csv_records import records
from cqrs.imports.models import Row

if TYPE_CHECKING:
    from cqrs.object_store import ObjectStore

HEADER_BYTES = 256 * 1024
"""The header, and the beginning of the first row, must lie in these."""

READ_BYTES = 64 * 1024

BOM = "\ufeff"

csv.field_size_limit(min(sys.maxsize, 2**31 - 1))


@dataclass(frozen=True, slots=True)
class Header:
    """What the first line of a file says.

    Attributes
    ----------
    columns
        Their names.
    size
        Bytes that it takes, with the end of its line.
    line_bytes
        The same without the end of its line.
    """

    columns: tuple[str, ...]
    size: int
    line_bytes: int


def read_header(objects: ObjectStore, key: str, required: Iterable[str]) -> Header:
    """Read the header of a file, and see that there is a row behind it (one GetObject).

    Raises
    ------
    NotFoundError
        There is no such object.
    ValidationError
        The file cannot be imported; the message says why.
    """
    place = objects.uri(key)
    start = objects.get_range(key, 0, HEADER_BYTES)
    if not start.strip(codecs.BOM_UTF8 + b"\r\n "):
        raise ValidationError(f"{place} is empty: a CSV file begins with a line of column names.")
    mark = len(codecs.BOM_UTF8) if start.startswith(codecs.BOM_UTF8) else 0
    length, line = next(records([start[mark:]]))
    size = mark + length
    if size == HEADER_BYTES:
        raise ValidationError(
            f"The first line of {place} does not end within {HEADER_BYTES:,} bytes: is it a CSV "
            "file, with its quotes closed?"
        )
    columns = _columns(line, place)
    refuse_bad_columns(columns, tuple(required), place)
    if not start[size:].strip():
        raise ValidationError(f"{place} has a header and no rows.")
    return Header(columns, size, mark + len(line.rstrip(b"\r\n")))


def rows_from(
    objects: ObjectStore, key: str, columns: tuple[str, ...], offset: int, number: int
) -> Iterator[Row]:
    """Read rows as a stream, from a place in the file on (one GetObject).

    Parameters
    ----------
    objects, key
        The file.
    columns
        Names of its columns.
    offset, number
        Bytes before the first row to read, and its number.
    """
    for size, record in records(objects.stream(key, offset, READ_BYTES)):
        if record.strip(b"\r\n"):
            yield _row(record, columns, number, offset)
            number += 1
        offset += size


def _row(record: bytes, columns: tuple[str, ...], number: int, offset: int) -> Row:
    try:
        raw = record.decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        shown = record.decode(errors="replace").rstrip("\r\n")
        problem = f"It is not UTF-8: byte {error.object[error.start]:#04x} is no character of it."
        return Row(number, {}, problem, shown, offset)
    try:
        found = list(csv.reader(io.StringIO(raw, newline=""), strict=True))
    except csv.Error as error:
        return Row(number, {}, _no_csv(raw, error), raw, offset)
    if len(found) > 1:
        problem = "It has a carriage return outside of quotes: put the field in quotes."
        return Row(number, {}, problem, raw, offset)
    (values,) = found
    if len(values) != len(columns):
        problem = f"It has {counted(len(values), 'field')}, and the header has {len(columns)}."
        return Row(number, {}, problem, raw, offset)
    return Row(number, dict(zip(columns, values, strict=True)), "", raw, offset)


def _no_csv(raw: str, error: csv.Error) -> str:
    if "unexpected end of data" not in str(error):
        return f"It is not CSV: {error}."
    lines = counted(raw.count("\n") + 1, "line")
    return (
        "A double quote opens a field in it, and none closes it, so that the rest of the file "
        f"belongs to this row, {lines} in all: close it, or write it twice, and import the file "
        "again."
    )


def _columns(line: bytes, place: str) -> tuple[str, ...]:
    try:
        text = line.decode().rstrip("\r\n")
        found = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValidationError(
            f"The first line of {place} is no CSV in UTF-8: {error}. Save the file as CSV UTF-8."
        ) from None
    if not found:
        raise ValidationError(
            f"The first line of {place} is empty: a CSV file begins with a line of column names."
        )
    if len(found) > 1:
        raise ValidationError(
            f"The lines of {place} end with a carriage return alone: save the file with line feeds."
        )
    return tuple(found[0])
