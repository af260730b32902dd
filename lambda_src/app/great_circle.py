"""Distances on the earth, taken as a sphere."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from cqrs import ValidationError

EARTH_RADIUS_KM = 6371.0088
"""Mean radius R1 of the earth (Moritz, "Geodetic Reference System 1980")."""

LATITUDES = (-90.0, 90.0)
LONGITUDES = (-180.0, 180.0)


@dataclass(frozen=True, slots=True)
class Place:
    """A place on the earth, in degrees."""

    latitude: float
    longitude: float

    @classmethod
    def checked(cls, latitude: object, longitude: object) -> Place:
        """Build a place from data.

        Raises
        ------
        ValidationError
            If a coordinate is not a number, or out of range.
        """
        return cls(
            _checked("latitude", latitude, LATITUDES),
            _checked("longitude", longitude, LONGITUDES),
        )


def distance_km(start: Place, end: Place) -> float:
    """Length of the shortest way between two places.

    The haversine formula, which stays exact if places lie close to each other (Sinnott, "Virtues of
    the Haversine", Sky and Telescope 68, 1984).
    """
    latitude, other_latitude = math.radians(start.latitude), math.radians(end.latitude)
    longitudes = math.radians(end.longitude - start.longitude)
    haversine = (
        math.sin((other_latitude - latitude) / 2) ** 2
        + math.cos(latitude) * math.cos(other_latitude) * math.sin(longitudes / 2) ** 2
    )
    # Rounding may bring antipodes above 1, which has no arc sine.
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, haversine)))


def _checked(name: str, value: object, limits: tuple[float, float]) -> float:
    low, high = limits
    if isinstance(value, int | float | Decimal) and type(value) is not bool:
        degrees = float(value)
        if low <= degrees <= high:
            return degrees
    raise ValidationError(
        f"{name} is {repr(value)[:40]}; it must be a number of degrees, {low:g} to {high:g}."
    )
