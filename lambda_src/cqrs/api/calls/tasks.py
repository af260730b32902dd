"""Tasks over HTTP: the calls of TaskService."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cqrs.actions.room import Room
from cqrs.actions.tasks import whole_task
from cqrs.api.answers import LARGEST_BODY, ApiAnswer
from cqrs.api.problems import Problem
from cqrs.core.keys import KEY_SEPARATOR
from cqrs.core.timed_keys import ULID
from cqrs.core.work_keys import NAME
from cqrs.storage.paging import DEFAULT_PAGE, LONGEST_PAGE
from cqrs.tasks.keys import NUMBER_DIGITS, SINGLE, STEP_FUNCTION, TaskKey
from cqrs.tasks.models import TaskStatus

if TYPE_CHECKING:
    from cqrs.api.call import ApiCall
    from cqrs.services import Services
    from cqrs.tasks.models import TaskPage, TaskSnapshot

_ID = re.compile(
    rf"(?P<kind>{SINGLE}|{STEP_FUNCTION})\.(?P<type>{NAME.pattern})\.(?P<ulid>{ULID.pattern})"
    rf"(?:\.(?P<number>[0-9]{{{NUMBER_DIGITS}}}))?"
)
"""The parts of a task's key that are not its tenant, parted by dots that no path loses."""


class TaskCalls:
    """Requests about tasks.

    Parameters
    ----------
    services
        The environment's.
    """

    def __init__(self, services: Services) -> None:
        self._tasks = services.tasks

    def create_task(self, call: ApiCall) -> ApiAnswer:
        """Make a task, of sub-tasks if there are ``items``."""
        body, tasks = call.body, self._tasks.of(call.origin)
        if ("input" in body) == ("items" in body):
            raise Problem(
                400,
                "body",
                "Send either input, for a task of its own, or items, for a task of sub-tasks.",
            )
        if "items" in body:
            key = tasks.create_step_function_task(body["type"], body["items"], call.tenant)
        else:
            key = tasks.create_task(body["type"], body["input"], call.tenant)
        task_id = id_of(key)
        return ApiAnswer(202, {"id": task_id}, {"location": call.place("tasks", task_id)})

    def get_task(self, call: ApiCall) -> ApiAnswer:
        """A task or sub-task."""
        task = self._tasks.get(task_key(call))
        if task is None:
            raise _no_task(call)
        return ApiAnswer(200, _shown(task))

    def list_tasks(self, call: ApiCall) -> ApiAnswer:
        """A page of tasks, newest first."""
        status = call.query.get("status")
        page = self._tasks.list(
            call.tenant,
            call.query.get("type"),
            None if status is None else TaskStatus(status),
            limit=call.query.get("limit", DEFAULT_PAGE),
            cursor=call.query.get("cursor"),
        )
        return _page(page)

    def list_sub_tasks(self, call: ApiCall) -> ApiAnswer:
        """A page of a task's sub-tasks, in their order."""
        key, limit = task_key(call), call.query.get("limit", LONGEST_PAGE)
        page = self._tasks.sub_tasks(key, limit=limit, cursor=call.query.get("cursor"))
        if not (page.tasks or page.damaged) and self._tasks.get(key) is None:
            raise _no_task(call)
        return _page(page)

    def cancel_task(self, call: ApiCall) -> ApiAnswer:
        """End a task."""
        reason = call.body.get("reason", "")
        task = self._tasks.cancel(task_key(call), by=call.principal.author, reason=reason)
        return ApiAnswer(200, _shown(task))

    def retry_task(self, call: ApiCall) -> ApiAnswer:
        """Run a failed task again."""
        return ApiAnswer(202, _shown(self._tasks.retry(task_key(call))))


def id_of(key: TaskKey) -> str:
    """A task's id within its tenant."""
    return ".".join((key.pk.partition(KEY_SEPARATOR)[0], *key.sk.split(KEY_SEPARATOR)))


def _shown(task: TaskSnapshot) -> dict[str, Any]:
    return {**whole_task(task), "id": id_of(task.key)}


def _page(page: TaskPage) -> ApiAnswer:
    room, cursor = Room(LARGEST_BODY), None
    damaged = [item.to_mapping() for item in page.damaged]
    for task, behind in zip(page.tasks, page.cursors, strict=True):
        otherwise = f"Read it by its id. Go on behind it with the cursor {behind!r}."
        if not room.takes(_shown(task), str(task.key), otherwise):
            return ApiAnswer(200, {"tasks": room.entries, "cursor": cursor, "damaged": damaged})
        cursor = behind
    return ApiAnswer(200, {"tasks": room.entries, "cursor": page.cursor, "damaged": damaged})


def task_key(call: ApiCall) -> TaskKey:
    """The key of the task of a path.

    Raises
    ------
    Problem
        If it is none.
    """
    found = _ID.fullmatch(call.path["id"])
    if found is None:
        raise _no_task(call)
    parts = [found["type"], found["ulid"], *([found["number"]] if found["number"] else [])]
    return TaskKey(f"{found['kind']}{KEY_SEPARATOR}{call.tenant}", KEY_SEPARATOR.join(parts))


def _no_task(call: ApiCall) -> Problem:
    return Problem(
        404,
        "not-found",
        f"There is no task {call.path['id'][:120]!r} of {call.tenant}; was it ever made, or has it "
        "expired?",
    )
