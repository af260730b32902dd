"""Spoils rows of a file in ten ways, each so that a clerk can be told."""

from __future__ import annotations

import random
from collections.abc import Callable

Spoil = Callable[[dict[str, str]], dict[str, str]]

FAULTS: dict[str, tuple[Spoil, str]] = {
    "no code": (lambda row: {**row, "iata": ""}, "iata"),
    "code too long": (lambda row: {**row, "iata": row["iata"] + "XYZ"}, "iata"),
    "code with a blank": (lambda row: {**row, "iata": "A B"}, "iata"),
    "no name": (lambda row: {**row, "name": ""}, "name"),
    "no country": (lambda row: {**row, "country": ""}, "country"),
    "latitude not a number": (lambda row: {**row, "latitude": "north"}, "latitude"),
    "latitude beyond the pole": (lambda row: {**row, "latitude": "95.5"}, "latitude"),
    "longitude not a number": (lambda row: {**row, "longitude": "12,5"}, "longitude"),
    "longitude beyond the date line": (lambda row: {**row, "longitude": "-190"}, "longitude"),
    "no longitude": (lambda row: {**row, "longitude": ""}, "longitude"),
}
"""By name: how a row is spoilt, and the column that the reason must name."""


def spoil(
    rows: list[dict[str, str]], each: int, seed: int
) -> tuple[list[dict[str, str]], dict[int, tuple[str, str]]]:
    """Spoil rows, as many of each kind.

    Returns
    -------
    tuple
        The rows, and by the spoilt rows' numbers the kind of fault and the column that it is in.
    """
    chosen = random.Random(seed).sample(range(len(rows)), each * len(FAULTS))  # noqa: S311
    spoilt, faults = list(rows), {}
    for place, position in enumerate(chosen):
        name = list(FAULTS)[place % len(FAULTS)]
        change, column = FAULTS[name]
        spoilt[position] = change(rows[position])
        faults[position + 1] = (name, column)
    return spoilt, faults
