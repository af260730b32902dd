"""The tasks table's stream: a new task is queued, and every change of one is told.

Notifications come from the stream and not from the code that makes the change. So none is lost in a
crash between the two, and they come in the order of the changes. Each holds the counters as they
stood after its change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.errors import PermanentError, UnsupportedEventError
from cqrs.notifications.queue import Action
from cqrs.storage.attempts import ATTEMPT, attempt_of
from cqrs.tasks.keys import TaskKey
from cqrs.tasks.models import CANCELLED_CAUSE, Counters, TaskKind, TaskStatus
from cqrs.tasks.records import LAST_SUB_TASK

if TYPE_CHECKING:
    from collections.abc import Callable

    from cqrs.core.attribute_values import Item
    from cqrs.events.types import DynamoDBStreamEvent
    from cqrs.notifications.queue import Notifications
    from cqrs.tasks.canceller import TaskCanceller
    from cqrs.tasks.queue import TaskQueue
    from cqrs.tasks.records import TaskRecords

NEW = "INSERT"


class TaskStream:
    """Follows the tasks of the tasks table; sub-tasks are filtered out before.

    Parameters
    ----------
    records, queue
        Write tasks, and send them to their queue.
    canceller
        Makes what ends tasks that are to be cancelled.
    notifications
        Notifies of changes.
    """

    def __init__(
        self,
        records: TaskRecords,
        queue: TaskQueue,
        canceller: Callable[[], TaskCanceller],
        notifications: Notifications,
    ) -> None:
        self._records = records
        self._queue = queue
        self._canceller = canceller
        self._notifications = notifications

    def handle(self, event: DynamoDBStreamEvent) -> None:
        """Queue a task that is new or runs again; notify of a change; close one that is over.

        Raises
        ------
        UnsupportedEventError, ValueError
            If the record is not a task's.
        """
        item, key = event.new_image, _task_of(event)
        if event.name == NEW:
            self._set_off(key, item)
            return
        counters = _counters(item)
        # First, as a change that cannot be told must not keep its task open.
        if counters is not None and _is_over(item, counters):
            self._records.close(key, attempt_of(item), counters, item.get(CANCELLED_CAUSE))
        elif CANCELLED_CAUSE in item and not TaskStatus(item["status"]).is_final:
            self._canceller().go_on(key, item)
        elif _runs_again(item):
            self._set_off(key, item)
        self._notifications.send(Action.TASK_STATUS, key.pk, key.sk, _content(key, item))

    def _set_off(self, key: TaskKey, item: Item) -> None:
        try:
            self._records.queue(key)
            self._queue.send(key)
        except PermanentError as error:
            # Told on the task itself, as its maker looks there.
            self._records.fail(key, attempt_of(item), type(error).__name__, str(error))


def _task_of(event: DynamoDBStreamEvent) -> TaskKey:
    image = event.new_image
    if not {"pk", "sk", "kind", "status", "createdAt"} <= image.keys():
        raise UnsupportedEventError(
            f"A record of {event.table} is not a task's; it was not written by TaskService."
        )
    key = TaskKey.from_mapping(image)
    if key.is_sub_task:
        raise UnsupportedEventError(f"{key} is a sub-task: its task's execution sees to it.")
    return key


def _counters(item: Item) -> Counters | None:
    return Counters.from_item(item) if item["kind"] == TaskKind.STEP_FUNCTION else None


def _is_over(item: Item, counters: Counters) -> bool:
    return item["status"] == TaskStatus.PROCESSING and counters.ended >= counters.total


def _runs_again(item: Item) -> bool:
    """Whether a task has just been given another attempt."""
    return item["status"] == TaskStatus.CREATED and ATTEMPT in item


def _content(key: TaskKey, item: Item) -> dict[str, Any]:
    counters = _counters(item)
    return {
        "id": str(key),
        "type": key.task_type,
        "status": item["status"],
        **({ATTEMPT: item[ATTEMPT]} if ATTEMPT in item else {}),
        **({} if counters is None else {"counters": counters.to_mapping()}),
        **({"subTask": item[LAST_SUB_TASK]} if LAST_SUB_TASK in item else {}),
        **{name: item[name] for name in ("error", "cause") if name in item},
    }
