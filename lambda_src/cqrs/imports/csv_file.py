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
from typing import TYPE_CHECKING, Any

from cqrs.errors import ValidationError
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
    """

    columns: tuple[str, ...]
    size: int


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
    size, line = next(_records([start]))
    if size == HEADER_BYTES:
        raise ValidationError(
            f"The first line of {place} does not end within {HEADER_BYTES:,} bytes: is it a CSV "
            "file, with its quotes closed?"
        )
    columns = _columns(line, place)
    _refuse_bad_columns(columns, tuple(required), place)
    if not start[size:].strip():
        raise ValidationError(f"{place} has a header and no rows.")
    return Header(columns, size)


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
    for size, record in _records(objects.stream(key, offset, READ_BYTES)):
        if record.strip(b"\r\n"):
            yield _row(record, columns, number, offset)
            number += 1
        offset += size


def _records(pieces: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Parts of a file that end with a line's end outside of quotes, with their sizes.

    A quoted field may hold line ends, and quotes come in pairs.
    """
    record, is_open = bytearray(), False
    for line in _lines(pieces):
        record += line
        is_open ^= line.count(b'"') % 2 == 1
        if not is_open:
            yield len(record), bytes(record)
            record.clear()
    if record:
        yield len(record), bytes(record)


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    pending = b""
    for piece in pieces:
        *whole, pending = (pending + piece).split(b"\n")
        yield from (line + b"\n" for line in whole)
    if pending:
        yield pending


def _row(record: bytes, columns: tuple[str, ...], number: int, offset: int) -> Row:
    try:
        raw = record.decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        shown = record.decode(errors="replace").rstrip("\r\n")
        problem = f"It is not UTF-8: byte {error.object[error.start]:#04x} is no character of it."
        return Row(number, {}, problem, shown, offset)
    try:
        values = next(csv.reader(io.StringIO(raw, newline=""), strict=True))
    except csv.Error as error:
        return Row(number, {}, f"It is not CSV: {error}.", raw, offset)
    if len(values) != len(columns):
        problem = f"It has {len(values)} fields, and the header has {len(columns)}."
        return Row(number, {}, problem, raw, offset)
    return Row(number, dict(zip(columns, values, strict=True)), "", raw, offset)


def _columns(line: bytes, place: str) -> tuple[str, ...]:
    try:
        text = line.decode().removeprefix(BOM).rstrip("\r\n")
        return tuple(next(csv.reader(io.StringIO(text, newline=""), strict=True), ()))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValidationError(
            f"The first line of {place} is no CSV in UTF-8: {error}. Save the file as CSV UTF-8."
        ) from None


def _refuse_bad_columns(columns: tuple[str, ...], required: tuple[str, ...], place: str) -> None:
    doubled = sorted({name for name in columns if columns.count(name) > 1})
    if doubled:
        raise ValidationError(
            f"{place} has two columns called {_listed(doubled)}: rename one of them."
        )
    missing = [name for name in required if name not in columns]
    if missing:
        raise ValidationError(
            f"{place} lacks the column {_listed(missing)}; it has {_listed(columns)}."
        )


def _listed(names: Iterable[Any]) -> str:
    return ", ".join(repr(name) for name in names)
