"""A sample of what to do with notifications: log each, and post it if there is a topic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.registry import application
from cqrs import logger

if TYPE_CHECKING:
    from cqrs import Notification


@application.on_notification("task-status")
@application.on_notification("import-status")
@application.on_notification("approval-status")
@application.on_notification("command-status")
def pass_on(notification: Notification) -> None:
    """Pass a change on to the log and to the topic.

    Told twice, it is posted twice; a subscriber tells a repeat by its content.
    """
    logger.info(
        "Notification passed on",
        extra={
            "action": notification.action,
            "pk": notification.pk,
            "sk": notification.sk,
            "status": notification.content.get("status"),
        },
    )
    application.services.topic.post(notification)
