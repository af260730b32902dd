"""Whatever the type of airports allows is applied: a command that fails holds up those after it."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.airports_by_country import READ_MODEL, partition_of
from app.models import LONGEST_NAME, Airport
from cqrs.testing import MemoryEnvironment

PK, SK = "AIRPORT#acme", "AIRPORT#KIX"
LEAST_MAGNITUDE = 1e-129
"""Of numbers that DynamoDB keeps, 0 aside; a smaller one is refused at the door."""
OTHERS = st.dictionaries(
    st.text(min_size=1, max_size=5).filter(lambda name: name not in Airport.model_fields),
    st.integers(-(10**30), 10**30) | st.text(max_size=5) | st.none() | st.lists(st.booleans()),
    max_size=2,
)


def values(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that a schema of the model's form allows, at its limits in particular."""
    if "anyOf" in schema:
        return st.one_of([values(part) for part in schema["anyOf"]])
    if schema["type"] == "string":
        longest = schema.get("maxLength", 2000)
        return st.sampled_from(["", " ", "#", "𝄞" * longest]) | st.text(max_size=20)
    if schema["type"] == "number":
        kept = st.floats(schema["minimum"], schema["maximum"])
        return kept.filter(lambda number: number == 0 or abs(number) > LEAST_MAGNITUDE)
    assert schema["type"] == "null", schema
    return st.none()


def airports() -> st.SearchStrategy[dict[str, Any]]:
    schema = Airport.model_json_schema()
    assert not schema.get("required")
    known = {name: values(part) for name, part in schema["properties"].items()}
    given_ones = st.fixed_dictionaries({}, optional=known)
    return st.builds(lambda named, others: {**others, **named}, given_ones, OTHERS)


def listed(environment: MemoryEnvironment, country: str) -> list[str]:
    """Airports of a country, by the read model."""
    shown = environment.read_models.list_all(READ_MODEL, partition_of(country, "acme"))
    return [entry.sk for entry in shown]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(attributes=airports())
def test_what_the_type_allows_is_applied(
    environment: MemoryEnvironment, attributes: dict[str, Any]
):
    published = environment.commands.publish(PK, SK, name="Kansai", attributes=attributes)
    environment.settle()

    item = environment.data.get(PK, SK)
    assert item is not None
    assert item.version == published.key.version
    country = attributes.get("country")
    if country:
        assert listed(environment, country) == [SK]


def test_an_airport_that_loses_its_country_is_listed_nowhere(environment: MemoryEnvironment):
    for attributes in ({"country": "Japan"}, {}):
        environment.commands.publish(PK, SK, attributes=attributes)
    environment.settle()

    assert listed(environment, "Japan") == []


def test_the_longest_country_fits_into_a_key():
    assert len(partition_of("𝄞" * LONGEST_NAME, "x" * 256).encode()) <= 2048
