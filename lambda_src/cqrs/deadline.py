"""How much of an invocation's time is left."""

from __future__ import annotations

import math
from collections.abc import Callable

MILLISECONDS = 1000


class Deadline:
    """Watches the time of the invocation at hand; without one, there is no end to it."""

    def __init__(self) -> None:
        self._remaining: Callable[[], int] | None = None

    def begin(self, remaining_milliseconds: Callable[[], int] | None) -> None:
        """Begin an invocation.

        Parameters
        ----------
        remaining_milliseconds
            What Lambda's context offers as ``get_remaining_time_in_millis``.
        """
        self._remaining = remaining_milliseconds

    def seconds_left(self) -> float:
        """Seconds until the invocation is ended."""
        return math.inf if self._remaining is None else self._remaining() / MILLISECONDS
