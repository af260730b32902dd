"""The deployed stack of the integration tests, with the console before it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from stacks.api.gateway import METHODS
from stacks.environment.file import load
from tests.console.scene import Scene
from tests.integration.closures import waiting
from tests.integration.conftest import (
    ENVIRONMENT,
    deployed,
    deployer,
    emulator,
    endpoint,
    tenant,
)
from tests.integration.deployed import Deployed
from tooling.console.server import ConsoleServer
from tooling.console.site import local_site
from tooling.console.tokens import TokenOffice

__all__ = ["deployed", "deployer", "emulator", "endpoint", "tenant"]

APPROVAL_SECONDS = 900


@pytest.fixture(scope="module")
def console(deployed: Deployed) -> Iterator[ConsoleServer]:
    """The console, as ``make console`` serves it, on a port of its own."""
    environment = load(ENVIRONMENT)
    office = TokenOffice(environment, deployed.endpoint)
    server = ConsoleServer(local_site(environment, deployed.outputs), office.token_for, 0)
    _let_upload(deployed, server.url)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def _let_upload(deployed: Deployed, origin: str) -> None:
    """Let the console's own origin use links, as the stack lets that of ``make console``."""
    rule = {
        "AllowedOrigins": [origin],
        "AllowedMethods": [method for method in METHODS if method in {"GET", "PUT"}],
        "AllowedHeaders": ["content-type"],
    }
    deployed.services.clients.s3.put_bucket_cors(
        Bucket=deployed.services.settings.bucket, CORSConfiguration={"CORSRules": [rule]}
    )


@pytest.fixture(scope="module")
def scene(deployed: Deployed, console: ConsoleServer) -> Iterator[Scene]:
    """What the browser is to find."""
    with waiting(deployed, APPROVAL_SECONDS):
        yield Scene.made(deployed, console.url)
