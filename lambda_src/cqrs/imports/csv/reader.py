r"""A CSV file in a bucket: its header, and its rows as a stream.

Files are read as RFC 4180 has them. They are comma-separated. A field with commas, quotes or line
ends stands in double quotes, and a double quote in it is written twice. They are UTF-8, or were
converted into it, and their first row is a header. A row that cannot be read is told with its
reason.

Empty lines are passed over, and so are rows whose cells are all empty, as Excel leaves them. Rows
are numbered as Distributed Map does it: an empty line has no number, and such a row has one.

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
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from cqrs.errors import ValidationError
from cqrs.imports.csv.columns import counted, refuse_bad_columns
from cqrs.imports.csv.encodings import text_of
from cqrs.imports.csv.errors_file import is_errors_file
from cqrs.imports.csv.formulas import plain
from cqrs.imports.csv.recognition import cp932_hint, refuse_other_encodings
from cqrs.imports.csv.records import records
from cqrs.imports.encoding_names import UTF_8
from cqrs.imports.models import Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cqrs.imports.csv.source import Source

HEADER_BYTES = 256 * 1024
"""The header, and the beginning of the first row, must lie in these."""

READ_BYTES = 64 * 1024

BLANK = b"\r\n\t ,"
"""Bytes of which alone a row has nothing but empty cells, however many."""

BLANK_ROWS = 10_000
"""Of so many rows of empty cells, one is not passed over."""

BOM = "\ufeff"

csv.field_size_limit(min(sys.maxsize, 2**31 - 1))


@dataclass(frozen=True, slots=True)
class Header:
    """The content of a file's first line.

    Attributes
    ----------
    columns
        Their names.
    size
        Bytes that it takes, with the end of its line.
    line_bytes
        The same without the end of its line.
    problem
        Why the known part of the rows is not UTF-8; empty if it is.
    """

    columns: tuple[str, ...]
    size: int
    line_bytes: int
    problem: str = ""


class Place(NamedTuple):
    """Number of a row, and the bytes before it."""

    number: int
    offset: int


def read_header(source: Source, required: Iterable[str]) -> Header:
    """Read the header of a file, and see that there is a row behind it (one GetObject).

    Raises
    ------
    NotFoundError
        If there is no such object.
    ValidationError
        If the file cannot be imported; the message says why.
    """
    place = source.place
    start = source.objects.get_range(source.key, 0, HEADER_BYTES)
    if not start.strip(codecs.BOM_UTF8 + b"\r\n "):
        raise ValidationError(f"{place} is empty: a CSV file begins with a line of column names.")
    refuse_other_encodings(start, place)
    mark = len(codecs.BOM_UTF8) if start.startswith(codecs.BOM_UTF8) else 0
    length, line = next(records([start[mark:]]))
    size = mark + length
    if size == HEADER_BYTES:
        raise ValidationError(
            f"The first line of {place} does not end within {HEADER_BYTES:,} bytes: is it a CSV "
            "file, with its quotes closed?"
        )
    columns = _columns(line, source)
    if is_errors_file(columns):
        columns = tuple(map(plain, columns))
    refuse_bad_columns(columns, tuple(required), place)
    if not start[size:].strip(b"\r\n\t ,") and len(start) < HEADER_BYTES:
        raise ValidationError(f"{place} has a header and no rows.")
    line_bytes = mark + len(line.rstrip(b"\r\n"))
    return Header(columns, size, line_bytes, _problem_of_rows(start, size, place))


def rows_from(source: Source, columns: tuple[str, ...], offset: int, number: int) -> Iterator[Row]:
    """Read rows as a stream, from a place in the file on (one GetObject).

    Rows of empty cells are passed over, but for one of many, so that the reader may look at the
    time.

    Parameters
    ----------
    source
        The file.
    columns
        Names of its columns.
    offset, number
        Bytes before the first row to read, and its number.
    """
    for size, record in records(source.objects.stream(source.key, offset, READ_BYTES)):
        if record.strip(b"\r\n"):
            row = _read(record, source, columns, Place(number, offset))
            if not row.is_blank or number % BLANK_ROWS == 0:
                yield row
            number += 1
        offset += size


def _read(record: bytes, source: Source, columns: tuple[str, ...], place: Place) -> Row:
    if not record.strip(BLANK):
        return Row(place.number, {}, "", "", place.offset)
    text, problem = text_of(record, source.encoding)
    hint = cp932_hint(record) if problem and source.encoding == UTF_8 else ""
    return _row(text.rstrip("\r\n"), problem + hint, columns, place)


def _row(raw: str, problem: str, columns: tuple[str, ...], place: Place) -> Row:
    number, offset = place
    if problem:
        return Row(number, {}, problem, raw, offset)
    try:
        found = list(csv.reader(io.StringIO(raw, newline=""), strict=True))
    except csv.Error as error:
        return Row(number, {}, _no_csv(raw, error), raw, offset)
    if len(found) > 1:
        problem = "It has a carriage return outside of quotes: put the field in quotes."
        return Row(number, {}, problem, raw, offset)
    (values,) = found
    if len(values) != len(columns) and any(map(str.strip, values)):
        problem = f"It has {counted(len(values), 'field')}, and the header has {len(columns)}."
        return Row(number, {}, problem, raw, offset)
    return Row(number, dict(zip(columns, values, strict=False)), "", raw, offset)


def _no_csv(raw: str, error: csv.Error) -> str:
    if "unexpected end of data" not in str(error):
        return f"It is not CSV: {error}."
    lines = counted(raw.count("\n") + 1, "line")
    return (
        "A double quote opens a field in it, and none closes it, so the rest of the file belongs "
        f"to this row, {lines} in all. Close it, or write it twice, and import the file again."
    )


def _problem_of_rows(start: bytes, size: int, place: str) -> str:
    """Why the rows that were read with a header are not UTF-8; the last may be cut off."""
    whole = start if len(start) < HEADER_BYTES else start[: start.rfind(b"\n") + 1]
    try:
        whole[size:].decode()
    except UnicodeDecodeError as error:
        line = whole.count(b"\n", 0, size + error.start) + 1
        byte = whole[size + error.start]
        hint = cp932_hint(whole[size:]) or (
            " Save the file as CSV UTF-8, or import it in mode DIRECT. That rejects such rows "
            "alone, and reads other encodings if they are named (cqrs import --encoding)."
        )
        return (
            f"{place} is not UTF-8, which mode STEP_FUNCTION takes: byte {byte:#04x} in line "
            f"{line:,} is not a character of it.{hint}"
        )
    return ""


def _columns(line: bytes, source: Source) -> tuple[str, ...]:
    place = source.place
    text, problem = text_of(line, source.encoding)
    if problem:
        hint = cp932_hint(line) if source.encoding == UTF_8 else ""
        raise ValidationError(
            f"The first line of {place} is not CSV in {source.encoding.upper()}. "
            f"{problem}{hint or ' Save the file as CSV UTF-8.'}"
        )
    try:
        found = list(csv.reader(io.StringIO(text.rstrip("\r\n"), newline=""), strict=True))
    except csv.Error as error:
        raise ValidationError(
            f"The first line of {place} is not CSV: {error}. Save the file as CSV UTF-8."
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
