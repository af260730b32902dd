"""Handlers that keep what reaches them. Their records go past the proxy."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from app.registry import application
from cqrs.aws.clients import Clients
from cqrs.aws.item_store import ItemStore, Put
from cqrs.core.keys import tenant_code
from cqrs.errors import ValidationError

if TYPE_CHECKING:
    from cqrs.commands.models import Command
    from cqrs.notifications.queue import Notification
    from cqrs.tasks.models import Task

PAST_THE_PROXY = Clients()
KEPT = ItemStore(PAST_THE_PROXY)
TABLE = application.services.settings.data_table

MENDED = "MENDED"
"""Type of the item that lets letters be handled."""


@application.sync_handler("witness", item_type="ORDERED")
def witness(command: Command) -> None:
    """Write a read model by a client of AWS, as users may, and keep the version."""
    tenant, version = tenant_code(command.pk), {"N": str(command.version)}
    application.services.clients.dynamodb.update_item(
        TableName=TABLE,
        Key={"pk": {"S": f"COPY#{tenant}"}, "sk": {"S": command.sk}},
        UpdateExpression="SET applied = :version",
        ExpressionAttributeValues={":version": version},
    )
    PAST_THE_PROXY.dynamodb.update_item(
        TableName=TABLE,
        Key={"pk": {"S": f"SEEN#{tenant}"}, "sk": {"S": command.sk}},
        UpdateExpression="SET seen = list_append(if_not_exists(seen, :none), :versions)",
        ExpressionAttributeValues={":none": {"L": []}, ":versions": {"L": [version]}},
    )


@application.task("squares")
def squares(task: Task) -> int:
    """Square a number."""
    number: int = task.input["number"]
    return number**2


@application.on_notification("task-status")
@application.on_notification("import-status")
@application.on_notification("approval-status")
def keep(notification: Notification) -> None:
    """Keep what was told."""
    _keep("TOLD", notification)


@application.on_notification("letter")
def take_letter(notification: Notification) -> None:
    """Take a letter, once the mistake is mended."""
    tenant = notification.tenant
    if KEPT.get(TABLE, f"{MENDED}#{tenant}", MENDED) is None:
        raise ValidationError("not mended yet")
    _keep("LETTER", notification)


def _keep(kind: str, notification: Notification) -> None:
    item = {
        "pk": f"{kind}#{notification.tenant}",
        "sk": uuid.uuid4().hex,
        "action": notification.action,
        "subject": notification.sk,
        "content": notification.content,
    }
    KEPT.put(Put(TABLE, item))
