"""Step Functions as far as executions that wait for callbacks go, with its refusals."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

EXECUTION = "arn:aws:states:ap-northeast-1:123456789012:execution:test-cqrs-airport-closure:"


class WaitingExecutions:
    """A client of Step Functions, and the executions behind it."""

    def __init__(self) -> None:
        self.results: dict[str, Any] = {}
        self.failures: dict[str, str] = {}
        self.heartbeats: list[str] = []
        self.operations: list[str] = []
        self._executions: dict[str, dict[str, Any]] = {}
        self._waiting: dict[str, str] = {}
        self._unknown: set[str] = set()
        self._history: dict[str, list[dict[str, Any]]] = {}
        self._hooks: dict[str, list[Callable[..., object]]] = {}
        self.meta = SimpleNamespace(events=SimpleNamespace(register=self._register))

    # The executions

    def wait(self, name: str, token: str) -> str:
        """Let an execution wait with a token; its ARN."""
        arn = f"{EXECUTION}{name}"
        running = {"executionArn": arn, "name": name, "status": "RUNNING", "input": "{}"}
        self._executions.setdefault(arn, {**running, "startDate": datetime.now(UTC)})
        self._waiting[token] = arn
        return arn

    def time_out(self, token: str) -> None:
        """Let a state stop waiting."""
        del self._waiting[token]

    def forget_token(self, token: str) -> None:
        """Let the token of a state be unknown, as one may be until its call is answered."""
        del self._waiting[token]
        self._unknown.add(token)

    def end(self, arn: str, status: str, error: str = "", cause: str = "") -> None:
        """End an execution."""
        told = {"error": error, "cause": cause} if error else {}
        self._executions[arn] |= {"status": status, "stopDate": datetime.now(UTC), **told}
        self._waiting = {t: owner for t, owner in self._waiting.items() if owner != arn}

    def long_ended(self, arn: str) -> None:
        """Let an execution have ended long ago."""
        self._executions[arn]["stopDate"] = datetime(2020, 1, 1, tzinfo=UTC)

    def forget(self, arn: str) -> None:
        """Drop an execution, as AWS does 90 days after its end."""
        del self._executions[arn]
        self._history.pop(arn, None)

    # The client

    def describe_execution(self, **request: Any) -> dict[str, Any]:
        with self._sent("DescribeExecution"):
            if request["executionArn"] not in self._executions:
                raise _refusal("ExecutionDoesNotExist", "DescribeExecution")
            return dict(self._executions[request["executionArn"]])

    def get_execution_history(self, **request: Any) -> dict[str, Any]:
        with self._sent("GetExecutionHistory"):
            if request["executionArn"] not in self._executions:
                raise _refusal("ExecutionDoesNotExist", "GetExecutionHistory")
            return {"events": self._history.get(request["executionArn"], [])[::-1]}

    def send_task_success(self, **request: Any) -> dict[str, Any]:
        with self._sent("SendTaskSuccess"):
            execution = self._take(request["taskToken"])
            event = {
                "type": "TaskSucceeded",
                "timestamp": datetime.now(UTC),
                "taskSucceededEventDetails": {"output": request["output"]},
            }
            self._history.setdefault(execution, []).append(event)
            self.results[request["taskToken"]] = json.loads(request["output"])["Payload"][0][0]
            return {}

    def send_task_failure(self, **request: Any) -> dict[str, Any]:
        with self._sent("SendTaskFailure"):
            self._take(request["taskToken"])
            self.failures[request["taskToken"]] = request["error"]
            return {}

    def send_task_heartbeat(self, **request: Any) -> dict[str, Any]:
        with self._sent("SendTaskHeartbeat"):
            self._refuse_gone(request["taskToken"])
            self.heartbeats.append(request["taskToken"])
            return {}

    def _take(self, token: str) -> str:
        self._refuse_gone(token)
        return self._waiting.pop(token)

    def _refuse_gone(self, token: str) -> None:
        if token in self._unknown:
            raise _refusal("InvalidToken", "SendTask")
        if token not in self._waiting:
            raise _refusal("TaskTimedOut", "SendTask")

    @contextmanager
    def _sent(self, operation: str) -> Iterator[None]:
        self.operations.append(operation)
        model = SimpleNamespace(name=operation)
        for act in self._hooks.get("before-call", []):
            act(model=model)
        yield
        for act in self._hooks.get("after-call", []):
            act(model=model)

    def _register(self, moment: str, act: Callable[..., object]) -> None:
        self._hooks.setdefault(moment, []).append(act)


def _refusal(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, operation)
