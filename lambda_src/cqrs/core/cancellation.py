"""Who ended work that others had begun, and why."""

from __future__ import annotations

from typing import Any

from cqrs.core.texts import PERSON_LENGTH, checked_text
from cqrs.errors import ValidationError

CANCELLED = "Cancelled"
"""Error of a task or import that was cancelled, and of sub-tasks that were not over then."""

REASON_LENGTH = 1000


def cancel_cause(by: Any, reason: Any) -> str:
    """The cause of a cancelled task or import.

    Parameters
    ----------
    by
        Who cancels it: text of at most 256 characters.
    reason
        Why, of at most 1,000; may be empty.

    Raises
    ------
    ValidationError
        If one of them is not acceptable.
    """
    for name, text, longest in (("by", by, PERSON_LENGTH), ("reason", reason, REASON_LENGTH)):
        if not isinstance(text, str):
            raise ValidationError(f"{name} is {text!r:.80}; it must be text.")
        if len(checked_text(text, name)) > longest:
            raise ValidationError(f"{name} has {len(text)} characters; at most {longest} fit.")
    if not by.strip():
        raise ValidationError("by is empty; say who cancels it.")
    return f"{by} cancelled it: {reason}" if reason else f"{by} cancelled it."
