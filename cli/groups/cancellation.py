"""Cancelling what others have begun: who does it and why, and the action that does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.deployed.function import invoke_action
from cli.user import user

if TYPE_CHECKING:
    from cqrs.core.work_keys import WorkKey
    from cqrs.services import Services

By = Annotated[str, typer.Option(default_factory=user, help="Who cancels it.", show_default="you")]
Reason = Annotated[str, typer.Option(help="Why.", show_default=False)]


def cancel_in_function(services: Services, action: str, key: WorkKey, by: str, reason: str) -> None:
    """Let the deployed function cancel something, as only it knows the application."""
    invoke_action(services, action, {"id": str(key), "by": by, "reason": reason})
