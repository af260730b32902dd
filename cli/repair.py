"""Starting failed commands again."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.context import session_of
from cqrs.keys import CommandKey


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(retry)


def retry(
    context: typer.Context,
    pk: Annotated[str, typer.Argument(help="<TYPE>#<tenant>", show_default=False)],
    sk: Annotated[str, typer.Argument(help="<TYPE>#<id>@<version>", show_default=False)],
) -> None:
    """Start a chain again, in order, from its first command that was not applied."""
    session = session_of(context)
    restarts = session.connection.services.repair.retry(CommandKey.checked(pk, sk))
    session.output.rows(
        "commands to start again: all are applied or under way",
        [{**restart.key.to_mapping(), "attempt": restart.attempt} for restart in restarts],
        ("pk", "sk", "attempt"),
        whole=("pk", "sk"),
    )
