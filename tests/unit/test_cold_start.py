"""The imports of a new process of the function, in processes of their own.

A cold start costs what it imports. Unlike its time, that is the same whenever it is measured.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cqrs.settings import Settings
from tests.unit.answering import Answering, listening
from tests.unit.sample_events import state_payload, stream_event

LAMBDA_SRC = Path(__file__).parents[2] / "lambda_src"

ON_LAMBDA = {
    "AWS_LAMBDA_FUNCTION_NAME": "test-cqrs-main",
    "AWS_REGION": "ap-northeast-1",
    "AWS_DEFAULT_REGION": "ap-northeast-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
}

IMPORTED = {
    "aws_lambda_powertools",
    "botocore",
    "certifi",
    "cqrs",
    "dateutil",
    "jmespath",
    "six",
    "typing_extensions",
    "urllib3",
}
"""Packages beside the standard library's; on Lambda there is no certifi."""

MOST_MODULES = {"aws_lambda_powertools": 42, "botocore": 78, "cqrs": 99}
"""A few more than there are: botocore's change with its version."""

UNNEEDED = {
    "asyncio",
    "boto3",
    "cqrs.api",
    "cqrs.imports.csv",
    "cqrs.item_types.checks",
    "cqrs.item_types.item_type",
    "cqrs.item_types.keywords",
    "cqrs.item_types.validator",
    "multiprocessing",
    "pydantic",
    "simplejson",
    "ulid",
    "unittest",
}

WITHOUT_APPLICATION = """
import sys
from types import SimpleNamespace
import cqrs
application = cqrs.Application()
sys.modules["app"] = SimpleNamespace(application=application)
"""
"""A team's own application imports what it likes."""

MODULES = f"{WITHOUT_APPLICATION}import handler; print(*sorted(sys.modules))"

CLIENTS = f"{WITHOUT_APPLICATION}import handler; print(*sorted(vars(application.services.clients)))"

COLLECTION = "import gc, handler; print(gc.isenabled(), gc.get_freeze_count() > 0)"

FIRST_EVENT = f"""{WITHOUT_APPLICATION}
import json, handler
context = SimpleNamespace(
    function_name="test-cqrs-main",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:ap-northeast-1:123456789012:function:test-cqrs-main",
    aws_request_id="da658bd3-2d6f-4e7b-8ec2-937234644fdc",
    get_remaining_time_in_millis=lambda: 60_000,
)
before = set(sys.modules)
answer = handler.handler(json.loads(sys.argv[1]), context)
print(json.dumps([answer, sorted(set(sys.modules) - before)]))
"""

TYPED = f"""{WITHOUT_APPLICATION}
application.item_type("AIRPORT", "app.models:Airport")
import handler; print(*sorted(sys.modules))"""

IMPORTING = (
    "import handler, sys; from cqrs.imports import row_models, starter, strategies; "
    "print('pydantic' in sys.modules)"
)


def ran(program: str, *arguments: str, variables: dict[str, str] | None = None) -> str:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    ended = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=LAMBDA_SRC,
        env={**inherited, "POWERTOOLS_SERVICE_NAME": "test", **(variables or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip().splitlines()[-1]


@pytest.fixture
def function(settings: Settings) -> dict[str, str]:
    """Variables of the function."""
    return {**ON_LAMBDA, **settings.to_environment()}


COMMAND = {
    "pk": {"S": "AIRPORT#acme"},
    "sk": {"S": "AIRPORT#JFK@1"},
    "version": {"N": "1"},
    "status": {"S": "PUBLISHED"},
    "requestId": {"S": "run-1"},
}


class Items(Answering):
    """DynamoDB with one command, and Step Functions."""

    def answer(self, _method: str, _path: str, operation: str) -> tuple[int, str, dict[str, str]]:
        self.asked.append(operation.rpartition(".")[2])
        answers: dict[str, Any] = {
            "StartExecution": {"executionArn": "arn", "startDate": 1.0},
            "UpdateItem": {"Attributes": COMMAND},
        }
        return 200, json.dumps(answers.get(self.asked[-1], {})), {}


@pytest.fixture
def aws(function: dict[str, str]) -> Iterator[Items]:
    with listening(Items(None)) as answering:
        function["AWS_ENDPOINT_URL"] = answering.url
        yield answering


def test_a_process_that_is_not_on_lambda_asks_nothing_of_aws_yet() -> None:
    assert {"boto3", "botocore.session"}.isdisjoint(ran(MODULES).split())


def test_a_cold_start_imports_what_most_events_need_and_no_more(function: dict[str, str]) -> None:
    modules = ran(MODULES, variables=function).split()
    packages = [name.partition(".")[0] for name in modules]
    own = {"__main__", "app", "handler"}

    assert set(packages) - sys.stdlib_module_names - own - IMPORTED == set()
    assert UNNEEDED & set(modules) == set()
    for package, most in MOST_MODULES.items():
        assert packages.count(package) <= most, package


def test_it_makes_the_clients_that_most_events_need(function: dict[str, str]) -> None:
    made = ran(CLIENTS, variables=function).split()

    assert {name for name in made if not name.startswith("_")} == {"dynamodb", "step_functions"}


@pytest.mark.parametrize(
    ("make", "asked"),
    [
        (lambda: state_payload("test-cqrs-command-handler", "check_version"), "GetItem"),
        (lambda: stream_event(COMMAND), "StartExecution"),
    ],
)
def test_the_first_event_imports_nothing_of_the_runtimes(
    make: Callable[[], dict[str, Any]], asked: str, function: dict[str, str], aws: Items
) -> None:
    # Now, as the tries of a record that was made long ago are counted first.
    _, further = json.loads(ran(FIRST_EVENT, json.dumps(make()), variables=function))

    assert asked in aws.asked
    assert [name for name in further if name.startswith(("botocore", "cqrs"))] == []


def test_a_missing_setting_is_told_to_the_first_event(function: dict[str, str]) -> None:
    del function["COMMANDS_TABLE"]

    assert ran("import handler; print('imported')", variables=function) == "imported"
    with pytest.raises(AssertionError, match=r"ConfigurationError: .*COMMANDS_TABLE missing"):
        ran(FIRST_EVENT, json.dumps(state_payload()), variables=function)


def test_garbage_is_collected_from_then_on(function: dict[str, str]) -> None:
    assert ran(COLLECTION, variables=function) == "True True"
    assert ran(COLLECTION) == "True False"


def test_a_type_of_items_brings_neither_its_schema_nor_what_checks_it(
    function: dict[str, str],
) -> None:
    modules = set(ran(TYPED, variables=function).split())

    assert "cqrs.item_types.item_type" in modules
    assert (UNNEEDED - {"cqrs.item_types.item_type"}) & modules == set()


def test_imports_need_no_pydantic_which_the_package_lacks() -> None:
    assert ran(IMPORTING) == "False"
