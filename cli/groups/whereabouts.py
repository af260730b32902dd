"""Showing which environment the command line works on, and where that is."""

from __future__ import annotations

from typing import Any

import typer

from cli.context import session_of
from cli.deployed.clients import VerifiedClients
from cqrs import __version__
from cqrs.errors import CqrsError
from stacks.tags import VERSION_TAG


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(env)


def env(context: typer.Context) -> None:
    """Show the environment, its place, and who you are; exit 1 if it is not there."""
    session = session_of(context)
    environment, clients = session.connection.environment, session.connection.services.clients
    found = _looked_at(clients) if isinstance(clients, VerifiedClients) else {}
    session.output.record(
        {
            "environment": environment.name,
            "application": environment.application,
            "endpoint": environment.endpoint or "AWS",
            "region": environment.region,
            "account": environment.account_id,
            "version": __version__,
            **found,
        }
    )
    if found.get("problem"):
        raise typer.Exit(1)


def _looked_at(clients: VerifiedClients) -> dict[str, Any]:
    tags, problem = _tags(clients)
    return {
        "identity": _caller(clients),
        "deployed": not problem,
        "deployed_version": tags.get(VERSION_TAG),
        "mismatch": clients.place.version_mismatch(tags),
        "tags": tags,
        "problem": problem,
    }


def _tags(clients: VerifiedClients) -> tuple[dict[str, str], str | None]:
    try:
        return clients.recognise(), None
    except CqrsError as error:
        return {}, f"{type(error).__name__}: {error}"


def _caller(clients: VerifiedClients) -> str:
    try:
        return clients.caller().arn
    except CqrsError as error:
        return f"unknown: {error}"
