"""The records of a CSV file, cut out of a stream of bytes.

A record ends with a line's end, unless that lies in a quoted field. A double quote opens a field
only if the field begins; anywhere else it is text, as the inch mark of ``5" pipe`` is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

QUOTE = b'"'
DOUBLED = QUOTE * 2
OPENING = b',"'


def records(pieces: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Records with their sizes; the last one may lack its end, or the end of a quoted field."""
    record, is_open = bytearray(), False
    for line in _lines(pieces):
        is_open = _leaves_open(line, is_open=is_open)
        record += line
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


def _leaves_open(line: bytes, *, is_open: bool) -> bool:
    """Whether a quoted field is open at a line's end, given whether one is at its beginning."""
    if QUOTE not in line:
        return is_open
    place = 0
    if not is_open and line.startswith(QUOTE):
        place, is_open = len(QUOTE), True
    while True:
        if is_open:
            place = _behind_closing(line, place)
            if place < 0:
                return True
        opening = line.find(OPENING, place)
        if opening < 0:
            return False
        place, is_open = opening + len(OPENING), True


def _behind_closing(line: bytes, place: int) -> int:
    """The end of a quoted field, or -1; two quotes in it stand for one."""
    while (place := line.find(QUOTE, place)) >= 0:
        if line[place + 1 : place + 2] != QUOTE:
            return place + 1
        place += len(DOUBLED)
    return -1
