"""Something that listens on a port of this machine and answers as an emulator does, or does not."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain, repeat
from typing import Any

IDENTITY = """<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<GetCallerIdentityResult><Arn>arn:aws:iam::{account}:root</Arn><UserId>{account}</UserId>
<Account>{account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"""


class Answering:
    """A server that listens; ``asked`` has the requests in their order, ``sent`` their bodies.

    Parameters
    ----------
    tags
        Tags of the function; None if it has no function.
    account
        Whose credentials it says that it was given.
    page
        The answer to everything instead, as something else than an emulator gives.
    """

    def __init__(
        self, tags: Mapping[str, str] | None, account: str = "000000000000", page: str = ""
    ) -> None:
        self.tags = tags
        self.account = account
        self.page = page
        self.asked: list[str] = []
        self.sent: list[tuple[str, bytes]] = []
        self.executions: list[dict[str, object]] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, method: str, path: str, operation: str) -> tuple[int, str, dict[str, str]]:
        """Status, body and headers."""
        self.asked.append(operation or f"{method} {path.partition('?')[0]}")
        if self.page:
            return 200, self.page, {}
        if "/tags/" in path:
            if self.tags is None:
                kind = "ResourceNotFoundException"
                return 404, json.dumps({"Message": "none"}), {"x-amzn-errortype": kind}
            return 200, json.dumps({"Tags": self.tags}), {}
        if not operation:
            return 200, IDENTITY.format(account=self.account), {"Content-Type": "text/xml"}
        return 200, json.dumps({"executions": self.executions}), {}


@contextmanager
def listening(answering: Answering) -> Iterator[Answering]:
    """Listen on a free port of the loopback interface for as long as the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answering.sent.append((self.path, body))
            self._answer()

        def do_DELETE(self) -> None:
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def log_message(self, *_details: Any) -> None:
            pass

        def _answer(self) -> None:
            operation = self.headers.get("X-Amz-Target", "")
            status, body, headers = answering.answer(self.command, self.path, operation)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

        def handle_error(self, request: Any, client_address: Any) -> None:
            if not isinstance(sys.exception(), ConnectionError):  # it waited no longer
                super().handle_error(request, client_address)

    with Server(("127.0.0.1", 0), Handler) as server:
        answering.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield answering
        finally:
            server.shutdown()


Pieces = Callable[[threading.Event], Iterable[bytes]]
"""The bytes to send, piece by piece; the event is set when nobody listens any more."""

MANY = 1000
"""Pieces, after which it ends all the same: a test shall fail, and not fill the memory."""


def poured(head: bytes, piece: bytes) -> Pieces:
    """Send the piece again and again, as fast as the other side takes it."""
    return lambda _over: chain([head], repeat(piece, MANY))


def dripped(head: bytes, piece: bytes = b" ") -> Pieces:
    """Send the piece now and then, so that nobody who waits for the next one gives up."""

    def send(over: threading.Event) -> Iterator[bytes]:
        yield head
        for _ in range(MANY):
            if over.wait(0.02):
                return
            yield piece

    return send


@contextmanager
def endless(pieces: Pieces) -> Iterator[str]:
    """Listen on a free port, and answer whatever is asked with what never ends; its URL."""
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with suppress(OSError):  # whoever has asked is gone
                for piece in pieces(over):
                    self.wfile.write(piece)
                    if over.is_set():
                        return

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_details: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            over.set()
            server.shutdown()
