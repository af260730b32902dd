"""The work on tasks with one mistake in it, which the model must find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from cqrs.aws.item_store import Check, Condition, Put, Update
from cqrs.core.attribute_values import Item
from cqrs.core.sizes import dynamodb_size
from cqrs.errors import ConditionFailed, TransientError
from cqrs.services import Services
from cqrs.states import TaskState
from cqrs.storage.attempts import attempt_of
from cqrs.storage.large_values import KEY_SUFFIX, LargeValues
from cqrs.tasks.canceller import TaskCanceller
from cqrs.tasks.ended_executions import EndedTaskExecutions
from cqrs.tasks.executions import execution_input, task_execution_name
from cqrs.tasks.handlers import Failure, Success, TaskHandlers
from cqrs.tasks.keys import TaskKey
from cqrs.tasks.limits import MAX_SUB_TASKS
from cqrs.tasks.models import CANCELLED_CAUSE, Counters, Task, TaskKind, TaskStatus
from cqrs.tasks.queue import TaskQueue
from cqrs.tasks.records import BEGUN, LAST_SUB_TASK, RUN_BY, UNDER_WAY, TaskRecords, _in
from cqrs.tasks.stream import TaskStream
from stacks.asl import Definition
from tests.model.forgetful import Chosen, without
from tests.model.mistake import Mistake, Wiring, believe_all_ends
from tests.model.tasks.exploration import Define, Settings
from tests.model.tasks.program import TASK_MACHINE_ARN


@dataclass(frozen=True, slots=True)
class Mutation(Mistake):
    """A mistake in the services, or in the definition, which ``define`` changes."""

    define: Define = lambda given: given

    def settings(self) -> Settings:
        """The program and the interpreters with the mistake in them."""
        return Settings(self.wire, self.define)


# Records


def _records(make: type[TaskRecords]) -> Wiring:
    def wire(services: Services) -> None:
        services.task_records = make(
            services.store, services.settings, services.large_values, services.time_to_live
        )

    return wire


class _CountsRepeatedBeginnings(TaskRecords):
    def start(self, key: TaskKey, attempt: int) -> bool:
        under_way = _in(UNDER_WAY, attempt)
        update = self._moving(key, TaskStatus.PROCESSING, under_way, increase={BEGUN: 1})
        try:
            self._store.update(update)
        except ConditionFailed:
            return False
        return True


class _CountsApart(TaskRecords):
    """Ends sub-tasks in one request, and counts them in the next one."""

    def _end_together(
        self,
        keys: Sequence[TaskKey],
        under_way: Condition,
        its_parent: Condition,
        status: TaskStatus,
        outcome: Any,
    ) -> bool:
        parent = keys[-1].parent
        for key in keys:
            if self._move(self._moving(key, status, under_way, assign=outcome)) is None:
                return False
        counter = "succeeded" if status is TaskStatus.COMPLETED else "failed"
        last = {LAST_SUB_TASK: {"sk": keys[-1].sk, "status": status.value}}
        self._store.update(
            Update(
                self._table,
                parent.pk,
                parent.sk,
                last,
                increase={counter: len(keys)},
                condition=its_parent,
            )
        )
        return True


class _NumbersSubTasksAnew(TaskRecords):
    """Gives a repeat's sub-tasks keys of their own."""

    def create_sub_tasks(self, parent: Item, key: TaskKey, values: Sequence[Any]) -> bool:
        known = len(self.left_over(key, len(values)))
        for number, value in enumerate(values, start=known + 1):
            self._store.put(Put(self._table, self._sub_task(parent, key.sub_task(number), value)))
        return True


class _OverlooksFailures(TaskRecords):
    def close(
        self, key: TaskKey, attempt: int, counters: Counters, cancelled: str | None = None
    ) -> None:
        super().close(key, attempt, replace(counters, failed=0), cancelled)


class _LeavesCounts(TaskRecords):
    """Lets sub-tasks run again that stay counted as failed."""

    def restart_sub_tasks(self, parent: TaskKey, attempt: int, execution: str, total: int) -> bool:
        store = self._store
        self._store = _WithoutIncrease(store)  # type: ignore[assignment]
        try:
            return super().restart_sub_tasks(parent, attempt, execution, total)
        finally:
            self._store = store


