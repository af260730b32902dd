"""Text of data as people may be shown it: what would steer a terminal is written out.

Names, reasons and errors come from whoever may publish or ask for something. On a terminal a
control sequence moves the cursor, repaints the text above or sets the title. A bidi control lets
text read otherwise than it is stored (Unicode Technical Report 36, "Bidirectional Text Spoofing").
"""

from __future__ import annotations

import unicodedata

UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""General categories of characters that have no shape of their own. They are controls of C0 and C1,
formats (bidi controls, zero-width characters, tags, byte order marks), lone surrogates, and
separators of lines and paragraphs."""

FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols that are blank."""

NAMED = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}
CONTINUED = "\n  "


def escaped(text: str, encoding: str = "utf-8") -> str:
    r"""Write out, as ``\x1b`` or ``\u202e``, what must not or cannot reach the screen.

    A text that was escaped before stays as it is.

    Parameters
    ----------
    text
        One line; line ends in it are those of data, and are written out as well.
    encoding
        The encoding of the screen; characters that it lacks are written out, too.
    """
    if text.isascii() and text.isprintable():
        return text
    safe = "".join(map(_shown, text))
    return safe.encode(encoding, "backslashreplace").decode(encoding)


def escaped_lines(text: str, encoding: str = "utf-8") -> str:
    """Escape a text of several lines.

    Lines behind the first are indented. So none of them, if it comes from data, looks like one that
    the command line itself has printed.
    """
    return CONTINUED.join(escaped(line, encoding) for line in text.split("\n"))


def _shown(character: str) -> str:
    if unicodedata.category(character) not in UNSEEN and character not in FILLERS:
        return character
    if character in NAMED:
        return NAMED[character]
    if character.isascii():
        return f"\\x{ord(character):02x}"
    return character.encode("ascii", "backslashreplace").decode("ascii")
