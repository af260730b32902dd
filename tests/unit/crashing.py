"""A process that ends at any request that it makes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any


class Crash(KeyboardInterrupt):
    """The process ends, as by a person's Ctrl-C, which no handler catches."""


class Crasher:
    """Ends the process once, at the n-th request to some clients.

    ``before-call`` is before the request reaches AWS, ``after-call`` before its answer is read. If
    operations are named, other requests do not count.
    """

    def __init__(
        self,
        clients: Iterable[Any],
        moment: str,
        position: int,
        operations: Collection[str] = (),
    ) -> None:
        self._left = position
        self._operations = operations
        self.crashed = False
        for client in clients:
            client.meta.events.register(moment, self._count)

    def disarm(self) -> None:
        """Let all further requests pass."""
        self._left = -1

    def _count(self, model: Any, **_details: Any) -> None:
        if self._operations and model.name not in self._operations:
            return
        self._left -= 1
        if self._left == -1:
            self.crashed = True
            raise Crash
