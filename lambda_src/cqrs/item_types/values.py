"""Values of attributes as schemas see them: their kinds, their numbers, their form in errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from cqrs.core.json_text import to_json

SHOWN_LENGTH = 40
"""Characters that an error shows of a value."""

KINDS = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "text",
}
"""The types of JSON Schema, in words."""


def is_kind(value: Any, kind: str) -> bool:
    """Whether a value is of a type of JSON Schema; 1.0 is a whole number."""
    if kind == "integer":
        return is_number(value) and exact(value) == exact(value).to_integral_value()
    return _IS[kind](value)


def is_number(value: Any) -> bool:
    """Whether a value is a number; true and false are none."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def exact(number: Any) -> Decimal:
    """The decimal that a number writes, without a limit to its digits."""
    return Decimal(float.__repr__(number)) if isinstance(number, float) else Decimal(number)


def shown(value: Any) -> str:
    """A value in an error, shortened; text as Python writes it, which other reasons do too."""
    text = repr(value) if isinstance(value, str) else to_json(_plain(value))
    return text if len(text) <= SHOWN_LENGTH + 2 else f"{text[: SHOWN_LENGTH + 1]}...{text[-1]}"


def _plain(value: Any) -> Any:
    """The same number without a fraction that says nothing, such as a schema's 90.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


_IS: Mapping[str, Callable[[Any], bool]] = {
    "array": lambda value: isinstance(value, list | tuple),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": is_number,
    "object": lambda value: isinstance(value, Mapping),
    "string": lambda value: isinstance(value, str),
}
