from __future__ import annotations

import math
import tracemalloc
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cqrs.core.json_values import canonical, json_value
from cqrs.core.numbers import json_number, normal_text, to_decimal
from cqrs.core.sizes import depth, dynamodb_size
from cqrs.errors import ValidationError

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


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        ([1, 2], (1, 2)),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (1e23, 10**23),
        (0, -0.0),
        (Decimal("1.50"), 1.5),
        ({1, 2}, {2.0, Decimal(1)}),
        ({b"x", b"y"}, {b"y", b"x"}),
    ],
)
def test_values_that_are_stored_alike_are_the_same(one, other):
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (0, False),
        (0, None),
        ("1", 1),
        ([1, 2], [2, 1]),
        ({}, []),
        ({"a": None}, {}),
        (Decimal("0.12345678901234567890"), Decimal("0.12345678901234567891")),
        (["a"], {"a"}),
        ("YQ==", b"a"),
    ],
)
def test_values_that_are_stored_differently_differ(one, other):
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({1, 2}, "attributes.x is a set"),
        (b"bytes", "attributes.x is a bytes"),
        (Decimal("NaN"), "attributes.x is NaN"),
        (Decimal("-Infinity"), "attributes.x is -Infinity"),
        (object(), "attributes.x is a object"),
        (math.nan, "attributes.x is nan"),
        (-math.inf, "attributes.x is -inf"),
        (10**38 + 1, "attributes.x is a number that DynamoDB does not keep: it has 39"),
        (
            Decimal("0." + "1" * 39),
            "attributes.x is a number that DynamoDB does not keep: it has 39",
        ),
        (10**126, "attributes.x is a number that DynamoDB does not keep: its magnitude"),
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


def test_decimals_become_what_people_compute_with_unless_that_would_round_them():
    given = {"a": Decimal("1.50"), "b": Decimal(7), "c": Decimal("0.1234567890123456789")}

    checked = json_value(given, "attributes")

    assert checked == {"a": 1.5, "b": 7, "c": Decimal("0.1234567890123456789")}
    assert [type(value) for value in checked.values()] == [float, int, Decimal]


def test_what_others_read_as_floats_is_not_rounded_on_the_way():
    assert json_value([Decimal("0.1")], "output", is_stored=False) == [0.1]
    told = (
        r"output\[0\] has 17 digits, and Lambda and Step Functions make 0.12345678901234566 of it"
    )
    with pytest.raises(ValidationError, match=told):
        json_value([Decimal("0.12345678901234567")], "output", is_stored=False)
    with pytest.raises(ValidationError, match=r"output\[0\] has 19 digits, and Lambda and Step"):
        json_value([Decimal("0.1234567890123456789")], "output", is_stored=False)


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
        # Examples by the rules of the DynamoDB developer guide. UTF-8 bytes, one byte for true,
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


@pytest.mark.parametrize("number", ["1E+400", "-1E+400", "1E-400"])
def test_a_number_beyond_all_floats_is_refused_for_its_size(number):
    with pytest.raises(ValidationError, match=r"input is -?1\.000E[+-]400; Lambda and"):
        json_number(Decimal(number), "input")


def test_millions_of_zeros_take_a_few_bytes_each_and_are_left_out():
    count = 1_000_000
    number = Decimal("1." + "0" * count)

    tracemalloc.start()
    kept, text = to_decimal(number, "n"), normal_text(number)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (str(kept), text) == ("1", "1E0")
    assert peak < 5 * count
