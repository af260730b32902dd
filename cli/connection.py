"""How the command line reaches an environment: its names, its region, its credentials."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cli.marked_text import decoded
from cqrs.clients import Clients
from cqrs.errors import ConfigurationError
from cqrs.services import Services
from cqrs.settings import Settings
from stacks.emulator_access import access_key
from stacks.environment_file import ENDPOINT_VARIABLE, load, refuse_leftover_endpoint
from tooling.background_emulator import BackgroundEmulator

if TYPE_CHECKING:
    from pathlib import Path

    from stacks.environment import Environment


@dataclass(frozen=True, slots=True)
class Connection:
    """One environment as the command line works on it."""

    environment: Environment
    services: Services

    @property
    def settings(self) -> Settings:
        """Names of the environment's resources."""
        return self.services.settings


def connect(environment_name: str, outputs: Path | None = None) -> Connection:
    """Reach an environment.

    Parameters
    ----------
    environment_name
        Name of its file in ``environments/``.
    outputs
        File with the stack's outputs, as ``terraform output -json`` writes them. Without it the
        names follow from the environment's file, by the rules by which the stack was named.

    Raises
    ------
    EnvironmentFileError
        The environment's file is missing or refused, or ``AWS_ENDPOINT_URL`` is set for one in AWS.
    ConfigurationError
        The outputs cannot be used.
    """
    environment = load(environment_name, variables=_variables())
    refuse_leftover_endpoint(environment)
    settings = environment.settings() if outputs is None else _read_outputs(outputs)
    return Connection(environment, Services(settings, _clients(environment)))


def _variables() -> dict[str, str]:
    """Environment variables, with the endpoint of this clone's emulator if that runs.

    It need not listen on the port that the environment's file names.
    """
    running = None if ENDPOINT_VARIABLE in os.environ else BackgroundEmulator().endpoint_url()
    return {**os.environ, **({ENDPOINT_VARIABLE: running} if running else {})}


def _clients(environment: Environment) -> Clients:
    import boto3  # noqa: PLC0415 - its import takes longer than `cqrs --help` should

    if environment.endpoint is None:
        return Clients(boto3.Session(region_name=environment.region))
    # Real credentials must not be sent to an emulator.
    access = access_key(environment.account_id)
    session = boto3.Session(
        aws_access_key_id=access.key_id,
        aws_secret_access_key=access.secret,
        region_name=environment.region,
    )
    return Clients(session, endpoint_url=environment.endpoint)


def _read_outputs(path: Path) -> Settings:
    try:
        outputs: dict[str, Any] = json.loads(decoded(path.read_bytes()))
        return Settings.from_mapping({name: output["value"] for name, output in outputs.items()})
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ConfigurationError(
            f"{path} does not hold Terraform outputs: write it with `terraform output -json`."
        ) from None
