"""Functions in local processes, as LocalStack runs them without Docker."""

from __future__ import annotations

import base64
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.deployed import wait_for
from tests.localstack.conftest import CONCURRENCY, TIMEOUT_SECONDS


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_one_process_serves_one_invocation_after_another(function, invoke):
    first, second = invoke(function).payload, invoke(function).payload

    assert second["pid"] == first["pid"]
    assert second["calls"] == first["calls"] + 1


def test_a_function_sees_what_it_would_on_aws(function, invoke, localstack):
    seen = invoke(function).payload

    assert 0 < seen["left"] <= TIMEOUT_SECONDS * 1000
    assert seen["arn"].endswith(f":function:{function}")
    variables = seen["variables"]
    assert variables["OWN"] == "given"
    assert variables["AWS_LAMBDA_FUNCTION_NAME"] == function
    assert variables["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.13"
    assert variables["AWS_ENDPOINT_URL"] == localstack
    assert "PYTHONPATH" not in variables
    assert "SERVICES" not in variables


def test_its_lines_are_in_the_log(function, invoke):
    log = base64.b64decode(invoke(function, line="this one").log).decode()

    assert "line of this one" in log
    assert log.splitlines()[0].startswith("START RequestId: ")
    assert "REPORT RequestId: " in log


def test_an_exception_is_told_by_its_class(function, invoke):
    answer = invoke(function, **{"raise": "x"})

    assert answer.error == "Unhandled"
    assert (answer.payload["errorType"], answer.payload["errorMessage"]) == ("KeyError", "'x'")


def test_a_function_that_takes_too_long_is_killed(function, invoke):
    before = invoke(function).payload["pid"]

    late = invoke(function, sleep=60)

    assert late.error == "Unhandled"
    assert late.payload["errorMessage"].endswith("Task timed out after 3.00 seconds")
    assert not lives(before)
    after = invoke(function).payload
    assert (after["calls"], after["pid"] != before) == (1, True)


@pytest.mark.parametrize(
    ("event", "how"),
    [
        ({"exit": 3}, "exit status 3"),
        ({"exit": 0}, "exit status 0"),
        ({"signal": signal.SIGKILL}, "signal: killed"),
    ],
    ids=["an exit", "an exit that claims success", "a kill"],
)
def test_a_process_that_ends_is_told_and_another_one_takes_its_place(
    function, invoke, event: dict[str, Any], how: str
):
    ended = invoke(function, **event)

    assert (ended.error, ended.payload["errorType"]) == ("Unhandled", "Runtime.ExitError")
    assert ended.payload["errorMessage"].endswith(f"Runtime exited with error: {how}")
    assert invoke(function).payload["calls"] == 1


def test_code_that_cannot_be_imported_is_told(create, invoke):
    create("broken", "import nowhere\n")

    answer = invoke("broken")

    assert answer.error == "Unhandled"
    assert answer.payload["errorType"] == "Runtime.ImportModuleError"
    assert "nowhere" in answer.payload["errorMessage"]


def test_no_more_processes_run_than_the_account_allows(function, invoke):
    def tried(_number: int) -> Any:
        try:
            return invoke(function, sleep=1).payload["pid"]
        except ClientError as error:
            return error.response["Error"]["Code"]

    with ThreadPoolExecutor(CONCURRENCY * 2) as pool:
        outcomes = list(pool.map(tried, range(CONCURRENCY * 2)))

    processes = {outcome for outcome in outcomes if isinstance(outcome, int)}
    assert 1 < len(processes) <= CONCURRENCY
    assert "TooManyRequestsException" in outcomes


def test_processes_end_with_their_function(create, client, invoke):
    create("short", "import os\n\ndef handler(event, context):\n    return os.getpid()\n")
    pid = invoke("short").payload
    assert lives(pid)

    client("lambda").delete_function(FunctionName="short")

    # LocalStack answers first and stops the environments of a function afterwards.
    wait_for(lambda: None if lives(pid) else True, "the end of the process")
