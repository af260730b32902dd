"""Routes of tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.api import schemas
from cqrs.api.declared.common import CURSOR, LOCATION, REASON, ULID, choice, declaring, limit
from cqrs.api.roles import PUBLISHERS, READERS, REPAIRERS
from cqrs.api.route import Body, Link, Parameter, Reply

if TYPE_CHECKING:
    from cqrs.services import Services

ID = Parameter(
    "id", "Id of the task, as its making told it.", schemas.SEGMENT, f"TASK.route_distances.{ULID}"
)

ALL, ONE = "/tasks", "/tasks/{id}"

STATUSES = ("CREATED", "QUEUED", "PROCESSING", "COMPLETED", "FAILED", "CANCELLED")

NEW = Body(
    {
        **schemas.body_of(
            ("type",),
            type=schemas.TASK_TYPE,
            input=schemas.JSON_VALUE,
            items={
                **schemas.list_of(schemas.JSON_VALUE),
                "minItems": 1,
                "description": "Instead of an input: those of its sub-tasks.",
            },
        ),
        "oneOf": [{"required": ["input"]}, {"required": ["items"]}],
    },
    {"type": "route_distances", "input": {"origin": "JFK"}},
)

TASK = Reply(200, "The task.", schemas.TASK)
PAGE = Reply(200, "A page.", schemas.TASKS)

LINKS = tuple(
    Link(name, {"id": "id"}) for name in ("get_task", "list_sub_tasks", "cancel_task", "retry_task")
)


def _calls(services: Services) -> object:
    from cqrs.api.calls.tasks import TaskCalls  # noqa: PLC0415 - as cold starts count

    return TaskCalls(services)


_route = declaring(_calls)

ROUTES = (
    _route(
        "POST",
        ALL,
        "create_task",
        "Make a task, or one of many sub-tasks",
        PUBLISHERS,
        Reply(202, "It is made, and will be worked on.", schemas.MADE, (LOCATION,), LINKS),
        body=NEW,
    ),
    _route(
        "GET",
        ALL,
        "list_tasks",
        "List tasks, the newest first",
        READERS,
        PAGE,
        parameters=(
            Parameter("type", "Only tasks of this type.", schemas.NAMED_TEXT),
            choice("status", "Only tasks of this status.", *STATUSES),
            limit(100, 20),
            CURSOR,
        ),
    ),
    _route("GET", ONE, "get_task", "Read a task or sub-task", READERS, TASK, path_parameters=(ID,)),
    _route(
        "GET",
        f"{ONE}/sub-tasks",
        "list_sub_tasks",
        "List the sub-tasks of a task, in their order",
        READERS,
        PAGE,
        path_parameters=(ID,),
        parameters=(limit(100, 100), CURSOR),
    ),
    _route(
        "POST",
        f"{ONE}/cancel",
        "cancel_task",
        "End a task that nobody wants to go on with",
        REPAIRERS,
        TASK,
        path_parameters=(ID,),
        body=REASON,
        refused=409,
    ),
    _route(
        "POST",
        f"{ONE}/retry",
        "retry_task",
        "Run a failed task again, or those of its sub-tasks that did not succeed",
        REPAIRERS,
        Reply(202, "It will be worked on.", schemas.TASK),
        path_parameters=(ID,),
        refused=409,
    ),
)
