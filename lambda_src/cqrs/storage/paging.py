"""How long a page of a list may be, and where the next one begins."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from cqrs.core.json_text import from_json
from cqrs.core.texts import checked_text
from cqrs.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT_PAGE = 20
LONGEST_PAGE = 100

LONGEST_PARTITION_KEY = 2048
LONGEST_SORT_KEY = 1024
"""Bytes (DynamoDB guide, "Quotas")."""


def refuse_bad_limit(limit: Any, *, longest: int = LONGEST_PAGE) -> None:
    """Check the length of a page.

    Raises
    ------
    ValidationError
        If it is not a whole number, or not 1 to the longest.
    """
    refuse_other_than_whole("limit", limit)
    if not 1 <= limit <= longest:
        raise ValidationError(f"limit is {limit}; it must be 1 to {longest}.")


def refuse_other_than_whole(name: str, value: Any) -> None:
    """Check that an argument is a whole number; true and false are none.

    Raises
    ------
    ValidationError
        If it is none.
    """
    if type(value) is not int:
        raise ValidationError(f"{name} is {value!r:.80}; it must be a whole number.")


def refuse_foreign_cursor(
    cursor: Any, belongs: Callable[[str], object], which: str = "this list"
) -> None:
    """Check that a cursor is one of a list.

    Parameters
    ----------
    cursor
        The cursor, as the caller gave it; None on the first page.
    belongs
        Tells whether text has the form of the list's cursors.
    which
        How the error names the list.

    Raises
    ------
    ValidationError
        If it is none of them.
    """
    if cursor is None or (isinstance(cursor, str) and belongs(cursor)):
        checked_text(cursor or "", "The cursor")
        return
    raise ValidationError(
        f"The cursor {cursor!r:.80} does not belong to {which}: give back the cursor of the page "
        "before, unchanged."
    )


def may_be_key(value: Any, longest: int = LONGEST_SORT_KEY) -> bool:
    """Whether a value has the form of a key of a table or index, by default of a sort key."""
    if not isinstance(value, str):
        return False
    try:
        return 1 <= len(value.encode()) <= longest
    except UnicodeEncodeError:  # DynamoDB keeps no half of a surrogate pair
        return False


def cursor_of(place: Any) -> str:
    """A place in a list as a cursor: a word of letters, digits, ``-``, ``_`` and ``=``."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def place_of(cursor: str) -> Any:
    """The place that a cursor was made of.

    Raises
    ------
    ValueError
        If it is not such a word.
    """
    return from_json(base64.urlsafe_b64decode(cursor))
