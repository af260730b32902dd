"""Calls that end: after so many requests, one is taken for endless."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

MOST_REQUESTS = 400
MOST_SECONDS = 20.0


class Endless(BaseException):
    """A call goes on and on; nothing in the project catches this."""


class Bounds:
    """Counts the requests of a call."""

    def __init__(self) -> None:
        self._left = 0
        self._until = 0.0

    @contextmanager
    def held(self) -> Iterator[None]:
        self._left, self._until = MOST_REQUESTS, time.monotonic() + MOST_SECONDS
        try:
            yield
        finally:
            self._until = 0.0

    def count(self, **_details: Any) -> None:
        if not self._until:
            return
        self._left -= 1
        if self._left < 0 or time.monotonic() > self._until:
            raise Endless

    def pause(self, _seconds: float) -> None:
        """In the place of ``time.sleep``; a loop of pauses alone ends as well."""
        self.count()
