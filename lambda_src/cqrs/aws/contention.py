"""Contention: other writes of the same items were in the way of a write at that moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

CANCELLED = "TransactionCanceledException"
CONFLICT_CODES = frozenset({"TransactionConflictException", "TransactionInProgressException"})

CONDITION_REASON = "ConditionalCheckFailed"
TRANSIENT_REASONS = frozenset(
    {"TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError"}
)


def is_contention(error: ClientError) -> bool:
    """Whether a repeat may come through; a refused condition decides beside any conflict."""
    code = error.response.get("Error", {}).get("Code", "")
    if code != CANCELLED:
        return code in CONFLICT_CODES
    reasons = set(cancellation_reasons(error))
    return CONDITION_REASON not in reasons and not reasons.isdisjoint(TRANSIENT_REASONS)


def cancellation_reasons(error: ClientError) -> list[str]:
    """Why each action of a cancelled transaction was not done; ``None`` as text for no reason."""
    return [one.get("Code", "None") for one in error.response.get("CancellationReasons", [])]
