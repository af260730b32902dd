"""Attempts at work that is started again: by its number, an attempt's late words are told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.aws.item_store import Condition

if TYPE_CHECKING:
    from cqrs.core.attribute_values import Item

ATTEMPT = "attempt"
"""Number of an item's attempt; the first one is 0, and has none on the item."""

RESTARTED_AT = "restartedAt"


def attempt_of(item: Item) -> int:
    """Number of the attempt that an item is at; of a damaged one, whatever stands there."""
    attempt: int = item.get(ATTEMPT, 0)
    return attempt


def in_attempt(attempt: int) -> Condition:
    """The item is at this attempt."""
    # Named otherwise than the attribute, to which the same write may give its next value.
    values = {"at": attempt}
    if type(attempt) is int and attempt == 0:
        # Something other than the services may have written the 0 that the first one does without.
        return Condition("(attribute_not_exists(#attempt) OR #attempt = :at)", values)
    return Condition("#attempt = :at", values)
