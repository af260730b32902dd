"""Waiting for what the environment comes to."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from cqrs import TransientError

POLL_SECONDS = 0.5

Answer = TypeVar("Answer")


def wait_for(condition: Callable[[], Answer | None], what: str, seconds: float) -> Answer:
    """Wait until a condition gives an answer that is not empty, and return that.

    Raises
    ------
    TransientError
        If it has none when the time is over.
    """
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() >= deadline:
            raise TransientError(f"Waited {seconds:g} s in vain for {what}.")
        time.sleep(POLL_SECONDS)
