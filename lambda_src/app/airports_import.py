"""A sample import: airports out of CSV files such as vega-datasets' airports.csv.

Each row becomes one airport. Every reason for which a row is rejected is written for the person who
made the file: which column, what stands there, and what should.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from app.airports_by_country import AIRPORT
from app.great_circle import LATITUDES, LONGITUDES
from app.registry import application
from cqrs import ImportedItem, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

AIRPORTS = "airports"
"""The target's name."""

CODE = re.compile(r"[0-9A-Z]{3,4}")
"""Airports without an IATA code have their FAA location identifier in the file, such as 00M."""

NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
"""Decimal notation; Python also takes 'nan' and '1_0'. A float would round what has many digits."""

SHOWN_LENGTH = 40
"""Characters that a reason shows of a cell."""


@application.import_strategy(AIRPORTS)
class AirportStrategy:
    """Makes airports of rows."""

    columns = ("iata", "name", "city", "state", "country", "latitude", "longitude")

    def validate(self, row: Mapping[str, str]) -> None:
        """Check a row.

        Raises
        ------
        ValidationError
            If something is wrong with it; the message tells all that is.
        """
        problems = list(_problems(row))
        if problems:
            raise ValidationError(" ".join(problems))

    def transform(self, row: Mapping[str, str]) -> ImportedItem:
        """Turn a row that was checked into an airport."""
        return ImportedItem(
            AIRPORT,
            _cell(row, "iata"),
            _cell(row, "name"),
            {
                "city": _cell(row, "city"),
                "state": _cell(row, "state"),
                "country": _cell(row, "country"),
                "latitude": Decimal(_cell(row, "latitude")),
                "longitude": Decimal(_cell(row, "longitude")),
            },
        )


def _problems(row: Mapping[str, str]) -> Iterator[str]:
    iata = _cell(row, "iata")
    if not CODE.fullmatch(iata):
        yield (
            f"iata is {_shown(iata)}; it must be a code of 3 or 4 capital letters and digits, such "
            "as JFK or 00M."
        )
    for column in ("name", "country"):
        if not _cell(row, column):
            yield f"{column} is empty; every airport needs one."
    for column, limits in (("latitude", LATITUDES), ("longitude", LONGITUDES)):
        text, (low, high) = _cell(row, column), limits
        if not (NUMBER.fullmatch(text) and low <= Decimal(text) <= high):
            yield (
                f"{column} is {_shown(text)}; it must be a number between {low:g} and {high:g} "
                "degrees."
            )


def _cell(row: Mapping[str, str], column: str) -> str:
    """The content of a column, without the spaces around it."""
    return row.get(column, "").strip()


def _shown(text: str) -> str:
    if not text:
        return "empty"
    return repr(text if len(text) <= SHOWN_LENGTH else f"{text[:SHOWN_LENGTH]}...")
