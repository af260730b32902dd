"""Commands by direct invocation: the public calls of CommandService, as built-in actions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cqrs.commands.models import LATEST, PublishResult

if TYPE_CHECKING:
    from cqrs.commands.service import CommandService
    from cqrs.direct import DirectActions

PUBLISH = "publish"
PUBLISH_SYNC = "publish_sync"
PUBLISH_PARTIAL_UPDATE = "publish_partial_update"
PUBLISH_PARTIAL_UPDATE_SYNC = "publish_partial_update_sync"
"""Names of the actions; the payload's keys are the parameters of the calls they are named after."""


class CommandActions:
    """The actions.

    Parameters
    ----------
    commands
        Makes the service at the first call.
    """

    def __init__(self, commands: Callable[[], CommandService]) -> None:
        self._commands = commands

    def register(self, actions: DirectActions) -> None:
        """Make them callable."""
        actions.register(PUBLISH, self.publish)
        actions.register(PUBLISH_SYNC, self.publish_sync)
        actions.register(PUBLISH_PARTIAL_UPDATE, self.publish_partial_update)
        actions.register(PUBLISH_PARTIAL_UPDATE_SYNC, self.publish_partial_update_sync)

    def publish(
        self,
        pk: str,
        sk: str,
        name: str = "",
        attributes: dict[str, Any] | None = None,
        version: int = LATEST,
        is_deleted: bool = False,
    ) -> dict[str, Any]:
        """Store a command for the state machine to apply."""
        return _answer(
            self._commands().publish(
                pk, sk, name=name, attributes=attributes, version=version, is_deleted=is_deleted
            )
        )

    def publish_sync(
        self,
        pk: str,
        sk: str,
        name: str = "",
        attributes: dict[str, Any] | None = None,
        version: int = LATEST,
        is_deleted: bool = False,
    ) -> dict[str, Any]:
        """Apply a command with the sync handlers that are deployed."""
        return _answer(
            self._commands().publish_sync(
                pk, sk, name=name, attributes=attributes, version=version, is_deleted=is_deleted
            )
        )

    def publish_partial_update(
        self,
        pk: str,
        sk: str,
        name: str | None = None,
        attributes: dict[str, Any] | None = None,
        version: int = LATEST,
        is_deleted: bool | None = None,
    ) -> dict[str, Any]:
        """Store a command that changes a part of an item."""
        return _answer(
            self._commands().publish_partial_update(
                pk, sk, name=name, attributes=attributes, version=version, is_deleted=is_deleted
            )
        )

    def publish_partial_update_sync(
        self,
        pk: str,
        sk: str,
        name: str | None = None,
        attributes: dict[str, Any] | None = None,
        version: int = LATEST,
        is_deleted: bool | None = None,
    ) -> dict[str, Any]:
        """Change a part of an item with the sync handlers that are deployed."""
        return _answer(
            self._commands().publish_partial_update_sync(
                pk, sk, name=name, attributes=attributes, version=version, is_deleted=is_deleted
            )
        )


def _answer(result: PublishResult) -> dict[str, Any]:
    return {
        **result.key.to_mapping(),
        "version": result.key.version,
        "changed": result.changed,
        "request_id": result.request_id,
    }
