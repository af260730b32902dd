"""Cancelling what others have begun: who does it and why, and the action that does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from cli.deployed.function import FunctionFailed, invoke_action
from cli.user import user

if TYPE_CHECKING:
    from cqrs.core.work_keys import WorkKey
    from cqrs.imports.models import ImportStatus
    from cqrs.services import Services
    from cqrs.tasks.models import TaskStatus

By = Annotated[str, typer.Option(default_factory=user, help="Who cancels it.", show_default="you")]
Reason = Annotated[str, typer.Option(help="Why.", show_default=False)]

CANCELLED_WITHIN_SECONDS = 300.0
"""The stream that ends it may be behind."""


class Cancellable(Protocol):
    """A task or an import as it is now."""

    @property
    def status(self) -> TaskStatus | ImportStatus:
        """Its status."""

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody has cancelled it, whether it is over by now or not."""


def cancel_in_function(
    services: Services,
    action: str,
    key: WorkKey,
    by: str,
    reason: str,
    look: Callable[[], Cancellable],
) -> None:
    """Let the deployed function cancel something, as only it knows the application.

    An invocation that is ended on its way may have noted the cancellation before. Then the function
    goes on with it by itself, as its stream tells it to.

    Raises
    ------
    FunctionFailed
        If it failed, and the thing is not cancelled.
    """
    try:
        invoke_action(services, action, {"id": str(key), "by": by, "reason": reason})
    except FunctionFailed as failure:
        seen = look()
        if seen.is_cancelled:
            return
        known = (
            f"{key} is over: it is {seen.status.value}."
            if seen.status.is_final
            else f"{key} is {seen.status.value} and not cancelled: give the same command again."
        )
        raise FunctionFailed(f"{failure}. {known}") from failure
