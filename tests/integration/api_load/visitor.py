"""One of many clients: it writes an item of its own, and looks at its tenant and at others."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.integration.http_client import Answer, HttpClient

NOT_NOW = frozenset({409, 429, 503})
"""The request is on its way, or shall come again later."""

LEAST, LIST_EVERY, TRESPASS_EVERY, REPEAT_EVERY = 2, 5, 7, 3


@dataclass
class Visitor:
    """A client with an item of its own, which counts up in it.

    Attributes
    ----------
    client
        Its HTTP client, of its own tenant.
    trespasser
        The same with its own token, at another tenant.
    number
        Its number among all clients.
    written
        The number that its item has by now.
    statuses, seconds
        Its answers by their status, and how long each took.
    faults
        Things that it saw and that must not be.
    """

    client: HttpClient
    trespasser: HttpClient
    number: int
    written: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def item_id(self) -> str:
        """Id of its item."""
        return f"client-{self.number}"

    @property
    def place(self) -> str:
        """Path of its item."""
        return f"/items/NOTE/{self.item_id}"

    def visit(self, end: float) -> None:
        """Ask one thing after the other until a time of the monotonic clock, but some in any case.

        Parameters
        ----------
        end
            The time, after which it begins nothing new.
        """
        while time.monotonic() < end or self.written < LEAST:
            self._write()
            self._read_own_write()
            turn = self.number + self.written
            if turn % LIST_EVERY == 0:
                self._look_around()
            if turn % TRESPASS_EVERY == 0:
                self._trespass()

    def _write(self) -> None:
        """Publish the next number once, by one request or by a repeated one."""
        number = self.written + 1
        attributes = {"tenant": self.client.tenant, "client": self.number, "number": number}
        key = str(uuid.uuid4())
        for _ in range(2 if (self.number + number) % REPEAT_EVERY == 0 else 1):
            answer = self._asked("PUT", self.place, {"attributes": attributes}, key)
            if answer.status != 202 or answer.body["version"] != number:
                self.faults.append(f"write {number}: {answer.status} {answer.text}")
        self.written = number

    def _read_own_write(self) -> None:
        answer = self._asked("GET", f"{self.place}?pending=true")
        if answer.status != 200 or answer.body["attributes"].get("number") != self.written:
            self.faults.append(f"read after {self.written}: {answer.status} {answer.text}")

    def _look_around(self) -> None:
        answer = self._asked("GET", "/items/NOTE?limit=100")
        if answer.status != 200:
            self.faults.append(f"list: {answer.status} {answer.text}")
            return
        owners = {item["attributes"]["tenant"] for item in answer.body["items"]}
        if not owners <= {self.client.tenant}:
            self.faults.append(f"list: it has items of {owners}")

    def _trespass(self) -> None:
        answer = self._asked("GET", self.place, client=self.trespasser)
        if answer.status != 403 or "attributes" in answer.body:
            self.faults.append(f"trespass: {answer.status} {answer.text}")

    def _asked(
        self,
        method: str,
        path: str,
        body: Any = None,
        key: str | None = None,
        client: HttpClient | None = None,
    ) -> Answer:
        """The answer to a request, sent again as often as the API asks for that."""
        headers = {} if key is None else {"Idempotency_Key": key}
        while True:
            began = time.monotonic()
            answer = (client or self.client).ask(method, path, body, **headers)
            self.seconds.append(time.monotonic() - began)
            self.statuses[answer.status] += 1
            if answer.status not in NOT_NOW:
                return answer
            time.sleep(float(answer.headers.get("retry-after", "1")))
