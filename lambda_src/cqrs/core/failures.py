"""Why something failed, as items keep it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.core.texts import storable
from cqrs.errors import PermanentError

if TYPE_CHECKING:
    from collections.abc import Callable

KEPT_ERROR_LENGTH = 256
KEPT_CAUSE_LENGTH = 4000
"""Characters kept: an item may be full but for this, and one that could not be marked as failed
would leave others waiting."""


def kept_failure(error: str, cause: str) -> dict[str, str]:
    """The attributes ``error`` and ``cause``, as text that can be stored and fits."""
    # An item's values may be something else than text.
    return {
        "error": storable(str(error))[:KEPT_ERROR_LENGTH],
        "cause": kept_cause(cause),
    }


def kept_cause(cause: str) -> str:
    """Why something ended, as text that can be stored and fits."""
    return storable(str(cause))[:KEPT_CAUSE_LENGTH]


def refusal(work: Callable[[], object]) -> tuple[str, str] | None:
    """Do some work; error and cause if it was refused, None if it is done.

    Raises
    ------
    Exception
        If it fails with anything else, which a repeat may not meet again.
    """
    from botocore.exceptions import ClientError  # noqa: PLC0415

    try:
        work()
    except PermanentError as error:
        return type(error).__name__, str(error)
    except ClientError as error:
        # A transient failure has become a TransientError.
        return error.response.get("Error", {}).get("Code", type(error).__name__), str(error)
    return None
