"""Values of callers: whether they can be stored, and whether two are the same."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from cqrs.core.attribute_values import attribute_value, not_json
from cqrs.core.json_text import to_json
from cqrs.core.numbers import json_number, normal_text, plain_number, to_decimal
from cqrs.core.texts import checked_text
from cqrs.errors import ValidationError

DEEPEST = 100
"""Lists and objects inside each other that a caller's value may have."""


def json_value(value: Any, where: str, *, level: int = 0, is_stored: bool = True) -> Any:
    """Check that a caller's value can be stored, and copy it so that later changes do not matter.

    Parameters
    ----------
    value
        The value, as the caller gave it.
    where
        How the error names its place.
    level
        How many lists and objects it lies in.
    is_stored
        Whether its numbers must be such that DynamoDB keeps them. Else any will do that those who
        read JSON with floats do not round.

    Returns
    -------
    object
        The copy; a Decimal in it is an int or a float unless that would round it.

    Raises
    ------
    ValidationError
        If it holds something that JSON has no form for, a key that is not a string, or text that is
        not Unicode. Also if it has a number that DynamoDB does not keep, or is too deep.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return checked_text(value, where)
    if isinstance(value, Decimal):
        return plain_number(to_decimal(value, where)) if is_stored else json_number(value, where)
    if isinstance(value, int | float):
        if is_stored or (isinstance(value, float) and not math.isfinite(value)):
            to_decimal(value, where)
        return value
    if level == DEEPEST:
        raise ValidationError(
            f"{where[:80]}... lies more than {DEEPEST} lists and objects deep: make it flatter. "
            "Does it hold itself?"
        )
    if isinstance(value, Mapping):
        return {
            _text_key(key, where): json_value(
                part, f"{where}.{key}", level=level + 1, is_stored=is_stored
            )
            for key, part in value.items()
        }
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return [
            json_value(part, f"{where}[{index}]", level=level + 1, is_stored=is_stored)
            for index, part in enumerate(value)
        ]
    raise ValidationError(not_json(value, where))


def canonical(value: Any) -> str:
    """A text that is the same for two values just if they are the same once stored.

    Python takes 1 for True, and JSON does not.
    """
    return json.dumps(_normal(attribute_value(value, "value")), sort_keys=True)


def is_json(value: Any) -> bool:
    """Whether a value of an item has nothing that DynamoDB has beyond JSON."""
    if isinstance(value, Mapping):
        return all(is_json(part) for part in value.values())
    if isinstance(value, list | tuple):
        return all(is_json(part) for part in value)
    return not isinstance(value, bytes | bytearray | set | frozenset)


def _text_key(key: Any, where: str) -> str:
    if isinstance(key, str):
        return checked_text(key, f"A key of {where}")
    raise ValidationError(f"{where} has the key {key!r}; the keys of an object are text.")


def _normal(value: Any) -> Any:
    """An attribute value with its numbers, sets and binary data in the one way to write them."""
    ((kind, content),) = value.items()
    if kind == "N":
        return {kind: normal_text(Decimal(content))}
    if kind == "NS":
        return {kind: sorted(normal_text(Decimal(member)) for member in content)}
    if kind == "M":
        return {kind: {name: _normal(part) for name, part in content.items()}}
    if kind == "L":
        return {kind: [_normal(part) for part in content]}
    return {kind: to_json(content)} if kind in {"B", "BS"} else value
