"""Making tasks, and telling how they do (guide, "Use case 2: parallel batch processing")."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any

from cqrs.core.cancellation import cancel_cause
from cqrs.core.damaged_items import read_each
from cqrs.core.json_values import json_value
from cqrs.core.reading import reading
from cqrs.core.tenants import checked_new_tenant, checked_tenant
from cqrs.errors import NotFoundError, ValidationError
from cqrs.storage.origins import UNKNOWN
from cqrs.storage.paging import (
    DEFAULT_PAGE,
    LONGEST_PAGE,
    may_be_key,
    refuse_bad_limit,
    refuse_foreign_cursor,
)
from cqrs.storage.status_listing import StatusIndex, newest
from cqrs.tasks.indexes import (
    BY_TENANT,
    BY_TYPE,
    RUNNING,
    partition_of_type,
    running_of,
)
from cqrs.tasks.keys import SINGLE, STEP_FUNCTION, TaskKey, checked_task_type
from cqrs.tasks.limits import refuse_bad_count
from cqrs.tasks.models import INPUT, RESULT, TaskKind, TaskPage, TaskSnapshot, TaskStatus

if TYPE_CHECKING:
    from cqrs.aws.item_store import ItemStore
    from cqrs.core.attribute_values import Item
    from cqrs.settings import Settings
    from cqrs.storage.origins import Origin
    from cqrs.tasks.canceller import TaskCanceller
    from cqrs.tasks.handlers import TaskHandlers
    from cqrs.tasks.records import TaskRecords


class TaskService:
    """Makes and reads tasks.

    Parameters
    ----------
    store, settings
        Access to the tasks table.
    records
        Writes tasks.
    handlers
        The application's task handlers. None if this process does not know the application; then a
        task of a type without a handler fails when its turn comes, not here.
    canceller
        Makes what ends tasks.
    origin
        The origin of its calls.
    """

    def __init__(
        self,
        store: ItemStore,
        settings: Settings,
        records: TaskRecords,
        handlers: TaskHandlers | None,
        canceller: Callable[[], TaskCanceller],
        origin: Origin = UNKNOWN,
    ) -> None:
        self._store = store
        self._table = settings.tasks_table
        self._records = records
        self._handlers = handlers
        self._canceller = canceller
        self._origin = origin

    def of(self, origin: Origin) -> TaskService:
        """The same service for calls of an origin, of which each try makes the same task."""
        bound = copy(self)
        bound._origin = origin
        return bound

    def create_task(self, task_type: str, input: Any, tenant: str) -> TaskKey:  # noqa: A002
        """Make a task whose handler runs once, for one input.

        One PutItem; a large input costs a PutObject more.

        Parameters
        ----------
        task_type
            The type that its handler is registered for.
        input
            Any JSON value.
        tenant
            Tenant code.

        Raises
        ------
        ValidationError
            If an argument is refused; nothing was written.
        """
        key = self._new_key(SINGLE, tenant, task_type)
        self._create(key, TaskKind.SINGLE, json_value(input, "input"))
        return key

    def create_step_function_task(
        self, task_type: str, items: Sequence[Any], tenant: str
    ) -> TaskKey:
        """Make a task of many sub-tasks, which run some at a time.

        One PutItem; many or large items cost a PutObject more.

        Parameters
        ----------
        task_type
            The type of the handler that runs for each item.
        items
            The sub-tasks' inputs, any JSON values.
        tenant
            Tenant code.

        Raises
        ------
        ValidationError
            If an argument is refused, there are no items, or more than one execution can run;
            nothing was written.
        """
        key = self._new_key(STEP_FUNCTION, tenant, task_type)
        if isinstance(items, str | bytes) or not isinstance(items, Sequence):
            raise ValidationError(f"items is a {type(items).__name__}; it must be a list.")
        refuse_bad_count(key, list(items))
        values = json_value(items, "items")
        self._create(key, TaskKind.STEP_FUNCTION, values, total=len(values))
        return key

    def get(self, key: TaskKey) -> TaskSnapshot | None:
        """A task or sub-task as it is now; None if there is none.

        One GetItem. A task with sub-tasks costs a Query more, for those that run. That number comes
        from an index and may be a moment old; all others are exact.
        """
        item = self._records.read(key)
        if item is None:
            return None
        running = None
        if item.get("kind") == TaskKind.STEP_FUNCTION:
            running = self._store.count_index(self._table, RUNNING, running_of(key))
        with reading(f"Task {key}"):
            values = {name: self._records.load(item, name) for name in (INPUT, RESULT)}
        return TaskSnapshot.from_item(item, running=running, **values)

    def list(
        self,
        tenant: str,
        task_type: str | None = None,
        status: TaskStatus | None = None,
        *,
        limit: int = DEFAULT_PAGE,
        cursor: str | None = None,
    ) -> TaskPage:
        """A tenant's tasks, the newest first.

        One Query for each status that is asked for, and one BatchGetItem.

        Parameters
        ----------
        tenant
            Tenant code.
        task_type, status
            Only tasks of this type and status; by default of all.
        limit
            Tasks of a page, 1 to 100.
        cursor
            ``cursor`` of the page before.

        Raises
        ------
        ValidationError
            If an argument is refused.
        """
        index, partition = BY_TENANT, checked_tenant(tenant)
        if task_type is not None:
            index, partition = BY_TYPE, partition_of_type(tenant, checked_task_type(task_type))
        place = StatusIndex(self._table, index, partition)
        statuses = [status] if status else list(TaskStatus)
        page = newest(self._store, place, statuses, limit=limit, cursor=cursor)
        return _read_page(page.items, page.cursor, page.cursors)

    def sub_tasks(
        self, key: TaskKey, *, limit: int = LONGEST_PAGE, cursor: str | None = None
    ) -> TaskPage:
        """The sub-tasks of a task, in their order (one Query).

        Raises
        ------
        ValidationError
            If an argument is refused.
        """
        refuse_bad_limit(limit)
        prefix = key.sub_tasks_prefix

        def belongs(given: str) -> bool:
            return given.startswith(prefix) and may_be_key(given)

        refuse_foreign_cursor(cursor, belongs, f"the sub-tasks of {key}")
        start_after = None if cursor is None else {"pk": key.pk, "sk": cursor}
        page = self._store.query(
            self._table,
            key.pk,
            sk_prefix=prefix,
            limit=limit,
            start_after=start_after,
        )
        cursor = None if page.last_key is None else page.last_key["sk"]
        cursors = {(item["pk"], item["sk"]): str(item["sk"]) for item in page.items}
        return _read_page(page.items, cursor, cursors)

    def cancel(self, key: TaskKey, *, by: str, reason: str = "") -> TaskSnapshot:
        """End a task that nobody wants to go on with; what its sub-tasks have done stays.

        Its execution is stopped, and its sub-tasks that are not over fail with ``Cancelled``. A
        handler that runs just then runs to its end, and its result is dropped. Any call may be
        repeated.

        Five requests, and one for each 99 sub-tasks that are left.

        Parameters
        ----------
        key
            The task.
        by
            Who cancels it.
        reason
            Why.

        Returns
        -------
        TaskSnapshot
            CANCELLED; with sub-tasks it may be PROCESSING for a moment, until the last is counted.

        Raises
        ------
        NotFoundError
            If there is no such task.
        ValidationError
            If it is over already, or a sub-task, or an argument is refused.
        """
        cause = cancel_cause(by, reason)
        if key.is_sub_task:
            raise ValidationError(f"{key} is a sub-task: cancel the whole task, {key.parent}.")
        was_under_way = self._canceller().cancel(key, cause)
        task = self.get(key)
        if task is None:
            raise NotFoundError(_missing(key))
        if not was_under_way and task.status is not TaskStatus.CANCELLED:
            raise ValidationError(
                f"Task {key} is over already: it is {task.status.value}. Its work stays."
            )
        return task

    def retry(self, key: TaskKey) -> TaskSnapshot:
        """Run a task that failed again: a single one, or the sub-tasks that did not succeed.

        Sub-tasks that succeeded keep their results. It is a new attempt: what comes late of the one
        before changes nothing. Any call may be repeated; a task that is under way stays as it is.

        Three requests; the function does the rest when the task's turn has come.

        Parameters
        ----------
        key
            The task.

        Returns
        -------
        TaskSnapshot
            As it is then: CREATED, or further.

        Raises
        ------
        NotFoundError
            If there is no such task.
        ValidationError
            If it has not failed, is damaged, or is a sub-task.
        """
        if key.is_sub_task:
            raise ValidationError(
                f"{key} is a sub-task: retry its task, {key.parent}, which runs those again that "
                "failed."
            )
        before = self._existing(key)
        if before.status is TaskStatus.FAILED:
            self._records.restart(key, before.attempt)
        elif before.status.is_final:
            raise ValidationError(
                f"Task {key} is {before.status.value}: only one that FAILED is run again. Make a "
                "new task."
            )
        return self._existing(key)

    def _existing(self, key: TaskKey) -> TaskSnapshot:
        """A task without its values, which may be gone from the bucket."""
        item = self._records.read(key)
        if item is None:
            raise NotFoundError(_missing(key))
        return _listed(item)

    def _create(self, key: TaskKey, kind: TaskKind, value: Any, total: int | None = None) -> None:
        self._records.create(key, kind, value, total, created_by=self._origin.author)

    def _new_key(self, prefix: str, tenant: str, task_type: str) -> TaskKey:
        checked_task_type(task_type)
        key = TaskKey.make(prefix, checked_new_tenant(tenant), task_type, self._origin.identity)
        if self._handlers is not None:
            self._handlers.refuse_unknown(task_type)
        return key


def _read_page(
    items: Iterable[Item], cursor: str | None, cursors: Mapping[tuple[str, str], str]
) -> TaskPage:
    tasks, damaged = read_each(items, _listed)
    behind = [cursors[task.key.pk, task.key.sk] for task in tasks]
    return TaskPage(tasks, cursor, damaged, behind)


def _missing(key: TaskKey) -> str:
    return f"There is no task {key}; was it ever made, or has it expired?"


def _listed(item: Item) -> TaskSnapshot:
    return TaskSnapshot.from_item(item, input=item.get(INPUT), result=item.get(RESULT))
