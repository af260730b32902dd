"""Lists in the claims of tokens, as API Gateway and identity providers write them."""

from __future__ import annotations

import re
from typing import Any

SEPARATORS = re.compile(r"[\s,]+")
"""API Gateway writes a list as ``[a b]``, and identity providers write one with commas."""


def words_of(value: Any) -> set[str]:
    """The members of a list, which is text or a list."""
    if isinstance(value, list):
        return {member for member in value if isinstance(member, str) and member}
    if not isinstance(value, str):
        return set()
    text = value.strip().removeprefix("[").removesuffix("]")
    return {word.strip('"') for word in SEPARATORS.split(text)} - {""}
