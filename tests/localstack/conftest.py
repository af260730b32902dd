"""One LocalStack as a process for all tests of this folder, and a function in it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import boto3
import pytest

from tooling.localstack.process import as_process
from tooling.paths import LOCALSTACK_PYTHON

CODE = """
import os, sys, time

calls = 0

def handler(event, context):
    global calls
    calls += 1
    if "sleep" in event:
        time.sleep(event["sleep"])
    if "exit" in event:
        os._exit(event["exit"])
    if "signal" in event:
        os.kill(os.getpid(), event["signal"])
    if "raise" in event:
        raise KeyError(event["raise"])
    print("line of", event.get("line"))
    return {
        "pid": os.getpid(),
        "calls": calls,
        "left": context.get_remaining_time_in_millis(),
        "arn": context.invoked_function_arn,
        "variables": dict(os.environ),
    }
"""

TIMEOUT_SECONDS = 3
CONCURRENCY = 4


class Answer(NamedTuple):
    """The answer of Invoke; ``error`` is the kind of its failure."""

    payload: Any
    error: str | None
    log: str


Invoke = Callable[..., Answer]


@pytest.fixture(scope="session")
def localstack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if not LOCALSTACK_PYTHON.exists():
        pytest.skip("LocalStack is not installed: run sh tooling/setup.sh localstack.")
    folder = tmp_path_factory.mktemp("localstack")
    with as_process(folder, {"LAMBDA_LIMITS_CONCURRENT_EXECUTIONS": str(CONCURRENCY)}) as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def client(localstack: str) -> Callable[[str], Any]:
    """Makes clients, which try no request again."""
    session = boto3.Session("test", "test", region_name="ap-northeast-1")
    once = boto3.session.Config(retries={"total_max_attempts": 1}, max_pool_connections=20)
    return lambda service: session.client(service, endpoint_url=localstack, config=once)


@pytest.fixture(scope="session")
def create(client: Callable[[str], Any]) -> Callable[[str, str], None]:
    """Creates a function and waits until it can be invoked."""

    def created(name: str, code: str) -> None:
        lambda_ = client("lambda")
        lambda_.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role="arn:aws:iam::000000000000:role/any",
            Handler="code.handler",
            Code={"ZipFile": _zip(code)},
            Timeout=TIMEOUT_SECONDS,
            Environment={"Variables": {"OWN": "given"}},
        )
        lambda_.get_waiter("function_active_v2").wait(
            FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )

    return created


@pytest.fixture(scope="session")
def function(create: Callable[[str, str], None]) -> str:
    create("sample", CODE)
    return "sample"


@pytest.fixture(scope="session")
def invoke(client: Callable[[str], Any]) -> Invoke:
    lambda_ = client("lambda")

    def invoked(name: str, **event: Any) -> Answer:
        answer = lambda_.invoke(FunctionName=name, Payload=json.dumps(event), LogType="Tail")
        payload = json.loads(answer["Payload"].read())
        return Answer(payload, answer.get("FunctionError"), answer.get("LogResult", ""))

    return invoked


def _zip(code: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        package.writestr("code.py", code)
    return target.getvalue()
