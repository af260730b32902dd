"""Hold the AWS provider to the checksums that a team has committed."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from tooling.errors import ToolingError
from tooling.host import PLATFORMS
from tooling.paths import PROVIDER_LOCK
from tooling.plugin_mirror import (
    AWS_PROVIDER_VERSION,
    INIT_ARGUMENTS,
    READ_ONLY,
    names_missing_configuration,
    provider_address,
)
from tooling.terraform import Terraform, find_terraform

FILE_NAME = ".terraform.lock.hcl"
"""The name under which Terraform looks for a lock file beside a configuration."""

_CONFIGURATION = {
    "terraform": {"required_providers": {"aws": {"source": "aws", "version": AWS_PROVIDER_VERSION}}}
}
"""Asks for the provider in the words of the stacks, which the lock file repeats."""

_PROVIDER = re.compile(r'^provider "(?P<address>[^"]+)" \{\n.*?^\}\n', re.MULTILINE | re.DOTALL)
_VERSION = re.compile(r'^  version\s+= "(?P<version>[^"]+)"$', re.MULTILINE)


def write_lock(
    terraform: Terraform, environ: Mapping[str, str] = os.environ, *, lock: Path = PROVIDER_LOCK
) -> None:
    """Write the checksums that the registry gives of the provider, for all platforms.

    Terraform asks the registry even if this machine has a mirror. The checksums of another
    registry's provider stay.

    Raises
    ------
    ToolingError
        If the registry does not give them.
    """
    address = provider_address(terraform)
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "main.tf.json").write_text(json.dumps(_CONFIGURATION))
        others = [block for other, block in _providers(lock).items() if other != address]
        if others:
            (folder / FILE_NAME).write_text("\n".join(others))
        platforms = [f"-platform={platform}" for platform in PLATFORMS]
        answer = subprocess.run(  # noqa: S603 - found or verified by tooling.terraform
            [str(terraform.binary), "providers", "lock", "-no-color", *platforms],
            cwd=folder,
            env=_environment(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            text=True,
        )
        if answer.returncode != 0:
            message = f"{terraform.registry} gives no checksums: {answer.stderr.strip()}"
            raise ToolingError(message)
        shutil.copyfile(folder / FILE_NAME, lock)


def is_held(environment: Mapping[str, str]) -> bool:
    """Tell whether Terraform may install only what the lock file has a checksum of."""
    return READ_ONLY in environment.get(INIT_ARGUMENTS, "").split()


def place_lock(lock: Path, stack: Path, environment: Mapping[str, str]) -> None:
    """Put the checksums beside a stack's configuration, in the place of those that are there.

    Only the registry's in use are put there: Terraform refuses a lock file with further providers.

    Parameters
    ----------
    lock
        The committed lock file.
    stack
        The folder of the configuration.
    environment
        The variables that Terraform is to run under.

    Raises
    ------
    ToolingError
        If it has none of the version that the project needs.
    """
    address = provider_address(find_terraform(environment))
    block = _providers(lock).get(address, "")
    version = _VERSION.search(block)
    if version is None or version["version"] != AWS_PROVIDER_VERSION:
        message = (
            f"{lock.name} has no checksums of {address} {AWS_PROVIDER_VERSION}: "
            "run make lock-provider, and commit the file."
        )
        raise ToolingError(message)
    stack.mkdir(parents=True, exist_ok=True)
    (stack / FILE_NAME).write_text(block)


def _providers(lock: Path) -> dict[str, str]:
    text = lock.read_text() if lock.is_file() else ""
    return {block["address"]: block[0] for block in _PROVIDER.finditer(text)}


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    child = {**environ, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
    if names_missing_configuration(environ):
        del child["TF_CLI_CONFIG_FILE"]
    return child
