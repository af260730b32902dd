"""Plain values as DynamoDB attribute values, and back without loss.

All that DynamoDB keeps can be read, and what was read can be written again. Items that others have
put into a table may hold sets and binary data. Those pass through here although no caller may
publish them.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from cqrs.core.numbers import Number, from_text, to_decimal
from cqrs.errors import ValidationError

Item = dict[str, Any]
"""An item with plain Python values: those of JSON, and those that :func:`from_attribute_values`
describes."""


def to_attribute_values(item: Mapping[str, Any]) -> dict[str, Any]:
    """Turn plain values into DynamoDB attribute values.

    Raises
    ------
    ValidationError
        If DynamoDB keeps no such value: an object, NaN, a number of more than 38 digits.
    """
    return {name: attribute_value(value, name) for name, value in item.items()}


def from_attribute_values(item: Mapping[str, Any]) -> Item:
    """Turn DynamoDB attribute values into plain values.

    Numbers become what :mod:`cqrs.core.numbers` says, and sets Python sets. Binary values become
    bytes, from boto3's bytes and from the Base64 of a stream's record (Lambda guide, "Using AWS
    Lambda with Amazon DynamoDB").

    Raises
    ------
    ValidationError
        If DynamoDB did not write it so; the message names the attribute.
    """
    plain: Item = {}
    for name, value in item.items():
        try:
            plain[name] = plain_value(value)
        except (AttributeError, TypeError, ValueError, RecursionError) as error:
            raise ValidationError(
                f"Attribute {name[:80]!r} cannot be read ({type(error).__name__}: {error}): "
                "DynamoDB did not write it so."
            ) from None
    return plain


def attribute_value(value: Any, name: str) -> dict[str, Any]:
    """One plain value as an attribute value; errors call it by the name."""
    for kind, write in WRITERS:
        if isinstance(value, kind):
            return write(value, name)
    raise ValidationError(not_json(value, name))


def plain_value(value: Mapping[str, Any]) -> Any:
    """One attribute value as a plain value.

    Raises
    ------
    AttributeError, TypeError, ValueError
        If it is none.
    """
    ((kind, content),) = value.items()
    read = READERS.get(kind)
    if read is None:
        raise ValueError(f"{kind[:20]!r} is not a type of DynamoDB")
    return read(content)


def not_json(value: Any, where: str) -> str:
    """Why a value cannot be stored."""
    return (
        f"{where} is a {type(value).__name__}; use what JSON knows: text, numbers, true, false, "
        "null, lists and objects."
    )


def _map_value(value: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {"M": {key: attribute_value(part, name) for key, part in value.items()}}


def _set_value(value: set[Any] | frozenset[Any], name: str) -> dict[str, Any]:
    members = list(value)
    if members and all(isinstance(member, str) for member in members):
        return {"SS": sorted(members)}
    if members and all(isinstance(member, bytes) for member in members):
        return {"BS": sorted(members)}
    numbers = [member for member in members if _is_number(member)]
    if members and len(numbers) == len(members):
        return {"NS": [str(to_decimal(number, name)) for number in numbers]}
    raise ValidationError(not_json(value, name))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _text(content: Any) -> str:
    if not isinstance(content, str):
        raise TypeError(f"a text is a {type(content).__name__}")
    return content


def _number(content: Any) -> Number:
    return from_text(_text(content))


def _binary(content: Any) -> bytes:
    if isinstance(content, str):
        return b64decode(content, validate=True)
    if not isinstance(content, bytes | bytearray):
        raise TypeError(f"binary data is a {type(content).__name__}")
    return bytes(content)


def _truth(content: Any) -> bool:
    if not isinstance(content, bool):
        raise TypeError(f"a truth value is a {type(content).__name__}")
    return content


READERS: dict[str, Callable[[Any], Any]] = {
    "S": _text,
    "N": _number,
    "BOOL": _truth,
    "NULL": lambda _content: None,
    "M": lambda content: {key: plain_value(part) for key, part in content.items()},
    "L": lambda content: [plain_value(part) for part in content],
    "B": _binary,
    "SS": lambda content: {_text(member) for member in content},
    "NS": lambda content: {_number(member) for member in content},
    "BS": lambda content: {_binary(member) for member in content},
}
"""By DynamoDB's names of the types (API reference, AttributeValue)."""


WRITERS: tuple[tuple[type | tuple[type, ...], Callable[[Any, str], dict[str, Any]]], ...] = (
    (str, lambda value, _name: {"S": value}),
    # A bool is an int to Python.
    (bool, lambda value, _name: {"BOOL": value}),
    ((int, float, Decimal), lambda value, name: {"N": str(to_decimal(value, name))}),
    (type(None), lambda _value, _name: {"NULL": True}),
    (Mapping, _map_value),
    ((list, tuple), lambda value, name: {"L": [attribute_value(part, name) for part in value]}),
    ((bytes, bytearray), lambda value, _name: {"B": bytes(value)}),
    ((set, frozenset), _set_value),
)
"""By Python's types, the first that fits."""
