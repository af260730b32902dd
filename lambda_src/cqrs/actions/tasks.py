"""Tasks by direct invocation: the calls of TaskService."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.actions.answers import answering
from cqrs.actions.room import Room
from cqrs.core.tenants import checked_tenant
from cqrs.errors import ValidationError
from cqrs.storage.paging import DEFAULT_PAGE, LONGEST_PAGE
from cqrs.tasks.keys import TaskKey
from cqrs.tasks.models import TaskStatus

if TYPE_CHECKING:
    from cqrs.tasks.models import TaskPage, TaskSnapshot
    from cqrs.tasks.service import TaskService


class TaskActions:
    """Actions on tasks.

    Parameters
    ----------
    tasks
        The service.
    """

    def __init__(self, tasks: TaskService) -> None:
        self._tasks = tasks
        self.create_task = answering(tasks.create_task, _created)
        self.create_step_function_task = answering(tasks.create_step_function_task, _created)

    def get_task(self, id: str) -> dict[str, Any] | None:  # noqa: A002 - the payload's key
        """Read a task or sub-task, with its input and result."""
        task = self._tasks.get(_key(id))
        return None if task is None else whole_task(task)

    def list_tasks(
        self,
        tenant: str,
        task_type: str | None = None,
        status: str | None = None,
        limit: int = DEFAULT_PAGE,
        cursor: str | None = None,
    ) -> dict[str, Any]:
        """Read a page of a tenant's tasks, newest first; its cursor is None on the last page.

        The page ends before the limit if an answer takes no more.
        """
        wanted = None if status is None else _status(status)
        page = self._tasks.list(tenant, task_type, wanted, limit=limit, cursor=cursor)
        return _page(page)

    def list_sub_tasks(
        self,
        id: str,  # noqa: A002 - the payload's key
        limit: int = LONGEST_PAGE,
        cursor: str | None = None,
    ) -> dict[str, Any]:
        """Read a page of a task's sub-tasks, in their order.

        The page ends before the limit if an answer takes no more.
        """
        page = self._tasks.sub_tasks(_key(id), limit=limit, cursor=cursor)
        return _page(page)

    def cancel_task(self, id: str, by: str, reason: str = "") -> dict[str, Any]:  # noqa: A002
        """End a task that nobody wants to go on with."""
        return whole_task(self._tasks.cancel(_key(id), by=by, reason=reason))

    def retry_task(self, id: str) -> dict[str, Any]:  # noqa: A002 - the payload's key
        """Run a task again that failed, or those of its sub-tasks that did not succeed."""
        return whole_task(self._tasks.retry(_key(id)))


def whole_task(task: TaskSnapshot) -> dict[str, Any]:
    """A task or sub-task as JSON."""
    return {
        "id": str(task.key),
        "type": task.key.task_type,
        "kind": task.kind.value,
        "status": task.status.value,
        "counters": None if task.counters is None else task.counters.to_mapping(),
        "input": task.input,
        "result": task.result,
        "created_at": task.created_at,
        "created_by": task.created_by,
        "started_at": task.started_at,
        "finished_at": task.finished_at,
        "error": task.error,
        "cause": task.cause,
        "attempt": task.attempt,
    }


def _created(key: TaskKey) -> dict[str, Any]:
    return {"id": str(key), **key.to_mapping()}


def _page(page: TaskPage) -> dict[str, Any]:
    room, cursor = Room(), None
    damaged = [item.to_mapping() for item in page.damaged]
    for task, behind in zip(page.tasks, page.cursors, strict=True):
        otherwise = f"Read it with get_task. Go on behind it with the cursor {behind!r}."
        if not room.takes(whole_task(task), str(task.key), otherwise):
            return {"tasks": room.entries, "cursor": cursor, "damaged": damaged}
        cursor = behind
    return {"tasks": room.entries, "cursor": page.cursor, "damaged": damaged}


def _key(text: str) -> TaskKey:
    key = TaskKey.parse(text)
    checked_tenant(key.tenant)
    return key


def _status(text: str) -> TaskStatus:
    try:
        return TaskStatus(text)
    except ValueError:
        raise ValidationError(
            f"status is {text[:40]!r}; it must be one of {', '.join(TaskStatus)}."
        ) from None
