"""Names of the encodings that files may be in."""

from __future__ import annotations

import codecs

from cqrs.errors import ValidationError

UTF_8 = "utf-8"
"""The encoding of files whose jobs name no other."""

NO_FILES = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape"})
"""Text encodings of Python that are for names and for source code, and not for files."""


def encoding_name(given: str) -> str:
    """Name of an encoding of text, as Python has it.

    Raises
    ------
    ValidationError
        If there is no such encoding.
    """
    try:
        # Unlike a look-up, this refuses codecs that make no text.
        "a".encode(given)
        name = codecs.lookup(given).name
    except (LookupError, ValueError):
        name = ""
    if not name or name in NO_FILES:
        raise ValidationError(
            f"encoding is {given[:40]!r}, which is not an encoding of text that Python knows: "
            "name one such as cp932, shift_jis, euc_jp, utf-16 or latin-1."
        ) from None
    return name