class _WithoutIncrease:
    """An item store that increases nothing."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def write_together(self, actions: Sequence[Any], **attempts: int) -> None:
        self._store.write_together([replace(each, increase={}) for each in actions], **attempts)


class _RunsAllAgain(TaskRecords):
    """Lets sub-tasks run again that succeeded."""

    def restart(self, key: TaskKey, attempt: int) -> bool:
        if not super().restart(key, attempt):
            return False
        for item in self._sub_tasks(key, MAX_SUB_TASKS):
            again = {"status": TaskStatus.CREATED.value}
            self._store.update(Update(self._table, item["pk"], item["sk"], again))
        return True


class _OneObject(LargeValues):
    """Gives all values of a task and a name one object."""

    def place(self, name: str, value: Any, place: str, *, inline_bytes: int = 0) -> dict[str, Any]:
        if dynamodb_size(value) <= inline_bytes:
            return {name: value}
        self._objects.put_json(f"{place}.json", value)
        return {name + KEY_SUFFIX: f"{place}.json"}


def _one_object(services: Services) -> None:
    services.large_values = _OneObject(services.objects)


# Queue


def _queue(make: type[TaskQueue]) -> Wiring:
    def wire(services: Services) -> None:
        services.task_queue = make(
            services.clients,
            services.settings,
            services.task_records,
            services.task_handlers,
            services.step_functions,
            lambda: services.task_canceller,
        )

    return wire


class _TakesReceivesForBeginnings(TaskQueue):
    def _is_worn_out(self, item: Item, event: Any) -> bool:
        is_last = event.receive_count >= self._settings.max_receive_count
        return bool(is_last and item["kind"] == TaskKind.SINGLE)

    def handle(self, event: Any) -> None:
        self._records = _AtLeastOnce(self._records)  # type: ignore[assignment]
        try:
            super().handle(event)
        finally:
            self._records = self._records.records  # type: ignore[attr-defined]


class _AtLeastOnce:
    """Records whose items say that a task was begun, so that its failure can be told."""

    def __init__(self, records: TaskRecords) -> None:
        self.records = records

    def __getattr__(self, name: str) -> Any:
        return getattr(self.records, name)

    def read(self, key: TaskKey) -> Item | None:
        item = self.records.read(key)
        return None if item is None else {BEGUN: 0, **item}


class _StartsOnce(TaskQueue):
    """Takes a task whose sub-tasks are stored for one whose execution was started."""

    def _fan_out(self, key: TaskKey, item: Item) -> None:
        if item["status"] != TaskStatus.PROCESSING:
            super()._fan_out(key, item)


class _StartsFirst(TaskQueue):
    """Starts the execution before its sub-tasks are stored."""

    def _fan_out(self, key: TaskKey, item: Item) -> None:
        given = execution_input(key.sub_tasks(Counters.from_item(item).total))
        self._step_functions.start(TASK_MACHINE_ARN, task_execution_name(key), given)
        super()._fan_out(key, item)


class _TakesNoSecondTry(TaskHandlers):
    """Takes what AWS failed just now for the handler's word."""

    def __init__(self, handlers: TaskHandlers) -> None:
        self._handlers = handlers._handlers

    def run(self, task: Task) -> Success | Failure:
        try:
            return super().run(task)
        except TransientError as error:
            return Failure(type(error).__name__, str(error))


def _no_second_try(services: Services) -> None:
    services.task_handlers = _TakesNoSecondTry(services.task_handlers)


# Ends


class _LeavesEnds(EndedTaskExecutions):
    def handle(self, _event: Any) -> None:
        pass


def _leaves_ends(services: Services) -> None:
    services.ended_task_executions = _LeavesEnds(
        services.task_canceller, services.task_records, services.step_functions
    )


def _stream(make: type[TaskStream]) -> Wiring:
    def wire(services: Services) -> None:
        services.task_stream = make(
            services.task_records,
            services.task_queue,
            lambda: services.task_canceller,
            services.notifications,
        )

    return wire


class _ClosesNothing(TaskStream):
    def handle(self, event: Any) -> None:
        if event.name == "INSERT":
            super().handle(event)


class _QueuesNewOnesOnly(TaskStream):
    def handle(self, event: Any) -> None:
        if event.name == "INSERT" or event.new_image["status"] != TaskStatus.CREATED:
            super().handle(event)


class _LeavesCancellations(TaskStream):
    def handle(self, event: Any) -> None:
        if CANCELLED_CAUSE not in event.new_image:
            super().handle(event)


class _CancelsAtOnce(TaskCanceller):
    """Ends a task whose sub-tasks are under way."""

    def go_on(self, key: TaskKey, item: Item) -> None:
        self._records.cancel(key, attempt_of(item), item[CANCELLED_CAUSE])


