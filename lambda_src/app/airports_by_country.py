"""A read model beside the data table: the airports of each country.

Its items lie in the data table under partitions of their own, one for each country:
``AIRPORTS_IN_<country>#<tenant>``, sort key as the airport's. An airport that changes its country
moves from one partition to the other, so the handler remembers where it last put it
(``AIRPORT_COUNTRY#<tenant>``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.registry import application
from cqrs.aws.item_store import Action, Condition, Put, Update
from cqrs.core.keys import KEY_SEPARATOR, tenant_code
from cqrs.errors import ConditionFailed, ValidationError

if TYPE_CHECKING:
    from cqrs.commands.models import Command

AIRPORT = "AIRPORT"
LAST_COUNTRY = "AIRPORT_COUNTRY"


def partition_of(country: str, tenant: str) -> str:
    """Partition that lists the airports of a country."""
    return f"AIRPORTS_IN_{country}{KEY_SEPARATOR}{tenant}"


@application.sync_handler("airports_by_country", item_type=AIRPORT)
def airports_by_country(command: Command) -> None:
    """List an airport under its country, once for each version and in order.

    The pointer's version is the guard: it only grows, and the whole move happens with it or not
    at all. So a repeated command changes nothing.

    Raises
    ------
    ValidationError
        The airport has no country.
    """
    country = command.attributes.get("country")
    if not isinstance(country, str) or not country:
        raise ValidationError(
            f"{command.key} has no country; every airport's attributes need one, as text."
        )
    store, table = application.services.store, application.services.settings.data_table
    tenant = tenant_code(command.pk)
    pointer_pk = f"{LAST_COUNTRY}{KEY_SEPARATOR}{tenant}"
    pointer = store.get(table, pointer_pk, command.sk)
    moves: list[Action] = [
        Put(
            table,
            {
                "pk": pointer_pk,
                "sk": command.sk,
                "version": command.version,
                "attributes": {"country": country},
            },
            Condition("attribute_not_exists(#pk) OR #version < :new", {"new": command.version}),
        ),
        Put(
            table,
            {
                "pk": partition_of(country, tenant),
                "sk": command.sk,
                "version": command.version,
                "name": command.content.name,
                "isDeleted": command.content.is_deleted,
                "attributes": {"city": command.attributes.get("city")},
            },
        ),
    ]
    previous = pointer["attributes"]["country"] if pointer else country
    if previous != country:
        moves.append(
            Update(
                table,
                partition_of(previous, tenant),
                command.sk,
                assign={"isDeleted": True, "version": command.version},
            )
        )
    try:
        store.write_together(moves)
    except ConditionFailed:
        return
