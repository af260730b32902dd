"""How the command line reaches an environment: its names, its region, its credentials."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cli.bounded_files import content_of
from cli.deployed.clients import VerifiedClients
from cli.deployed.place import Place
from cli.terminal.marked_text import decoded
from cqrs.aws.pace import Pace
from cqrs.errors import ConfigurationError
from cqrs.services import Services
from cqrs.settings import Settings
from stacks.clone import clone_id
from stacks.environment_files import ENDPOINT_VARIABLE, LOCAL
from stacks.tags import CLONE_OUTPUT

if TYPE_CHECKING:
    from pathlib import Path

    from cqrs.aws.clients import Clients
    from stacks.environment.model import Environment


LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Connection:
    """One environment as the command line works on it.

    Attributes
    ----------
    environment, services
        The environment, and its services.
    missing_emulator
        Says that this clone's emulator does not run; empty if it runs, or another one is meant.
    """

    environment: Environment
    services: Services
    missing_emulator: str = ""

    @property
    def settings(self) -> Settings:
        """Names of the environment's resources."""
        return self.services.settings

    def with_own_resources(self) -> Connection:
        """The same, with what the application declares for itself among the settings.

        Outputs have that already. Otherwise it is what ``stacks/app`` declares, as far as that can
        be imported. That takes a moment and is left to the commands that need it.
        """
        if self.settings.own_resources:
            return self
        from stacks.declarations.resources import resources_of  # noqa: PLC0415

        declared = resources_of(self.environment.name)
        if not declared:
            return self
        environment = self.environment.model_copy(update={"own_resources": declared})
        own = environment.settings().own_resources
        settings = replace(self.settings, own_resources=own)
        return replace(
            self,
            environment=environment,
            services=paced_services(settings, self.services.clients),
        )


def paced_services(settings: Settings, clients: Clients) -> Services:
    """Services that ask for executions at a pace that AWS allows, whatever their number."""
    return Services(settings, clients, pace=Pace())


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
        If the environment's file is missing or refused, or ``AWS_ENDPOINT_URL`` is set for one in
        AWS.
    ConfigurationError
        If the outputs cannot be used, or are of another environment; the AWS settings of the shell
        cannot be used.
    """
    # Until then a command, such as one that shows its help, is spared the models of such files.
    from stacks.environment.file import load, refuse_leftover_endpoint  # noqa: PLC0415

    # An application that cannot be imported must not keep anybody from what is deployed.
    running, chosen = _own_emulator()
    endpoint = running or (f"http://{LOOPBACK}:{chosen}" if chosen else None)
    environment = load(
        environment_name, variables=_variables(environment_name, endpoint), to_be_deployed=False
    )
    refuse_leftover_endpoint(environment)
    if outputs is None:
        settings, clone = environment.settings(), _own_clone()
    else:
        values = read_outputs(outputs)
        _refuse_other_outputs(outputs, values, environment)
        settings, clone = Settings.from_mapping(values), values.get(CLONE_OUTPUT) or None
    missing = "" if running else _missing_emulator(environment, chosen)
    place = Place(environment, clone if environment.endpoint else None, missing)
    return Connection(environment, paced_services(settings, VerifiedClients(place)), missing)


def _variables(environment_name: str, endpoint: str | None) -> dict[str, str]:
    """Environment variables, with an endpoint, and this clone's database of read models if it runs.

    No file names the database.
    """
    from stacks.environment.file import DATABASE_VARIABLE  # noqa: PLC0415
    from tooling.local_database import running_database  # noqa: PLC0415

    variables = {**os.environ, **({ENDPOINT_VARIABLE: endpoint} if endpoint else {})}
    is_local = environment_name == LOCAL
    if is_local and not variables.get(DATABASE_VARIABLE) and (database := running_database()):
        variables[DATABASE_VARIABLE] = database
    return variables


def _own_emulator() -> tuple[str | None, int | None]:
    """The endpoint of this clone's emulator if that runs, and the port that is chosen for it.

    It need not listen on the port that the environment's file names.
    """
    if os.environ.get(ENDPOINT_VARIABLE):
        return None, None
    from tooling.background_emulator import BackgroundEmulator, chosen_port  # noqa: PLC0415
    from tooling.errors import ToolingError  # noqa: PLC0415

    try:
        return BackgroundEmulator().endpoint_url(), chosen_port()
    except ToolingError as error:
        raise ConfigurationError(str(error)) from None


def _missing_emulator(environment: Environment, chosen: int | None) -> str:
    if environment.endpoint is None or os.environ.get(ENDPOINT_VARIABLE):
        return ""
    port = chosen or urlsplit(environment.endpoint).port
    return f"Your emulator on port {port} is not running: `make up` starts it and deploys to it."


def _own_clone() -> str | None:
    """The clone whose deployment is meant; an emulator that is named is meant, whoever's it is."""
    return None if os.environ.get(ENDPOINT_VARIABLE) else clone_id()


def _refuse_other_outputs(path: Path, values: dict[str, Any], environment: Environment) -> None:
    """See that outputs are an environment's: its queues are named by rule all the same."""
    expected = {
        "resource_prefix": environment.prefix,
        "account_id": environment.account_id,
        "region": environment.region,
    }
    for name, value in expected.items():
        if values.get(name, value) != value:
            raise ConfigurationError(
                f"{path} is of another environment than {environment.name}: its {name} is "
                f"{values[name]!r}, and that of {environment.name} is {value!r}. Name the right "
                "one with --env."
            )


def read_outputs(path: Path) -> dict[str, Any]:
    """The values of a stack's outputs, by their names.

    Raises
    ------
    ConfigurationError
        If the file cannot be read, or holds none.
    """
    try:
        content = content_of(path)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise ConfigurationError(f"{path} cannot be read: {error}.") from None
    try:
        outputs: dict[str, Any] = json.loads(decoded(content))
        return {name: output["value"] for name, output in outputs.items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ConfigurationError(
            f"{path} does not hold Terraform outputs: write it with `terraform output -json`."
        ) from None
