"""All that DynamoDB keeps, for property tests: attribute values as its API takes and gives them."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from cqrs.core.json_values import DEEPEST
from cqrs.core.numbers import DIGITS, LARGEST_EXPONENT, SMALLEST_EXPONENT, plain_number

LEVELS = 32
"""Levels of nesting that DynamoDB keeps, the attribute's own included."""


@st.composite
def decimals(draw: st.DrawFn) -> Decimal:
    """Numbers of the whole range and of every length that DynamoDB keeps."""
    digits = draw(st.integers(1, 10 ** draw(st.integers(1, DIGITS)) - 1))
    length = len(str(digits))
    first = draw(
        st.integers(SMALLEST_EXPONENT, LARGEST_EXPONENT)
        | st.integers(-3, DIGITS + 3)
        | st.sampled_from([SMALLEST_EXPONENT, LARGEST_EXPONENT])
    )
    return Decimal((draw(st.integers(0, 1)), tuple(map(int, str(digits))), first - length + 1))


def written_out(number: Decimal) -> str:
    """Digit by digit without an exponent, as DynamoDB gives numbers back."""
    return f"{number:f}"


@st.composite
def number_texts(draw: st.DrawFn) -> str:
    """Ways of writing a number that DynamoDB's API takes."""
    number = draw(decimals() | st.just(Decimal(0)))
    ways = [
        str(number),
        written_out(number),
        f"{number:e}",
        f"{number:E}".replace("E+", "e"),
        f"{'-' if number.is_signed() else ''}000{written_out(abs(number))}",
    ]
    if "." in ways[1]:
        ways.append(f"{ways[1]}000")
    return draw(st.sampled_from(ways))


texts = st.text(st.characters(exclude_categories=()), max_size=20).map(
    lambda text: str(json.loads(json.dumps(text)))
)
"""Halves of surrogate pairs too, which the API's JSON lets through as escapes; two that follow
each other make one character there."""

binaries = st.binary(max_size=12)


def scalars() -> st.SearchStrategy[dict[str, Any]]:
    """Values that hold no others."""
    return st.one_of(
        st.builds(lambda text: {"S": text}, texts),
        st.builds(lambda text: {"N": text}, number_texts()),
        st.builds(lambda truth: {"BOOL": truth}, st.booleans()),
        st.just({"NULL": True}),
        st.builds(lambda data: {"B": data}, binaries),
        st.builds(lambda members: {"SS": sorted(members)}, st.sets(texts, min_size=1, max_size=3)),
        st.builds(
            lambda members: {"NS": [str(member) for member in members]},
            st.lists(decimals(), min_size=1, max_size=3, unique=True),
        ),
        st.builds(
            lambda members: {"BS": sorted(members)}, st.sets(binaries, min_size=1, max_size=3)
        ),
    )


def attribute_values() -> st.SearchStrategy[dict[str, Any]]:
    """Any value, some of them as deep as DynamoDB keeps them."""
    wide = st.recursive(
        scalars(),
        lambda parts: st.one_of(
            st.builds(lambda values: {"L": values}, st.lists(parts, max_size=3)),
            st.builds(
                lambda values: {"M": values},
                st.dictionaries(texts.filter(bool), parts, max_size=3),
            ),
        ),
        max_leaves=8,
    )
    deep = st.builds(
        nested, scalars(), st.lists(st.sampled_from("LM"), min_size=1, max_size=LEVELS - 2)
    )
    return wide | deep


def is_unicode(value: Any) -> bool:
    """Whether no text of an attribute value has half of a surrogate pair."""
    try:
        json.dumps(value, ensure_ascii=False, default=bytes.hex).encode()
    except UnicodeEncodeError:
        return False
    return True


def nested(value: dict[str, Any], kinds: list[str]) -> dict[str, Any]:
    """A value inside of lists and maps."""
    for kind in kinds:
        value = {"L": [value]} if kind == "L" else {"M": {"inner": value}}
    return value


def same(one: Any, other: Any) -> bool:
    """Whether two attribute values are the same to DynamoDB, however their numbers are written."""
    return bool(_normal(one) == _normal(other))


def _normal(value: Any) -> Any:
    ((kind, content),) = value.items()
    match kind:
        case "N":
            return kind, Decimal(content)
        case "NS":
            return kind, {Decimal(member) for member in content}
        case "SS" | "BS":
            return kind, set(content)
        case "L":
            return kind, [_normal(part) for part in content]
        case "M":
            return kind, {name: _normal(part) for name, part in content.items()}
        case _:
            return kind, content


def documents() -> st.SearchStrategy[Any]:
    """Documents that callers may publish: JSON with all of DynamoDB's numbers, and any depth."""
    whole_texts = st.text(max_size=20)
    numbers = st.builds(plain_number, decimals())
    leaves = st.none() | st.booleans() | numbers | st.integers(-(10**9), 10**9) | whole_texts
    wide = st.recursive(
        leaves,
        lambda parts: (
            st.lists(parts, max_size=3)
            | st.dictionaries(whole_texts.filter(bool), parts, max_size=3)
        ),
        max_leaves=8,
    )
    deep = st.builds(_within, leaves, st.integers(1, DEEPEST - 3))
    return wide | deep


def _within(value: Any, levels: int) -> Any:
    for level in range(levels):
        value = [value] if level % 2 else {"inner": value}
    return value


def exact(value: Any) -> Any:
    """A plain value whose numbers are decimals, and told from true and false."""
    if isinstance(value, dict):
        return {name: exact(part) for name, part in value.items()}
    if isinstance(value, list):
        return [exact(part) for part in value]
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return "number", Decimal(str(value))
    return value
