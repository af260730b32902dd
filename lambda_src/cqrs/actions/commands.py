"""Commands by direct invocation: the calls of CommandService and RepairService."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.actions.answers import answering
from cqrs.core.keys import CommandKey, ItemKey

if TYPE_CHECKING:
    from cqrs.commands.models import Command, PublishResult
    from cqrs.commands.repair import RepairService
    from cqrs.commands.service import CommandService


class CommandActions:
    """Actions on commands.

    Parameters
    ----------
    commands, repair
        The services.
    """

    def __init__(self, commands: CommandService, repair: RepairService) -> None:
        self._commands = commands
        self._repair = repair
        self.publish = answering(commands.publish, published)
        self.publish_sync = answering(commands.publish_sync, published)
        self.publish_partial_update = answering(commands.publish_partial_update, published)
        self.publish_partial_update_sync = answering(
            commands.publish_partial_update_sync, published
        )

    def get_command(self, pk: str, sk: str) -> dict[str, Any] | None:
        """Read a command by its own key, whose sort key ends in ``@`` and its version."""
        command = self._commands.get(CommandKey.checked(pk, sk))
        return None if command is None else whole_command(command)

    def get_command_status(self, pk: str, sk: str) -> dict[str, Any] | None:
        """Read how a command does, without its attributes; works if those are gone."""
        command = self._repair.find(CommandKey.checked(pk, sk))
        return None if command is None else {**command.key.to_mapping(), **_status(command)}

    def get_newest_version(self, pk: str, sk: str) -> int:
        """The newest version of an item, applied or under way; 0 if there is none."""
        return self._commands.newest_version(ItemKey.checked(pk, sk))

    def retry_command(self, pk: str, sk: str) -> list[dict[str, Any]]:
        """Start a command's chain again; the commands that were started."""
        restarts = self._repair.retry(CommandKey.checked(pk, sk))
        return [{**restart.key.to_mapping(), "attempt": restart.attempt} for restart in restarts]

    def get_command_obstacle(self, pk: str, sk: str) -> dict[str, str] | None:
        """Why no retry can apply a command."""
        obstacle = self._repair.obstacle(CommandKey.checked(pk, sk))
        if obstacle is None:
            return None
        return {"error": type(obstacle).__name__, "cause": str(obstacle)}


def published(result: PublishResult) -> dict[str, Any]:
    """The result of a publish call, as JSON."""
    return {
        **result.key.to_mapping(),
        "version": result.key.version,
        "changed": result.changed,
        "request_id": result.request_id,
    }


def whole_command(command: Command) -> dict[str, Any]:
    """A command as JSON."""
    return {
        **command.key.to_mapping(),
        "name": command.content.name,
        "attributes": command.attributes,
        "is_deleted": command.content.is_deleted,
        "schema_version": command.content.schema_version,
        **_status(command),
    }


def _status(command: Command) -> dict[str, Any]:
    return {
        "version": command.version,
        "status": command.status.value,
        "sync_mode": command.sync_mode.value,
        "error": command.error,
        "cause": command.cause,
        "attempt": command.attempt,
        "request_id": command.request_id,
        "created_at": command.created_at,
        "created_by": command.created_by,
        "is_author_verified": command.is_author_verified,
        "restarted_at": command.restarted_at,
        "finished_at": command.finished_at,
        "ttl": command.ttl,
    }
