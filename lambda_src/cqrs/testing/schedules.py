"""When schedules invoke the function (EventBridge guide, "Schedule expressions")."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from cqrs.testing.aws.unknown import NotInMemory

RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
MINUTES = {"minute": 1, "hour": 60, "day": 1440}
PART = re.compile(r"(?:\*|(\d+)(?:-(\d+))?)(?:/(\d+))?")
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (1, 7), (1970, 2199))
"""Minutes, hours, days of the month, months, days of the week from Sunday on, and years."""

LONGEST_LOOK = timedelta(days=366)


def next_after(expression: str, moment: datetime) -> datetime:
    """When a schedule invokes next.

    Raises
    ------
    NotInMemory
        If the expression has what is not known here, such as names of months, or has no moment
        within a year.
    """
    rate = RATE.fullmatch(expression)
    if rate:
        return moment + timedelta(minutes=int(rate[1]) * MINUTES[rate[2]])
    fields = expression.removeprefix("cron(").removesuffix(")").split()
    if len(fields) != len(RANGES):
        raise NotInMemory(f"The schedule {expression} is not known in memory.")
    numbers = [
        _numbers(expression, field, *limits) for field, limits in zip(fields, RANGES, strict=True)
    ]
    minutes, hours, days, months, weekdays, years = numbers
    at = moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
    end = moment + LONGEST_LOOK
    while at < end:
        is_day = at.day in days and at.isoweekday() % 7 + 1 in weekdays
        if not (is_day and at.month in months and at.year in years):
            at = at.replace(hour=0, minute=0) + timedelta(days=1)
        elif at.hour in hours and at.minute in minutes:
            return at
        else:
            at += timedelta(minutes=1)
    raise NotInMemory(f"The schedule {expression} has no moment within a year.")


def _numbers(expression: str, field: str, low: int, high: int) -> set[int]:
    if field == "?":
        field = "*"
    found: set[int] = set()
    for part in field.split(","):
        match = PART.fullmatch(part)
        if match is None:
            raise NotInMemory(
                f"The schedule {expression} has {part!r}, which is not known in memory: run it by "
                "environment.run_schedule(...)."
            )
        first = int(match[1]) if match[1] else low
        last = int(match[2]) if match[2] else first if match[1] and not match[3] else high
        found.update(range(first, last + 1, int(match[3] or 1)))
    return found
