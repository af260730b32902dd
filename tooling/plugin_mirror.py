"""Give Terraform a source for the AWS provider: a mirror on this machine, or the registry."""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tooling.errors import ToolingError
from tooling.host import platform_name
from tooling.paths import PROVIDER_LOCK, TOOLS
from tooling.terraform import Terraform

AWS_PROVIDER_VERSION = "5.100.0"
"""The release that the pinned CDKTF bindings ask for."""

INIT_ARGUMENTS = "TF_CLI_ARGS_init"
"""The variable with arguments for each ``terraform init``."""

READ_ONLY = "-lockfile=readonly"
"""Lets ``terraform init`` install only what the lock file has a checksum of."""

_CACHE_BEFORE_LOCK = "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE"

SHARED_FOLDERS = (Path("/opt"), Path("/usr/share"), Path("/usr/local/share"))
"""Administrators put mirrors here: a mirror may be any folder directly under one of these."""


def provider_settings(
    terraform: Terraform,
    environ: Mapping[str, str] = os.environ,
    *,
    tools: Path = TOOLS,
    shared_folders: Sequence[Path] = SHARED_FOLDERS,
    lock: Path = PROVIDER_LOCK,
) -> dict[str, str]:
    """Return the variables that lead Terraform to the AWS provider.

    ``TF_PLUGIN_MIRROR`` decides where it is set. A Terraform configuration that the user already
    has comes next, because it may hold a mirror and credentials of its own. Then any mirror of the
    machine is taken, named to Terraform by a generated file, and without one the registry. All but
    the mirrors are held to the lock file, if there is one.

    Parameters
    ----------
    terraform
        The Terraform that will install the provider.
    environ
        The caller's environment.
    tools
        The folder for the generated configuration and for the cache of registry downloads.
    shared_folders
        The folders whose folders may be mirrors.
    lock
        The lock file.

    Raises
    ------
    ToolingError
        If ``TF_PLUGIN_MIRROR`` names a folder that does not hold the provider.
    """
    mirror = _named_mirror(terraform, environ)
    if mirror is None and not _has_own_configuration(environ):
        mirror = _find_mirror(terraform, environ, shared_folders)
    if mirror:
        return _mirror_settings(terraform, mirror, tools)
    return _cache_settings(tools, environ, is_locked=lock.is_file())


def names_missing_configuration(environ: Mapping[str, str]) -> bool:
    """Tell whether the environment points Terraform to a configuration file that is not there."""
    named = environ.get("TF_CLI_CONFIG_FILE")
    return named is not None and not Path(named).is_file()


def mirror_folders(
    environ: Mapping[str, str], shared_folders: Sequence[Path] = SHARED_FOLDERS
) -> Iterator[Path]:
    """Yield the folders that may be mirrors, in the order in which they are looked at."""
    home = Path(environ.get("HOME", "~")).expanduser()
    yield Path("terraform.d/plugins").absolute()
    yield home / ".terraform.d" / "plugins"
    yield from (folder / "plugins" for folder in _data_folders(home, environ))
    for shared in shared_folders:
        if shared.is_dir():
            yield from sorted(folder for folder in shared.iterdir() if folder.is_dir())


def _data_folders(home: Path, environ: Mapping[str, str]) -> Iterator[Path]:
    if sys.platform == "darwin":
        yield home / "Library" / "Application Support" / "io.terraform"
        yield Path("/Library/Application Support/io.terraform")
        return
    yield Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share") / "terraform"
    folders = environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    yield from (Path(folder) / "terraform" for folder in folders.split(":") if folder)


def _named_mirror(terraform: Terraform, environ: Mapping[str, str]) -> Path | None:
    named = environ.get("TF_PLUGIN_MIRROR")
    if not named:
        return None
    mirror = Path(named).expanduser().absolute()
    if not _holds_provider(mirror, terraform):
        message = (
            f"TF_PLUGIN_MIRROR names {named}, which does not hold {provider_address(terraform)} "
            f"{AWS_PROVIDER_VERSION} for {platform_name()}: correct it or unset it."
        )
        raise ToolingError(message)
    return mirror


def _has_own_configuration(environ: Mapping[str, str]) -> bool:
    named = environ.get("TF_CLI_CONFIG_FILE")
    if named:
        return Path(named).is_file()
    return (Path(environ.get("HOME", "~")).expanduser() / ".terraformrc").is_file()


def _find_mirror(
    terraform: Terraform, environ: Mapping[str, str], shared_folders: Sequence[Path]
) -> Path | None:
    candidates = mirror_folders(environ, shared_folders)
    return next((folder for folder in candidates if _holds_provider(folder, terraform)), None)


def _holds_provider(mirror: Path, terraform: Terraform) -> bool:
    provider, platform = mirror / provider_address(terraform), platform_name()
    unpacked = provider / AWS_PROVIDER_VERSION / platform
    packed = provider / f"terraform-provider-aws_{AWS_PROVIDER_VERSION}_{platform}.zip"
    return unpacked.is_dir() or packed.is_file()


def provider_address(terraform: Terraform) -> str:
    """Return the address of the AWS provider, which begins with the registry's host."""
    return f"{terraform.registry}/hashicorp/aws"


def _mirror_settings(terraform: Terraform, mirror: Path, tools: Path) -> dict[str, str]:
    configuration = tools / "terraformrc"
    provider = json.dumps([provider_address(terraform)])
    _write_if_changed(
        configuration,
        "# Generated: names the provider mirror that was found on this machine.\n"
        "provider_installation {\n"
        "  filesystem_mirror {\n"
        f"    path    = {json.dumps(str(mirror))}\n"
        f"    include = {provider}\n"
        "  }\n"
        "  direct {\n"
        f"    exclude = {provider}\n"
        "  }\n"
        "}\n",
    )
    # A mirror on disk is linked to, which no cache makes faster; cdktf would set one up in HOME.
    return {"TF_CLI_CONFIG_FILE": str(configuration), "CDKTF_DISABLE_PLUGIN_CACHE_ENV": "true"}


def _cache_settings(tools: Path, environ: Mapping[str, str], *, is_locked: bool) -> dict[str, str]:
    cache = tools / "plugin-cache"
    cache.mkdir(parents=True, exist_ok=True)
    if is_locked:
        return {
            "TF_PLUGIN_CACHE_DIR": str(cache),
            # Otherwise Terraform takes from its cache what the lock file has no checksum of.
            _CACHE_BEFORE_LOCK: "0",
            INIT_ARGUMENTS: f"{environ.get(INIT_ARGUMENTS, '')} {READ_ONLY}".strip(),
        }
    return {
        "TF_PLUGIN_CACHE_DIR": str(cache),
        # Terraform uses its cache only for providers already locked, unless told that the lock
        # file may end up with this platform's checksum alone. These never leave the machine.
        _CACHE_BEFORE_LOCK: "true",
    }


def _write_if_changed(path: Path, content: str) -> None:
    if path.is_file() and path.read_text() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    # Replaced in one step: a Terraform of another deployment may be reading it.
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    unfinished.write_text(content)
    unfinished.replace(path)