class _LeavesWhatWasStored(TaskCanceller):
    """Ends a task that has not begun, and not the sub-tasks that were stored for it."""

    def _fail_left_over(self, parent: TaskKey, attempt: int, error: str, cause: str) -> None:
        item = self._records.read(parent)
        if item is not None and item["status"] == TaskStatus.PROCESSING:
            super()._fail_left_over(parent, attempt, error, cause)


class _KnowsRoundsByWhatIsLeft(TaskCanceller):
    """Takes the same sub-tasks for the same round, though they were run again in between."""

    def _counters_of(self, parent: TaskKey, attempt: int) -> Counters | None:
        counters = super()._counters_of(parent, attempt)
        return None if counters is None else Counters(counters.total, 0, 0)


def _canceller(make: type[TaskCanceller]) -> Wiring:
    def wire(services: Services) -> None:
        services.task_canceller = make(
            services.task_records, services.step_functions, services.settings
        )

    return wire


# The definition


def _tries_once(given: Definition) -> Definition:
    states = given["States"][TaskState.MAP_STATE]["ItemProcessor"]["States"]
    states[TaskState.ITERATOR]["Retry"] = []
    return given


# Conditions


def _update(status: TaskStatus, *, of_sub_task: bool, also: str = "") -> Chosen:
    """Updates that give a task, or a sub-task, a status."""
    return lambda action: (
        isinstance(action, Update)
        and action.assign.get("status") == status
        and TaskKey(action.pk, action.sk).is_sub_task is of_sub_task
        and (not also or also in {*action.assign, *action.remove, *action.increase})
    )


def _new_sub_task(action: Any) -> bool:
    return isinstance(action, Put) and action.item["kind"] == TaskKind.SUB_TASK


def _asking_to_cancel(action: Any) -> bool:
    return isinstance(action, Update) and CANCELLED_CAUSE in action.assign_once


SINGLE, LARGE = "a single task", "a single task with a large result"
WORN_OUT = "a single task whose process dies again and again"
CANCELLED_SINGLE = "a single task that is cancelled"
CANCELLED_REFUSED = "a single task that is cancelled and refused"
ONE, CANCELLED_ONE = "one sub-task", "one sub-task that is cancelled"
CANCELLED_STORED = "one sub-task that is cancelled while it is stored"
EARLY = "one sub-task whose execution ends early"
DYING = "one sub-task whose process dies, and its execution ends early"
REFUSED_ONE = "one sub-task that is refused"
SINGLE_AGAIN = "a single task that is run again"
TWICE_AGAIN = "a single task that two run again"
ONE_AGAIN = "one sub-task that is run again"
STOPPED_AGAIN = "one sub-task that is run again after its execution ended early"
TWO_AGAIN = "two sub-tasks, one is run again twice and never mended"
STILL_RUNS = "one sub-task that is run again while its first run goes on"
TOLD_LATE = "one sub-task that is run again, and whose first end is told late"

CONDITIONS: list[tuple[str, str, str, Chosen]] = [
    ("queue", "it is new", SINGLE, _update(TaskStatus.QUEUED, of_sub_task=False)),
    (
        "start",
        "a single task is not over",
        SINGLE,
        _update(TaskStatus.PROCESSING, of_sub_task=False, also=BEGUN),
    ),
    (
        "start_sub_tasks",
        "a task is not over",
        ONE,
        _update(TaskStatus.PROCESSING, of_sub_task=False, also="input"),
    ),
    ("complete", "a task is not over", LARGE, _update(TaskStatus.COMPLETED, of_sub_task=False)),
    (
        "fail",
        "a task is not over",
        CANCELLED_REFUSED,
        _update(TaskStatus.FAILED, of_sub_task=False),
    ),
    (
        "cancel",
        "a task is not over",
        CANCELLED_SINGLE,
        _update(TaskStatus.CANCELLED, of_sub_task=False),
    ),
    ("note_cancellation", "a task is not over", CANCELLED_SINGLE, _asking_to_cancel),
    ("create_sub_tasks", "a sub-task is new", ONE, _new_sub_task),
    (
        "start_sub_task",
        "a sub-task is not over",
        ONE,
        _update(TaskStatus.PROCESSING, of_sub_task=True),
    ),
    (
        "complete_sub_task",
        "a sub-task is not over",
        ONE,
        _update(TaskStatus.COMPLETED, of_sub_task=True),
    ),
    (
        "fail_sub_tasks",
        "a sub-task is not over",
        REFUSED_ONE,
        _update(TaskStatus.FAILED, of_sub_task=True),
    ),
]
"""Each condition of the records: its place, what it asks for, which scenario shows its lack, and
how."""

