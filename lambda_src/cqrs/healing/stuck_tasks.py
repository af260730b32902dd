"""Tasks that nothing works on, or has begun to work on, for long."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from cqrs.aws.step_functions import RUNNING, execution_arn
from cqrs.core.moments import is_recent
from cqrs.errors import ValidationError
from cqrs.healing.faults import Fault, Remedy
from cqrs.healing.retelling import CHANGED, NEW
from cqrs.resources import Table
from cqrs.storage.attempts import RESTARTED_AT, attempt_of
from cqrs.tasks.executions import execution_input, task_execution_name
from cqrs.tasks.keys import TaskKey
from cqrs.tasks.models import Counters, TaskKind, TaskStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cqrs.aws.step_functions import StepFunctionsService
    from cqrs.core.attribute_values import Item
    from cqrs.healing.patience import Patience
    from cqrs.healing.retelling import Retelling
    from cqrs.settings import Settings
    from cqrs.tasks.records import TaskRecords

PROBLEM = "task that does not move"


class StuckTasks:
    """Looks at tasks.

    Parameters
    ----------
    settings
        Names the table and the state machine.
    records
        Reads tasks.
    step_functions
        Tells whether a task's execution runs.
    retelling
        Moves tasks on.
    patience
        How long a message and an invocation may take.
    """

    def __init__(
        self,
        settings: Settings,
        records: TaskRecords,
        step_functions: StepFunctionsService,
        retelling: Retelling,
        patience: Patience,
    ) -> None:
        self._settings = settings
        self._records = records
        self._step_functions = step_functions
        self._retelling = retelling
        self._patience = patience

    def faults(self, entry: Item) -> Iterator[Fault]:
        """The faults of the task of an index's entry (at most one DescribeExecution).

        Raises
        ------
        ValidationError
            If it cannot be read.
        """
        key = TaskKey.from_mapping(entry)
        if key.is_sub_task:
            raise ValidationError(
                f"{key} is listed as not over, as a task is, but it is a sub-task."
            )
        item = self._records.read(key)
        if item is None or TaskStatus(item["status"]).is_final:
            return
        made = item.get(RESTARTED_AT, item["createdAt"])
        if self._is_recent(made, key):
            return
        if item["status"] == TaskStatus.CREATED:
            yield self._told_again(key, item, f"CREATED since {made}, and not queued", NEW)
        elif item["status"] == TaskStatus.QUEUED:
            yield self._of_the_queue(key, item, f"QUEUED; made at {made}", made)
        elif self._is_recent(item["startedAt"], key):
            return
        elif item["kind"] == TaskKind.STEP_FUNCTION:
            yield from self._by_its_execution(key, item)
        else:
            yield from self._single(key, item)

    def _is_recent(self, text: object, key: TaskKey) -> bool:
        return is_recent(text, f"Task {key}", self._patience.message)

    def _single(self, key: TaskKey, item: Item) -> Iterator[Fault]:
        started = item["startedAt"]
        if not is_recent(started, f"Task {key}", self._patience.all_tries):
            yield self._of_the_queue(key, item, f"begun at {started}, and not over", started)

    def _by_its_execution(self, key: TaskKey, item: Item) -> Iterator[Fault]:
        counters = Counters.from_item(item)
        ended = f"{counters.ended:,} of {counters.total:,} sub-tasks over"
        if counters.ended >= counters.total:
            yield self._told_again(key, item, f"{ended}, and it is not", CHANGED)
            return
        machine = self._settings.task_state_machine_arn
        name = task_execution_name(key, attempt_of(item))
        found = self._step_functions.describe(execution_arn(machine, name))
        if found is None:
            yield self._told_again(key, item, f"{ended}, and it has no execution", NEW)
        elif found.status == RUNNING or (
            found.stopped is not None and found.stopped > self._patience.message
        ):
            return
        else:
            given = execution_input(key.sub_tasks(counters.total))
            yield self._fault(
                key,
                item,
                f"{ended}, and its execution is {found.status}",
                Remedy.MEND_AND_RETRY_TASK,
                partial(self._retelling.end, machine, name, found.status, given),
            )

    def _told_again(self, key: TaskKey, item: Item, detail: str, change: str) -> Fault:
        """A task that a record of its table's stream moves on."""
        mend = partial(self._retelling.record, Table.TASKS, item, change)
        return self._fault(key, item, detail, Remedy.MEND, mend)

    def _of_the_queue(self, key: TaskKey, item: Item, detail: str, since: object) -> Fault:
        """A task whose message waits in its queue, has become a dead letter, or is gone.

        Nobody can tell which. A message that comes twice changes nothing, so one more is sent to a
        task that has waited for long.
        """
        if not is_recent(since, f"Task {key}", self._patience.wait):
            return self._told_again(key, item, detail, NEW)
        return self._fault(key, item, detail, Remedy.WAIT_FOR_TASK_QUEUE)

    def _fault(
        self,
        key: TaskKey,
        item: Item,
        detail: str,
        remedy: Remedy,
        mend: Callable[[], bool] | None = None,
    ) -> Fault:
        table = self._settings.tasks_table
        return Fault(PROBLEM, str(key), detail, remedy, table, item, key, mend)
