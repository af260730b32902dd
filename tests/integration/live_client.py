"""A client of the live channel over a real WebSocket, which knows an address with a ticket."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.integration.deployed import PATIENCE
from tests.integration.http_client import HttpClient

CONNECT_SECONDS = 60
MESSAGE_SECONDS = 60

Message = dict[str, Any]
Fits = Callable[[Message], bool]


class LiveClient:
    """A connection; ``messages`` has all that it was told, in the order in which it came."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.messages: list[Message] = []
        self._seen = 0

    def send(self, message: Any) -> None:
        """Send a message, or text that is none."""
        self.connection.send(message if isinstance(message, str) else json.dumps(message))

    def ask(self, message: Any) -> Message:
        """Send a message, and wait for its answer; notifications may come before."""
        before = len(self.messages)
        self.send(message)
        return self._wait(lambda told: told["type"] != "notification", "an answer", before)

    def subscribe(self, *actions: str, **members: Any) -> Message:
        """Subscribe to actions, to all that one may follow by default; the answer."""
        named = {"actions": list(actions)} if actions else {}
        answer = self.ask({"type": "subscribe", **named, **members})
        assert answer["type"] == "subscribed", answer
        return answer

    def wait_for(self, fits: Fits, what: str, seconds: float = MESSAGE_SECONDS) -> Message:
        """Wait for a notification that fits, among those that came and those to come."""
        return self._wait(
            lambda told: told["type"] == "notification" and fits(told), what, 0, seconds
        )

    def told(self, action: str) -> list[Message]:
        """The notifications of an action that have come so far."""
        return [one for one in self.messages if one.get("action") == action]

    def close(self) -> None:
        """End the connection."""
        self.connection.close()

    def _wait(self, fits: Fits, what: str, begin: int, seconds: float = MESSAGE_SECONDS) -> Message:
        ends, looked = time.monotonic() + seconds * PATIENCE, begin
        while True:
            for told in self.messages[looked:]:
                looked += 1
                if fits(told):
                    return told
            left = ends - time.monotonic()
            try:
                received = self.connection.recv(timeout=max(left, 0))
            except TimeoutError:
                raise AssertionError(
                    f"Waited {seconds * PATIENCE:g} s in vain for {what}; told: {self.messages}"
                ) from None
            self.messages.append(json.loads(received))


def address_of(client: HttpClient) -> str:
    """An address with a new ticket of a client of the HTTP API."""
    answer = client.post("/tickets")
    assert answer.status == 201, answer.text
    return str(answer.body["url"])


@contextmanager
def connected(address: str) -> Iterator[LiveClient]:
    """Connect to an address with a ticket, for as long as the block runs."""
    with connect(address, open_timeout=CONNECT_SECONDS, proxy=None) as connection:
        yield LiveClient(connection)


@contextmanager
def live(client: HttpClient) -> Iterator[LiveClient]:
    """Connect with a new ticket of a client of the HTTP API."""
    with connected(address_of(client)) as made:
        yield made
