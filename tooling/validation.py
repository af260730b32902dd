"""Let Terraform validate what every environment synthesises to."""

import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tooling.cdktf import run_cdktf
from tooling.child_environment import deployment_environment
from tooling.errors import ToolingError
from tooling.paths import TOOLS

# Validation needs the provider's schema but no state, so it reaches for no backend.
_INIT = ("init", "-backend=false", "-input=false", "-no-color")
_VALIDATE = ("validate", "-no-color")
# Each Terraform starts a provider of some 600 MB.
_AT_ONCE = 2


def validate(names: Sequence[str], output: Path = TOOLS / "validate") -> None:
    """Synthesise all environments, and validate some.

    Parameters
    ----------
    names
        The environments to validate.
    output
        The folder that the Terraform configurations go to.

    Raises
    ------
    ToolingError
        If Terraform refuses one; its reasons are part of the message.
    """
    environment = deployment_environment() | {"CQRS_SOURCE_ONLY": "1"}
    run_cdktf(["synth"], output, environment)
    stacks = [output / "stacks" / name for name in names]
    # One after the other, because they may share a cache of providers.
    for stack in stacks:
        _terraform(_INIT, stack, environment)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(lambda stack: _terraform(_VALIDATE, stack, environment), stacks))


def _terraform(arguments: Sequence[str], stack: Path, environment: Mapping[str, str]) -> None:
    outcome = subprocess.run(  # noqa: S603 - found or verified by tooling.terraform
        [environment["TERRAFORM_BINARY_NAME"], *arguments],
        cwd=stack,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
    )
    if outcome.returncode != 0:
        message = f"terraform {arguments[0]} fails for {stack.name}:\n{outcome.stdout.strip()}"
        raise ToolingError(message)
