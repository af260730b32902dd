"""A task that fails at random, and a record of the notifications of tasks."""

from __future__ import annotations

import random
import uuid
from typing import TYPE_CHECKING

from app.registry import application
from cqrs.aws.item_store import Put

if TYPE_CHECKING:
    from cqrs.notifications.queue import Notification
    from cqrs.tasks.models import Task

FAILURES = 0.05
"""Share of sub-tasks that fail."""

CHATTY = 10
"""Only of small tasks is a record kept."""


@application.task("coin_tosses")
def coin_tosses(task: Task) -> int:
    """Toss a coin as often as the input says, and count the heads; lose it now and then."""
    if random.random() < FAILURES:  # noqa: S311
        raise LookupError("the coin rolled away")
    return sum(random.random() < 0.5 for _ in range(task.input["tosses"]))  # noqa: S311


@application.on_notification("task-status")
def keep(notification: Notification) -> None:
    """Keep the notification of a small task."""
    counters = notification.content.get("counters")
    if counters is None or counters["total"] > CHATTY:
        return
    pk = f"TOLD#{notification.tenant}"
    item = {"pk": pk, "sk": uuid.uuid4().hex, "version": 1, "content": notification.content}
    services = application.services
    services.store.put(Put(services.settings.data_table, item))
