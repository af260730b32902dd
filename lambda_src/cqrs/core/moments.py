"""Times that items record, which others than the services may have written."""

from __future__ import annotations

from datetime import UTC, datetime

from cqrs.core.clock import CLOCK_DIFFERENCE
from cqrs.errors import ValidationError


def moment(text: object, subject: str) -> datetime:
    """Read a time of an item.

    Raises
    ------
    ValidationError
        If it is none.
    """
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        raise ValidationError(f"{subject} is damaged: it has {text!r} as a time.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def is_recent(text: object, subject: str, since: datetime) -> bool:
    """Whether something happened after a time; not if another clock says that it is yet to come.

    Raises
    ------
    ValidationError
        If the text is not a time.
    """
    return since < moment(text, subject) <= datetime.now(UTC) + CLOCK_DIFFERENCE


def asked_moment(text: str, name: str = "since") -> datetime:
    """Read the time since when, or until when, somebody asks for things.

    Raises
    ------
    ValidationError
        If it is none, or has no zone.
    """
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):  # of the first or the last hours that there are
        pass
    raise ValidationError(
        f"{name} is {text[:40]!r}; it must be a time with its zone, as in 2026-01-31T09:00:00Z."
    )
