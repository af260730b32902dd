"""A sample task: how long the routes are that leave an airport, one to each other airport.

The input is ``{"origin": "JFK"}``; the airports are those of the task's tenant in the data table.
Reading changes nothing, so a task that runs again after a crash comes to the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.airports_by_country import AIRPORT
from app.great_circle import Place, distance_km
from app.registry import application
from cqrs import KEY_SEPARATOR, NotFoundError, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cqrs import DataItem, Task

ROUTE_DISTANCES = "route_distances"
DECIMALS = 1
"""Of a kilometre. The earth is not a sphere, which alone makes up to 0.5 % of a distance."""


@application.task(ROUTE_DISTANCES)
def route_distances(task: Task) -> dict[str, Any]:
    """Measure all routes out of one airport.

    Airports that are deleted or have no coordinates yet are left out.

    Returns
    -------
    dict
        ``origin``, the number of ``routes``, their ``total_km``, and the ``nearest`` and
        ``farthest`` airport, which are None if there is no other airport.

    Raises
    ------
    ValidationError
        If the input names no airport, or coordinates are missing or wrong.
    NotFoundError
        If the tenant has no such airport.
    """
    origin = _origin_of(task)
    places = dict(_located_airports(task.tenant))
    if origin not in places:
        raise _unknown(task, origin)
    start = places.pop(origin)
    routes = {iata: distance_km(start, end) for iata, end in places.items()}
    return {
        "origin": origin,
        "routes": len(routes),
        "total_km": round(sum(routes.values()), DECIMALS),
        "nearest": _route(routes, min(routes, key=routes.__getitem__, default=None)),
        "farthest": _route(routes, max(routes, key=routes.__getitem__, default=None)),
    }


def _origin_of(task: Task) -> str:
    origin = task.input.get("origin") if isinstance(task.input, dict) else None
    if not isinstance(origin, str) or not origin:
        raise ValidationError(
            f"The input of {task.key} names no airport: it must be an object with the text "
            '"origin", as in {"origin": "JFK"}.'
        )
    return origin


def _located_airports(tenant: str) -> Iterator[tuple[str, Place]]:
    for airport in application.data.list_all(_partition_of(tenant)):
        place = None if airport.is_deleted else _place_of(airport)
        if place is not None:
            yield airport.key.sk.removeprefix(f"{AIRPORT}{KEY_SEPARATOR}"), place


def _place_of(airport: DataItem) -> Place | None:
    latitude, longitude = (airport.attributes.get(name) for name in ("latitude", "longitude"))
    if latitude is None and longitude is None:
        return None
    try:
        return Place.checked(latitude, longitude)
    except ValidationError as error:
        raise ValidationError(f"{airport.key} cannot be located: {error}") from None


def _unknown(task: Task, origin: str) -> Exception:
    """Tell why an airport is not among the located ones."""
    pk, sk = _partition_of(task.tenant), f"{AIRPORT}{KEY_SEPARATOR}{origin}"
    airport = application.data.get(pk, sk)
    if airport is None or airport.is_deleted:
        state = "is deleted" if airport else "does not exist"
        return NotFoundError(f"Airport {pk} {sk[:80]} {state}: publish it first, or leave it out.")
    return ValidationError(
        f"{pk} {sk} has no coordinates: publish its latitude and longitude, in degrees."
    )


def _partition_of(tenant: str) -> str:
    return f"{AIRPORT}{KEY_SEPARATOR}{tenant}"


def _route(routes: dict[str, float], iata: str | None) -> dict[str, Any] | None:
    return None if iata is None else {"iata": iata, "km": round(routes[iata], DECIMALS)}
