"""A process that runs a function, and the Lambda Runtime API that it asks for its events.

The process is AWS's own runtime client (``awslambdaric``), so that context objects, error documents
and log lines are those of AWS. The paths are those of the AWS Lambda Developer Guide, "Using the
Lambda runtime API".
"""

from __future__ import annotations

import contextlib
import os
import queue
import re
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"

_RESULT_PATH = re.compile(r"/2018-06-01/runtime/invocation/([^/]+)/(response|error)")


class Kind(Enum):
    """How the process answered, or that it ended."""

    READY = "ready"
    INIT_ERROR = "init-error"
    RESPONSE = "response"
    ERROR = "error"
    EXIT = "exit"


@dataclass(frozen=True)
class Outcome:
    """The end of a start or of an invocation; ``body`` is a JSON document, or how it ended."""

    kind: Kind
    body: bytes = b""


@dataclass(frozen=True)
class Invocation:
    """An event for the process, with its headers."""

    headers: Mapping[str, str]
    body: bytes


class Runtime:
    """One process, which serves one invocation after another.

    Parameters
    ----------
    command
        The program and its arguments.
    environment
        The variables that it runs under, beside the address of the Runtime API.
    folder
        The folder that it runs in.
    log
        The file that its output is added to.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path
    ) -> None:
        self._outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._invocations: queue.SimpleQueue[Invocation | None] = queue.SimpleQueue()
        self._is_ready = False
        self._server = _Server(self)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - the function's own runtime
                command,
                cwd=folder,
                env={**environment, "AWS_LAMBDA_RUNTIME_API": self._server.address},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # what the function starts ends with it
            )
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def lives(self) -> bool:
        """Whether the process can take another invocation."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def ready(self) -> Outcome:
        """Wait for the end of the start."""
        return self._outcomes.get()

    def run(self, invocation: Invocation, seconds: float) -> Outcome | None:
        """Hand an invocation to the process; None if it takes longer than the seconds."""
        self._invocations.put(invocation)
        with contextlib.suppress(queue.Empty):
            return self._outcomes.get(timeout=seconds)
        return None

    def stop(self) -> None:
        """Kill the process and all that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def next_invocation(self) -> Invocation | None:
        """Wait for what the process is told next; None if it has ended."""
        if not self._is_ready:
            self._is_ready = True
            self._outcomes.put(Outcome(Kind.READY))
        return self._invocations.get()

    def told(self, outcome: Outcome) -> None:
        """Take what the process tells."""
        self._outcomes.put(outcome)

    def _watch(self) -> None:
        code = self._process.wait()
        self._outcomes.put(Outcome(Kind.EXIT, _how_it_ended(code).encode()))
        self._invocations.put(None)
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, runtime: Runtime) -> None:
        super().__init__((HOST, 0), _RuntimeApi)
        self.runtime = runtime

    @property
    def address(self) -> str:
        return f"{HOST}:{self.server_address[1]}"


class _RuntimeApi(BaseHTTPRequestHandler):
    """The part of the Runtime API that the runtime client uses."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        """Answer ``/runtime/invocation/next`` when there is one."""
        invocation = self.server.runtime.next_invocation()
        if invocation is None:
            self.close_connection = True
            return
        self._answer(200, invocation.body, invocation.headers)

    def do_POST(self) -> None:
        """Take what came of an invocation, or why the start failed."""
        body = self._body()
        result = _RESULT_PATH.fullmatch(self.path)
        self.server.runtime.told(Outcome(Kind(result[2]) if result else Kind.INIT_ERROR, body))
        self._answer(202, b"{}", {})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Write no line for each request."""

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _how_it_ended(code: int) -> str:
    """The words of Lambda's own log for the end of a process."""
    if code >= 0:
        return f"exit status {code}"
    names = {
        signal.SIGKILL: "killed",
        signal.SIGTERM: "terminated",
        signal.SIGSEGV: "segmentation fault",
    }
    return f"signal: {names.get(signal.Signals(-code), str(-code))}"
