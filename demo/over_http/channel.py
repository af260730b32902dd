"""The live channel: a WebSocket that brings somebody the changes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from websockets.sync.client import ClientConnection, connect

from cqrs import TransientError
from demo.over_http.person import Person

LOOK_SECONDS = 5.0
"""After so long a silence, which says nothing, one looks oneself."""

OPEN_SECONDS = 30.0

Found = TypeVar("Found")


class Channel:
    """An open channel; ``told`` has the notifications so far."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self.told: list[dict[str, Any]] = []

    def subscribe(self, *actions: str) -> None:
        """Choose the kinds of change to follow, and wait for the answer."""
        self._connection.send(json.dumps({"type": "subscribe", "actions": list(actions)}))
        self.wait_for(lambda message: message["type"] == "subscribed", "the subscription")

    def wait_for(
        self, fits: Callable[[dict[str, Any]], bool], what: str, seconds: float = OPEN_SECONDS
    ) -> dict[str, Any]:
        """Wait for a message that fits.

        Raises
        ------
        TransientError
            If none comes in time.
        """
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            message = self._next(left)
            if message is not None and fits(message):
                return message
        raise TransientError(f"Waited {seconds:g} s on the live channel in vain for {what}.")

    def follow(self, look: Callable[[], Found | None], what: str, seconds: float) -> Found:
        """Look again at each change that is told, until one sees what one waits for.

        Raises
        ------
        TransientError
            If that does not come in time.
        """
        deadline = time.monotonic() + seconds
        while (found := look()) is None:
            if time.monotonic() >= deadline:
                raise TransientError(f"Waited {seconds:g} s in vain for {what}.")
            self._drain(self._next(LOOK_SECONDS))
        return found

    def _drain(self, message: dict[str, Any] | None) -> None:
        """Take all that is there already, so that one look is for all of it."""
        while message is not None:
            message = self._next(0)

    def _next(self, seconds: float) -> dict[str, Any] | None:
        try:
            message: dict[str, Any] = json.loads(self._connection.recv(timeout=seconds))
        except TimeoutError:
            return None
        if message["type"] == "notification":
            self.told.append(message)
        return message


@contextmanager
def live(person: Person, *actions: str) -> Iterator[Channel]:
    """Open a channel for as long as the block runs, and subscribe to kinds of change."""
    url = person.done("POST", "/tickets").body["url"]
    with connect(url, open_timeout=OPEN_SECONDS, proxy=None) as connection:
        channel = Channel(connection)
        channel.subscribe(*actions)
        yield channel
