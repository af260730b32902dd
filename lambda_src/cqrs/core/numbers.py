"""Numbers as DynamoDB keeps them: exact decimals, mostly int or float to Python and JSON.

DynamoDB keeps 38 significant digits of magnitudes from 1E-130 to 9.9...E+125, and zero (DynamoDB
developer guide, "Data types"). Every number that it keeps comes back as the same number. It is an
int or a float if that writes the same digits, and a Decimal if neither does.
"""

from __future__ import annotations

import math
from decimal import Context, Decimal, InvalidOperation

from cqrs.errors import ValidationError

DIGITS = 38
LARGEST_EXPONENT = 125
SMALLEST_EXPONENT = -130
"""Of a number's first digit."""

LONGEST_WRITTEN = LARGEST_EXPONENT - SMALLEST_EXPONENT + DIGITS
"""Digits that a number may be written with as it is given."""

LARGEST_BITS = 419
"""A longer int is beyond the largest exponent, and may be too long to be written out."""

Number = int | float | Decimal

ZERO = Decimal(0)

KEPT = Context(prec=DIGITS)


def to_decimal(value: Number, name: str) -> Decimal:
    """The exact decimal that a number writes.

    Parameters
    ----------
    value
        The number; true and false are none.
    name
        How the error names its place.

    Raises
    ------
    ValidationError
        If DynamoDB does not keep it; the message says why.
    """
    number = _exact(value, name)
    written = _coefficient(number)
    digits = len(written.strip("0"))
    if not digits:
        return ZERO
    if digits > DIGITS:
        raise _not_kept(name, f"it has {digits} significant digits, and {DIGITS} are kept")
    if not SMALLEST_EXPONENT <= number.adjusted() <= LARGEST_EXPONENT:
        raise _not_kept(
            name,
            f"its magnitude is not between 1E{SMALLEST_EXPONENT} and 9.9E+{LARGEST_EXPONENT}",
        )
    # Zeros at the end say nothing, and there may be millions of them.
    return number if len(written) <= LONGEST_WRITTEN else number.normalize(KEPT)


def from_text(text: str) -> Number:
    """The number that DynamoDB has written.

    Raises
    ------
    ValueError
        If it is none.
    """
    if len(text) <= DIGITS and text.isascii() and text.isdecimal():
        return int(text)
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text[:60]!r} is not a number") from None
    if not number.is_finite():
        raise ValueError(f"{text[:60]!r} is not a number")
    return plain_number(number)


def from_json_text(text: str) -> float | Decimal:
    """A JSON number with a fraction or an exponent, as a Decimal if a float would round it.

    Raises
    ------
    ValueError
        If its exponent is beyond all that a decimal has.
    """
    try:
        exact = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"the number {text[:60]} is too large") from None
    number = float(text)
    return number if _writes(number, exact) else exact


def plain_number(number: Decimal) -> Number:
    """The same number as an int or a float, if either writes it without rounding.

    A whole number of up to 38 digits becomes an int, any other a float. One that no float writes
    becomes an int if it is whole, and stays a Decimal if it is not.
    """
    is_whole = number == number.to_integral_value()
    if is_whole and number.adjusted() < DIGITS:
        return int(number)
    as_float = float(number)
    if _writes(as_float, number):
        return as_float
    return int(number) if is_whole else number


def json_number(number: Decimal, name: str) -> int | float:
    """The same number for those who read JSON with floats: Lambda, Step Functions, browsers.

    Raises
    ------
    ValidationError
        If they would round it.
    """
    _exact(number, name)
    as_float = float(number)
    if not math.isfinite(as_float) or (number and not as_float):
        raise ValidationError(
            f"{name} is {number:.3E}; Lambda and Step Functions take it for infinity or for zero. "
            "Send it as text."
        )
    if not _writes(as_float, number):
        raise ValidationError(
            f"{name} has {significant_digits(number)} digits, and Lambda and Step Functions make "
            f"{as_float!r} of it. Send it as text."
        )
    return int(number) if as_float.is_integer() and number.adjusted() < DIGITS else as_float


def significant_digits(number: Decimal) -> int:
    """How many digits a number has without zeros at either end; 0 for zero."""
    return len(_coefficient(number).strip("0"))


def normal_text(number: Decimal) -> str:
    """A text that is the same for equal numbers."""
    kept = _coefficient(number).strip("0")
    if not kept:
        return "0"
    sign = "-" if number.is_signed() else ""
    return f"{sign}{kept}E{number.adjusted() - len(kept) + 1}"


def _coefficient(number: Decimal) -> str:
    """The digits as they are written, in a byte each; a tuple of them takes eight."""
    return str(number).partition("E")[0].lstrip("-").replace(".", "")


def _exact(value: Number, name: str) -> Decimal:
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise _no_number(value, name)
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise _no_number(value, name)
        # Not repr: a subclass, such as numpy's, writes itself otherwise.
        return Decimal(float.__repr__(value))
    if value.bit_length() > LARGEST_BITS:
        raise _not_kept(name, f"it is larger than 9.9E+{LARGEST_EXPONENT}")
    return Decimal(int(value))


def _writes(number: float, exact: Decimal) -> bool:
    return math.isfinite(number) and Decimal(float.__repr__(number)) == exact


def _no_number(value: Number, name: str) -> ValidationError:
    return ValidationError(f"{name} is {value}, which JSON has no number for; send null.")


def _not_kept(name: str, reason: str) -> ValidationError:
    return ValidationError(
        f"{name} is a number that DynamoDB does not keep: {reason}. Send it as text."
    )
