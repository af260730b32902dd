"""Places in the attributes of an item, as errors name them."""

from __future__ import annotations

import re
from typing import NamedTuple

from cqrs.core.json_text import to_json

Path = tuple[str | int, ...]
"""Names and positions from the attributes down to a value."""

PLAIN_NAME = re.compile(r"[^\W\d][\w-]*")

SHOWN_LENGTH = 80
"""Characters that an error shows of a name."""


class Problem(NamedTuple):
    """Something that is wrong at a place.

    Attributes
    ----------
    path
        The place.
    message
        The fault, as a sentence goes on behind the place.
    """

    path: Path
    message: str


def path_text(path: Path) -> str:
    """A place in words, such as ``attributes.runways[0].length``."""
    return "attributes" + "".join(map(_step, path))


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    if PLAIN_NAME.fullmatch(step) and len(step) <= SHOWN_LENGTH:
        return f".{step}"
    shown = step if len(step) <= SHOWN_LENGTH else f"{step[:SHOWN_LENGTH]}..."
    return f"[{to_json(shown)}]"
