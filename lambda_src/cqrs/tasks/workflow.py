"""The task workflow: works off one sub-task. Source: guide, "Task state machine"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.clock import now_iso
from cqrs.errors import NotFoundError, UnsupportedEventError
from cqrs.item_store import Condition, Update
from cqrs.observability import logger
from cqrs.tasks.models import Task, TaskStatus

if TYPE_CHECKING:
    from cqrs.events import StepFunctionsEvent
    from cqrs.item_store import ItemStore
    from cqrs.settings import Settings
    from cqrs.tasks.handlers import TaskHandlers


class TaskWorkflow:
    """States of the task-handler state machine.

    Parameters
    ----------
    store, settings
        Access to the tasks table.
    handlers
        The application's task handlers.
    """

    def __init__(self, store: ItemStore, settings: Settings, handlers: TaskHandlers) -> None:
        self._store = store
        self._table = settings.tasks_table
        self._handlers = handlers

    def iterator(self, event: StepFunctionsEvent) -> dict[str, Any]:
        """Work off the sub-task whose key is the state's input.

        What its handler returns or raises is kept on its item, so one that fails does not stop
        the others.

        Returns
        -------
        dict
            ``pk``, ``sk`` and ``status`` of the sub-task.
        """
        task = self._read(event)
        try:
            result = self._handlers.run(task)
        except Exception as error:  # noqa: BLE001 - the other sub-tasks go on
            logger.exception("Task failed", extra={"task": f"{task.pk} {task.sk}"})
            ended = {"status": TaskStatus.FAILED.value, "error": type(error).__name__}
            self._end(task, {**ended, "cause": str(error)})
        else:
            ended = {"status": TaskStatus.COMPLETED.value}
            self._end(task, {**ended, "result": result})
        return {"pk": task.pk, "sk": task.sk, "status": ended["status"]}

    def _read(self, event: StepFunctionsEvent) -> Task:
        key = event.input if isinstance(event.input, dict) else {}
        pk, sk = key.get("pk"), key.get("sk")
        if not (isinstance(pk, str) and isinstance(sk, str)):
            raise UnsupportedEventError(
                f"iterator was called with {event.input!r}; it needs pk and sk of a sub-task."
            )
        item = self._store.get(self._table, pk, sk)
        if item is None:
            raise NotFoundError(f"Sub-task {pk} {sk} is not in the tasks table.")
        return Task.from_item(item)

    def _end(self, task: Task, outcome: dict[str, Any]) -> None:
        self._store.update(
            Update(
                self._table,
                task.pk,
                task.sk,
                assign={**outcome, "finishedAt": now_iso()},
                condition=Condition("attribute_exists(#pk)"),
            )
        )
