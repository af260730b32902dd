"""The places of environments' files, and how these may be called.

Programs that need no more than this are spared the models of what a file holds.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "environments"
COMMON = "common.toml"
"""The file with the keys that all environments share; it is none itself."""

NAME_PATTERN = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
"""Names of environments and applications; a bucket name allows no other characters."""

LOCAL = "local"
"""The environment of each clone's own emulator."""

ENDPOINT_VARIABLE = "AWS_ENDPOINT_URL"

AWS_HOSTS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".api.amazonwebservices.com.cn")
"""Ends of the host names at which AWS answers (AWS General Reference, "AWS service endpoints")."""


class EnvironmentFileError(Exception):
    """An environment file is missing or refused; the message has one problem a line."""


def names(folder: Path = FOLDER) -> list[str]:
    """Names of all environments, in alphabetical order."""
    return sorted(path.stem for path in folder.glob("*.toml") if path.name != COMMON)
