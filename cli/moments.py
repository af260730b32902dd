"""Times that are given on the command line."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import typer

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

_AGO = re.compile(rf"([0-9]{{1,6}})([{''.join(UNITS)}])")

WHEN = "2h, 30m or 7d ago, 2026-01-31 or 2026-01-31T12:00Z"
"""How a time may be given, for the help of an option."""


def moment_of(text: str, option: str) -> datetime:
    """Read a time: so long ago, or a day or moment, which is UTC if it does not say.

    Raises
    ------
    typer.BadParameter
        If it is none.
    """
    try:
        if ago := _AGO.fullmatch(text):
            return datetime.now(UTC) - timedelta(**{UNITS[ago[2]]: int(ago[1])})
        moment = datetime.fromisoformat(text)
    except (OverflowError, ValueError):
        raise typer.BadParameter(
            f"{option} is {text!r}; write 2h, 3d, or 2026-01-31, or 2026-01-31T12:00Z"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
