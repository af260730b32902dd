"""LocalStack in Docker, as docker-compose.yml describes it."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from socket import socket
from time import monotonic, sleep

from tooling.errors import ToolingError
from tooling.localstack.compose import FILE, PORT
from tooling.localstack.health import is_healthy
from tooling.programs import run
from tooling.server_process import HOST

READY_WITHIN_SECONDS = 120.0
"""The pull of the image comes before it."""

_PROBE_SECONDS = 0.5


def answers() -> bool:
    """Tell whether this machine has a Docker engine that runs."""
    return _succeeds("docker", "info")


@contextmanager
def in_docker() -> Iterator[str]:
    """Run LocalStack for as long as the block, and give its endpoint.

    Raises
    ------
    ToolingError
        If Docker has no Compose, the port is taken, or LocalStack does not come up.
    """
    compose = [*_compose(), "--file", str(FILE)]
    endpoint = f"http://localhost:{PORT}"
    _refuse_taken_port()
    try:
        run([*compose, "up", "--detach"], os.environ)
        _wait_for(endpoint)
        yield endpoint
    finally:
        run([*compose, "down", "--volumes"], os.environ)


def _refuse_taken_port() -> None:
    """Neither test on what somebody else started, nor take it down at the end."""
    with socket() as probe:
        if probe.connect_ex((HOST, PORT)) != 0:
            return
    message = (
        f"Port {PORT} is taken, which docker-compose.yml gives to LocalStack. End what listens "
        "there: make down ends this clone's emulator, docker compose down a LocalStack."
    )
    raise ToolingError(message)


def _compose() -> Sequence[str]:
    """Compose as a plugin of Docker, or as the program that it was before."""
    if _succeeds("docker", "compose", "version"):
        return ["docker", "compose"]
    if _succeeds("docker-compose", "version"):
        return ["docker-compose"]
    message = (
        "LocalStack needs Docker's Compose: install it from "
        "https://docs.docker.com/compose/install/."
    )
    raise ToolingError(message)


def _wait_for(endpoint: str) -> None:
    deadline = monotonic() + READY_WITHIN_SECONDS
    while not is_healthy(endpoint):
        if monotonic() > deadline:
            message = (
                f"LocalStack does not answer at {endpoint} after {READY_WITHIN_SECONDS:.0f} s: "
                "see docker compose logs."
            )
            raise ToolingError(message)
        sleep(_PROBE_SECONDS)


def _succeeds(*command: str) -> bool:
    if shutil.which(command[0]) is None:
        return False
    outcome = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    return outcome.returncode == 0
