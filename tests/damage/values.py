"""The values of an attribute that no service has written."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

GONE = object()
"""The attribute is not there at all."""


def _nested(depth: int) -> Any:
    value: Any = "bottom"
    for _ in range(depth):
        value = [value]
    return value


ODD: dict[str, Any] = {
    "gone": GONE,
    "null": None,
    "empty text": "",
    "text": "odd",
    "zero": 0,
    "negative": -1,
    "fraction": Decimal("1.5"),
    "huge": Decimal("1E+30"),
    "true": True,
    "false": False,
    "empty list": [],
    "list": ["odd"],
    "empty object": {},
    "object": {"odd": 1},
    "nested": _nested(30),
    "binary": b"odd",
    "set": frozenset({"odd"}),
    "long ago": "0001-01-01T00:00:00.000Z",
    "far future": "9999-12-31T23:59:59.999Z",
    "next century": "2099-01-01T00:00:00.000Z",
}
