"""How long an answer may take: API Gateway waits for 30 seconds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from cqrs.api.waiting import LONGEST_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from cqrs.api.call import ApiCall
    from cqrs.services import Services

LOOK_SECONDS = 15.0
"""From the beginning of a request; the last look, and what it finds, take some more."""


def has_time(call: ApiCall, seconds: float | None = None) -> Callable[[], bool]:
    """Tell whether there is time to look at another thing."""
    longest = LOOK_SECONDS if seconds is None else seconds
    return lambda: time.monotonic() - call.began < longest


def keep_to_answer(call: ApiCall, services: Services) -> None:
    """Let work within the invocation end before nobody waits for its answer any more."""
    services.deadline.shorten(LONGEST_SECONDS - (time.monotonic() - call.began))
