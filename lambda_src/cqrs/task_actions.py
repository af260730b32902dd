"""Tasks by direct invocation: the public calls of TaskService that write, as built-in actions."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cqrs.direct import Action, DirectActions
    from cqrs.tasks.keys import TaskKey
    from cqrs.tasks.service import TaskService

CREATE_TASK = "create_task"
CREATE_STEP_FUNCTION_TASK = "create_step_function_task"

ACTIONS = (CREATE_TASK, CREATE_STEP_FUNCTION_TASK)
"""Names of the actions and of the calls; a payload's keys are the call's parameters."""


def register_task_actions(actions: DirectActions, tasks: Callable[[], TaskService]) -> None:
    """Make the calls of a task service callable, which is made at the first of them."""
    for name in ACTIONS:
        actions.register_lazily(name, functools.partial(_action, name, tasks))


def _action(name: str, tasks: Callable[[], TaskService]) -> Action:
    call: Callable[..., TaskKey] = getattr(tasks(), name)

    @functools.wraps(call)
    def answer(**payload: Any) -> dict[str, Any]:
        key = call(**payload)
        return {"id": str(key), **key.to_mapping()}

    return answer
