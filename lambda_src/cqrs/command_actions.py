"""Commands by direct invocation: the public calls of CommandService, as built-in actions."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cqrs.commands.models import PublishResult
    from cqrs.commands.service import CommandService
    from cqrs.direct import Action, DirectActions

PUBLISH_SYNC = "publish_sync"

ACTIONS = (
    "publish",
    PUBLISH_SYNC,
    "publish_partial_update",
    "publish_partial_update_sync",
)
"""Names of the actions and of the calls; a payload's keys are the call's parameters."""


def register_command_actions(
    actions: DirectActions, commands: Callable[[], CommandService]
) -> None:
    """Make the calls of a command service callable, which is made at the first of them."""
    for name in ACTIONS:
        actions.register_lazily(name, functools.partial(_action, name, commands))


def _action(name: str, commands: Callable[[], CommandService]) -> Action:
    call: Callable[..., PublishResult] = getattr(commands(), name)

    @functools.wraps(call)
    def answer(**payload: Any) -> dict[str, Any]:
        result = call(**payload)
        return {
            **result.key.to_mapping(),
            "version": result.key.version,
            "changed": result.changed,
            "request_id": result.request_id,
        }

    return answer
