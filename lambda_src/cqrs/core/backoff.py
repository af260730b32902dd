"""Pauses between the tries of one piece of work."""

from __future__ import annotations

import random
import time

BASE_SECONDS = 0.02
CAP_SECONDS = 1.0


def back_off(attempt: int) -> None:
    """Pause before another try, the longer the more there were; jitter parts competitors."""
    longest = min(CAP_SECONDS, BASE_SECONDS * 2**attempt)
    time.sleep(random.uniform(0, longest))  # noqa: S311 - jitter, not a secret
