"""A read model beside the data table: the airports of each country.

Its entries lie in the data table under partitions of their own, one for each country:
``AIRPORTS_IN_<country>#<tenant>``, sort key as the airport's. An airport that changes its country
moves from one partition to the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.registry import application
from cqrs import KEY_SEPARATOR, Entry, ValidationError, tenant_code

if TYPE_CHECKING:
    from cqrs import Command

AIRPORT = "AIRPORT"
READ_MODEL = "airports_by_country"


def partition_of(country: str, tenant: str) -> str:
    """Partition that lists the airports of a country."""
    return f"AIRPORTS_IN_{country}{KEY_SEPARATOR}{tenant}"


@application.sync_handler(READ_MODEL, item_type=AIRPORT)
def airports_by_country(command: Command) -> None:
    """List an airport under its country; one that is deleted, or has none yet, nowhere.

    Whatever its type allows is taken: a command that a handler refuses holds up those after it.

    Raises
    ------
    ValidationError
        If the airport was published past its type, and its country is no text.
    """
    country = command.attributes.get("country")
    if not isinstance(country, str | None):
        raise ValidationError(
            f"The country of {command.key} is {country!r:.40}; it must be text, or left out."
        )
    entries = [_entry(command, country)] if country and not command.content.is_deleted else []
    application.read_models.show(READ_MODEL, command.key.item, command.version, entries)


def _entry(command: Command, country: str) -> Entry:
    return Entry(
        partition_of(country, tenant_code(command.pk)),
        command.sk,
        {"city": command.attributes.get("city")},
        command.content.name,
    )
