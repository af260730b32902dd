"""Task handlers: what works off a type of task."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cqrs.aws.application_code import application_code
from cqrs.core.json_values import json_value
from cqrs.core.log_keys import TASK, error_keys
from cqrs.core.observability import logger
from cqrs.core.texts import message_of
from cqrs.errors import ConfigurationError, TransientError, ValidationError
from cqrs.tasks.keys import checked_task_type

if TYPE_CHECKING:
    from cqrs.tasks.models import Task

TaskHandler = Callable[["Task"], Any]
"""Takes a task and returns its result, a JSON value. An exception makes the task FAILED."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A handler's error: its name and its message."""

    error: str
    cause: str


@dataclass(frozen=True, slots=True)
class Success:
    """A handler's return value."""

    result: Any


class TaskHandlers:
    """The task handlers of an application."""

    def __init__(self) -> None:
        self._handlers: dict[str, TaskHandler] = {}
        self._internal: set[str] = set()

    def register(self, task_type: str, handler: TaskHandler, *, is_internal: bool = False) -> None:
        """Add a handler.

        Parameters
        ----------
        task_type, handler
            The handler, and the type of the tasks that it works off.
        is_internal
            Whether only the runtime makes such tasks, and no caller may.

        Raises
        ------
        ConfigurationError
            If the type has one already.
        ValidationError
            If the type's name has a form that keys do not take.
        """
        checked_task_type(task_type)
        if task_type in self._handlers:
            raise ConfigurationError(f"Task type {task_type!r} has two handlers; keep one of them.")
        self._handlers[task_type] = handler
        if is_internal:
            self._internal.add(task_type)

    @property
    def types(self) -> list[str]:
        """The types of tasks that callers may make."""
        return [known for known in self._handlers if known not in self._internal]

    def refuse_unknown(self, task_type: str) -> None:
        """Check that callers may make tasks of a type.

        Raises
        ------
        ValidationError
            If it has no handler, or an internal one.
        """
        if task_type not in self.types:
            from cqrs.likely_names import did_you_mean  # noqa: PLC0415 - few are mistyped

            raise ValidationError(
                f"No handler is registered for task type {task_type!r}; the application "
                "registers one with @application.task. Known are "
                f"{', '.join(sorted(self.types)) or 'none'}."
                f"{did_you_mean(task_type, self.types)}"
            )

    def run(self, task: Task) -> Success | Failure:
        """Work off a task; whatever its handler raises is the outcome.

        Raises
        ------
        TransientError
            If AWS failed the handler just now: it is worth another try.
        """
        try:
            if task.task_type not in self._internal:
                self.refuse_unknown(task.task_type)
            with application_code():
                result = self._handlers[task.task_type](task)
            return Success(json_value(result, f"The result of task {task.key}"))
        except TransientError:
            raise
        except Exception as error:  # noqa: BLE001 - the other sub-tasks go on
            logger.warning("Task failed", extra={TASK: str(task.key), **error_keys(error)})
            return Failure(type(error).__name__, message_of(error))
