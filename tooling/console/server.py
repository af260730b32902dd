"""Serves the console on this machine alone: its files, its settings, tokens, and the API.

It stands for CloudFront: the same headers, and the API at the page's own origin. Beside that,
``/local/token`` gives a token of the emulator to this machine's own pages.
"""

from __future__ import annotations

import http.client
import json
import mimetypes
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from stacks.console.settings import CONFIG_KEY
from tooling.errors import ToolingError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tooling.console.site import Site

HOST = "127.0.0.1"
OWN_NAMES = frozenset({"localhost", "127.0.0.1"})

TOKEN_PATH = "/local/token"  # noqa: S105 - a path
API_PATHS = ("/v1/", "/openapi.json")
API_SECONDS = 60.0

ASSETS = "/assets/"
FOREVER = "public, max-age=31536000, immutable"
"""Names of assets have a digest of their content (Vite, "Building for Production")."""

ALWAYS_ASKED = "no-cache"

TYPES = {".woff2": "font/woff2", ".js": "text/javascript", ".svg": "image/svg+xml"}

PASSED_ON = frozenset(
    {"authorization", "content-type", "idempotency-key", "if-match", "if-none-match"}
)
DROPPED = frozenset({"connection", "content-length", "keep-alive", "server", "transfer-encoding"})
"""Headers of a request that the API gets, and those of its answer that are this server's own."""


class ConsoleServer(ThreadingHTTPServer):
    """The server of one console.

    Parameters
    ----------
    site
        The console.
    token_for
        Makes a token for those whom a query names.
    port
        The port; 0 takes a free one.
    """

    daemon_threads = True

    def __init__(
        self, site: Site, token_for: Callable[[Mapping[str, Sequence[str]]], str], port: int
    ) -> None:
        self.site = site
        self.token_for = token_for
        super().__init__((HOST, port), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a browser that has gone away, as it does when its page is left."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    @property
    def url(self) -> str:
        """Its address: the name that the environment's file lets call the bucket."""
        return f"http://localhost:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ConsoleServer

    def do_GET(self) -> None:
        """Answer by a file, the settings, a token, or the API."""
        parts = urlsplit(self.path)
        if not self._is_asked_by_own_name():
            self._say(HTTPStatus.MISDIRECTED_REQUEST, "Ask for localhost.")
        elif parts.path.startswith(API_PATHS):
            self._pass_on()
        elif parts.path == TOKEN_PATH:
            self._give_token(parse_qs(parts.query))
        elif parts.path == f"/{CONFIG_KEY}":
            text = json.dumps(self.server.site.settings)
            self._send(HTTPStatus.OK, text.encode(), "application/json", ALWAYS_ASKED)
        else:
            self._give_file(unquote(parts.path))

    def do_POST(self) -> None:
        """Pass a request on to the API."""
        self._pass_on_or_refuse()

    def do_PUT(self) -> None:
        """Pass a request on to the API."""
        self._pass_on_or_refuse()

    def do_PATCH(self) -> None:
        """Pass a request on to the API."""
        self._pass_on_or_refuse()

    def do_DELETE(self) -> None:
        """Pass a request on to the API."""
        self._pass_on_or_refuse()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Print nothing, as browsers list their requests."""

    def _is_asked_by_own_name(self) -> bool:
        """Whether no foreign name has led here, as with DNS rebinding."""
        name = urlsplit(f"//{self.headers.get('host', '')}").hostname
        return name in OWN_NAMES

    def _is_of_own_page(self) -> bool:
        """Whether a page of this origin asks; browsers say so of themselves (Fetch Metadata)."""
        return self.headers.get("sec-fetch-site", "same-origin") in {"same-origin", "none"}

    def _give_token(self, asked: Mapping[str, Sequence[str]]) -> None:
        if not self._is_of_own_page():
            self._say(HTTPStatus.FORBIDDEN, "Only the console's own page gets a token.")
            return
        try:
            token = self.server.token_for(asked)
        except ToolingError as error:
            self._say(HTTPStatus.BAD_REQUEST, str(error))
            return
        except Exception as error:  # noqa: BLE001 - whatever keeps the emulator from answering
            self._say(HTTPStatus.BAD_GATEWAY, f"The emulator made no token: {error}")
            return
        self._send(HTTPStatus.OK, token.encode(), "text/plain; charset=utf-8", "no-store")

    def _give_file(self, path: str) -> None:
        root = self.server.site.files.resolve()
        file = (root / (path.lstrip("/") or "index.html")).resolve()
        if root not in file.parents or not file.is_file():
            self._say(HTTPStatus.NOT_FOUND, "There is no such file.")
            return
        kind = TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0]
        cached = FOREVER if path.startswith(ASSETS) else ALWAYS_ASKED
        self._send(HTTPStatus.OK, file.read_bytes(), kind or "application/octet-stream", cached)

    def _pass_on_or_refuse(self) -> None:
        if not self._is_asked_by_own_name():
            self._say(HTTPStatus.MISDIRECTED_REQUEST, "Ask for localhost.")
        elif self.path.startswith(API_PATHS):
            self._pass_on()
        else:
            self._say(HTTPStatus.METHOD_NOT_ALLOWED, "Files are got.")

    def _pass_on(self) -> None:
        api = urlsplit(self.server.site.api_url)
        length = int(self.headers.get("content-length", "0"))
        body = self.rfile.read(length) if length else None
        headers = {name: text for name, text in self.headers.items() if name.lower() in PASSED_ON}
        connection = http.client.HTTPConnection(api.netloc, timeout=API_SECONDS)
        try:
            connection.request(self.command, api.path + self.path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
            told = [(n, text) for n, text in answer.headers.items() if n.lower() not in DROPPED]
        except OSError as error:
            self._say(HTTPStatus.BAD_GATEWAY, f"The emulator does not answer: {error}")
            return
        finally:
            connection.close()
        self.send_response(answer.status)
        for name, text in told:
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _say(self, status: HTTPStatus, text: str) -> None:
        # A body that was not read would be taken for the next request.
        self.close_connection = True
        self._send(status, text.encode(), "text/plain; charset=utf-8", "no-store")

    def _send(self, status: HTTPStatus, content: bytes, kind: str, cached: str) -> None:
        self.send_response(status)
        for name, text in self.server.site.headers.items():
            self.send_header(name, text)
        self.send_header("Cache-Control", cached)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def serve(server: ConsoleServer) -> None:
    """Serve until Ctrl-C."""
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        sys.stderr.write("\n")
    finally:
        server.server_close()
