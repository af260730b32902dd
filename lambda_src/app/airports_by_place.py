"""A read model in SQL: airports by name, country and distance, paged, in one query.

Its table is made by ``migrations/0001_airports_by_place.py``. An environment without a database
does without this read model.
"""

from __future__ import annotations

import base64
import json
import math
from typing import TYPE_CHECKING, Any

from app.airports_by_country import AIRPORT
from app.great_circle import EARTH_RADIUS_KM, Place
from app.registry import application
from cqrs import KEY_SEPARATOR, SqlTable, ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cqrs import ApiCall, ItemState

READ_MODEL = "airports_by_place"
LONGEST_PAGE = 100

TABLE = SqlTable(
    "airports_by_place",
    {
        "name": "text",
        "search": "text",
        "city": "text",
        "country": "text",
        "latitude": "double precision",
        "longitude": "double precision",
    },
    [["generation", "pk", "search"], ["generation", "pk", "latitude"]],
)

DISTANCE = f"""2 * {EARTH_RADIUS_KM} * asin(sqrt(least(1.0,
  power(sin(radians(latitude - CAST(:latitude AS double precision)) / 2), 2)
  + cos(radians(CAST(:latitude AS double precision))) * cos(radians(latitude))
  * power(sin(radians(longitude - CAST(:longitude AS double precision)) / 2), 2))))"""
"""The haversine formula, as in :mod:`app.great_circle`."""

QUERY = f"""SELECT sk, name, city, country, latitude, longitude, rank_km, rank_name FROM (
  SELECT sk, name, city, country, latitude, longitude,
    coalesce({DISTANCE}, 0.0) AS rank_km,
    CASE WHEN CAST(:latitude AS double precision) IS NULL THEN search ELSE '' END AS rank_name
  FROM airports_by_place
  WHERE generation = :generation AND pk = :pk AND NOT is_deleted
    AND (CAST(:country AS text) IS NULL OR country = :country)
    AND (CAST(:name AS text) IS NULL OR strpos(search, :name) > 0)
    AND (CAST(:latitude AS double precision) IS NULL
      OR latitude IS NOT NULL AND longitude IS NOT NULL)
) AS found
WHERE (CAST(:within_km AS double precision) IS NULL
    OR rank_km <= CAST(:within_km AS double precision))
  AND (CAST(:after_sk AS text) IS NULL
    OR (rank_km, rank_name, sk) > (CAST(:after_km AS double precision), :after_name, :after_sk))
ORDER BY rank_km, rank_name, sk
LIMIT CAST(:most AS integer)"""  # noqa: S608 - of this module's own text alone
"""A page begins behind the last airport of the page before, whatever was added meanwhile."""


@application.read_model(READ_MODEL, item_types=[AIRPORT], place=TABLE)
def airports_by_place(airport: ItemState) -> dict[str, Any]:
    """Make a row of an airport."""
    attributes = airport.attributes
    return {
        "name": _text(airport.name),
        "search": _text(airport.name.casefold()),
        "city": _text(attributes.get("city")),
        "country": _text(attributes.get("country")),
        "latitude": attributes.get("latitude"),
        "longitude": attributes.get("longitude"),
    }


@application.action("find_airports")
def find_airports(
    tenant: str,
    name: str | None = None,
    country: str | None = None,
    latitude: float | None = None,
    longitude: float | None = None,
    within_km: float | None = None,
    limit: int = 20,
    cursor: str | None = None,
) -> dict[str, Any]:
    """Find airports by a part of their names, by country, and by distance from a place.

    The nearest come first if there is a place, else they come by their names.
    """
    if (latitude is None) != (longitude is None):
        raise ValidationError("latitude and longitude belong together: give both, or neither.")
    if within_km is not None and latitude is None:
        raise ValidationError("within_km needs latitude and longitude.")
    if latitude is not None:
        Place.checked(latitude, longitude)
    if not 1 <= limit <= LONGEST_PAGE:
        raise ValidationError(f"limit is {limit}; it must be 1 to {LONGEST_PAGE}.")
    after_km, after_name, after_sk = _place_of(cursor)
    rows = application.read_models.query(
        READ_MODEL,
        QUERY,
        pk=f"{AIRPORT}{KEY_SEPARATOR}{tenant}",
        name=name.casefold() if name else None,
        country=country,
        latitude=latitude,
        longitude=longitude,
        within_km=within_km,
        after_km=after_km,
        after_name=after_name,
        after_sk=after_sk,
        most=limit + 1,
    )
    shown = [
        {
            "sk": sk,
            "name": title,
            "city": city,
            "country": land,
            "latitude": north,
            "longitude": east,
            **({} if latitude is None else {"km": round(km, 3)}),
        }
        for sk, title, city, land, north, east, km, _ in rows[:limit]
    ]
    more = None
    if len(rows) > limit:
        *_, km, rank_name = rows[limit - 1]
        more = _cursor([km, rank_name, rows[limit - 1][0]])
    return {"airports": shown, "cursor": more}


@application.route("GET", "/airports-by-place", role="reader")
def airports_of_api(call: ApiCall) -> dict[str, Any]:
    """Find airports by name, country and distance."""
    query = call.query
    return find_airports(
        call.tenant,
        name=query.get("name"),
        country=query.get("country"),
        latitude=_number(query, "latitude"),
        longitude=_number(query, "longitude"),
        within_km=_number(query, "within_km"),
        limit=_whole(query, "limit", 20),
        cursor=query.get("cursor"),
    )


def _number(query: Mapping[str, str], name: str) -> float | None:
    try:
        number = float(query[name]) if name in query else None
    except ValueError:
        number = math.nan
    if number is not None and not math.isfinite(number):
        raise ValidationError(f"{name} is {query[name][:40]!r}; it must be a number.")
    return number


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    number = _number(query, name)
    if number is not None and not number.is_integer():
        raise ValidationError(f"{name} is {query[name][:40]!r}; it must be a whole number.")
    return default if number is None else int(number)


def _text(value: Any) -> str | None:
    # PostgreSQL's text has no zero character, and a row that it refuses holds up the item.
    return value.replace("\0", "") if isinstance(value, str) else None


def _cursor(place: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _place_of(cursor: str | None) -> tuple[float | None, str | None, str | None]:
    if cursor is None:
        return None, None, None
    try:
        km, name, sk = json.loads(base64.urlsafe_b64decode(cursor))
        return float(km), str(name), str(sk)
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise ValidationError(
            "The cursor is none of this list: give back the cursor of the page before, unchanged."
        ) from None
