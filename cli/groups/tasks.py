"""Making tasks and following them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.arguments import json_value, json_values, read_text, text_of
from cli.command_group import CommandGroup
from cli.context import Session, session_of
from cli.deployed.function import FunctionFailed, advising, invoke_action
from cli.groups.cancellation import CANCELLED_WITHIN_SECONDS, By, Reason, cancel_in_function
from cli.pages import Cursor, Limit
from cli.suggestions import FollowUp, command_line, explanation, follow_up
from cli.watching.followed_work import FollowedWork
from cli.watching.task_progress import existing_task, watch_task
from cqrs.actions import CANCEL_TASK, CREATE_STEP_FUNCTION_TASK, CREATE_TASK, RETRY_TASK
from cqrs.storage.paging import DEFAULT_PAGE, LONGEST_PAGE
from cqrs.tasks.keys import TaskKey
from cqrs.tasks.models import TaskPage, TaskSnapshot, TaskStatus

if TYPE_CHECKING:
    from cqrs.core.damaged_items import DamagedItem
    from cqrs.tasks.service import TaskService

SHOWN_FAILURES = 5

Id = Annotated[
    str, typer.Argument(metavar="ID", help="As `create` printed it.", show_default=False)
]
Watch = Annotated[
    bool,
    typer.Option("--watch", help="Show it until its end; exit 1 if it failed or was cancelled."),
]

group = typer.Typer(
    name="task", help="Make tasks and follow them.", cls=CommandGroup, add_completion=False
)


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.add_typer(group)


@group.command()
def create(
    context: typer.Context,
    task_type: Annotated[
        str,
        typer.Argument(
            metavar="TYPE", help="The type that its handler is for.", show_default=False
        ),
    ],
    tenant: Annotated[str, typer.Option(help="Tenant code.", show_default=False)],
    items: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="A sub-task for each of these: a JSON array or JSON Lines, - for standard input.",
        ),
    ] = None,
    single: Annotated[
        str | None,
        typer.Option(
            "--input",
            metavar="JSON",
            help="Without sub-tasks: the input, as JSON, @FILE, or - for standard input.",
        ),
    ] = None,
    watch: Watch = False,
) -> None:
    """Make a task: with sub-tasks from --items, or a single one from --input."""
    session = session_of(context)
    # Only the deployed function knows which types there are.
    action, values = _task_to_create(items, single)
    look = command_line(session.connection, "task", "list", "--tenant", tenant)
    with advising(f"`{look}` shows whether it was made."):
        made = invoke_action(
            session.connection.services,
            action,
            {"task_type": task_type, "tenant": tenant, **values},
        )
    followed(session, TaskKey.from_mapping(made)).tell_made(made, watched=watch)


@group.command()
def status(context: typer.Context, task_id: Id, watch: Watch = False) -> None:
    """Show how a task or sub-task does; exit 0 whatever its status, unless it is watched."""
    session, key = session_of(context), TaskKey.parse(task_id)
    followed(session, key).tell(watched=watch)


@group.command()
def cancel(
    context: typer.Context,
    task_id: Id,
    by: By,
    reason: Reason = "",
) -> None:
    """End a task that shall not go on; what its sub-tasks have done stays.

    May be repeated: a cancelled task answers as it did.
    """
    session, key = session_of(context), TaskKey.parse(task_id)
    services = session.connection.services
    look = followed(session, key).look
    cancel_in_function(services, CANCEL_TASK, key, by, reason, look)
    task = watch_task(
        services.tasks,
        key,
        session.output.progress(),
        _later(session, key),
        CANCELLED_WITHIN_SECONDS,
    )
    _show(session, task)
    if task.status is not TaskStatus.CANCELLED:
        raise typer.Exit(1)


@group.command()
def retry(context: typer.Context, task_id: Id, watch: Watch = False) -> None:
    """Run a task that failed again; of one with sub-tasks, those that did not succeed.

    May be repeated: a task that is under way stays so.
    """
    session, key = session_of(context), TaskKey.parse(task_id)
    work = followed(session, key)
    try:
        invoke_action(session.connection.services, RETRY_TASK, {"id": str(key)})
    except FunctionFailed as failure:
        # Its process may have ended behind the write that starts the task again.
        if work.look().status is TaskStatus.FAILED:
            known = f"{key} is still FAILED: give the same command again."
            raise FunctionFailed(f"{failure}. {known}") from failure
    work.tell(watched=watch)


@group.command("list")
def list_tasks(
    context: typer.Context,
    tenant: Annotated[str, typer.Option(help="Tenant code.", show_default=False)],
    task_type: Annotated[str | None, typer.Option("--type", help="Only of this type.")] = None,
    status: Annotated[TaskStatus | None, typer.Option(help="Only with this status.")] = None,
    limit: Limit = DEFAULT_PAGE,
    cursor: Cursor = None,
) -> None:
    """List a tenant's tasks, the newest first."""
    session = session_of(context)
    page = session.connection.services.tasks.list(
        tenant, task_type, status, limit=limit, cursor=cursor
    )
    session.output.rows(
        "tasks",
        [_listed(task) for task in page.tasks],
        ("id", "status", "total", "succeeded", "failed"),
        none="`cqrs task create TYPE --tenant TENANT` makes one.",
        more={"cursor": page.cursor},
        notes=[damaged.problem for damaged in page.damaged],
    )


