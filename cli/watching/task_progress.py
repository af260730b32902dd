"""Following a task to its end, with a progress bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.terminal.escapes import escaped
from cli.watching.looks import looks, not_over
from cqrs.errors import NotFoundError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

    from cli.suggestions import FollowUp
    from cqrs.tasks.keys import TaskKey
    from cqrs.tasks.models import TaskSnapshot
    from cqrs.tasks.service import TaskService


def watch_task(
    tasks: TaskService,
    key: TaskKey,
    console: Console,
    later: FollowUp,
    seconds: float | None = None,
) -> TaskSnapshot:
    """Show how a task or sub-task goes on until it has ended, and return it.

    Parameters
    ----------
    later
        The commands for whoever waits no longer.
    seconds
        How long at most; without an end by default.

    Raises
    ------
    NotFoundError
        If there is no such task.
    TransientError
        If it has not ended within that time.
    """
    with _progress(console) as progress:
        bar = progress.add_task(
            "", total=None, counters="", subject=escaped(str(key), console.encoding)
        )
        for task in looks(lambda: existing_task(tasks, key), _is_over, seconds):
            _draw(progress, bar, task)
    if not _is_over(task):
        raise not_over(key, seconds, later)
    return task


def existing_task(tasks: TaskService, key: TaskKey) -> TaskSnapshot:
    """A task or sub-task as it is now.

    Raises
    ------
    NotFoundError
        If there is no such task.
    """
    task = tasks.get(key)
    if task is None:
        raise NotFoundError(f"There is no task {key}; it was never made, or has expired.")
    return task


def _is_over(task: TaskSnapshot) -> bool:
    return task.status.is_final


def _draw(progress: Progress, bar: TaskID, task: TaskSnapshot) -> None:
    counters = task.counters
    if counters is None:
        total, ended, shown = 1, int(task.status.is_final), ""
    else:
        total, ended = counters.total, counters.ended
        shown = f"{counters.running or 0} running, {counters.failed} failed"
    progress.update(
        bar, description=task.status.value, total=total, completed=ended, counters=shown
    )


def _progress(console: Console) -> Progress:
    from rich.progress import (  # noqa: PLC0415 - not all is watched
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    return Progress(
        TextColumn("{task.fields[subject]}: {task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[counters]}", markup=False),
        console=console,
        transient=console.is_terminal,
    )
