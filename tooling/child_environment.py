"""The environment variables of the programs that the tool chain starts."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from tooling.paths import ROOT, TOOLS
from tooling.plugin_mirror import names_missing_configuration, provider_settings
from tooling.terraform import find_terraform

# Nothing that could reach a real account, or be refused by an emulator, may leak into a local run.
_AWS_ACCESS = (
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_DEFAULT_PROFILE",
    "AWS_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_TOKEN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)
_EMULATOR_ACCESS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
_LOOPBACK = "localhost,127.0.0.1"


def deployment_environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the variables under which cdktf and Terraform run, the caller's access unchanged.

    Raises
    ------
    ToolingError
        If no usable Terraform or provider mirror is found.
    """
    terraform = find_terraform(environ)
    child = dict(environ)
    if names_missing_configuration(environ):
        del child["TF_CLI_CONFIG_FILE"]
    child |= provider_settings(terraform, environ)
    child |= {
        # cdktf.json says `python`, which has to be the one with the project's packages.
        "PATH": os.pathsep.join([*_own_programs(), environ.get("PATH", os.defpath)]),
        "TERRAFORM_BINARY_NAME": str(terraform.binary),
        "TF_IN_AUTOMATION": "1",
        "CDKTF_HOME": str(TOOLS / "cdktf"),
        "CHECKPOINT_DISABLE": "1",
        "DISABLE_VERSION_CHECK": "1",
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
    }
    return child


def emulator_access(environ: Mapping[str, str], endpoint_url: str) -> dict[str, str]:
    """Return the environment with its AWS access replaced by that of an emulator."""
    child = without_aws_access(environ)
    child |= _EMULATOR_ACCESS | {"AWS_ENDPOINT_URL": endpoint_url}
    for name in ("NO_PROXY", "no_proxy"):
        child[name] = ",".join(filter(None, [environ.get(name), _LOOPBACK]))
    return child


def without_aws_access(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without anything that grants access to an AWS account."""
    dropped = {*_AWS_ACCESS, *_EMULATOR_ACCESS, "AWS_ENDPOINT_URL"}
    return {name: value for name, value in environ.items() if name not in dropped}


def _own_programs() -> list[str]:
    return [str(Path(sys.executable).parent), str(ROOT / "node_modules" / ".bin")]
