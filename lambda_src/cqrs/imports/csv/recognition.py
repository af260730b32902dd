"""The kind of a file that is not UTF-8, told from its bytes, in words for its maker."""

from __future__ import annotations

import codecs
import re
import unicodedata

from cqrs.errors import ValidationError

MARKED = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Encodings by their byte order marks; that of UTF-32 begins with one of UTF-16."""

ADVICE = (
    "Save it as CSV UTF-8, or import it in mode DIRECT with encoding {encoding} (cqrs import "
    "--mode DIRECT --encoding {encoding})."
)

CP932_HINT = (
    " It seems to be CP932 (Shift_JIS): import the file in mode DIRECT with encoding cp932 "
    "(cqrs import --mode DIRECT --encoding cp932), or save it as CSV UTF-8."
)

WIDE = {"utf-32-le": 4, "utf-32-be": 4, "utf-16-le": 2, "utf-16-be": 2}
"""Encodings without a mark, and bytes of a character."""

UNMARKED_BYTES = 4096
"""Bytes of the first line that are looked at for NULs."""

ISO_2022_JP = re.compile(rb"\x1b\$[@B]")
"""How text in ISO-2022-JP goes over to Japanese; all its bytes are ASCII, so they are UTF-8 too."""

SEPARATORS = frozenset(",;\t\r\n")

_HALF_WIDTH = re.compile("[\uff61-\uff9f]{3}")


def refuse_other_encodings(start: bytes, place: str) -> None:
    """See that a file does not begin as one in UTF-16, UTF-32 or ISO-2022-JP, or with NULs.

    Raises
    ------
    ValidationError
        If it does; the message says how to import it.
    """
    for mark, encoding in MARKED.items():
        if start.startswith(mark):
            raise ValidationError(
                f"{place} is {encoding.upper()}, as its byte order mark says, and is read as "
                f"UTF-8. {ADVICE.format(encoding=encoding)}"
            )
    if ISO_2022_JP.search(start):
        raise ValidationError(
            f"{place} seems to be ISO-2022-JP, and is read as UTF-8. "
            f"{ADVICE.format(encoding='iso2022_jp')}"
        )
    line = start[: min(start.find(b"\n") + 2 or UNMARKED_BYTES, UNMARKED_BYTES)]
    if b"\0" not in line:
        return
    guess = _wide_encoding(line)
    if guess is not None:
        raise ValidationError(
            f"{place} seems to be {guess.upper()} without a byte order mark. "
            f"{ADVICE.format(encoding=guess)}"
        )
    raise ValidationError(
        f"The first line of {place} holds a NUL, byte {line.index(0) + 1} of it, and no CSV file "
        "has such: is it a CSV file? Save it as CSV UTF-8."
    )


def cp932_hint(text: bytes) -> str:
    """Say that bytes which are not UTF-8 look like CP932, which Excel in Japanese writes.

    Latin-1 decodes as CP932 too if a letter follows an accent, yet into rare characters. Those of
    its accents begin with bytes from 0xE0 on, those of usual Japanese below 0xA0.
    """
    try:
        decoded = text.decode("cp932")
    except UnicodeDecodeError:
        return ""
    wide = [character for character in decoded if character > "\x7f"]
    usual = sum(b"\x81" <= character.encode("cp932")[:1] <= b"\x9f" for character in wide)
    if any(unicodedata.category(character) == "Co" for character in wide):
        return ""
    is_likely = usual * 2 > len(wide) or _HALF_WIDTH.search(decoded)
    return CP932_HINT if is_likely else ""


def _wide_encoding(line: bytes) -> str | None:
    """UTF-16 or UTF-32, if a line that holds NULs is such."""
    # Text in UTF-16 is none in UTF-32, whose characters end at U+10FFFF.
    for encoding, size in WIDE.items():
        try:
            text = line[: len(line) // size * size].decode(encoding)
        except UnicodeDecodeError:
            continue
        if SEPARATORS & set(text):
            return encoding
    return None
