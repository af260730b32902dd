"""Waiting for what the environment comes to."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from cqrs import TransientError

POLL_SECONDS = 0.5

Answer = TypeVar("Answer")


class Patience:
    """Follows something that moves, and is over once it has stood still for so long.

    Parameters
    ----------
    seconds
        How long it may stand still: a slow emulator moves, and what does not move is broken.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen: object = None
        self._since = time.monotonic()

    def is_over(self, seen: object) -> bool:
        """Look at it; a sight that is new begins the time again."""
        if seen != self._seen:
            self._seen, self._since = seen, time.monotonic()
        return time.monotonic() - self._since >= self._seconds


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
