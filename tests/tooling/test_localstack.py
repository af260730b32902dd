"""LocalStack is set up by docker-compose.yml as the stack needs it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stacks.environment.file import WITHOUT_API_VARIABLE
from stacks.provider import SERVICES
from tooling import deployment, ministack
from tooling.errors import ToolingError
from tooling.localstack import docker, health, suite
from tooling.localstack.compose import FILE, PORT, variables

ENDPOINT = "http://localhost:4566"

NAMES = {"eventbridge": "events", "lambda_": "lambda", "sfn": "stepfunctions"}
"""LocalStack's names of services, if they are not the provider's."""

LACKING = {"apigatewayv2", "cloudfront", "cognitoidp"}
"""Services that its free edition lacks: the stack leaves the HTTP API and its console out there."""

FOR_EVENT_SOURCES = {"dynamodbstreams"}
"""Event source mappings read it, and Terraform does not call it."""


def test_it_loads_all_services_that_the_provider_calls_and_no_other():
    called = {NAMES.get(service, service) for service in SERVICES} - LACKING

    assert set(variables()["SERVICES"].split(",")) == called | FOR_EVENT_SOURCES


def test_every_variable_is_text_as_each_compose_reads_it():
    # Compose 1.29 refuses booleans, and each version writes numbers in its own way.
    assert {name for name, value in variables().items() if not isinstance(value, str)} == set()


def test_queues_have_the_urls_that_the_stack_computes():
    assert variables()["SQS_ENDPOINT_STRATEGY"] == "off"
    assert variables()["LOCALSTACK_HOST"] == f"localhost:{PORT}"
    assert f'"127.0.0.1:{PORT}:{PORT}"' in FILE.read_text()


def test_a_port_that_somebody_else_serves_is_told_before_docker_is_asked(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(docker, "_compose", lambda: ["no-such-program"])
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setattr(docker, "PORT", server.getsockname()[1])

        with (
            pytest.raises(ToolingError, match="is taken, which docker-compose"),
            docker.in_docker(),
        ):
            pass


@pytest.mark.parametrize("fails", [False, True])
def test_the_files_of_a_run_stay_if_it_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, fails: bool
):
    @contextmanager
    def as_process(folder: Path) -> Iterator[str]:
        (folder / "localstack.log").touch()
        yield "http://127.0.0.1:1"

    def run(command: list[str], _environment: dict[str, str]) -> None:
        ran.append(command[3:])
        if fails:
            raise ToolingError("`pytest` failed")

    ran: list[list[str]] = []
    monkeypatch.setattr(docker, "answers", lambda: False)
    monkeypatch.setattr(suite, "TOOLS", tmp_path)
    monkeypatch.setattr(suite, "as_process", as_process)
    monkeypatch.setattr(suite, "run", run)
    try:
        suite.run_integration_tests()
    except ToolingError:
        assert fails

    assert ran == [[*suite.TESTS, "tests/localstack"]]
    assert len(list(tmp_path.rglob("localstack.log"))) == (1 if fails else 0)


@pytest.mark.parametrize(
    ("answering", "is_left_out"),
    [
        ({"/_localstack/health"}, True),
        ({"/_localstack/health", "/_ministack/health"}, False),
        (set(), False),
    ],
    ids=["LocalStack", "MiniStack", "nothing yet"],
)
def test_the_http_api_is_left_out_there_alone(
    monkeypatch: pytest.MonkeyPatch, answering: set[str], *, is_left_out: bool
):
    def answers(url: str) -> bool:
        return url.removeprefix(ENDPOINT) in answering

    monkeypatch.delenv(WITHOUT_API_VARIABLE, raising=False)
    for module in (health, ministack):
        monkeypatch.setattr(module, "answers", answers)
    synthesised: list[dict[str, str]] = []
    monkeypatch.setattr(deployment, "run_cdktf", lambda *given: synthesised.append(given[2]))

    deployment.Deployment("local", ENDPOINT).synth()

    (environment,) = synthesised
    assert (environment.get(WITHOUT_API_VARIABLE) == "1") is is_left_out
