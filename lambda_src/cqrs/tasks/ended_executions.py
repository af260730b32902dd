"""Executions of tasks that timed out, were stopped or failed: the sub-tasks left over are FAILED.

A state machine cannot catch its own end, so EventBridge reports it (Step Functions guide,
"Automating Step Functions event delivery with EventBridge").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.aws.step_functions import SUCCEEDED, execution_arn
from cqrs.core.cancellation import CANCELLED
from cqrs.errors import UnsupportedEventError, ValidationError
from cqrs.execution_events import ERRORS
from cqrs.storage.attempts import attempt_of
from cqrs.tasks.executions import task_execution_name
from cqrs.tasks.keys import TaskKey
from cqrs.tasks.models import CANCELLED_CAUSE

if TYPE_CHECKING:
    from cqrs.aws.step_functions import StepFunctionsService
    from cqrs.events.types import ExecutionStatusEvent
    from cqrs.tasks.canceller import TaskCanceller
    from cqrs.tasks.records import TaskRecords


class EndedTaskExecutions:
    """Fails what an execution has left undone.

    Parameters
    ----------
    canceller, records
        End sub-tasks, and read tasks.
    step_functions
        Tells what an execution was started with.
    """

    def __init__(
        self, canceller: TaskCanceller, records: TaskRecords, step_functions: StepFunctionsService
    ) -> None:
        self._canceller = canceller
        self._records = records
        self._step_functions = step_functions

    def handle(self, event: ExecutionStatusEvent) -> None:
        """Fail the sub-tasks of an ended execution that are not over, and close their task.

        Raises
        ------
        UnsupportedEventError
            If the execution was not started for a task.
        """
        if event.status not in {*ERRORS, SUCCEEDED}:
            return
        parent = self._task_of(event)
        task = self._records.read(parent)
        if task is None:
            return  # it has expired
        attempt = attempt_of(task)
        if event.name != task_execution_name(parent, attempt):
            return  # of an earlier attempt, or started by hand
        cause = (
            f"Execution {event.name} ended as {event.status} before this sub-task did. Look at the "
            "execution's history, mend the cause and run what failed again with "
            "`cqrs task retry`."
        )
        if CANCELLED_CAUSE in task:
            self._canceller.end(parent, attempt, CANCELLED, str(task[CANCELLED_CAUSE]))
        else:
            error = ERRORS.get(event.status, "ExecutionEnded")
            self._canceller.end(parent, attempt, error, cause)

    def _task_of(self, event: ExecutionStatusEvent) -> TaskKey:
        # EventBridge leaves a large input out.
        keys: Any = event.input or self._step_functions.input_of(
            execution_arn(event.state_machine_arn, event.name)
        )
        try:
            return TaskKey.from_mapping(keys[0]).parent
        except (IndexError, KeyError, TypeError, ValidationError):
            raise UnsupportedEventError(
                f"Execution {event.name} was not started for a task: its input is not a list of "
                "the keys of sub-tasks."
            ) from None
