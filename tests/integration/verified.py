"""An environment that is deployed already, in the place of one that the tests deploy.

Only tests that are *verifiable* run on it. Such a test works on tenants of its own and needs
nothing that only an emulator can do. It neither changes nor counts what belongs to all.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from cli.deployed.clients import VerifiedClients
from cli.deployed.connection import connect, read_outputs
from cqrs.commands.sync_handlers import SyncHandlers
from cqrs.services import Services
from tests.integration.deployed import Deployed
from tooling.deployment import Deployment
from tooling.verification.suite import ENVIRONMENT_VARIABLE, OUTPUTS_VARIABLE

VERIFIABLE, EMULATOR_ONLY = "verifiable", "emulator_only"

CHANGING = re.compile("Create|Update|Delete|Put|Purge|Publish|Receive|Set|Start|Subscribe|Tag|Add")
OF_TENANTS = frozenset(
    {
        "CreateMultipartUpload",
        "DeleteItem",
        "DeleteObject",
        "PutItem",
        "PutObject",
        "StartExecution",
        "UpdateItem",
    }
)
"""Requests that change what belongs to a tenant; all others that change are refused."""


def is_verifiable(test: pytest.Item) -> bool:
    """Whether a test may run on an environment that others use."""
    chosen = test.get_closest_marker(VERIFIABLE) is not None
    return chosen and test.get_closest_marker(EMULATOR_ONLY) is None


def verified_environment() -> str | None:
    """Name of the environment that is to be verified, if there is one."""
    return os.environ.get(ENVIRONMENT_VARIABLE) or None


def reached(environment: str) -> Deployed:
    """The environment as tests use it."""
    outputs = Path(os.environ[OUTPUTS_VARIABLE])
    connection = connect(environment, outputs)
    clients = connection.services.clients
    assert isinstance(clients, VerifiedClients)
    guarded = Services(connection.settings, Guarded(clients.place), SyncHandlers())
    endpoint = connection.environment.endpoint
    deployment = Deployment(environment, endpoint)
    return Deployed(deployment, endpoint or "", guarded, read_outputs(outputs))


class Guarded(VerifiedClients):
    """Clients that change nothing but what belongs to tenants."""

    def _make_client(self, service: str, *, read_timeout: int, attempts: int) -> Any:
        client = super()._make_client(service, read_timeout=read_timeout, attempts=attempts)
        client.meta.events.register("before-call", refuse_change)
        return client


def refuse_change(model: Any, **_: Any) -> None:
    """Refuse a request by which a test would change what belongs to all."""
    if CHANGING.match(model.name) and model.name not in OF_TENANTS:
        raise AssertionError(
            f"A test makes the request {model.name}, which changes what others use: mark the test "
            f"{EMULATOR_ONLY}, with the reason."
        )
