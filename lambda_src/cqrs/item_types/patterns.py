"""Regular expressions of schemas, as Python runs them."""

from __future__ import annotations

import re
from functools import lru_cache

DOLLAR_OR_OTHER = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\$", re.DOTALL)
"""An escaped character, a set of characters, or the end: in the first two a dollar is itself."""


@lru_cache(maxsize=256)
def pattern_of(text: str) -> re.Pattern[str]:
    """A schema's pattern, which may match anywhere in a text.

    In JSON Schema ``$`` is the end of the text. In Python it would be before a line's end too.

    Raises
    ------
    re.error
        If Python does not know it.
    """
    return re.compile(DOLLAR_OR_OTHER.sub(_end, text))


def _end(found: re.Match[str]) -> str:
    return r"\Z" if found[0] == "$" else found[0]
