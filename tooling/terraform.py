"""Find a Terraform that can deploy the project, or fetch one into the clone."""

import hashlib
import io
import json
import os
import shutil
import subprocess
import urllib.error
import urllib.request
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tooling.errors import ToolingError
from tooling.host import platform_name
from tooling.paths import TOOLS

MINIMUM_VERSION = (1, 10)
"""The first release that locks state in S3 without a DynamoDB table."""

PINNED_VERSION = "1.11.4"
RELEASES = "https://releases.hashicorp.com/terraform"
# Committed rather than fetched beside the archive: whoever could replace one could replace both.
CHECKSUMS = {
    "darwin_amd64": "a56d5002b9f7647291faccc3dd1a70350e60fb61e4c45037629508b8fdc2575b",
    "darwin_arm64": "867e0808fa971217043e25b7a792b10720c79b1546f8a68479b74f138be73e18",
    "linux_amd64": "1ce994251c00281d6845f0f268637ba50c0005657eb3cf096b92f753b42ef4dc",
    "linux_arm64": "a43d1d0da9b9bab214a8305a39db0e40869572594ccf50c416a7756499143633",
}

_INSTALL_HINT = (
    "install Terraform 1.10 or later (https://developer.hashicorp.com/terraform/install), "
    "or name a binary with TERRAFORM_BINARY_NAME"
)
_FETCH_TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Terraform:
    """A Terraform, or an OpenTofu, that is new enough.

    Attributes
    ----------
    binary
        Absolute path of the executable.
    version
        Its version, such as ``1.11.4``.
    is_opentofu
        Whether it is OpenTofu, which takes its providers from a registry of its own.
    """

    binary: Path
    version: str
    is_opentofu: bool

    @property
    def registry(self) -> str:
        """The host that providers come from."""
        return "registry.opentofu.org" if self.is_opentofu else "registry.terraform.io"


def find_terraform(
    environ: Mapping[str, str] = os.environ, *, tools: Path = TOOLS, releases: str = RELEASES
) -> Terraform:
    """Return the Terraform to use, and fetch the pinned release if the machine has none.

    ``TERRAFORM_BINARY_NAME`` decides if it is set, as it does for cdktf itself. Then comes
    ``terraform`` on PATH if it is new enough, then the release kept in the clone.

    Raises
    ------
    ToolingError
        If no Terraform can be had, or the named one is missing or too old.
    """
    named = environ.get("TERRAFORM_BINARY_NAME")
    if named:
        return _named(named, environ)
    on_path = _inspect_on_path("terraform", environ)
    if on_path and _is_supported(on_path):
        return on_path
    return _pinned_release(tools, releases)


def _named(name: str, environ: Mapping[str, str]) -> Terraform:
    found = _inspect_on_path(name, environ)
    if found is None:
        message = (
            f"TERRAFORM_BINARY_NAME is {name!r}, which is not a Terraform or OpenTofu that runs "
            "here: correct it or unset it."
        )
        raise ToolingError(message)
    if not _is_supported(found):
        message = (
            f"TERRAFORM_BINARY_NAME names version {found.version}, but 1.10 or later is needed: "
            "update it or unset TERRAFORM_BINARY_NAME."
        )
        raise ToolingError(message)
    return found


def _inspect_on_path(name: str, environ: Mapping[str, str]) -> Terraform | None:
    binary = shutil.which(name, path=environ.get("PATH"))
    return _inspect(Path(binary).absolute()) if binary else None


def _inspect(binary: Path) -> Terraform | None:
    try:
        answer = subprocess.run(  # noqa: S603 - the binary that the user has, or that was verified
            [str(binary), "version", "-json"],
            env={**os.environ, "CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": os.devnull},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            text=True,
        )
        version = json.loads(answer.stdout)["terraform_version"]
    except (OSError, subprocess.CalledProcessError, ValueError, KeyError):
        return None
    return Terraform(binary, version, is_opentofu=_is_opentofu(binary))


def _is_opentofu(binary: Path) -> bool:
    banner = subprocess.run(  # noqa: S603 - it has just answered
        [str(binary), "version"],
        env={**os.environ, "CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": os.devnull},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
    )
    return banner.stdout.startswith("OpenTofu")


def _is_supported(terraform: Terraform) -> bool:
    major, minor, *_ = terraform.version.split(".")
    return (int(major), int(minor)) >= MINIMUM_VERSION


def _pinned_release(tools: Path, releases: str) -> Terraform:
    binary = tools / f"terraform-{PINNED_VERSION}" / "terraform"
    if not binary.exists():
        archive = _download(releases)
        _verify(archive)
        _unpack(archive, binary)
    terraform = _inspect(binary)
    if terraform is None:
        message = (
            f"The Terraform in {binary.parent} does not run here: remove it, or {_INSTALL_HINT}."
        )
        raise ToolingError(message)
    return terraform


def _download(releases: str) -> bytes:
    url = f"{releases}/{PINNED_VERSION}/terraform_{PINNED_VERSION}_{platform_name()}.zip"
    try:
        with urllib.request.urlopen(url, timeout=_FETCH_TIMEOUT_SECONDS) as response:  # noqa: S310
            content: bytes = response.read()
    except (urllib.error.URLError, OSError) as error:
        reason = getattr(error, "reason", error)
        message = (
            "Terraform 1.10 or later is not on PATH and could not be fetched from "
            f"{releases} ({reason}): {_INSTALL_HINT}."
        )
        raise ToolingError(message) from error
    return content


def _verify(archive: bytes) -> None:
    expected = CHECKSUMS[platform_name()]
    actual = hashlib.sha256(archive).hexdigest()
    if actual != expected:
        message = (
            f"The Terraform {PINNED_VERSION} that was fetched has the SHA-256 {actual} instead of "
            f"{expected} and was thrown away: {_INSTALL_HINT}."
        )
        raise ToolingError(message)


def _unpack(archive: bytes, binary: Path) -> None:
    binary.parent.mkdir(parents=True, exist_ok=True)
    unfinished = binary.with_suffix(".part")
    with zipfile.ZipFile(io.BytesIO(archive)) as bundle:
        unfinished.write_bytes(bundle.read("terraform"))
    unfinished.chmod(0o755)
    unfinished.replace(binary)
