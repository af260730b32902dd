"""Plain values as text: states of the model compare, hash and stay as they are."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

Text = str
"""A JSON value in its one canonical form."""

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def freeze(value: Any) -> Text:
    """Turn a JSON value into text."""
    return _encode(value)


def thaw(text: Text) -> Any:
    """Turn text into a value that the caller may change."""
    return json.loads(text)


@lru_cache(maxsize=1 << 16)
def view(text: Text) -> Any:
    """Turn text into a value that nobody may change."""
    return json.loads(text)
