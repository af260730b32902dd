"""A read model: the airports of each country.

Its entries have partitions of their own, one for each country and tenant. An airport that changes
its country moves from one partition to the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from app.registry import application
from cqrs import KEY_SEPARATOR, Entry, ValidationError

if TYPE_CHECKING:
    from cqrs import ItemState

AIRPORT = "AIRPORT"
READ_MODEL = "airports_by_country"


def partition_of(country: str, tenant: str) -> str:
    """Partition that lists the airports of a country."""
    return f"AIRPORTS_IN_{country}{KEY_SEPARATOR}{tenant}"


@application.read_model(READ_MODEL, item_types=[AIRPORT])
def airports_by_country(airport: ItemState) -> Entry | None:
    """List an airport under its country; one that has none yet nowhere.

    Whatever its type allows is taken: a command that a projection refuses holds up those after it.

    Raises
    ------
    ValidationError
        If the airport was published past its type, and its country is no text.
    """
    country = airport.attributes.get("country")
    if not isinstance(country, str | None):
        raise ValidationError(
            f"The country of {airport.key} is {country!r:.40}; it must be text, or left out."
        )
    if not country:
        return None
    shown = {"city": airport.attributes.get("city")}
    return Entry(partition_of(country, airport.tenant), airport.sk, shown, airport.name)


def airports_of(country: str, tenant: str) -> Iterator[Entry]:
    """All airports of a country."""
    return application.read_models.list_all(READ_MODEL, partition_of(country, tenant))
