"""The sample import: all of vega-datasets' airports, and rows that a clerk got wrong."""

from __future__ import annotations

import csv
import subprocess
import sys
from decimal import Decimal
from importlib.metadata import files

import pytest

from app import application
from app.airports_import import AIRPORTS, AirportStrategy
from cqrs.errors import ValidationError
from cqrs.imports.models import ImportedItem, PublishMode

KIX = {
    "iata": "KIX",
    "name": "Kansai",
    "city": "Osaka",
    "state": "NA",
    "country": "Japan",
    "latitude": "34.4347",
    "longitude": "135.244",
}


@pytest.fixture(scope="module")
def rows():
    (file,) = [path for path in files("vega-datasets") or [] if path.name == "airports.csv"]
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


@pytest.fixture
def strategy():
    return AirportStrategy()


def refusal(strategy, **cells):
    with pytest.raises(ValidationError) as refused:
        strategy.validate({**KIX, **cells})
    return str(refused.value)


def test_every_row_of_the_file_passes(strategy, rows):
    items = []
    for row in rows:
        strategy.validate(row)
        items.append(strategy.transform(row))

    assert len(items) == len({item.id for item in items}) == 3376
    assert tuple(rows[0]) == strategy.columns
    for item, row in zip(items, rows, strict=True):
        stored = {"iata": item.id, "name": item.name, **item.attributes}
        assert {
            **row,
            "latitude": Decimal(row["latitude"]),
            "longitude": Decimal(row["longitude"]),
        } == (stored)


def test_a_row_becomes_an_airport(strategy):
    strategy.validate(KIX)

    assert strategy.transform(KIX) == ImportedItem(
        "AIRPORT",
        "KIX",
        "Kansai",
        {
            "city": "Osaka",
            "state": "NA",
            "country": "Japan",
            "latitude": Decimal("34.4347"),
            "longitude": Decimal("135.244"),
        },
    )


def test_spaces_around_a_cell_are_not_its_content(strategy):
    spaced = {column: f" {cell}\t" for column, cell in KIX.items()}
    strategy.validate(spaced)

    assert strategy.transform(spaced) == strategy.transform(KIX)


def test_city_and_state_may_be_empty(strategy):
    row = {**KIX, "city": "", "state": ""}
    strategy.validate(row)

    assert (strategy.transform(row).attributes["city"]) == ""


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("latitude", "95.2", "latitude is '95.2'; it must be a number between -90 and 90 degrees."),
        (
            "longitude",
            "-180.1",
            "longitude is '-180.1'; it must be a number between -180 and 180 degrees.",
        ),
        (
            "longitude",
            "",
            "longitude is empty; it must be a number between -180 and 180 degrees.",
        ),
        (
            "iata",
            "kix",
            "iata is 'kix'; it must be a code of 3 or 4 capital letters and digits, such as JFK or "
            "00M.",
        ),
        ("name", "", "name is empty; every airport needs one."),
        ("country", "  ", "country is empty; every airport needs one."),
    ],
)
def test_a_reason_says_where_what_and_how_to_mend_it(strategy, column, cell, reason):
    assert refusal(strategy, **{column: cell}) == reason


@pytest.mark.parametrize(
    "iata", ["", "K", "KI", "KIXXX", "K X", "K-X", "kIX", "\uff2b\uff29\uff38", "KIX#", "٣٣٣"]
)
def test_other_codes_are_refused(strategy, iata):
    assert refusal(strategy, iata=iata).startswith("iata is ")


@pytest.mark.parametrize("iata", ["JFK", "00M", "9A9", "AA99", "9AA9", "ABCD"])
def test_codes_of_the_file_are_taken(strategy, iata):
    strategy.validate({**KIX, "iata": iata})


@pytest.mark.parametrize(
    "text",
    ["nan", "inf", "-Infinity", "1e1", "1_0", "0x1", "34,4347", "34°26'N", "east", "٣", "1.", ".5"],
)
@pytest.mark.parametrize("column", ["latitude", "longitude"])
def test_what_is_no_decimal_number_is_refused(strategy, column, text):
    assert refusal(strategy, **{column: text}).startswith(f"{column} is {text!r}; it must be a ")


@pytest.mark.parametrize(
    ("latitude", "longitude"), [("90", "180"), ("-90.0", "-180"), ("+0", "-0.0"), ("007", "1")]
)
def test_limits_and_signs_are_taken(strategy, latitude, longitude):
    strategy.validate({**KIX, "latitude": latitude, "longitude": longitude})


def test_all_that_is_wrong_is_told_at_once(strategy):
    reason = refusal(strategy, name="", latitude="north", iata="?")

    assert reason.count(";") == 3
    assert all(f"{column} is " in reason for column in ("iata", "name", "latitude"))


def test_a_reason_stays_short(strategy):
    assert len(refusal(strategy, iata="X" * 100_000)) < 200


def test_a_row_that_lacks_cells_is_told_so(strategy):
    with pytest.raises(ValidationError, match=r"latitude is empty.* longitude is empty"):
        strategy.validate({"iata": "KIX", "name": "Kansai", "country": "Japan"})


def test_it_is_registered_for_its_target():
    registered = application._import_strategies.of(AIRPORTS)

    assert registered.columns == AirportStrategy.columns
    assert registered.publish_mode is PublishMode.SYNC


def test_it_needs_no_pydantic():
    """The function's package has none."""
    ended = subprocess.run(
        [sys.executable, "-c", "import app, sys; sys.exit('pydantic' in sys.modules)"], check=False
    )

    assert ended.returncode == 0
