from __future__ import annotations

import json
import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cqrs.errors import ValidationError
from cqrs.serialization import (
    canonical,
    depth,
    dynamodb_size,
    from_attribute_values,
    json_value,
    to_attribute_values,
)

LONGEST_INTEGER = 10**38 - 1
integers = st.integers(-LONGEST_INTEGER, LONGEST_INTEGER)
floats = st.floats(allow_nan=False, allow_infinity=False).filter(
    lambda number: number == 0 or 1e-120 < abs(number) < 1e120
)
scalars = st.none() | st.booleans() | integers | st.text()
documents = st.recursive(
    scalars,
    lambda parts: st.lists(parts, max_size=4) | st.dictionaries(st.text(), parts, max_size=4),
    max_leaves=20,
)


@given(documents)
def test_a_document_comes_back_as_it_was_stored(document):
    stored = to_attribute_values({"value": json_value(document, "attributes")})

    assert from_attribute_values(stored) == {"value": document}
    assert json.loads(json.dumps(stored)) == stored


@given(floats)
def test_a_float_comes_back_and_can_be_stored_again(number):
    once = from_attribute_values(to_attribute_values({"n": number}))
    twice = from_attribute_values(to_attribute_values(once))

    assert twice == once
    assert float(once["n"]) == number


@pytest.mark.parametrize(
    ("number", "stored"),
    [(1, "1"), (1.0, "1.0"), (0.1, "0.1"), (-0.0, "-0.0"), (1e40, "1E+40"), (LONGEST_INTEGER,) * 2],
)
def test_numbers_are_written_digit_by_digit(number, stored):
    assert to_attribute_values({"n": number}) == {"n": {"N": str(stored)}}


def test_whole_numbers_come_back_as_integers_and_others_as_floats():
    values = {name: {"N": text} for name, text in (("a", "3"), ("b", "3.0"), ("c", "2.5"))}

    plain = from_attribute_values(values)

    assert plain == {"a": 3, "b": 3, "c": 2.5}
    assert [type(value) for value in plain.values()] == [int, int, float]


def test_true_stays_true_and_is_no_number():
    assert to_attribute_values({"a": True}) == {"a": {"BOOL": True}}
    assert from_attribute_values({"a": {"BOOL": True}})["a"] is True


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, 1.0), ([1, 2], (1, 2)), ({"a": 1, "b": 2}, {"b": 2, "a": 1}), (1e23, 10**23), (0, -0.0)],
)
def test_values_that_are_stored_alike_are_the_same(one, other):
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, True), (0, False), (0, None), ("1", 1), ([1, 2], [2, 1]), ({}, []), ({"a": None}, {})],
)
def test_values_that_are_stored_differently_differ(one, other):
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({1, 2}, "attributes.x is a set"),
        (b"bytes", "attributes.x is a bytes"),
        (Decimal(1), "attributes.x is a Decimal"),
        (object(), "attributes.x is a object"),
        (math.nan, "attributes.x is nan"),
        (-math.inf, "attributes.x is -inf"),
        (10**38, "attributes.x is a number that DynamoDB does not keep"),
        pytest.param(10**5000, "attributes.x is a number that DynamoDB", id="5000 digits"),
        (5e-324, "attributes.x is a number that DynamoDB does not keep"),
        (1e300, "attributes.x is a number that DynamoDB does not keep"),
        ("\ud83d", "attributes.x is not Unicode text"),
        ([0, {"y": {2}}], r"attributes.x\[1\].y is a set"),
        ({3: "three"}, "attributes.x has the key 3"),
        ({"\udc00": 1}, "A key of attributes.x is not Unicode text"),
    ],
)
def test_what_cannot_be_stored_is_refused_with_its_place(value, reason):
    with pytest.raises(ValidationError, match=reason):
        json_value({"x": value}, "attributes")


@pytest.mark.parametrize("value", [{1, 2}, {"a"}, b"b", object(), math.nan, 10**38, [Decimal(1)]])
def test_nothing_but_json_is_written(value):
    with pytest.raises(ValidationError, match=r"^count "):
        to_attribute_values({"count": value})


def test_a_value_that_holds_itself_is_refused():
    loop: list = []
    loop.append(loop)

    with pytest.raises(ValidationError, match="Does it hold itself"):
        json_value(loop, "attributes")


def test_a_hundred_levels_are_accepted_and_no_more():
    def nested(levels: int) -> list:
        return [nested(levels - 1)] if levels > 1 else []

    assert depth(json_value(nested(100), "attributes")) == 100
    with pytest.raises(ValidationError, match="more than 100 lists and objects deep"):
        json_value(nested(101), "attributes")


@pytest.mark.parametrize("photo", ["/wD+AA==", b"\xff\x00\xfe\x00"], ids=["stream", "boto3"])
def test_binary_values_are_read_in_the_forms_of_streams_and_of_boto3(photo):
    stored = {
        "photo": {"B": photo},
        "photos": {"BS": [photo]},
        "deeper": {"M": {"all": {"L": [{"B": photo}]}}},
        "name": {"S": "/wD+AA=="},
    }

    plain = from_attribute_values(stored)

    assert bytes(plain["photo"]) == b"\xff\x00\xfe\x00"
    assert {bytes(one) for one in plain["photos"]} == {b"\xff\x00\xfe\x00"}
    assert bytes(plain["deeper"]["all"][0]) == b"\xff\x00\xfe\x00"
    assert plain["name"] == "/wD+AA=="


@pytest.mark.parametrize("photo", ["?", "/wD", "東"])
def test_a_binary_value_that_is_none_is_named(photo):
    with pytest.raises(ValidationError, match="Attribute photo has a binary value that is not"):
        from_attribute_values({"name": {"S": "x"}, "photo": {"B": photo}})


def test_a_checked_value_is_a_copy():
    attributes = {"tags": ("a", "b"), "nested": {"n": 1}}

    copy = json_value(attributes, "attributes")
    attributes["nested"]["n"] = 2

    assert copy == {"tags": ["a", "b"], "nested": {"n": 1}}


def test_depth_counts_containers_and_not_scalars():
    assert depth("text") == 0
    assert depth({"a": 1}) == 1
    assert depth({"a": [{"b": []}]}) == 4


@pytest.mark.parametrize(
    ("value", "size"),
    [
        # Examples by the rules of the DynamoDB developer guide: UTF-8 bytes, one byte for true,
        # false and null, three for a container and one more for each of its parts.
        ("あ", 3),
        (None, 1),
        (True, 1),
        ([], 3),
        ({"ab": "cde"}, 3 + 1 + 2 + 3),
        (["a", "b"], 3 + 2 * (1 + 1)),
    ],
)
def test_sizes_are_those_of_dynamodb(value, size):
    assert dynamodb_size(value) == size


@given(integers | floats)
def test_no_number_is_counted_shorter_than_dynamodb_counts_it(number):
    significant = len(Decimal(str(number)).normalize().as_tuple().digits)
    assert dynamodb_size(number) >= significant // 2 + 1
