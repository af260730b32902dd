"""The console of an environment on an emulator: its addresses and its headers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from stacks.console.headers import local_headers
from stacks.console.settings import local_settings
from tooling.errors import ToolingError
from tooling.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from stacks.environment.model import Environment

CONSOLE = ROOT / "console"
FILES = CONSOLE / "dist"


@dataclass(frozen=True)
class Site:
    """A console to serve.

    Attributes
    ----------
    files
        Folder of the files that Vite has built.
    api_url
        Address of the API, to which the console's own origin passes requests on.
    headers
        Headers of every file.
    settings
        Content of ``config.json``.
    """

    files: Path
    api_url: str
    headers: Mapping[str, str]
    settings: Mapping[str, Any]


def local_site(environment: Environment, outputs: Mapping[str, Any], files: Path = FILES) -> Site:
    """The console of an environment on an emulator.

    Raises
    ------
    ToolingError
        If the environment has no API, or the console was not built.
    """
    if "api_url" not in outputs:
        message = (
            f"{environment.name} is deployed without an HTTP API, so there is nothing to show:"
            f" set enabled of [api] and [api.user_pool] in environments/{environment.name}.toml. "
            "LocalStack's free edition has no such API."
        )
        raise ToolingError(message)
    if not (files / "index.html").is_file():
        message = f"The console is not built, as {files} has no index.html: run make console."
        raise ToolingError(message)
    return Site(
        files,
        str(outputs["api_url"]),
        local_headers(asked_origins(outputs)),
        local_settings(environment),
    )


def asked_origins(outputs: Mapping[str, Any]) -> list[str]:
    """Origins that the page asks beside its own.

    An emulator has the live channel, the bucket and the user pool at one address.
    """
    addresses = [outputs["api_url"], outputs.get("live_url", "")]
    parts = [urlsplit(str(address)) for address in addresses if address]
    return [f"{part.scheme}://{part.netloc}" for part in parts]
