"""How much of an invocation's time is left."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MILLISECONDS = 1000


class Deadline:
    """Watches the time of the invocation at hand; without one, there is no end to it."""

    def __init__(self) -> None:
        self._remaining: Callable[[], int] | None = None
        self._ends = math.inf
        self.seconds_given = self.seconds_of_invocation = math.inf
        """Seconds that were left at its beginning: before the end that was set, and before Lambda's
        own."""

    def begin(self, remaining_milliseconds: Callable[[], int] | None) -> None:
        """Begin an invocation.

        Parameters
        ----------
        remaining_milliseconds
            The function that Lambda's context offers as ``get_remaining_time_in_millis``.
        """
        self._remaining, self._ends = remaining_milliseconds, math.inf
        self.seconds_given = self.seconds_of_invocation = self.seconds_left()

    def shorten(self, seconds: float) -> None:
        """Let the invocation end sooner, as whoever waits for its answer does not wait longer."""
        self._ends = time.monotonic() + seconds
        self.seconds_given = min(self.seconds_given, seconds)

    def seconds_left(self) -> float:
        """Seconds until the invocation is ended."""
        remaining = math.inf if self._remaining is None else self._remaining() / MILLISECONDS
        return min(remaining, self._ends - time.monotonic())
