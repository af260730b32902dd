"""Rings an alarm for the browser's tests, which cannot ask CloudWatch themselves."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.bells import Bell


@contextmanager
def ringing(bell: Bell) -> Iterator[str]:
    """Bring an alarm to the state that is posted below the address that this tells."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bell.ring(self.path.lstrip("/"))
            self.send_response(HTTPStatus.NO_CONTENT)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Tell nobody of requests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
