"""Contents of notifications in the shapes of the HTTP API, for those who listen live.

A notification tells names as items have them, and keys. A client of the API knows the same members
by other names, and things by their ids. Of the account it learns nothing here either, such as the
bucket of a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.api.calls import imports, tasks
from cqrs.api.calls.items import named
from cqrs.core.keys import CommandKey
from cqrs.errors import ValidationError
from cqrs.imports.keys import ImportKey
from cqrs.notifications.queue import Action
from cqrs.tasks.keys import TaskKey

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cqrs.notifications.queue import Notification

NAMES = {
    "answeredAt": "answered_at",
    "answeredBy": "answered_by",
    "createdBy": "created_by",
    "expiresAt": "expires_at",
    "finishedAt": "finished_at",
    "requestId": "request_id",
    "startedAt": "started_at",
    "subTask": "sub_task",
    "syncMode": "sync_mode",
}
"""Members of the HTTP API, by the names that notifications have for them."""

HIDDEN = frozenset({"bucket", "key", "errorsKey", "errorsListed", "execution"})
"""Places in the account's bucket, what the link to the file of errors tells, and ARNs."""


def content_of(notification: Notification) -> dict[str, Any]:
    """The content of a notification as the HTTP API would show it; of an own kind as it is."""
    shape = _SHAPES.get(notification.action)
    if shape is None:
        return notification.content
    try:
        own = shape(notification)
    except (KeyError, TypeError, ValidationError):
        own = {}
    common = {
        NAMES.get(name, name): value
        for name, value in notification.content.items()
        if name not in HIDDEN
    }
    return {**common, **own}


def _task(notification: Notification) -> dict[str, Any]:
    told = {"id": tasks.id_of(_task_key(notification, notification.sk))}
    last = notification.content.get("subTask")
    if last is None:
        return told
    sub_task = {"id": tasks.id_of(_task_key(notification, last["sk"])), "status": last["status"]}
    return {**told, "sub_task": sub_task}


def _task_key(notification: Notification, sk: str) -> TaskKey:
    return TaskKey.from_mapping({"pk": notification.pk, "sk": sk})


def _import(notification: Notification) -> dict[str, Any]:
    key = ImportKey.from_mapping({"pk": notification.pk, "sk": notification.sk})
    return {"id": imports.id_of(key), "upload": imports.upload_of(notification.content["key"])}


def _command(notification: Notification) -> dict[str, Any]:
    return named(CommandKey.parse(notification.pk, notification.sk).item)


def _approval(notification: Notification) -> dict[str, Any]:
    return {"id": notification.sk}


_SHAPES: Mapping[str, Callable[[Notification], dict[str, Any]]] = {
    Action.TASK_STATUS: _task,
    Action.IMPORT_STATUS: _import,
    Action.COMMAND_STATUS: _command,
    Action.APPROVAL_STATUS: _approval,
}
