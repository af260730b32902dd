"""Values of callers: whether they can be stored, their sizes, and whether two are the same."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from cqrs.core.attribute_values import attribute_value, not_json
from cqrs.core.json_text import to_json
from cqrs.core.numbers import json_number, normal_text, plain_number, to_decimal
from cqrs.errors import ValidationError

CONTAINER_BYTES = 3
"""Bytes that DynamoDB adds for each list or map."""

DEEPEST = 100
"""Lists and objects inside each other that a caller's value may have."""


def json_value(value: Any, where: str, *, level: int = 0, is_stored: bool = True) -> Any:
    """Check that a caller's value can be stored, and copy it so that later changes do not matter.

    Parameters
    ----------
    value
        What the caller gave.
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
        It holds something that JSON has no form for, a key that is not a string, text that is
        not Unicode, a number that DynamoDB does not keep, or is too deep.
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


def checked_text(value: str, where: str) -> str:
    """Check that text can be stored.

    Raises
    ------
    ValidationError
        It has half of a surrogate pair, which UTF-8 has no bytes for.
    """
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValidationError(
            f"{where} is not Unicode text: it has half of a surrogate pair at position "
            f"{error.start}. Send whole characters."
        ) from None
    return value


def message_of(error: BaseException) -> str:
    """What an error says, as text that can be stored, whatever it holds and however it fails."""
    try:
        text = str(error)
    except Exception as failure:  # noqa: BLE001 - the error at hand is the one to tell of
        text = f"(its message cannot be read: {type(failure).__name__})"
    return storable(text)


def storable(text: str) -> str:
    """Text with an escape in the place of what is no Unicode."""
    return text.encode(errors="backslashreplace").decode()


def canonical(value: Any) -> str:
    """A text that is the same for two values just where they are the same once stored.

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


def _utf8_size(text: str) -> int:
    # Halves of surrogate pairs count too: those who read items may meet them.
    return len(text.encode(errors="surrogatepass"))


def depth(value: Any) -> int:
    """How many lists and maps lie inside each other; 0 for a scalar."""
    if isinstance(value, Mapping):
        return 1 + max((depth(part) for part in value.values()), default=0)
    if isinstance(value, list):
        return 1 + max((depth(part) for part in value), default=0)
    return 0


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
