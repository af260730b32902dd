"""Let Terraform validate what every environment synthesises to."""

import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from tooling.child_environment import deployment_environment
from tooling.deployment import Deployment
from tooling.errors import ToolingError
from tooling.paths import TOOLS

# Validation needs the provider's schema but no state, so it reaches for no backend.
_INIT = ("init", "-backend=false", "-input=false", "-no-color")
_VALIDATE = ("validate", "-no-color")


def validate(names: Iterable[str], folder: Path = TOOLS / "validate") -> None:
    """Synthesise and validate environments one after the other.

    Parameters
    ----------
    names
        The environments.
    folder
        Where their Terraform configurations go.

    Raises
    ------
    ToolingError
        If Terraform refuses one; its reasons are part of the message.
    """
    environment = deployment_environment()
    for name in names:
        deployment = Deployment(name, work_folder=folder / name)
        deployment.synth()
        for arguments in (_INIT, _VALIDATE):
            _terraform(arguments, deployment, environment)


def _terraform(
    arguments: tuple[str, ...], deployment: Deployment, environment: Mapping[str, str]
) -> None:
    outcome = subprocess.run(  # noqa: S603 - found or verified by tooling.terraform
        [environment["TERRAFORM_BINARY_NAME"], *arguments],
        cwd=deployment.stack_folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
    )
    if outcome.returncode != 0:
        message = (
            f"terraform {arguments[0]} refuses the environment {deployment.environment}:\n"
            f"{outcome.stdout.strip()}"
        )
        raise ToolingError(message)
