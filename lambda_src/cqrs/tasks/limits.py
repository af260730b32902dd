"""How many sub-tasks a task may have.

One execution runs them all in an inline Map, so its history and its input bound their number
(Step Functions guide, "Service quotas").
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cqrs.aws.step_functions import DATA_BYTES
from cqrs.errors import ValidationError
from cqrs.tasks.executions import execution_input

if TYPE_CHECKING:
    from cqrs.tasks.keys import TaskKey

HISTORY_EVENTS = 25_000
"""Events that the history of an execution takes; the execution fails at the next one."""

EVENTS_OF_SUB_TASK = 7
"""MapIterationStarted, TaskStateEntered, TaskScheduled, TaskStarted, TaskSucceeded,
TaskStateExited, MapIterationSucceeded."""

MAX_SUB_TASKS = HISTORY_EVENTS * 4 // 5 // EVENTS_OF_SUB_TASK
"""A fifth of the history is left to retries."""


def refuse_bad_count(parent: TaskKey, items: list[Any]) -> None:
    """Check that one execution can run a task's sub-tasks.

    Raises
    ------
    ValidationError
        If there are none, or too many.
    """
    count = len(items)
    if not count:
        raise ValidationError("items is empty; a task needs one item or more.")
    if count > MAX_SUB_TASKS:
        raise ValidationError(
            f"items has {count} items; at most {MAX_SUB_TASKS} fit into one task, because the "
            f"history of an execution ends at {HISTORY_EVENTS:,} events. Make several tasks of "
            "them, or let one item stand for several pieces of work."
        )
    size = len(json.dumps(execution_input(parent.sub_tasks(count))))
    if size > DATA_BYTES:
        fitting = count * DATA_BYTES // size
        raise ValidationError(
            f"The keys of {count} items of {parent.task_type!r} for tenant {parent.tenant!r} take "
            f"{size:,} bytes; an execution's input takes {DATA_BYTES:,}, which are "
            f"about {fitting} items. Make several tasks of them."
        )
