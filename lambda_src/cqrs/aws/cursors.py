"""Cursors of lists that AWS continues, which are AWS's own tokens."""

from __future__ import annotations

from cqrs.errors import ValidationError


def bad_cursor(cursor: str) -> ValidationError:
    """The error of a list that is to go on from a place that it never told."""
    return ValidationError(
        f"The cursor {cursor!r:.80} does not belong to this list: give back the cursor of the page "
        "before, unchanged."
    )
