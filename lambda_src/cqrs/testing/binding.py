"""An application on other resources, for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from cqrs.application import Application

if TYPE_CHECKING:
    from cqrs.aws.clients import Clients
    from cqrs.settings import Settings

PACKAGE = "app"
"""The package that has the application of the project."""

MADE = ("services", "resources", "_door")
"""Things that an application makes of its settings and clients, once they are asked for."""


def default_application() -> Application:
    """The application of the project, with all that its modules register."""
    found: Application = import_module(PACKAGE).application
    return found


@contextmanager
def bound(application: Application, settings: Settings, clients: Clients) -> Iterator[None]:
    """Let an application work with other settings and clients.

    Services and workflows that it has made of its own ones stay aside for so long.
    """
    parts: list[dict[str, Any]] = [vars(application), vars(vars(application)["_routes"])]
    kept = [dict(part) for part in parts]
    for part in parts:
        for name in (*MADE, "_workflows"):
            part.pop(name, None)
    parts[0]["_settings"], parts[0]["_clients"] = settings, clients
    try:
        yield
    finally:
        for part, before in zip(parts, kept, strict=True):
            for name in (*MADE, "_workflows", "_settings", "_clients"):
                part.pop(name, None)
                if name in before:
                    part[name] = before[name]
