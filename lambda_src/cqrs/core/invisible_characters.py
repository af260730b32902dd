"""Characters that nobody sees, by which two names differ that look the same."""

from __future__ import annotations

import re
import unicodedata

IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]"
)
"""Those that are left out when text is shown (Unicode, Default_Ignorable_Code_Point)."""

CONTROLS = frozenset({"Cc", "Cf"})
"""Categories of control and format characters, as those that turn the direction of text."""


def is_unseen(character: str) -> bool:
    """Whether a character has no appearance of its own, not even that of a space."""
    is_control = unicodedata.category(character) in CONTROLS
    return is_control or IGNORABLE.match(character) is not None
