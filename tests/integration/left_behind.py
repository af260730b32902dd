"""Commands as crashes leave them behind."""

from __future__ import annotations

from typing import Protocol

from cqrs.aws.item_store import Put
from cqrs.commands.models import Command, CommandStatus, Content, SyncMode
from cqrs.core.clock import now_iso
from cqrs.core.keys import ItemKey
from cqrs.services import Services
from tests.integration.deployed import Deployed


class HasServices(Protocol):
    """A deployed environment."""

    @property
    def services(self) -> Services:
        """Its services."""


def leave_behind(deployed: HasServices, pk: str, sk: str, created_at: str | None = None) -> Command:
    """Store a command as a synchronous publisher does that dies before its sync handlers."""
    command = Command(
        key=ItemKey(pk, sk).at(1),
        content=Content("", {"n": 1}),
        status=CommandStatus.PUBLISHED,
        sync_mode=SyncMode.SYNC,
        request_id=f"left-behind-{pk}",
        created_at=created_at or now_iso(),
    )
    table = deployed.services.settings.commands_table
    deployed.services.store.put(Put(table, command.to_item({"attributes": {"n": 1}})))
    return command


def end_silently(deployed: Deployed, command: Command, status: str) -> None:
    """Give a command its final status, and its data if it has one, and tell nobody."""
    if status == CommandStatus.FINISHED:
        deployed.services.data_writer.write(deployed.stored_command(command.key))
    change(deployed, command.pk, command.key.sk, "SET #status = :value REMOVE unfinished", status)


def change(deployed: Deployed, pk: str, sk: str, expression: str, value: str) -> None:
    """Change an attribute of a command as no service would."""
    names = {"ExpressionAttributeNames": {"#status": "status"}} if "#status" in expression else {}
    deployed.services.clients.dynamodb.update_item(
        TableName=deployed.services.settings.commands_table,
        Key={"pk": {"S": pk}, "sk": {"S": sk}},
        UpdateExpression=expression,
        ExpressionAttributeValues={":value": {"S": value}},
        **names,
    )
