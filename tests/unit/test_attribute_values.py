"""Nothing that DynamoDB keeps is lost, changed or refused on its way through plain values."""

from __future__ import annotations

import json
from base64 import b64encode
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cqrs.core.attribute_values import from_attribute_values, to_attribute_values
from cqrs.core.json_text import from_json, to_json
from cqrs.core.json_values import json_value
from cqrs.errors import ValidationError
from tests.dynamodb_values import (
    attribute_values,
    decimals,
    number_texts,
    same,
    written_out,
)

LONGEST_INTEGER = 10**38 - 1
documents = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-LONGEST_INTEGER, LONGEST_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False).filter(
        lambda number: number == 0 or 1e-120 < abs(number) < 1e120
    )
    | st.text(),
    lambda parts: st.lists(parts, max_size=4) | st.dictionaries(st.text(), parts, max_size=4),
    max_leaves=20,
)


@given(attribute_values())
def test_whatever_dynamodb_keeps_is_written_back_as_it_was(value: dict[str, Any]):
    plain = from_attribute_values({"value": value})

    assert same(to_attribute_values(plain)["value"], value)


@given(attribute_values())
def test_the_same_value_comes_from_a_stream_and_from_a_table(value: dict[str, Any]):
    delivered = json.loads(json.dumps(value, default=lambda data: b64encode(data).decode()))

    assert from_attribute_values({"value": delivered}) == from_attribute_values({"value": value})


@given(number_texts())
def test_a_number_is_read_as_that_number_however_it_is_written(text: str):
    plain = from_attribute_values({"n": {"N": text}})["n"]

    assert Decimal(str(plain)) == Decimal(text)
    assert from_json(to_json(plain)) == plain


@given(decimals())
def test_a_number_that_a_caller_gives_comes_back_equal(number: Decimal):
    stored = to_attribute_values({"n": json_value(number, "attributes")})
    given_back = written_out(Decimal(stored["n"]["N"]))

    assert Decimal(str(from_attribute_values({"n": {"N": given_back}})["n"])) == number


@given(attribute_values())
def test_a_value_is_shown_alike_whatever_stands_beside_it(value: dict[str, Any]):
    plain = from_attribute_values({"value": value})["value"]
    number = Decimal("0.12345678901234567890123456789")

    alone, beside = from_json(to_json([plain])), from_json(to_json([plain, number]))

    assert alone == beside[:1]
    assert beside[1] == number


@given(documents)
def test_a_document_comes_back_as_it_was_stored(document: Any):
    stored = to_attribute_values({"value": json_value(document, "attributes")})

    assert json.loads(json.dumps(stored)) == stored
    assert _exact(from_attribute_values(stored)["value"]) == _exact(document)


def _exact(value: Any) -> Any:
    """A document whose numbers are decimals, and told from true and false."""
    if isinstance(value, dict):
        return {name: _exact(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_exact(part) for part in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return "number", Decimal(str(value))
    return value


def test_the_mass_of_the_earth_is_read_back_as_it_was_published():
    stored = to_attribute_values({"mass_kg": 5.972e40})

    assert stored == {"mass_kg": {"N": "5.972E+40"}}
    written = {"mass_kg": {"N": "59720000000000000000000000000000000000000"}}
    assert from_attribute_values(written) == {"mass_kg": 5.972e40}


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1, "1"),
        (1.0, "1.0"),
        (0.1, "0.1"),
        (0, "0"),
        (-0.0, "0"),
        (1e40, "1E+40"),
        (10**40, "1" + "0" * 40),
        (LONGEST_INTEGER, "9" * 38),
        (Decimal("1E-130"), "1E-130"),
    ],
)
def test_numbers_are_written_digit_by_digit(number: Any, text: str):
    assert to_attribute_values({"n": number}) == {"n": {"N": text}}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3", 3),
        ("3.0", 3),
        ("-3", -3),
        ("2.5", 2.5),
        ("1E+20", 10**20),
        ("1E+40", 1e40),
        ("0.12345678901234567890123456789", Decimal("0.12345678901234567890123456789")),
        ("9" * 38 + "0" * 88, int("9" * 38 + "0" * 88)),
        ("1E-130", 1e-130),
    ],
)
def test_numbers_are_ints_or_floats_unless_these_would_round_them(text: str, number: Any):
    plain = from_attribute_values({"n": {"N": text}})["n"]

    assert (type(plain), plain) == (type(number), number)


def test_true_stays_true_and_is_no_number():
    assert to_attribute_values({"a": True}) == {"a": {"BOOL": True}}
    assert from_attribute_values({"a": {"BOOL": True}})["a"] is True


@pytest.mark.parametrize("photo", ["/wD+AA==", b"\xff\x00\xfe\x00"], ids=["stream", "boto3"])
def test_binary_values_are_read_in_the_forms_of_streams_and_of_boto3(photo: Any):
    stored = {
        "photo": {"B": photo},
        "photos": {"BS": [photo]},
        "deeper": {"M": {"all": {"L": [{"B": photo}]}}},
        "name": {"S": "/wD+AA=="},
    }

    plain = from_attribute_values(stored)

    assert plain["photo"] == b"\xff\x00\xfe\x00"
    assert plain["photos"] == {b"\xff\x00\xfe\x00"}
    assert plain["deeper"] == {"all": [b"\xff\x00\xfe\x00"]}
    assert plain["name"] == "/wD+AA=="


@pytest.mark.parametrize(
    "value",
    [
        {"B": "?"},
        {"B": "/wD"},
        {"B": "東"},
        {"B": 5},
        {"N": "abc"},
        {"N": "NaN"},
        {"N": "Infinity"},
        {"N": "1e99999999999999999999"},
        {"N": 5},
        {"S": 5},
        {"BOOL": "true"},
        {"M": []},
        {"L": {"S": "x"}},
        {"X": "x"},
        {},
        {"S": "x", "N": "1"},
        "text",
        None,
    ],
)
def test_what_dynamodb_never_writes_is_refused_and_named(value: Any):
    with pytest.raises(ValidationError, match=r"^Attribute 'photo' cannot be read "):
        from_attribute_values({"name": {"S": "x"}, "photo": value})


def test_a_value_that_is_nested_without_end_is_refused_and_named():
    value: dict[str, Any] = {"S": "x"}
    for _ in range(100_000):
        value = {"L": [value]}

    with pytest.raises(ValidationError, match=r"Attribute .deep. cannot be read .RecursionError"):
        from_attribute_values({"deep": value})
    while "L" in value:  # so that its end is not a recursion either
        value = value["L"].pop()


@pytest.mark.parametrize(
    "value", [object(), float("nan"), 10**38 + 1, set(), {1, "a"}, {True}, {None}]
)
def test_what_dynamodb_does_not_keep_is_not_written(value: Any):
    with pytest.raises(ValidationError, match=r"^count "):
        to_attribute_values({"count": value})
