"""Airports of the United States and some territories: vega-datasets' airports.csv."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.metadata import files
from itertools import islice
from pathlib import Path

DISTRIBUTION = "vega-datasets"
FILE_NAME = "airports.csv"


@dataclass(frozen=True, slots=True)
class Airport:
    """One row of the file; coordinates in degrees."""

    iata: str
    name: str
    city: str
    state: str
    country: str
    latitude: float
    longitude: float


def airports_file() -> Path:
    """The file's path.

    Raises
    ------
    FileNotFoundError
        If the data set is not installed.
    """
    # The file is read from the distribution, because importing the package loads pandas.
    found = [path for path in files(DISTRIBUTION) or [] if path.name == FILE_NAME]
    if not found:
        raise FileNotFoundError(f"{DISTRIBUTION} holds no {FILE_NAME}; run `make setup`.")
    return Path(str(found[0].locate()))


def first_rows(count: int | None = None) -> list[dict[str, str]]:
    """Read the first rows of the file as they stand there; all of them by default."""
    with airports_file().open(encoding="utf-8", newline="") as lines:
        return list(islice(csv.DictReader(lines), count))


def first_airports(count: int | None = None) -> list[Airport]:
    """Read the first airports of the file; all of them by default."""
    return [_airport(row) for row in first_rows(count)]


def _airport(row: dict[str, str]) -> Airport:
    return Airport(
        row["iata"],
        row["name"],
        row["city"],
        row["state"],
        row["country"],
        float(row["latitude"]),
        float(row["longitude"]),
    )
