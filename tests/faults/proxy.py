"""A proxy that makes the weather between AWS's clients and an emulator."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from tests.faults.refusals import rendered
from tests.faults.weather import Fault, Kind, Request, Weather

SCOPE = re.compile(r"Credential=[^/,]+/\d+/[^/,]+/([a-z0-9-]+)/aws4_request")
OF_ONE_CONNECTION = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})
CHECKSUM = "x-amz-crc32"
LONGEST_SECONDS = 910


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of AWS; ``length`` is that of the body, which the answer to a HEAD lacks."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    length: int

    @classmethod
    def of(cls, status: int, headers: Mapping[str, str], body: bytes) -> Answer:
        return cls(status, headers, body, len(body))


class FaultProxy:
    """Listens on a free port of this machine, and passes requests on.

    Parameters
    ----------
    upstream
        URL of the emulator.

    Attributes
    ----------
    weather
        The faults from now on; none at first.
    """

    def __init__(self, upstream: str) -> None:
        self.weather = Weather()
        self._upstream = urlsplit(upstream).netloc
        self._server = _Server(self)

    @property
    def endpoint_url(self) -> str:
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    @contextmanager
    def running(self) -> Iterator[FaultProxy]:
        """Answer as long as the block lasts."""
        thread = Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def answer(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[Answer | None, Fault | None]:
        """The answer and the fault of a request; no answer if the connection is to be cut."""
        request = _request(method, headers, body)
        fault = self.weather.fault(request)
        kind = None if fault is None else fault.kind
        if kind is Kind.CUT:
            return None, fault
        if fault is not None and fault.refusal is not None and kind is not Kind.FAILED_LATE:
            return _refused(request, fault), fault
        if fault is not None and kind is Kind.DELAYED:
            time.sleep(fault.seconds)
        answer = self._pass_on(method, path, headers, body)
        if fault is not None and fault.kept_back:
            return _partly(answer, body, fault.kept_back), fault
        if kind is Kind.LOST:
            return None, fault
        return (_refused(request, fault) if fault and fault.refusal else answer), fault

    def _pass_on(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        connection = HTTPConnection(self._upstream, timeout=LONGEST_SECONDS)
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            content = answer.read()
            kept = {n: v for n, v in answer.getheaders() if n.lower() not in OF_ONE_CONNECTION}
            length = int(answer.headers.get("Content-Length", len(content)))
            return Answer(answer.status, kept, content, length)
        finally:
            connection.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Many processes connect at once.
    request_queue_size = 256

    def __init__(self, proxy: FaultProxy) -> None:
        self.proxy = proxy
        super().__init__(("127.0.0.1", 0), _Connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that are gone, as processes are killed."""


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer, fault = self.server.proxy.answer(
            self.command, self.path, dict(self.headers.items()), body
        )
        if answer is None:
            self.close_connection = True
            return
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(answer.length))
        self.end_headers()
        if fault is not None and fault.kind is Kind.BROKEN_OFF:
            self.wfile.write(answer.body[: len(answer.body) // 2])
            self.close_connection = True
            return
        self.wfile.write(answer.body)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _serve  # noqa: N815 - http.server's names

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _request(method: str, headers: Mapping[str, str], body: bytes) -> Request:
    lower = {name.lower(): value for name, value in headers.items()}
    scope = SCOPE.search(lower.get("authorization", ""))
    operation = lower.get("x-amz-target", method).rpartition(".")[2]
    actions = len(json.loads(body)["TransactItems"]) if operation.startswith("Transact") else 0
    return Request(scope.group(1) if scope else "s3", operation, actions)


def _refused(request: Request, fault: Fault) -> Answer:
    assert fault.refusal is not None
    body, headers = rendered(request.service, fault.refusal)
    return Answer.of(fault.refusal.status, headers, body)


def _partly(answer: Answer, asked: bytes, share: float) -> Answer:
    """Leave a share of a batch's keys unprocessed; the request is signed, so it stays as it is."""
    told = json.loads(answer.body)
    for table, wanted in json.loads(asked)["RequestItems"].items():
        keys = wanted["Keys"]
        read = max(1, round(len(keys) * (1 - share)))
        if left := keys[read:]:
            told.setdefault("UnprocessedKeys", {})[table] = {**wanted, "Keys": left}
            items = told.get("Responses", {}).get(table, [])
            kept = [item for item in items if not any(key.items() <= item.items() for key in left)]
            told.setdefault("Responses", {})[table] = kept
    headers = {name: value for name, value in answer.headers.items() if name.lower() != CHECKSUM}
    return Answer.of(answer.status, headers, json.dumps(told).encode())
