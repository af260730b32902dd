"""JSON values as DynamoDB attribute values and back, and their size in DynamoDB."""

from __future__ import annotations

import json
import math
from base64 import b64decode
from collections.abc import Mapping, Sequence
from decimal import Decimal, DecimalException
from functools import cache
from typing import TYPE_CHECKING, Any

from cqrs.errors import ValidationError

if TYPE_CHECKING:
    from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

CONTAINER_BYTES = 3
"""Bytes that DynamoDB adds for each list or map."""

NUMBER_DIGITS = 38
"""Digits that a number of DynamoDB keeps (DynamoDB developer guide, "Data types")."""

DEEPEST = 100
"""Lists and objects inside each other that a caller's value may have."""

Item = dict[str, Any]
"""An item with plain Python values: what JSON knows, and nothing else."""


def to_attribute_values(item: Mapping[str, Any]) -> dict[str, Any]:
    """Turn plain values into DynamoDB attribute values.

    Raises
    ------
    ValidationError
        A value is not JSON (a set, bytes, NaN, an object) or has more than 38 digits.
    """
    serialize = _serializer().serialize
    return {name: serialize(_to_dynamodb(value, name)) for name, value in item.items()}


def from_attribute_values(item: Mapping[str, Any]) -> Item:
    """Turn DynamoDB attribute values into plain values.

    A whole number of up to 38 digits becomes an int, any other number a float. Binary values, which
    nothing here writes, are boto3's ``Binary``, whether they come from boto3 as bytes or from a
    stream's record as Base64 (Lambda guide, "Using AWS Lambda with Amazon DynamoDB").

    Raises
    ------
    ValidationError
        A binary value is not Base64.
    """
    deserialize = _deserializer().deserialize
    plain: Item = {}
    for name, value in item.items():
        try:
            plain[name] = _from_dynamodb(deserialize(value))
        except ValueError as error:
            raise ValidationError(
                f"Attribute {name} has a binary value that is not Base64: {error}."
            ) from None
    return plain


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
        Whether its numbers must be such that DynamoDB keeps them; else any that JSON has will do.

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
    if isinstance(value, int | float):
        if is_stored or (isinstance(value, float) and not math.isfinite(value)):
            _to_decimal(value, where)
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
    raise ValidationError(_not_json(value, where))


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
    return json.dumps(_from_dynamodb(_to_dynamodb(value, "value")), sort_keys=True)


def json_size(value: Any) -> int:
    """Bytes of a JSON value as Lambda writes it into an answer, which is UTF-8."""
    # Lambda writes a few kinds more, and refuses by itself what it cannot write.
    return len(json.dumps(value, ensure_ascii=False, default=str).encode(errors="replace"))


def dynamodb_size(value: Any) -> int:
    """Bytes that a JSON value takes in a DynamoDB item.

    Numbers count at their longest. Source: DynamoDB developer guide, "DynamoDB item sizes and
    formats".
    """
    if value is None or isinstance(value, bool):
        return 1
    if isinstance(value, str):
        return len(value.encode())
    if isinstance(value, int | float):
        return len(str(value)) // 2 + 2
    if isinstance(value, Mapping):
        return CONTAINER_BYTES + sum(
            1 + len(key.encode()) + dynamodb_size(part) for key, part in value.items()
        )
    return CONTAINER_BYTES + sum(1 + dynamodb_size(part) for part in value)


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


def _to_dynamodb(value: Any, name: str) -> Any:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int | float):
        return _to_decimal(value, name)
    if isinstance(value, Mapping):
        return {key: _to_dynamodb(part, name) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_to_dynamodb(part, name) for part in value]
    raise ValidationError(_not_json(value, name))


def _not_json(value: Any, where: str) -> str:
    return (
        f"{where} is a {type(value).__name__}; use what JSON knows: text, numbers, true, false, "
        "null, lists and objects."
    )


def _to_decimal(value: float, name: str) -> Decimal:
    from boto3.dynamodb.types import DYNAMODB_CONTEXT  # noqa: PLC0415

    if isinstance(value, float) and not math.isfinite(value):
        raise ValidationError(f"{name} is {value}, which JSON has no number for; send null.")
    try:
        number: Decimal = DYNAMODB_CONTEXT.create_decimal(str(value))
    except (DecimalException, ValueError):
        # ValueError: Python writes out no integer of more than 4,300 digits.
        raise ValidationError(
            f"{name} is a number that DynamoDB does not keep: at most {NUMBER_DIGITS} digits, "
            "between 1E-128 and 1E+126. Send others as text."
        ) from None
    return number


def _from_dynamodb(value: Any) -> Any:
    if isinstance(value, Decimal):
        # A longer one came from a float, and as an int it could not be stored again.
        whole = value.adjusted() < NUMBER_DIGITS and value == value.to_integral_value()
        return int(value) if whole else float(value)
    if isinstance(value, dict):
        return {key: _from_dynamodb(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_from_dynamodb(part) for part in value]
    return value


@cache
def _serializer() -> TypeSerializer:
    from boto3.dynamodb.types import TypeSerializer  # noqa: PLC0415

    return TypeSerializer()


@cache
def _deserializer() -> TypeDeserializer:
    from boto3.dynamodb.types import TypeDeserializer  # noqa: PLC0415

    class Deserializer(TypeDeserializer):  # type: ignore[misc]  # boto3 has no types
        """Takes binary values as a stream's record holds them, too."""

        def _deserialize_b(self, value: Any) -> Any:
            is_text = isinstance(value, str)
            return super()._deserialize_b(b64decode(value, validate=True) if is_text else value)

    return Deserializer()
