"""The deployed stack of the integration tests, with the console before it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from stacks.api.gateway import METHODS
from stacks.api.user_pool import SCOPES
from stacks.console.settings import pool_settings
from stacks.environment.file import load
from tests.console.bell_server import ringing
from tests.console.scene import Scene
from tests.integration.bells import Bell
from tests.integration.closures import waiting
from tests.integration.conftest import (
    ENVIRONMENT,
    REGION,
    deployed,
    deployer,
    emulator,
    endpoint,
    tenant,
)
from tests.integration.deployed import Deployed
from tests.integration.identities import session
from tests.integration.overlay import with_modules
from tooling.console.server import ConsoleServer
from tooling.console.site import Site, local_site
from tooling.console.tokens import TokenOffice
from tooling.errors import ToolingError

__all__ = ["deployed", "deployer", "emulator", "endpoint", "tenant"]

APPROVAL_SECONDS = 900

FAULTY = Path(__file__).with_name("seat_map.py")
"""Fails each item of a type that has no other use."""

TokenFor = Callable[[Mapping[str, Sequence[str]]], str]


@pytest.fixture(scope="module")
def console(deployed: Deployed) -> Iterator[ConsoleServer]:
    """The console, as ``make console`` serves it, on a port of its own."""
    environment = load(ENVIRONMENT)
    office = TokenOffice(environment, deployed.endpoint)
    with served(local_site(environment, deployed.outputs), office.token_for) as server:
        _let_upload(deployed, server.url)
        yield server


@pytest.fixture(scope="module")
def pool_console(deployed: Deployed) -> Iterator[ConsoleServer]:
    """The same as it is on AWS: people sign in on the pages of the user pool."""
    environment, outputs = load(ENVIRONMENT), deployed.outputs
    settings = pool_settings(
        environment,
        domain=outputs["user_pool_domain"],
        client_id=outputs["user_pool_client_id"],
        scopes=" ".join(SCOPES),
    )
    site = replace(local_site(environment, outputs), settings=settings)
    with served(site, _no_token) as server:
        let_return(deployed, server.url)
        yield server


@contextmanager
def served(
    site: Site, token_for: Callable[[Mapping[str, Sequence[str]]], str]
) -> Iterator[ConsoleServer]:
    """Serve a console for as long as the block runs."""
    server = ConsoleServer(site, token_for, 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _no_token(_asked: Mapping[str, Sequence[str]]) -> str:
    raise ToolingError("People sign in at the user pool.")


def let_return(deployed: Deployed, url: str) -> None:
    """Let the pool's pages send people back to an address, as the stack lets those of its own."""
    cognito = session(REGION).client("cognito-idp")
    outputs = deployed.outputs
    known = {"UserPoolId": outputs["user_pool_id"], "ClientId": outputs["user_pool_client_id"]}
    client = cognito.describe_user_pool_client(**known)["UserPoolClient"]
    names = (
        "AllowedOAuthFlows",
        "AllowedOAuthFlowsUserPoolClient",
        "AllowedOAuthScopes",
        "ExplicitAuthFlows",
        "SupportedIdentityProviders",
        "ReadAttributes",
        "WriteAttributes",
    )
    kept = {name: client[name] for name in names if name in client}
    urls = [*client["CallbackURLs"], f"{url}/"]
    cognito.update_user_pool_client(**known, **kept, CallbackURLs=urls, LogoutURLs=urls)


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
def scene(
    deployed: Deployed, console: ConsoleServer, pool_console: ConsoleServer
) -> Iterator[Scene]:
    """Names of all that the browser is to find."""
    bell = Bell(session(REGION), deployed.services.settings.resource_prefix, "console")
    faulty = with_modules(deployed, [FAULTY])
    with faulty, waiting(deployed, APPROVAL_SECONDS), bell, ringing(bell) as url:
        scene = Scene.made(deployed, console.url, pool_console.url)
        yield replace(scene, bell=url)
