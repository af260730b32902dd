"""JSON as text, whose numbers are written and read digit by digit.

The standard library writes no Decimal and reads every fraction as a float, which rounds what has
more than 17 digits.
"""

from __future__ import annotations

import json
import sys
from base64 import b64encode
from decimal import Decimal
from typing import Any, NoReturn

from cqrs.core.numbers import from_json_text

OF_LONG_NUMBERS = "sys.set_int_max_str_digits"
"""Python names it when it refuses a whole number of too many digits."""


def to_json(
    value: Any,
    *,
    ascii_only: bool = False,
    sorted_keys: bool = False,
    compact: bool = False,
    indent: int | None = None,
) -> str:
    """Write a value as JSON.

    Values that DynamoDB has beyond JSON are written as its API writes them: a set as a list, and
    binary data as Base64 text.

    Parameters
    ----------
    value
        A JSON value; it may hold Decimals, sets and bytes.
    ascii_only, sorted_keys, compact, indent
        How it is laid out.
    """
    layout: dict[str, Any] = {
        "ensure_ascii": ascii_only,
        "sort_keys": sorted_keys,
        "separators": (",", ":") if compact else None,
        "indent": indent,
    }
    try:
        return json.dumps(value, default=_beyond_json, **layout)
    except _ExactNumber:
        # It writes Decimals, is slower, and most values need it not.
        import simplejson  # noqa: PLC0415

        # Without an encoding, it asks `default` for bytes instead of decoding them.
        text: str = simplejson.dumps(
            value, use_decimal=True, encoding=None, default=_beyond_json, **layout
        )
        return text


def from_json_or_text(text: str) -> Any:
    """Read JSON; the text itself if Python does not read it.

    Step Functions takes deeper documents and longer numbers.
    """
    try:
        return from_json(text)
    except ValueError:
        return text


def from_json(text: str | bytes, *, unique_keys: bool = False) -> Any:
    """Read JSON; a number that no float writes becomes a Decimal.

    NaN and Infinity, which Python reads and JSON does not have, are refused.

    Parameters
    ----------
    text
        The JSON text, in UTF-8 if it is bytes.
    unique_keys
        Whether to refuse an object that has a key twice. JSON leaves open what such an object says
        (RFC 8259, section 4). Without this, the last value of a key is taken, as Python does.

    Raises
    ------
    RepeatedKey
        If an object has a key twice.
    ValueError
        If it is not JSON, it is nested too deep, or it has a number too long to be read.
    """
    try:
        return json.loads(
            text,
            parse_float=from_json_text,
            parse_constant=_refuse_constant,
            object_pairs_hook=_of_unique_keys if unique_keys else None,
        )
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    except ValueError as error:
        if OF_LONG_NUMBERS in str(error):
            digits = f"more than {sys.get_int_max_str_digits():,} digits"
            raise ValueError(f"it has a whole number of {digits}") from None
        raise


def members(value: set[Any] | frozenset[Any]) -> list[Any]:
    """Members of a set in the order in which they are written."""
    return sorted(value, key=_order)


class RepeatedKey(ValueError):
    """If an object has a key twice.

    Attributes
    ----------
    key
        The key.
    """

    def __init__(self, key: str) -> None:
        super().__init__(f"an object in it has the key {key!r} twice")
        self.key = key


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"it holds {name}")


class _ExactNumber(Exception):
    """A value has a number that the standard library does not write."""


def _of_unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in pairs:
        if key in made:
            raise RepeatedKey(key)
        made[key] = value
    return made


def _beyond_json(value: Any) -> Any:
    if isinstance(value, Decimal):
        raise _ExactNumber
    if isinstance(value, set | frozenset):
        return members(value)
    if isinstance(value, bytes | bytearray):
        return b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} is not a JSON value")


def _order(member: Any) -> tuple[bool, Any]:
    return isinstance(member, str | bytes), member
