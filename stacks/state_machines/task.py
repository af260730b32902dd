"""The task-handler state machine (guide, "Task state machine with controlled concurrency")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.states import TaskState
from stacks.asl import ALL_ERRORS, Definition, catch, inline_map, machine

if TYPE_CHECKING:
    from stacks.asl import Invocation
    from stacks.options.workflows import TaskOptions


def task_definition(invoke: Invocation, options: TaskOptions) -> Definition:
    """Define how the sub-tasks of a task run, some at a time.

    The function records what a handler raises and answers all the same, so that one sub-task does
    not stop the others. Beyond the guide, nor does one whose call fails for good, as when it takes
    longer than the function may: ``fail_sub_task`` records that.
    """
    s = TaskState
    on_error = catch(ALL_ERRORS, s.FAIL_SUB_TASK, ResultPath="$.error")
    return machine(
        "Handles parallel task execution with concurrency control",
        s.MAP_STATE,
        {
            s.MAP_STATE: inline_map(
                s.ITERATOR,
                {
                    s.ITERATOR: invoke.item_task(End=True, Catch=[on_error]),
                    s.FAIL_SUB_TASK: invoke.item_task(End=True),
                },
                max_concurrency=options.max_concurrency,
                End=True,
            )
        },
        timeout_seconds=options.execution_timeout_seconds,
    )
