"""Ends tasks that shall not go on, and the sub-tasks that an execution has left.

That a task is to be cancelled is noted on it first. Then its execution is stopped, and its
sub-tasks that are not over become FAILED with the error ``Cancelled``. From then on none is stored
any more, so none is left of a task that has not begun either. When the last of them is counted, the
task is closed: its counters are exact at its end, and do not change after it.

If a crash has left something undone, a repeat does it, or the task's next change in the stream. The
event of the stopped execution does it too. A task ends too if sub-tasks of it are gone or damaged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.aws.step_functions import execution_arn
from cqrs.core.cancellation import CANCELLED
from cqrs.core.rounds import Rounds
from cqrs.storage.attempts import attempt_of
from cqrs.tasks.executions import task_execution_name
from cqrs.tasks.models import CANCELLED_CAUSE, Counters, TaskKind, TaskStatus
from cqrs.tasks.records import CHUNK_ITEMS, UNDER_WAY, before_execution

if TYPE_CHECKING:
    from cqrs.aws.step_functions import StepFunctionsService
    from cqrs.core.attribute_values import Item
    from cqrs.settings import Settings
    from cqrs.tasks.keys import TaskKey
    from cqrs.tasks.records import TaskRecords


class TaskCanceller:
    """Ends tasks, and what they have left.

    Parameters
    ----------
    records
        Reads and writes tasks.
    step_functions, settings
        Stop executions of the task-handler state machine.
    """

    def __init__(
        self, records: TaskRecords, step_functions: StepFunctionsService, settings: Settings
    ) -> None:
        self._records = records
        self._step_functions = step_functions
        self._machine = settings.task_state_machine_arn

    def cancel(self, key: TaskKey, cause: str) -> bool:
        """End a task that is under way; False if it is over or gone.

        Parameters
        ----------
        key
            The task.
        cause
            Who ends it, and why; that of an earlier call stays.
        """
        item = self._records.note_cancellation(key, cause)
        if item is None:
            return False
        self.go_on(key, item)
        if _has_execution(item):
            # Its event comes a moment later.
            self.end(key, attempt_of(item), CANCELLED, item[CANCELLED_CAUSE])
        return True

    def go_on(self, key: TaskKey, item: Item) -> None:
        """Do the next step in the end of a task that is to be cancelled.

        The event of an execution that is stopped here leads to the step after that.

        Raises
        ------
        ValidationError
            If DynamoDB refuses the step, and the task has not changed.
        """
        rounds = Rounds(f"Task {key}")
        while not self._is_gone_on_with(key, item):
            rounds.meet(item)
            found = self._records.read(key)
            if found is None or not _is_under_way(found) or CANCELLED_CAUSE not in found:
                return
            item = found

    def _is_gone_on_with(self, key: TaskKey, item: Item) -> bool:
        """Do the step that a task as it was read needs; False if it has moved on since."""
        cause, attempt = item[CANCELLED_CAUSE], attempt_of(item)
        if not _has_execution(item):
            if item["kind"] == TaskKind.STEP_FUNCTION:
                self._fail_left_over(key, attempt, CANCELLED, cause)
            return self._records.cancel(key, attempt, cause, before_execution(item)) is not None
        execution = execution_arn(self._machine, task_execution_name(key, attempt))
        found = self._step_functions.describe(execution)
        if found is not None and found.is_running:
            self._step_functions.stop(execution, CANCELLED, cause)
        else:
            self.end(key, attempt, CANCELLED, cause)
        return True

    def end(self, parent: TaskKey, attempt: int, error: str, cause: str) -> None:
        """Fail the sub-tasks of a task that are not over, whose execution is, and close it.

        Parameters
        ----------
        parent, attempt
            The task, and the attempt that the execution was for.
        error, cause
            The error that they fail with.
        """
        self._fail_left_over(parent, attempt, error, cause)
        self.close(parent, attempt)

    def close(self, parent: TaskKey, attempt: int) -> None:
        """Close a task of which no sub-task is under way."""
        item = self._current(parent, attempt)
        if item is None:
            return
        counters = _counters(item)
        if counters is not None and counters.ended < counters.total:
            # A task that was set back, as by a restored backup, counts less than there is.
            counters = self._records.recount(parent, counters.total)
        if counters is not None and counters.ended >= counters.total:
            self._records.close(parent, attempt, counters, item.get(CANCELLED_CAUSE))
        elif CANCELLED_CAUSE in item:
            self._records.cancel(parent, attempt, item[CANCELLED_CAUSE])
        else:
            self._records.fail(parent, attempt, "SubTasksMissing", _missing(counters))

    def give_up(self, key: TaskKey, attempt: int, error: str, cause: str) -> None:
        """Fail a task that cannot be begun, and the sub-tasks that were stored for it."""
        self._fail_left_over(key, attempt, error, cause)
        self._records.fail(key, attempt, error, cause)

    def _fail_left_over(self, parent: TaskKey, attempt: int, error: str, cause: str) -> None:
        # Sub-tasks may end while this goes on, so it is done again until none is left.
        rounds = Rounds(f"Task {parent}, or a sub-task of it,")
        while (counters := self._counters_of(parent, attempt)) and (
            left := self._records.left_over(parent, counters.total)
        ):
            # The same may be left after an end: somebody has started the task again since. But the
            # task counts ends, so its counters are not the same.
            rounds.meet((counters, left))
            for start in range(0, len(left), CHUNK_ITEMS):
                chunk = left[start : start + CHUNK_ITEMS]
                self._records.fail_sub_tasks(chunk, attempt, error, cause)

    def _counters_of(self, parent: TaskKey, attempt: int) -> Counters | None:
        """Counters on which sub-tasks that end are counted; None if the task is over or damaged."""
        item = self._current(parent, attempt)
        return None if item is None else _counters(item)

    def _current(self, key: TaskKey, attempt: int) -> Item | None:
        """A task as it is now; None if this attempt at it is over."""
        item = self._records.read(key)
        is_current = item is not None and _is_under_way(item) and attempt_of(item) == attempt
        return item if is_current else None


def _is_under_way(item: Item) -> bool:
    # A damaged status may be a list or an object, which no set can be asked for.
    return item["status"] in [*UNDER_WAY]


def _counters(item: Item) -> Counters | None:
    """Counters of a task; None if they are damaged."""
    try:
        return Counters.from_item(item)
    except ValueError:
        return None


def _missing(counters: Counters | None) -> str:
    if counters is None:
        return "Its counters are damaged, so its sub-tasks cannot be counted. Make a new task."
    return (
        f"None of its {counters.total:,} sub-tasks is under way, and {counters.ended:,} are "
        "counted as over: the others are gone from the tasks table, or damaged. Make a new task "
        "of them."
    )


def _has_execution(item: Item) -> bool:
    """Whether a task's sub-tasks have to end before it does."""
    return bool(item["kind"] == TaskKind.STEP_FUNCTION and item["status"] == TaskStatus.PROCESSING)
