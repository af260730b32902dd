"""The task-action-queue: tasks whose turn has come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.aws.clients import send
from cqrs.aws.messages import message_body
from cqrs.core.reading import reading
from cqrs.errors import (
    NotFoundError,
    PermanentError,
    TooManyTries,
    UnsupportedEventError,
    ValidationError,
)
from cqrs.storage.attempts import attempt_of
from cqrs.storage.large_values import KEY_SUFFIX
from cqrs.tasks.executions import execution_input, task_execution_name
from cqrs.tasks.handlers import Success
from cqrs.tasks.keys import TaskKey
from cqrs.tasks.models import CANCELLED_CAUSE, INPUT, Counters, Task, TaskKind, TaskStatus
from cqrs.tasks.records import BEGUN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cqrs.aws.clients import Clients
    from cqrs.aws.step_functions import StepFunctionsService
    from cqrs.core.attribute_values import Item
    from cqrs.events.types import SqsEvent
    from cqrs.settings import Settings
    from cqrs.tasks.canceller import TaskCanceller
    from cqrs.tasks.handlers import TaskHandlers
    from cqrs.tasks.records import TaskRecords


class TaskQueue:
    """Sends tasks to the queue, and works off those that come from it.

    Parameters
    ----------
    clients, settings
        Access to the queue, and the task-handler state machine.
    records
        Writes tasks.
    handlers
        The application's task handlers.
    step_functions
        Starts executions.
    canceller
        Makes what ends tasks.
    """

    def __init__(
        self,
        clients: Clients,
        settings: Settings,
        records: TaskRecords,
        handlers: TaskHandlers,
        step_functions: StepFunctionsService,
        canceller: Callable[[], TaskCanceller],
    ) -> None:
        self._clients = clients
        self._settings = settings
        self._records = records
        self._handlers = handlers
        self._step_functions = step_functions
        self._canceller = canceller

    def send(self, key: TaskKey) -> None:
        """Let a task wait for its turn (one SendMessage)."""
        send(
            self._clients.sqs,
            "send_message",
            QueueUrl=self._settings.task_action_queue_url,
            MessageBody=message_body(key.to_mapping()),
        )

    def handle(self, event: SqsEvent) -> None:
        """Work off the task that a message names; one delivered twice changes nothing.

        Raises
        ------
        ValidationError
            If the message names no task.
        UnsupportedEventError
            If it names a sub-task.
        NotFoundError
            If the task is gone.
        """
        key = TaskKey.from_mapping(event.json())
        if key.is_sub_task:
            raise UnsupportedEventError(
                f"{key} is a sub-task: its task's execution runs it, and no message does."
            )
        item = self._records.read(key)
        if item is None:
            raise NotFoundError(f"Task {key} is not in the tasks table; has it expired?")
        if TaskStatus(item["status"]).is_final:
            return
        if CANCELLED_CAUSE in item:
            self._canceller().go_on(key, item)
            return
        attempt = attempt_of(item)
        if self._is_worn_out(item, event):
            # Else its message would become a dead letter, and the task be under way for ever.
            self._records.fail(key, attempt, TooManyTries.__name__, _worn_out(item[BEGUN]))
            return
        try:
            with reading(f"Task {key}"):
                is_parent = TaskKind(item["kind"]) is TaskKind.STEP_FUNCTION
                work = self._fan_out if is_parent else self._run
                work(key, item)
        except PermanentError as error:
            # Told on the task itself, as its maker looks there.
            self._canceller().give_up(key, attempt, type(error).__name__, str(error))

    def _items_of(self, key: TaskKey, item: Item) -> list[Any]:
        values = self._records.load(item, INPUT)
        if not isinstance(values, list) or len(values) != item["total"]:
            raise ValidationError(
                f"Task {key} is damaged: its input is not a list of {item['total']} items. It was "
                "not written so by TaskService; make it again."
            )
        return values

    def _is_worn_out(self, item: Item, event: SqsEvent) -> bool:
        """Whether every try but the last one was begun, and has ended without a word."""
        most = self._settings.max_receive_count
        is_last = event.receive_count >= most > 1
        return is_last and item["kind"] == TaskKind.SINGLE and item.get(BEGUN, 0) >= most - 1

    def _run(self, key: TaskKey, item: Item) -> None:
        attempt = attempt_of(item)
        if not self._records.start(key, attempt):
            return
        outcome = self._handlers.run(Task(key, self._records.load(item, INPUT)))
        if isinstance(outcome, Success):
            self._records.complete(key, attempt, outcome.result)
        else:
            self._records.fail(key, attempt, outcome.error, outcome.cause)

    def _fan_out(self, key: TaskKey, item: Item) -> None:
        """Make the sub-tasks ready, then start the execution that runs them.

        A repeat after a crash in between finds the sub-tasks ready, and goes on from there.
        """
        attempt, total = attempt_of(item), Counters.from_item(item).total
        execution = task_execution_name(key, attempt)
        is_ready = item["status"] == TaskStatus.PROCESSING
        if not is_ready and not self._make_ready(key, item, execution, total):
            return  # its stream sees to its end
        keys: Iterable[TaskKey] = (
            self._records.left_over(key, total) if attempt else key.sub_tasks(total)
        )
        given = execution_input(keys)
        if given:
            self._step_functions.start(self._settings.task_state_machine_arn, execution, given)
        else:
            self._canceller().close(key, attempt)

    def _make_ready(self, key: TaskKey, item: Item, execution: str, total: int) -> bool:
        """Store what there is to run; False if the task is over, or to be cancelled."""
        attempt = attempt_of(item)
        # An earlier attempt may have ended before it stored any.
        is_stored = bool(attempt) and {INPUT, INPUT + KEY_SUFFIX}.isdisjoint(item)
        if not is_stored and not self._records.create_sub_tasks(
            item, key, self._items_of(key, item)
        ):
            return False
        if attempt and not self._records.restart_sub_tasks(key, attempt, execution, total):
            return False
        begun = self._records.start_sub_tasks(key, attempt)
        return begun is not None and CANCELLED_CAUSE not in begun


def _worn_out(begun: int) -> str:
    return (
        f"It was begun {begun} times and never came to an end. AWS failed its handler, or the "
        "handler took longer than the function may, or ended the process. Look at the function's "
        "log, mend the cause and run the task again with `cqrs task retry`."
    )
