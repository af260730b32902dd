"""Text of files as people's editors and shells write them."""

from __future__ import annotations

import codecs

MARK = "\ufeff"

MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Encodings by their byte order marks; Notepad writes that of UTF-8, PowerShell's ``>`` that of
UTF-16, and that of UTF-32 begins with one of UTF-16."""


def decoded(content: bytes) -> str:
    """Text without its byte order mark, which says how it is encoded; UTF-8 without a mark.

    Raises
    ------
    UnicodeDecodeError
        If it is something else.
    """
    marked = (name for mark, name in MARKS.items() if content.startswith(mark))
    return content.decode(next(marked, "utf-8"))
