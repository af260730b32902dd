"""The time, as items record it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

CLOCK_DIFFERENCE = timedelta(minutes=15)
"""How far clocks may be apart: AWS refuses requests of one that is further away (IAM guide,
"Signature Version 4")."""


def now_iso() -> str:
    """Now in UTC, as ISO 8601 with milliseconds and ``Z``."""
    return iso(datetime.now(UTC))


def seconds_since(moment: str) -> float:
    """Seconds since a time that an item records.

    Raises
    ------
    ValueError
        If it is not a time in UTC.
    """
    return (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()


def iso(moment: datetime) -> str:
    """A time in UTC, likewise."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
