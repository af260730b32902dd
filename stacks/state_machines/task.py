"""The task-handler state machine (guide, "Task state machine with controlled concurrency")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.tasks.models import TaskState
from stacks.state_machines.asl import Definition, Invocation, inline_map, machine

if TYPE_CHECKING:
    from stacks.environment import TaskOptions


def task_definition(invoke: Invocation, options: TaskOptions) -> Definition:
    """Define how the sub-tasks of a task run, some at a time.

    The function records a sub-task's failure and answers all the same, so that one does not stop
    the others.
    """
    s = TaskState
    return machine(
        "Handles parallel task execution with concurrency control",
        s.MAP_STATE,
        {
            s.MAP_STATE: inline_map(
                s.ITERATOR,
                invoke.task(End=True),
                max_concurrency=options.max_concurrency,
                End=True,
            )
        },
        timeout_seconds=options.execution_timeout_seconds,
    )
