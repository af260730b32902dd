"""An execution environment of a function: a process, and another one when that died.

It reports an invocation as LocalStack's own init does, so that functions behave alike with and
without Docker. Emulator difference: a timeout has no ``errorType``, whereas Lambda names
it ``Sandbox.Timedout``.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from localstack import config
from localstack.services.lambda_.invocation.executor_endpoint import StatusErrorException
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.runtime_executor import (
    LambdaRuntimeException,
    RuntimeExecutor,
)

from tooling.localstack.processes.runtime import HOST, Invocation, Kind, Outcome, Runtime

PYTHON = os.environ.get("LAMBDA_PROCESS_PYTHON", "")
"""The interpreter of functions, which has AWS's runtime client and the SDK."""

INHERITED = ("PATH", "LANG", "LC_ALL", "HOME", "TMPDIR", "NO_PROXY", "no_proxy")
"""Variables of LocalStack's that functions get; any other would not be there on AWS."""


class ProcessExecutor(RuntimeExecutor):
    """Starts, invokes and stops an environment, as LocalStack asks.

    Parameters
    ----------
    id
        The environment's name.
    function_version
        The code that runs in it, and how.
    """

    def __init__(self, id: str, function_version: FunctionVersion) -> None:  # noqa: A002
        super().__init__(id=id, function_version=function_version)
        self._environment: dict[str, str] = {}
        self._runtime: Runtime | None = None
        self._is_stopped = False
        self._lock = threading.Lock()
        self._folder = Path(tempfile.mkdtemp(prefix=f"lambda-{id}-"))
        self._log = self._folder / "log"
        self._log.touch()

    def start(self, env_vars: Mapping[str, object]) -> None:
        """Start the process, and return when it waits for its first invocation."""
        runtime = self.function_version.config.runtime
        self._environment = {
            **{name: os.environ[name] for name in INHERITED if name in os.environ},
            **{name: str(value) for name, value in env_vars.items()},
            "LAMBDA_TASK_ROOT": str(self._code),
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime}",
        }
        self._launch()

    def stop(self) -> None:
        """End the process; an invocation that it serves ends with it."""
        with self._lock:
            self._is_stopped = True
            runtime = self._runtime
        if runtime is not None:
            runtime.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def invoke(self, payload: Mapping[str, str]) -> InvocationResult:
        """Hand an invocation over, and return what came of it."""
        request_id, seconds = payload["invoke-id"], self.function_version.config.timeout
        seen, begun = self._log.stat().st_size, time.time()
        runtime = self._runtime if self._runtime and self._runtime.lives else self._launch()
        invocation = Invocation(_headers(payload, begun + seconds), payload["payload"].encode())
        outcome = runtime.run(invocation, seconds)
        if outcome is None or outcome.kind is Kind.EXIT:
            runtime.stop()
        body = _told(outcome, request_id, seconds)
        is_error = outcome is None or outcome.kind is not Kind.RESPONSE or _has_error_type(body)
        logs = self._lines_of(request_id, seen, time.time() - begun)
        return InvocationResult(request_id, body, is_error=is_error, logs=logs)

    def get_logs(self) -> str:
        """Return all that the processes wrote."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def get_address(self) -> str:
        """Return the host that the process runs on."""
        return HOST

    def get_endpoint_from_executor(self) -> str:
        """Return LocalStack's host, as the process sees it."""
        return HOST

    def get_runtime_endpoint(self) -> str:
        """Return the place that LocalStack's own init would call back; nothing does here."""
        return f"http://{HOST}:{config.GATEWAY_LISTEN[0].port}/_localstack_lambda/{self.id}"

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        """Unpack the code of a function."""
        if not str(function_version.config.runtime).startswith("python"):
            message = (
                f"Functions of {function_version.config.runtime} do not run in processes; "
                "those of Python do."
            )
            raise LambdaRuntimeException(message)
        function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """Leave the code, which LocalStack removes itself."""

    @property
    def _code(self) -> Path:
        code: Path = self.function_version.config.code.get_unzipped_code_location()
        return code

    def _launch(self) -> Runtime:
        command = [PYTHON, "-m", "awslambdaric", self._environment["_HANDLER"]]
        with self._lock:
            if self._is_stopped:
                body = _document(errorType="Runtime.ExitError", errorMessage="It was stopped.")
                raise StatusErrorException("Environment was stopped", payload=body)
            runtime = self._runtime = Runtime(command, self._environment, self._code, self._log)
        # LocalStack ends a start that takes too long by `stop`, after which this ends, too.
        outcome = runtime.ready()
        if outcome.kind is not Kind.READY:
            runtime.stop()
            payload = _exit_document(outcome) if outcome.kind is Kind.EXIT else outcome.body
            raise StatusErrorException("Environment startup failed", payload=payload)
        return runtime

    def _lines_of(self, request_id: str, seen: int, seconds: float) -> str:
        with self._log.open("rb") as log:
            log.seek(seen)
            lines = log.read().decode(errors="replace")
        if lines and not lines.endswith("\n"):
            lines += "\n"
        memory, took = self.function_version.config.memory_size, seconds * 1000
        return (
            f"START RequestId: {request_id} Version: {self.function_version.id.qualifier}\n"
            f"{lines}END RequestId: {request_id}\n"
            f"REPORT RequestId: {request_id}\tDuration: {took:.2f} ms\t"
            f"Billed Duration: {took:.0f} ms\tMemory Size: {memory} MB\t"
            f"Max Memory Used: {memory} MB\t\n"
        )


def _headers(payload: Mapping[str, str], deadline: float) -> dict[str, str]:
    return {
        "Lambda-Runtime-Aws-Request-Id": payload["invoke-id"],
        "Lambda-Runtime-Deadline-Ms": str(int(deadline * 1000)),
        "Lambda-Runtime-Invoked-Function-Arn": payload["invoked-function-arn"],
        "Lambda-Runtime-Trace-Id": payload["trace-id"],
    }


def _told(outcome: Outcome | None, request_id: str, seconds: float) -> bytes:
    if outcome is None:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return _document(
            errorMessage=f"{now} {request_id} Task timed out after {seconds:.2f} seconds"
        )
    if outcome.kind is Kind.EXIT:
        return _exit_document(outcome, request_id)
    return outcome.body


def _exit_document(outcome: Outcome, request_id: str = "") -> bytes:
    prefix = f"RequestId: {request_id} " if request_id else ""
    message = f"{prefix}Error: Runtime exited with error: {outcome.body.decode()}"
    return _document(errorType="Runtime.ExitError", errorMessage=message)


def _document(**content: str) -> bytes:
    return json.dumps(content).encode()


def _has_error_type(body: bytes) -> bool:
    """Whether LocalStack's init takes an answer for an error: any that has an error's key."""
    try:
        answer = json.loads(body)
    except ValueError:
        return False
    return isinstance(answer, dict) and "errorType" in answer
