"""Run the integration tests against LocalStack in Docker."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tooling.errors import ToolingError
from tooling.paths import ROOT
from tooling.programs import run

ENDPOINT_VARIABLE = "INTEGRATION_ENDPOINT"
"""Names an emulator to the integration tests, which then start none themselves."""

_ENDPOINT_URL = "http://localhost:4566"
_DOCKER_HINT = (
    "install it from https://docs.docker.com/get-docker/, or run make test, which needs none"
)


def run_integration_tests() -> None:
    """Start LocalStack, run the integration tests against it, and take it down again.

    Raises
    ------
    ToolingError
        If Docker is missing or does not run, or a test fails.
    """
    _require_docker()
    with _localstack():
        environment = {**os.environ, ENDPOINT_VARIABLE: _ENDPOINT_URL}
        run([sys.executable, "-m", "pytest", "tests/integration"], environment)


@contextmanager
def _localstack() -> Iterator[None]:
    compose = ["docker", "compose", "--file", str(ROOT / "docker-compose.yml")]
    try:
        run([*compose, "up", "--wait"], os.environ)
        yield
    finally:
        run([*compose, "down", "--volumes"], os.environ)


def _require_docker() -> None:
    if shutil.which("docker") is None:
        message = f"LocalStack needs Docker, which is not on PATH: {_DOCKER_HINT}."
        raise ToolingError(message)
    if not _succeeds("docker", "compose", "version"):
        message = (
            "LocalStack needs the Compose plugin of Docker: install it from "
            "https://docs.docker.com/compose/install/."
        )
        raise ToolingError(message)
    if not _succeeds("docker", "info"):
        message = "LocalStack needs Docker, whose engine does not answer: start it and try again."
        raise ToolingError(message)


def _succeeds(*command: str) -> bool:
    outcome = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    return outcome.returncode == 0
