"""Paths by which changed things are read over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.api.calls import imports, tasks
from cqrs.api.paths import place
from cqrs.core.keys import KEY_SEPARATOR, CommandKey
from cqrs.errors import ValidationError
from cqrs.imports.keys import ImportKey
from cqrs.notifications.queue import Action
from cqrs.tasks.keys import TaskKey

if TYPE_CHECKING:
    from cqrs.notifications.queue import Notification


def place_of(notification: Notification) -> str | None:
    """The path of what has changed; None if the project has no route to it."""
    try:
        parts = _parts(notification)
    except (KeyError, ValidationError):
        return None
    return None if parts is None else place(notification.tenant, *parts)


def _parts(notification: Notification) -> tuple[str | int, ...] | None:
    pk, sk = notification.pk, notification.sk
    if notification.action == Action.TASK_STATUS:
        return "tasks", tasks.id_of(TaskKey.from_mapping({"pk": pk, "sk": sk}))
    if notification.action == Action.IMPORT_STATUS:
        return "imports", imports.id_of(ImportKey.from_mapping({"pk": pk, "sk": sk}))
    if notification.action == Action.APPROVAL_STATUS:
        return "approvals", sk
    if notification.action == Action.COMMAND_STATUS:
        command = CommandKey.parse(pk, sk)
        item_type = command.pk.rpartition(KEY_SEPARATOR)[0]
        item_id = command.item.sk.removeprefix(f"{item_type}{KEY_SEPARATOR}")
        return "items", item_type, item_id, "commands", command.version
    return None
