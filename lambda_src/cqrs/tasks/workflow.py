"""The task workflow: works off one sub-task. Source: guide, "Task state machine"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.aws.step_functions import caught_error
from cqrs.errors import UnsupportedEventError, ValidationError
from cqrs.tasks.handlers import Success
from cqrs.tasks.keys import TaskKey
from cqrs.tasks.models import INPUT, Task, TaskStatus

if TYPE_CHECKING:
    from cqrs.events.types import StepFunctionsEvent
    from cqrs.tasks.handlers import TaskHandlers
    from cqrs.tasks.records import TaskRecords

OVER = "over"


class TaskWorkflow:
    """States of the task-handler state machine.

    Each answers with one word, because the Map collects the answers of all sub-tasks and a state's
    output ends at 256 KB.

    Parameters
    ----------
    records
        Writes tasks.
    handlers
        The application's task handlers.
    """

    def __init__(self, records: TaskRecords, handlers: TaskHandlers) -> None:
        self._records = records
        self._handlers = handlers

    def iterator(self, event: StepFunctionsEvent) -> str:
        """Work off the sub-task whose key is the state's input.

        Its handler's return value or error is kept on its item, so one that fails does not stop the
        others. Two requests: an UpdateItem that starts it and reads its input, and a
        TransactWriteItems that ends it and counts it.

        Returns
        -------
        str
            The sub-task's status; ``over`` if it had ended before, or another execution runs it.
        """
        key, execution = _sub_task_of(event), event.context.execution.name
        item = self._records.start_sub_task(key, execution)
        if item is None:
            return OVER
        outcome = self._handlers.run(Task(key, self._records.load(item, INPUT)))
        if isinstance(outcome, Success):
            counted = self._records.complete_sub_task(key, execution, outcome.result)
            return TaskStatus.COMPLETED if counted else OVER
        return self._fail(key, execution, outcome.error, outcome.cause)

    def fail_sub_task(self, event: StepFunctionsEvent) -> str:
        """Count a sub-task as failed whose iterator could not be run, however often it was tried.

        The state's input is the sub-task's key, with the ``error`` that was caught.
        """
        key, execution = _sub_task_of(event), event.context.execution.name
        error, cause = caught_error(event.input.get("error"))
        told = f"The function did not work it off: {cause or 'no cause'}"
        return self._fail(key, execution, error, told)

    def _fail(self, key: TaskKey, execution: str, error: str, cause: str) -> str:
        counted = self._records.fail_sub_task(key, execution, error, cause)
        return TaskStatus.FAILED if counted else OVER


def _sub_task_of(event: StepFunctionsEvent) -> TaskKey:
    try:
        key = TaskKey.from_mapping(event.input)
    except ValidationError as error:
        raise UnsupportedEventError(
            f"{event.context.state.name} needs pk and sk of a sub-task. {error}"
        ) from None
    if not key.is_sub_task:
        raise UnsupportedEventError(
            f"{event.context.state.name} was called with {key}, which is not a sub-task."
        )
    return key