@group.command("sub-tasks")
def sub_tasks(
    context: typer.Context,
    task_id: Id,
    failed: Annotated[bool, typer.Option("--failed", help="Only those that failed.")] = False,
    limit: Limit = DEFAULT_PAGE,
    cursor: Cursor = None,
) -> None:
    """List the sub-tasks of a task, in the order of its items."""
    session, key = session_of(context), TaskKey.parse(task_id)
    tasks = session.connection.services.tasks
    if key.is_sub_task:
        raise typer.BadParameter(f"{key} is a sub-task itself; give the task's id, {key.parent}")
    existing_task(tasks, key)
    page = (
        _failed(tasks, key, limit, cursor)
        if failed
        else tasks.sub_tasks(key, limit=limit, cursor=cursor)
    )
    session.output.rows(
        "failed sub-tasks" if failed else "sub-tasks",
        [_sub_task(task) for task in page.tasks],
        ("number", "status", "input", "error", "cause")
        if failed
        else ("number", "status", "input", "result", "error"),
        more={"cursor": page.cursor},
        notes=[damaged.problem for damaged in page.damaged],
    )


def _task_to_create(items: str | None, single: str | None) -> tuple[str, dict[str, Any]]:
    """Which action makes it, and what that takes beside type and tenant."""
    if items is not None and single is None:
        return CREATE_STEP_FUNCTION_TASK, {"items": json_values(read_text(items), "--items")}
    if single is not None and items is None:
        return CREATE_TASK, {"input": json_value(text_of(single), "--input")}
    raise typer.BadParameter("give either --items or --input")


def followed(session: Session, key: TaskKey) -> FollowedWork[TaskSnapshot]:
    """A task as this command line follows it."""
    tasks = session.connection.services.tasks
    return FollowedWork(
        session,
        ("task", "status", "--watch"),
        (str(key),),
        look=lambda: existing_task(tasks, key),
        watch=lambda seconds: watch_task(
            tasks, key, session.output.progress(), _later(session, key), seconds
        ),
        show=lambda task: _show(session, task),
        is_success=lambda task: task.status is TaskStatus.COMPLETED,
    )


def _show(session: Session, task: TaskSnapshot) -> None:
    """Print a task, and the first of its sub-tasks that failed."""
    if task.counters is None:
        session.output.record({**_life(task), "input": task.input, "result": task.result})
        _lead_on(session, task)
        return
    row = {**_life(task), **task.counters.to_mapping()}
    failed = _first_failures(session.connection.services.tasks, task)
    failures = [_sub_task(each) for each in failed.tasks]
    if session.output.as_json:
        damaged = [each.to_mapping() for each in failed.damaged]
        session.output.document({**row, "failed_sub_tasks": failures, "damaged": damaged})
        return
    session.output.record(row)
    if failures:
        session.output.note("\nThe first sub-tasks that failed:")
        session.output.rows("failed sub-tasks", failures, ("number", "input", "error", "cause"))
        whole = command_line(
            session.connection, "task", "sub-tasks", "--failed", keys=[str(task.key)]
        )
        session.output.note(f"\nAll of them: {whole}")
    for each in failed.damaged:
        session.output.note(f"\n{each.problem}")
    if task.status is TaskStatus.FAILED:
        again = command_line(session.connection, "task", "retry", keys=[str(task.key)])
        session.output.note(f"Run what failed again: {again}")
    _lead_on(session, task)


def _lead_on(session: Session, task: TaskSnapshot) -> None:
    if task.status is TaskStatus.FAILED:
        explain = explanation(session.connection, [str(task.key)])
        session.output.note(f"\nSee what happened: {explain}")


def _later(session: Session, key: TaskKey) -> FollowUp:
    return follow_up(session.connection, "task", "status", keys=[str(key)])


def _first_failures(tasks: TaskService, task: TaskSnapshot) -> TaskPage:
    if task.counters is None or not task.counters.failed:
        return TaskPage([], None)
    return _failed(tasks, task.key, SHOWN_FAILURES)


def _failed(tasks: TaskService, key: TaskKey, limit: int, cursor: str | None = None) -> TaskPage:
    """A page of failed sub-tasks, found among all, and those on the way that cannot be read."""
    damaged: list[DamagedItem] = []
    every = _every_sub_task(tasks, key, cursor, damaged)
    failed = (task for task in every if task.status is TaskStatus.FAILED)
    # One more tells whether there is another page.
    found = list(islice(failed, limit + 1))
    page = found[:limit]
    # The cursor of a list of sub-tasks is the sort key of its last one.
    return TaskPage(page, page[-1].key.sk if len(found) > limit else None, damaged)


def _every_sub_task(
    tasks: TaskService, key: TaskKey, cursor: str | None, damaged: list[DamagedItem]
) -> Iterator[TaskSnapshot]:
    while True:
        page = tasks.sub_tasks(key, limit=LONGEST_PAGE, cursor=cursor)
        damaged += page.damaged
        yield from page.tasks
        cursor = page.cursor
        if cursor is None:
            return


def _listed(task: TaskSnapshot) -> dict[str, Any]:
    counters = task.counters
    return {
        **_life(task),
        "total": counters and counters.total,
        "succeeded": counters and counters.succeeded,
        "failed": counters and counters.failed,
    }


def _sub_task(task: TaskSnapshot) -> dict[str, Any]:
    return {"number": task.key.number, **_life(task), "input": task.input, "result": task.result}


def _life(task: TaskSnapshot) -> dict[str, Any]:
    return {
        "id": str(task.key),
        "type": task.key.task_type,
        "kind": task.kind.value,
        "status": task.status.value,
        "created_at": task.created_at,
        "started_at": task.started_at,
        "finished_at": task.finished_at,
        "error": task.error,
        "cause": task.cause,
        "attempt": task.attempt,
    }
