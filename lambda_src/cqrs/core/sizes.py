"""How large values are: bytes in JSON and in DynamoDB, and how deep they go."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from cqrs.core.json_text import to_json

CONTAINER_BYTES = 3
"""Bytes that DynamoDB adds for each list or map."""


def json_size(value: Any) -> int:
    """Bytes of a JSON value as Lambda writes it into an answer, which is UTF-8."""
    # Lambda writes a few kinds more, and refuses by itself what it cannot write.
    try:
        text = to_json(value)
    except TypeError:
        text = json.dumps(value, ensure_ascii=False, default=str)
    return len(text.encode(errors="replace"))


def dynamodb_size(value: Any) -> int:
    """Bytes that a JSON value takes in a DynamoDB item.

    Numbers count at their longest. Source: DynamoDB developer guide, "DynamoDB item sizes and
    formats".
    """
    if value is None or isinstance(value, bool):
        return 1
    if isinstance(value, str):
        return _utf8_size(value)
    if isinstance(value, int | float | Decimal):
        return len(str(value)) // 2 + 2
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, Mapping):
        return CONTAINER_BYTES + sum(
            1 + _utf8_size(key) + dynamodb_size(part) for key, part in value.items()
        )
    return CONTAINER_BYTES + sum(1 + dynamodb_size(part) for part in value)


def depth(value: Any) -> int:
    """How many lists and maps lie inside each other, however many; 0 for a scalar."""
    levels, parts = 0, [value]
    while containers := [part for part in parts if isinstance(part, Mapping | list)]:
        levels += 1
        parts = [
            inner
            for part in containers
            for inner in (part.values() if isinstance(part, Mapping) else part)
        ]
    return levels


def _utf8_size(text: str) -> int:
    # Halves of surrogate pairs count too: those who read items may meet them.
    return len(text.encode(errors="surrogatepass"))
