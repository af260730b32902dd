"""The deployed stack on an emulator of its own, which ends with the measurement."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import boto3

from cqrs.aws.clients import Clients
from cqrs.item_types.registry import ItemTypes
from cqrs.services import Services
from cqrs.settings import Settings
from stacks.environment.file import load
from tests.integration.deployed import Deployed
from tooling.deployment import Deployment
from tooling.ministack import MiniStack
from tooling.paths import ROOT

ENVIRONMENT = "local"
LOG = ROOT / ".build" / "bench" / "cdktf.log"
"""It stays when the emulator's folder goes, as an error names it."""

CLIENT = "client"
"""Access key of requests from here; the function's is its account's id."""


@contextmanager
def deployed_stack(emulator_settings: Mapping[str, str] | None = None) -> Iterator[Deployed]:
    """Start an emulator, deploy to it, and end it.

    Parameters
    ----------
    emulator_settings
        Those beyond the usual ones.
    """
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with MiniStack(folder / "ministack.log", settings=emulator_settings) as emulator:
            endpoint = emulator.endpoint_url
            deployment = Deployment(ENVIRONMENT, endpoint_url=endpoint, work_folder=folder, log=LOG)
            deployment.deploy()
            outputs = deployment.outputs()
            clients = Clients(session(CLIENT), endpoint)
            settings = Settings.from_mapping(outputs)
            # Nothing is asked beside what a publisher of the application asks.
            services = Services(settings, clients, item_types=ItemTypes())
            yield Deployed(deployment, endpoint, services, outputs)


def session(access_key: str) -> boto3.Session:
    """A session whose requests the emulator can tell from others."""
    return boto3.Session(
        aws_access_key_id=access_key,
        aws_secret_access_key="none",  # noqa: S106
        region_name=load(ENVIRONMENT).region,
    )
