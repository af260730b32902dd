"""The console's server on a machine, and the order in which its files are published."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from stacks.console.headers import content_security_policy
from stacks.environment.file import load
from tooling.console.publishing import upload
from tooling.console.server import ConsoleServer
from tooling.console.site import Site, asked_origins, local_site
from tooling.errors import ToolingError


class Echo(BaseHTTPRequestHandler):
    """An API that tells what it was asked."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        told = {"path": self.path, "body": body, "headers": dict(self.headers.items())}
        text = json.dumps(told).encode()
        self.send_response(202)
        self.send_header("Location", "/v1/there")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Print nothing."""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>")
    (tmp_path / "assets" / "a-1.js").write_text("1")
    (tmp_path / "icon.svg").write_text("<svg/>")
    (tmp_path / ".vite").mkdir()
    (tmp_path / ".vite" / "manifest.json").write_text("{}")
    return tmp_path


@pytest.fixture
def server(files: Path) -> Iterator[ConsoleServer]:
    def token_for(asked: Mapping[str, Sequence[str]]) -> str:
        if asked.get("role") == ["king"]:
            raise ToolingError("There is no group for the role 'king'.")
        return "a-token"

    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as api:
        threading.Thread(target=api.serve_forever, daemon=True).start()
        site = Site(
            files,
            f"http://127.0.0.1:{api.server_address[1]}/api",
            {"Content-Security-Policy": content_security_policy([])},
            {"environment": "local"},
        )
        with ConsoleServer(site, token_for, 0) as made:
            threading.Thread(target=made.serve_forever, daemon=True).start()
            yield made
            made.shutdown()
        api.shutdown()


def ask(
    server: ConsoleServer, path: str, method: str = "GET", body: str | None = None, **headers: str
) -> tuple[int, dict[str, str], str]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    sent = {name.replace("_", "-"): text for name, text in headers.items()}
    connection.request(method, path, body, {"Host": "localhost", **sent})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, {name.lower(): told for name, told in answer.headers.items()}, text


def test_files_come_with_the_headers_and_as_long_as_they_hold(server: ConsoleServer) -> None:
    status, headers, text = ask(server, "/")
    asset = ask(server, "/assets/a-1.js")

    assert (status, text) == (200, "<!doctype html>")
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["cache-control"] == "no-cache"
    assert asset[1]["content-type"] == "text/javascript"
    assert "immutable" in asset[1]["cache-control"]
    assert json.loads(ask(server, "/config.json")[2]) == {"environment": "local"}


@pytest.mark.parametrize(
    "path", ["/other", "/assets", "/../secret", "/%2e%2e/secret", "//etc/passwd"]
)
def test_nothing_else_is_served(server: ConsoleServer, files: Path, path: str) -> None:
    (files.parent / "secret").write_text("secret")

    status, _, text = ask(server, path)

    assert status == 404
    assert "secret" not in text


def test_requests_are_passed_on_to_the_api(server: ConsoleServer) -> None:
    status, headers, text = ask(
        server, "/v1/tenants/a/tasks?x=1", "POST", "{}", Authorization="Bearer t", Cookie="c=1"
    )

    told = json.loads(text)
    assert (status, headers["location"]) == (202, "/v1/there")
    assert (told["path"], told["body"]) == ("/api/v1/tenants/a/tasks?x=1", "{}")
    assert told["headers"]["Authorization"] == "Bearer t"
    assert "Cookie" not in told["headers"]


def test_only_its_own_page_gets_a_token(server: ConsoleServer) -> None:
    assert ask(server, "/local/token", Sec_Fetch_Site="same-origin")[::2] == (200, "a-token")
    assert ask(server, "/local/token", Sec_Fetch_Site="cross-site")[0] == 403
    assert ask(server, "/local/token", Host="evil.example")[0] == 421
    status, _, text = ask(server, "/local/token?role=king")
    assert (status, "king" in text) == (400, True)


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    environment = load("local")
    with pytest.raises(ToolingError, match="without an HTTP API"):
        local_site(environment, {})
    with pytest.raises(ToolingError, match="not built"):
        local_site(environment, {"api_url": "http://127.0.0.1:1/x"}, tmp_path)


def test_the_page_asks_the_emulator_for_uploads_and_the_channel() -> None:
    outputs = {"api_url": "http://127.0.0.1:4566/_aws/x", "live_url": "ws://127.0.0.1:4566/_aws/y"}

    assert asked_origins(outputs) == ["http://127.0.0.1:4566", "ws://127.0.0.1:4566"]


def test_the_page_is_published_last(files: Path) -> None:
    class Bucket:
        def __init__(self) -> None:
            self.put: list[dict[str, Any]] = []

        def put_object(self, **told: Any) -> None:
            self.put.append(told)

    bucket = Bucket()

    assert upload(bucket, "b", files) == 3
    assert [one["Key"] for one in bucket.put] == ["assets/a-1.js", "icon.svg", "index.html"]
    assert bucket.put[0]["CacheControl"].endswith("immutable")
    assert bucket.put[-1]["CacheControl"] == "no-cache"
