"""Task handlers: what works off a type of task."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cqrs.errors import ConfigurationError

if TYPE_CHECKING:
    from cqrs.tasks.models import Task

TaskHandler = Callable[["Task"], Any]
"""Takes a task and returns its result, a JSON value. An exception makes the task FAILED."""


class TaskHandlers:
    """The task handlers of an application."""

    def __init__(self) -> None:
        self._handlers: dict[str, TaskHandler] = {}

    def register(self, task_type: str, handler: TaskHandler) -> None:
        """Add a handler.

        Raises
        ------
        ConfigurationError
            The type has one already.
        """
        if task_type in self._handlers:
            raise ConfigurationError(f"Task type {task_type!r} has two handlers; keep one of them.")
        self._handlers[task_type] = handler

    def run(self, task: Task) -> Any:
        """Work off a task and return its result.

        Raises
        ------
        ConfigurationError
            Its type has no handler.
        """
        if task.task_type not in self._handlers:
            raise ConfigurationError(
                f"No handler is registered for task type {task.task_type!r}; register one with "
                f"@application.task({task.task_type!r}). Known are "
                f"{', '.join(self._handlers) or 'none'}."
            )
        return self._handlers[task.task_type](task)
