"""Why something failed, as items keep it."""

from __future__ import annotations

from cqrs.serialization import storable

KEPT_ERROR_LENGTH = 256
KEPT_CAUSE_LENGTH = 4000
"""Characters kept: an item may be full but for this, and one that could not be marked as failed
would leave others waiting."""


def kept_failure(error: str, cause: str) -> dict[str, str]:
    """The attributes ``error`` and ``cause``, as text that can be stored and fits."""
    return {
        "error": storable(error)[:KEPT_ERROR_LENGTH],
        "cause": storable(cause)[:KEPT_CAUSE_LENGTH],
    }
