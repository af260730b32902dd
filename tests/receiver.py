"""A webhook's receiver: a real server of HTTP, or of HTTPS, that answers as a test says."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

OK = 204
DRIP_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """Requests that came, and the answers to the next: statuses in their order, then success.

    Parameters
    ----------
    url
        Its address.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.received: list[Received] = []
        self.statuses: list[int] = []
        self.location = ""
        self.text = b""
        self.drips = False
        """Whether it sends a header again and again, and so comes to no end."""

    def status(self) -> int:
        return self.statuses.pop(0) if self.statuses else OK


@contextmanager
def receiver(certificate: Path | None = None) -> Iterator[Receiver]:
    """Listen on a free port of the loopback interface for as long as the block runs.

    Parameters
    ----------
    certificate
        File with key and certificate, if it is to speak TLS.
    """
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            told.received.append(Received(self.path, headers, body))
            self.send_response(told.status())
            if told.location:
                self.send_header("location", told.location)
            while told.drips and not ended.is_set():
                self.send_header("x-more", "x")
                self.flush_headers()
                time.sleep(DRIP_SECONDS)
            self.send_header("content-length", str(len(told.text)))
            self.end_headers()
            self.wfile.write(told.text)

        do_GET: Callable[..., None] = do_POST  # noqa: N815 - the base's name

        def log_message(self, *_details: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
            scheme = "https"
        told = Receiver(f"{scheme}://127.0.0.1:{server.server_port}/hook?of=cqrs")
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield told
        finally:
            ended.set()
            server.shutdown()
            thread.join()
