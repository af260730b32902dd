"""Files that are not UTF-8: which encodings a job may name, and how their text becomes UTF-8.

Bytes that are not a character of an encoding become marks, which no UTF-8 text holds. So the rows
that have them are told from others, and by what stood there, after the conversion too.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, Any

from cqrs.errors import ValidationError
from cqrs.imports.encoding_names import UTF_8, encoding_name
from cqrs.imports.models import ProcessingMode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

UTF_8_NAMES = frozenset({UTF_8, "utf-8-sig"})

WIDER = {"shift_jis": "cp932", "gb2312": "gb18030", "euc_kr": "cp949"}
"""The encodings of files that are taken for another encoding by its usual name."""

MARKS = "cqrs.marks"
MARK_BASE = 0xDC00
"""A byte is marked as this low surrogate and itself; alone, these are not characters."""

MOST_MARKS = 20_000
"""Bytes of a file that are not text. Each takes the decoder a hundred times longer than others, and
whoever names the wrong encoding has millions.
"""

_MARK = re.compile("[\udc00-\udcff]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def checked_encoding(given: Any, mode: ProcessingMode) -> str:
    """Name of an encoding as Python has it; UTF-8 if none is given.

    Raises
    ------
    ValidationError
        If there is no such encoding of text, or the mode does not take it.
    """
    if given is None:
        return UTF_8
    if not isinstance(given, str):
        raise ValidationError(f"encoding is {given!r}; it must be text.")
    name = encoding_name(given)
    if name in UTF_8_NAMES:
        return UTF_8
    if mode is not ProcessingMode.DIRECT:
        raise ValidationError(
            f"encoding is {given!r}, and mode {mode.value} takes UTF-8: import the file in mode "
            f"{ProcessingMode.DIRECT.value}, or save it as CSV UTF-8."
        )
    return name


def as_utf8(pieces: Iterable[bytes], encoding: str, place: str) -> Iterator[bytes]:
    """Text of another encoding as UTF-8, piece by piece, with marks for what is not text.

    Raises
    ------
    ValidationError
        If the file, which is named by its place, has no byte order mark, and the encoding needs
        one. Or if so many of its bytes are not text that it is in another encoding.
    """
    codecs.register_error(MARKS, _marked)
    decoder = codecs.getincrementaldecoder(encoding)(MARKS)
    try:
        marks = 0
        for piece in pieces:
            text = decoder.decode(piece)
            marks += len(_MARK.findall(text))
            if marks > MOST_MARKS:
                wider = WIDER.get(encoding, "the one that it is in")
                raise ValidationError(
                    f"{place} is not {encoding}: more than {MOST_MARKS:,} bytes of it are not "
                    f"characters of that. Import it with another encoding, {wider}."
                )
            yield text.encode(UTF_8, "surrogatepass")
        yield decoder.decode(b"", final=True).encode(UTF_8, "surrogatepass")
    except UnicodeError as error:
        raise ValidationError(
            f"{place} is not {encoding}: {error}. If it has no byte order mark, import it with "
            "encoding utf-16-le or utf-16-be."
        ) from None


def text_of(record: bytes, encoding: str = UTF_8) -> tuple[str, str]:
    """Text of a record that has become UTF-8, and why it is none.

    Returns
    -------
    tuple
        The text, with U+FFFD for what is none, and the problem; empty if it is all text.
    """
    try:
        return record.decode(), ""
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
    if encoding == UTF_8:
        return record.decode(errors="replace"), _problem(UTF_8, byte)
    marked = record.decode(errors="surrogatepass")
    shown = _SURROGATE.sub("\ufffd", marked)
    found = _MARK.search(marked)
    if found is None:
        return shown, f"It is not {encoding}: it holds half a character."
    wider = WIDER.get(encoding)
    hint = f" Import the file with encoding {wider}, which has more characters." if wider else ""
    return shown, _problem(encoding, ord(found[0]) - MARK_BASE) + hint


def _problem(encoding: str, byte: int) -> str:
    name = encoding.upper() if encoding == UTF_8 else encoding
    return f"It is not {name}: byte {byte:#04x} is not a character of it."


def _marked(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return "".join(chr(MARK_BASE + byte) for byte in wrong), error.end
