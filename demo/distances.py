"""The routes of the sample task computed a second time, in another way, to compare the results."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from app.great_circle import EARTH_RADIUS_KM
from demo.airports import Airport

TOLERANCE_KM = 0.1
"""Results are rounded to that; the two ways differ by far less."""


def is_right(result: Any, airports: Sequence[Airport]) -> bool:
    """Whether a task's result is what the airports' file says."""
    origin = next((airport for airport in airports if airport.iata == result["origin"]), None)
    if origin is None:
        return False
    routes = [_distance_km(origin, airport) for airport in airports if airport is not origin]
    expected = sum(routes), min(routes), max(routes)
    found = result["total_km"], result["nearest"]["km"], result["farthest"]["km"]
    return result["routes"] == len(routes) and all(
        math.isclose(a, b, abs_tol=TOLERANCE_KM, rel_tol=0)
        for a, b in zip(found, expected, strict=True)
    )


def _distance_km(start: Airport, end: Airport) -> float:
    """The earth's radius by the angle between two vectors; the function takes haversines."""
    a, b = _direction(start), _direction(end)
    return EARTH_RADIUS_KM * math.atan2(math.hypot(*_cross(a, b)), _dot(a, b))


def _direction(airport: Airport) -> tuple[float, float, float]:
    latitude, longitude = math.radians(airport.latitude), math.radians(airport.longitude)
    return (
        math.cos(latitude) * math.cos(longitude),
        math.cos(latitude) * math.sin(longitude),
        math.sin(latitude),
    )


def _cross(a: Sequence[float], b: Sequence[float]) -> tuple[float, float, float]:
    return (
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    )


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))
