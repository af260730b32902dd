"""A process that ends at any request that it makes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class Crash(BaseException):
    """The process ends, which no handler catches."""


class Crasher:
    """Ends the process once, at the n-th request to some clients.

    ``before-call`` is before the request reaches AWS, ``after-call`` before its answer is read.
    """

    def __init__(self, clients: Iterable[Any], moment: str, position: int) -> None:
        self._left = position
        self.crashed = False
        for client in clients:
            client.meta.events.register(moment, self._count)

    def disarm(self) -> None:
        """Let all further requests pass."""
        self._left = -1

    def _count(self, **_details: Any) -> None:
        self._left -= 1
        if self._left == -1:
            self.crashed = True
            raise Crash
