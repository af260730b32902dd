"""Executions of tasks that timed out, were stopped or failed: the sub-tasks left over are FAILED.

A state machine cannot catch its own end, so EventBridge tells of it (Step Functions guide,
"Automating Step Functions event delivery with EventBridge").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.errors import UnsupportedEventError, ValidationError
from cqrs.execution_ends import ERRORS
from cqrs.paging import LONGEST_PAGE
from cqrs.step_functions import execution_arn
from cqrs.tasks.keys import TaskKey

if TYPE_CHECKING:
    from cqrs.events import ExecutionStatusEvent
    from cqrs.step_functions import StepFunctionsService
    from cqrs.tasks.records import TaskRecords
    from cqrs.tasks.service import TaskService

FAILED_TOGETHER = 99
"""Sub-tasks of one transaction, which holds their parent too and 100 items at most."""


class EndedTaskExecutions:
    """Fails what an execution has left undone.

    Parameters
    ----------
    tasks, records
        Read and write tasks.
    step_functions
        Tells what an execution was started with.
    """

    def __init__(
        self, tasks: TaskService, records: TaskRecords, step_functions: StepFunctionsService
    ) -> None:
        self._tasks = tasks
        self._records = records
        self._step_functions = step_functions

    def handle(self, event: ExecutionStatusEvent) -> None:
        """Fail the sub-tasks of an ended execution that are not over; the task then closes itself.

        Raises
        ------
        UnsupportedEventError
            The execution was not started for a task.
        """
        if event.status not in ERRORS:
            return
        parent = self._task_of(event)
        cause = (
            f"Execution {event.name} ended as {event.status} before this sub-task did. Look at the "
            "execution's history, mend the cause and make a new task of what is left."
        )
        if self._records.read(parent) is None:
            return  # it has expired
        # Sub-tasks may end while this goes on, so it is done again until none is left.
        while left := self._left_over(parent):
            for start in range(0, len(left), FAILED_TOGETHER):
                chunk = left[start : start + FAILED_TOGETHER]
                self._records.fail_sub_tasks(parent, chunk, ERRORS[event.status], cause)

    def _left_over(self, parent: TaskKey) -> list[TaskKey]:
        left: list[TaskKey] = []
        cursor = None
        while True:
            page = self._tasks.sub_tasks(parent, limit=LONGEST_PAGE, cursor=cursor)
            left += [task.key for task in page.tasks if not task.status.is_final]
            cursor = page.cursor
            if cursor is None:
                return left

    def _task_of(self, event: ExecutionStatusEvent) -> TaskKey:
        # EventBridge leaves a large input out.
        keys: Any = event.input or self._step_functions.input_of(
            execution_arn(event.state_machine_arn, event.name)
        )
        try:
            return TaskKey.from_mapping(keys[0]).parent
        except (IndexError, KeyError, TypeError, ValidationError):
            raise UnsupportedEventError(
                f"Execution {event.name} was not started for a task: its input is no list of the "
                "keys of sub-tasks."
            ) from None