PARTS: list[tuple[str, str, str, Chosen, str]] = [
    (
        "create_sub_tasks",
        "nobody has cancelled the task",
        CANCELLED_STORED,
        lambda action: isinstance(action, Check),
        CANCELLED_CAUSE,
    ),
    (
        "restart",
        "it is the attempt that failed",
        TWICE_AGAIN,
        _update(TaskStatus.CREATED, of_sub_task=False),
        "#attempt",
    ),
    (
        "restart_sub_tasks",
        "a sub-task is as it was read",
        ONE_AGAIN,
        _update(TaskStatus.CREATED, of_sub_task=True),
        "",
    ),
    (
        "complete",
        "a single task is at the same attempt",
        SINGLE_AGAIN,
        _update(TaskStatus.COMPLETED, of_sub_task=False),
        "#attempt",
    ),
    (
        "close",
        "a task is at the same attempt",
        TOLD_LATE,
        _update(TaskStatus.FAILED, of_sub_task=False),
        "#attempt",
    ),
    (
        "start_sub_task",
        "it is the execution that may run it",
        STILL_RUNS,
        _update(TaskStatus.PROCESSING, of_sub_task=True),
        RUN_BY,
    ),
    (
        "complete_sub_task",
        "it is the execution that may run it",
        STILL_RUNS,
        _update(TaskStatus.COMPLETED, of_sub_task=True),
        RUN_BY,
    ),
    (
        "fail_sub_task",
        "it is the execution that may run it",
        STILL_RUNS,
        _update(TaskStatus.FAILED, of_sub_task=True),
        RUN_BY,
    ),
]
"""The same of parts of conditions, with what a part says."""

MUTATIONS = [
    Mutation("all results of a task share one object", LARGE, _one_object),
    Mutation("receives are counted as beginnings", WORN_OUT, _queue(_TakesReceivesForBeginnings)),
    Mutation(
        "a beginning whose answer is lost counts twice",
        WORN_OUT,
        _records(_CountsRepeatedBeginnings),
    ),
    Mutation("an event of an end is believed", EARLY, believe_all_ends),
    Mutation("nothing follows from an end", DYING, _leaves_ends),
    Mutation("a sub-task's end and its count are two requests", ONE, _records(_CountsApart)),
    Mutation("a repeat gives sub-tasks other keys", ONE, _records(_NumbersSubTasksAnew)),
    Mutation("failures are overlooked", REFUSED_ONE, _records(_OverlooksFailures)),
    Mutation("an execution is started once, or never", ONE, _queue(_StartsOnce)),
    Mutation("an execution is started before its sub-tasks", ONE, _queue(_StartsFirst)),
    Mutation("what AWS fails just now is a task's end", SINGLE, _no_second_try),
    Mutation("the stream closes no task", ONE, _stream(_ClosesNothing)),
    Mutation(
        "the stream takes no cancellation up", CANCELLED_SINGLE, _stream(_LeavesCancellations)
    ),
    Mutation("a task is cancelled before its sub-tasks", CANCELLED_ONE, _canceller(_CancelsAtOnce)),
    Mutation("a sub-task is tried once", ONE, define=_tries_once),
    Mutation(
        "what was stored for a cancelled task stays",
        CANCELLED_STORED,
        _canceller(_LeavesWhatWasStored),
    ),
    Mutation(
        "a round is known by the sub-tasks that are left",
        STOPPED_AGAIN,
        _canceller(_KnowsRoundsByWhatIsLeft),
    ),
    Mutation("the stream queues new tasks only", SINGLE_AGAIN, _stream(_QueuesNewOnesOnly)),
    Mutation("what runs again stays counted as failed", ONE_AGAIN, _records(_LeavesCounts)),
    Mutation("what succeeded runs again", TWO_AGAIN, _records(_RunsAllAgain)),
    *(
        Mutation(f"without records.py {place}: {asked}", scenario, without(chosen))
        for place, asked, scenario, chosen in CONDITIONS
    ),
    *(
        Mutation(f"without records.py {place}: {asked}", scenario, without(chosen, part))
        for place, asked, scenario, chosen, part in PARTS
    ),
]
