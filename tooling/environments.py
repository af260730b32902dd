"""The project's environments, as far as the tool chain needs to know them."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from stacks import environment_files
from stacks.environment import file as environment_file
from stacks.environment.model import Environment
from stacks.environment_files import LOCAL
from tooling.errors import ToolingError
from tooling.local_database import use_running_database

_DEFAULT_EMULATOR_PORT = 4566


@dataclass(frozen=True)
class TargetEnvironment:
    """An environment that can be deployed.

    Attributes
    ----------
    name
        Its name.
    emulator_endpoint
        The emulator that it lives on, or nothing if it lives on AWS.
    details
        All that its file says.
    """

    name: str
    emulator_endpoint: str | None
    details: Environment

    @property
    def emulator_port(self) -> int:
        """The port on which its emulator is expected."""
        return urlsplit(self.emulator_endpoint or "").port or _DEFAULT_EMULATOR_PORT


def all_names() -> list[str]:
    """Return the names of all environments."""
    return environment_files.names()


def load(name: str) -> TargetEnvironment:
    """Return the environment of that name.

    Raises
    ------
    ToolingError
        If there is no such environment, or its file cannot be used.
    """
    if name not in all_names():
        message = f"There is no environment {name!r}: use one of {', '.join(all_names())}."
        raise ToolingError(message)
    if name == LOCAL:
        use_running_database()
    try:
        environment = environment_file.load(name)
    except environment_files.EnvironmentFileError as error:
        raise ToolingError(str(error)) from None
    return TargetEnvironment(name, environment.endpoint, environment)
