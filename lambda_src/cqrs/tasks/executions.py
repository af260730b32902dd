"""Executions of the task-handler state machine: one for each attempt at a task's sub-tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.core.execution_names import execution_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cqrs.tasks.keys import TaskKey


def task_execution_name(key: TaskKey, attempt: int = 0) -> str:
    """Name of the execution that runs a task's sub-tasks in an attempt; the first one is 0."""
    if attempt == 0:
        return execution_name(key.sk, key.pk, key.sk)
    return execution_name(f"{key.sk}-r{attempt}", key.pk, key.sk, str(attempt))


def execution_input(sub_tasks: Iterable[TaskKey]) -> list[dict[str, str]]:
    """Input of the execution that runs sub-tasks: their keys."""
    return [key.to_mapping() for key in sub_tasks]
