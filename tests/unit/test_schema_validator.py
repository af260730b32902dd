"""The validator of schemas, beside the reference implementation."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel, Field

from cqrs.errors import ConfigurationError
from cqrs.item_types.formats import FORMATS
from cqrs.item_types.keywords import checked_schema
from cqrs.item_types.paths import path_text
from cqrs.item_types.validator import Validator


def found(schema: Any, value: Any) -> list[str]:
    """All that is wrong with a value, in words."""
    checked = checked_schema(schema, "The schema")
    return [f"{path_text(path)} {message}" for path, message in Validator(checked).problems(value)]


NAMES = st.sampled_from(["a", "b", "c"])
NUMBERS = st.one_of(
    st.integers(-4, 4), st.sampled_from([0.5, -1.5, 2.0, 1e16, 10**20, -0.0]), st.booleans()
)
TEXTS = st.sampled_from(["", "a", "ab", "abc", "é", "😀", "1"])
SCALARS = st.one_of(st.none(), NUMBERS, TEXTS)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=6,
)
LIMITS = st.one_of(st.integers(-3, 3), st.sampled_from([0.5, 2.0, -1.5]))
COUNTS = st.integers(0, 3)
PATTERNS = st.sampled_from(["^a", "b", "^[abc]+$", "c$", "[$]"])
KINDS = st.sampled_from(["array", "boolean", "integer", "null", "number", "object", "string"])


def schemas_of(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    some, named = st.lists(inner, min_size=1, max_size=3), st.dictionaries(NAMES, inner, max_size=2)
    keywords = {
        "type": st.one_of(KINDS, st.lists(KINDS, min_size=1, max_size=3, unique=True)),
        "enum": st.lists(VALUES, min_size=1, max_size=3),
        "const": VALUES,
        "minimum": LIMITS,
        "maximum": LIMITS,
        "exclusiveMinimum": LIMITS,
        "exclusiveMaximum": LIMITS,
        "multipleOf": st.sampled_from([1, 2, 0.5, 3]),
        "minLength": COUNTS,
        "maxLength": COUNTS,
        "pattern": PATTERNS,
        "minItems": COUNTS,
        "maxItems": COUNTS,
        "uniqueItems": st.booleans(),
        "minProperties": COUNTS,
        "maxProperties": COUNTS,
        "required": st.lists(NAMES, max_size=2, unique=True),
        "dependentRequired": st.dictionaries(NAMES, st.lists(NAMES, max_size=2, unique=True)),
        "dependentSchemas": named,
        "properties": named,
        "patternProperties": st.dictionaries(PATTERNS, inner, max_size=2),
        "additionalProperties": inner,
        "propertyNames": inner,
        "prefixItems": some,
        "items": inner,
        "contains": inner,
        "minContains": COUNTS,
        "maxContains": COUNTS,
        "allOf": some,
        "anyOf": some,
        "oneOf": some,
        "not": inner,
        "if": inner,
        "then": inner,
        "else": inner,
        "$ref": st.sampled_from(["#/$defs/a", "#/$defs/b"]),
    }
    chosen = st.lists(st.sampled_from(sorted(keywords)), max_size=4, unique=True)
    return chosen.flatmap(lambda names: st.fixed_dictionaries({n: keywords[n] for n in names}))


PARTS = st.recursive(st.booleans(), schemas_of, max_leaves=8)
PLACED = st.recursive(st.just(True), schemas_of, max_leaves=8)
"""The reference implementation does not tell the place of what no value fits."""


@settings(max_examples=200, deadline=None)
@given(schema=schemas_of(PARTS), defs=st.tuples(PARTS, PARTS), values=st.lists(VALUES, max_size=5))
def test_it_refuses_just_what_the_reference_implementation_does(
    schema: dict[str, Any], defs: tuple[Any, Any], values: list[Any]
) -> None:
    whole = {**schema, "$defs": dict(zip("ab", defs, strict=True))}
    try:
        validator = Validator(checked_schema(whole, "The schema"))
    except ConfigurationError as error:
        assume("refers to itself" not in str(error))
        raise
    reference = Draft202012Validator(whole)
    for value in values:
        assert (not list(validator.problems(value))) == reference.is_valid(value), value


@settings(max_examples=100, deadline=None)
@given(properties=st.dictionaries(NAMES, PLACED, max_size=3), value=VALUES)
def test_it_finds_problems_at_the_places_where_the_reference_implementation_does(
    properties: dict[str, Any], value: Any
) -> None:
    """Of the names of an object; the reference puts what is missing at the object itself."""
    schema = {"type": "object", "properties": properties, "$defs": {"a": True, "b": True}}
    validator = Validator(checked_schema(schema, "The schema"))

    ours = {problem.path[:1] for problem in validator.problems(value)}
    theirs = {
        tuple(error.absolute_path)[:1] for error in Draft202012Validator(schema).iter_errors(value)
    }

    assert ours == theirs


class Runway(BaseModel):
    length: float = Field(gt=0)
    surface: str


class Airport(BaseModel):
    code: str = Field(pattern="^[A-Z]{3}$")
    runways: list[Runway] = Field(default_factory=list, min_length=1)
    main: Runway | None = None
    place: tuple[float, float] | None = None


def test_it_tells_every_error_at_its_place():
    value = {
        "runways": [{"length": 0, "surface": "grass"}, {"length": "long"}],
        "main": {"length": -1, "surface": 1},
        "place": [1, "x"],
    }

    assert found(Airport.model_json_schema(), value) == [
        "attributes.runways[0].length is 0; it must be more than 0",
        "attributes.runways[1].length is 'long'; it must be a number",
        "attributes.runways[1].surface is missing",
        "attributes.main.length is -1; it must be more than 0",
        "attributes.main.surface is 1; it must be text",
        "attributes.place[1] is 'x'; it must be a number",
        "attributes.code is missing",
    ]


@pytest.mark.parametrize(
    ("schema", "value", "told"),
    [
        ({"type": ["integer", "null"]}, "x", "is 'x'; it must be a whole number or null"),
        ({"enum": ["a", "b", 1]}, "c", "is 'c'; it must be 'a', 'b' or 1"),
        ({"const": True}, 1, "is 1; it must be true"),
        ({"maximum": 90.0}, 90.5, "is 90.5; it must be 90 or less"),
        ({"minLength": 2}, "a", "is 'a'; it must have 2 characters or more"),
        ({"maxLength": 1}, "ab", "is 'ab', of 2 characters; it must have 1 character or less"),
        ({"minItems": 2}, [1], "has 1 entry; it must have 2 or more"),
        ({"uniqueItems": True}, [1, 2, 1.0], "has 1 twice, at 0 and 2; all of it must differ"),
        ({"pattern": "^[A-Z]+$"}, "a", "is 'a'; it must match the pattern ^[A-Z]+$"),
        ({"not": {"const": 1}}, 1, "is 1, which is not allowed"),
        ({"contains": {"const": 1}}, [], "has 0 entries of a certain form; it must have 1 or more"),
        (
            {"oneOf": [{"minimum": 1}, {"minimum": 2}]},
            3,
            "is 3, of which 2 forms take; one alone must",
        ),
        (
            {"anyOf": [{"type": "string", "minLength": 2}, {"type": "string", "pattern": "x"}]},
            "a",
            "is 'a'; it must have 2 characters or more, or it must match the pattern x",
        ),
        ({"format": "date"}, "2023-02-29", "is '2023-02-29'; it must be a date such as 2024-12-31"),
        (False, 1, "is not allowed"),
    ],
)
def test_its_words(schema: Any, value: Any, told: str):
    assert found(schema, value) == [f"attributes {told}"]


def test_an_unknown_name_is_told_with_the_known_ones():
    schema = {"properties": {"city": True}, "additionalProperties": False}

    assert found(schema, {"cty": 1}) == ["attributes.cty is unknown; known are city"]


def test_a_union_is_told_apart_by_what_the_value_says():
    schema = {
        "oneOf": [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Dog"}],
        "discriminator": {
            "propertyName": "kind",
            "mapping": {"cat": "#/$defs/Cat", "dog": "#/$defs/Dog"},
        },
        "$defs": {
            "Cat": {
                "type": "object",
                "properties": {"kind": {"const": "cat"}, "lives": {"type": "integer"}},
            },
            "Dog": {
                "type": "object",
                "properties": {"kind": {"const": "dog"}},
                "required": ["name"],
            },
        },
    }

    assert found(schema, {"kind": "cat", "lives": "nine"}) == [
        "attributes.lives is 'nine'; it must be a whole number"
    ]
    assert found(schema, {"kind": "dog"}) == ["attributes.name is missing"]


def test_a_schema_may_hold_itself():
    schema = {
        "$ref": "#/$defs/Tree",
        "$defs": {
            "Tree": {
                "type": "object",
                "properties": {"branches": {"type": "array", "items": {"$ref": "#/$defs/Tree"}}},
            }
        },
    }

    assert found(schema, {"branches": [{}, {"branches": [1]}]}) == [
        "attributes.branches[1].branches[0] is 1; it must be an object"
    ]


@pytest.mark.parametrize(
    ("schema", "fitting", "other"),
    [
        ({"multipleOf": 0.01}, [19.01, 0.07, Decimal("123456789012345678.01"), 10**30], [0.005]),
        ({"multipleOf": 3}, [3 * 10**37], [10**37]),
        ({"type": "integer"}, [1.0, Decimal("1E+30"), 10**37], [1.5, True, Decimal("0.1")]),
        ({"minimum": 0.1}, [0.1, Decimal("0.10000000000000000000001")], [Decimal("0.0999999999")]),
        ({"exclusiveMaximum": 0.3}, [0.1 + 0.1], [Decimal("0.3"), 0.1 + 0.2]),
        ({"enum": [1]}, [1, 1.0, Decimal("1.00")], [True, "1"]),
        ({"enum": [False]}, [False], [0]),
        ({"uniqueItems": True}, [[1, True], [0, False]], [[1, Decimal("1.0")]]),
    ],
)
def test_numbers_are_what_they_write(schema: Any, fitting: list[Any], other: list[Any]):
    assert [value for value in fitting if found(schema, value)] == []
    assert [value for value in other if not found(schema, value)] == []


def test_the_end_of_a_pattern_is_the_end_of_the_text():
    assert found({"pattern": "^[A-Z]{3}$"}, "JFK\n")
    assert not found({"pattern": r"^\$[$]$"}, "$$")


@pytest.mark.parametrize(
    ("name", "fitting", "other"),
    [
        ("date", "2024-02-29", "24-02-29"),
        ("date-time", "2024-12-31T23:59:00+09:00", "2024-12-31"),
        ("date-time", "2024-12-31T23:59:00", "2024-13-31T23:59:00"),
        ("duration", "P3DT12H", "3 days"),
        ("email", "a@example.com", "a"),
        ("ipv4", "10.0.0.1", "10.0.0"),
        ("ipv6", "::1", "10.0.0.1"),
        ("ipvanynetwork", "10.0.0.0/8", "10.0.0.1/8"),
        ("time", "23:59", "24:00"),
        ("uri", "https://example.com/", "example"),
        ("uuid", "123e4567-e89b-12d3-a456-426614174000", "123e4567"),
        ("uuid4", "f47ac10b-58cc-4372-8567-0e02b2c3d479", "123e4567-e89b-12d3-a456-426614174000"),
    ],
)
def test_formats(name: str, fitting: str, other: str):
    assert FORMATS[name].fits(fitting)
    assert found({"format": name}, other)


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"properties": {"a": {"requried": []}}}, "#/properties/a/requried is not checked"),
        ({"unevaluatedProperties": False}, "#/unevaluatedProperties is not checked"),
        ({"type": "str"}, "#/type must be one of array"),
        ({"format": "iata"}, "#/format must be one of base64"),
        ({"pattern": "("}, "#/pattern must be a pattern that Python knows"),
        ({"$ref": "#/$defs/A"}, "#/$ref must name a part of this schema"),
        ({"$ref": "#anchor"}, "#/$ref must name a part of this schema"),
        ({"$ref": "https://example.com/a.json"}, "#/$ref must name a part of this schema"),
        ({"allOf": [{"$ref": "#"}]}, "# refers to itself without an end"),
        ({"multipleOf": 0}, "#/multipleOf must be a number above 0"),
        ({"items": [{}]}, "#/items must be a schema"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "#/$schema must be https://"),
        ({"minimum": Decimal("0.12345678901234567890")}, "has 19 digits"),
        ({"enum": [{1}]}, "cannot be used"),
        ("AIRPORT", "# must be a schema"),
    ],
)
def test_a_schema_that_is_not_checked_as_a_whole_is_refused(schema: Any, told: str):
    with pytest.raises(ConfigurationError) as refused:
        checked_schema(schema, "The schema")

    assert told in str(refused.value)


def test_annotations_and_extensions_are_passed_over():
    schema = {"title": "A", "x-shown": 1, "examples": [1], "default": 1, "format": "password"}

    assert found(json.loads(json.dumps(schema)), 5) == []


def test_a_place_is_told_whatever_its_name_is():
    assert path_text(("a b", 0, "c", "x" * 90)) == (f'attributes["a b"][0].c["{"x" * 80}..."]')
