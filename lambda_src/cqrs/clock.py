"""The time, as items record it."""

from __future__ import annotations

from datetime import UTC, datetime


def now_iso() -> str:
    """Now in UTC, as ISO 8601 with milliseconds and ``Z``."""
    return iso(datetime.now(UTC))


def iso(moment: datetime) -> str:
    """A time in UTC, likewise."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
