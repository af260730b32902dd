"""What is written to the tasks table, one method for each step in a task's life.

Every write has a condition, so a step that is repeated, or comes late, changes nothing. A
sub-task's end and its parent's counters are one transaction: each sub-task counts once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.cancellation import CANCELLED
from cqrs.clock import now_iso
from cqrs.errors import ConditionFailed
from cqrs.failures import KEPT_CAUSE_LENGTH, kept_failure
from cqrs.item_store import Action, Condition, Put, Update
from cqrs.keys import KEY_SEPARATOR
from cqrs.large_values import INLINE_BYTES, KEY_SUFFIX
from cqrs.metrics import Metric
from cqrs.observability import count
from cqrs.resources import Table
from cqrs.serialization import storable
from cqrs.tasks.keys import TaskKey
from cqrs.tasks.listing import RUNNING_OF, listed_as, listing, running_of
from cqrs.tasks.models import INPUT, RESULT, Counters, TaskKind, TaskStatus
from cqrs.unfinished import UNFINISHED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from cqrs.attribute_values import Item
    from cqrs.item_store import ItemStore
    from cqrs.large_values import LargeValues
    from cqrs.settings import Settings
    from cqrs.time_to_live import TimeToLive

BUCKET_PREFIX = "tasks"

VALUE_BYTES = INLINE_BYTES // 2
"""An item may hold both an input and a result."""

CHUNK_BYTES = 3 * 1024 * 1024
CHUNK_ITEMS = 100
"""What is written at a time: a transaction takes 100 items and 4 MB (DynamoDB guide, "Quotas")."""

COUNTING_ATTEMPTS = 24
"""All sub-tasks of a task count on one item, so their transactions get in each other's way; giving
up would run a handler again whose work is done."""

NOT_BEGUN = frozenset({TaskStatus.CREATED, TaskStatus.QUEUED})
UNDER_WAY = NOT_BEGUN | {TaskStatus.PROCESSING}

SUB_TASK_UNDER_WAY = frozenset({TaskStatus.CREATED, TaskStatus.PROCESSING})

SUB_TASK_STATUSES = [status.value for status in SUB_TASK_UNDER_WAY]
"""The same to look a damaged status up in, which may be a list or an object."""

SUB_TASK_PAGE = 500

CANCELLED_CAUSE = "cancelledCause"
"""Who wants a task cancelled, and why."""

BEGUN = "begun"
"""How often a handler was begun with a single task: a message may be received for nothing."""

LAST_SUB_TASK = "lastSubTask"
"""The sub-task that ended last, for the notification of it."""


class TaskRecords:
    """Writes tasks and sub-tasks.

    Parameters
    ----------
    store, settings
        Access to the tasks table.
    values
        Inputs and results, inline or in the bucket.
    time_to_live
        When tasks expire.
    """

    def __init__(
        self, store: ItemStore, settings: Settings, values: LargeValues, time_to_live: TimeToLive
    ) -> None:
        self._store = store
        self._table = settings.tasks_table
        self._values = values
        self._time_to_live = time_to_live

    def read(self, key: TaskKey) -> Item | None:
        """A task's item; None where there is none."""
        return self._store.get(self._table, key.pk, key.sk)

    def load(self, item: Item, name: str) -> Any:
        """A task's input or result, wherever it lies."""
        return self._values.load(item, name)

    # Tasks

    def create(self, key: TaskKey, kind: TaskKind, value: Any, total: int | None = None) -> None:
        """Store a new task with its input."""
        counters = {} if total is None else {"total": total, "succeeded": 0, "failed": 0}
        expires_at = self._time_to_live.expires_at(Table.TASKS, key.tenant)
        item = {
            **key.to_mapping(),
            "kind": kind.value,
            "type": key.task_type,
            "status": TaskStatus.CREATED.value,
            "createdAt": now_iso(),
            **listing(key, TaskStatus.CREATED),
            **counters,
            **self._placed(key, INPUT, value),
            **({} if expires_at is None else {"ttl": expires_at}),
        }
        try:
            self._store.put(Put(self._table, item, Condition("attribute_not_exists(#pk)")))
        except ConditionFailed:
            # Nobody else makes this key, so it was stored and only the answer got lost.
            return

    def queue(self, key: TaskKey) -> None:
        """Note that a task waits for its turn."""
        self._move(self._moving(key, TaskStatus.QUEUED, {TaskStatus.CREATED}))

    def start(self, key: TaskKey) -> bool:
        """Note that a task is worked on, once more; False where it is over.

        A transaction, though it is of one item: an UpdateItem whose answer got lost is repeated,
        and would count this beginning twice.
        """
        update = self._moving(
            key,
            TaskStatus.PROCESSING,
            UNDER_WAY,
            once={"startedAt": now_iso()},
            increase={BEGUN: 1},
        )
        try:
            self._store.write_together([update])
        except ConditionFailed:
            return False
        return True

    def start_sub_tasks(self, key: TaskKey) -> Item | None:
        """Note that a task's sub-tasks are stored, which took over its input; None at its end."""
        update = self._moving(
            key,
            TaskStatus.PROCESSING,
            UNDER_WAY,
            once={"startedAt": now_iso()},
            remove=(INPUT, INPUT + KEY_SUFFIX),
        )
        return self._move(update)

    def complete(self, key: TaskKey, result: Any) -> None:
        """Note what a single task came to."""
        outcome = self._placed(key, RESULT, result)
        self._finish(key, TaskStatus.COMPLETED, outcome)

    def fail(self, key: TaskKey, error: str, cause: str) -> None:
        """Note that a task failed, unless it is over."""
        self._finish(key, TaskStatus.FAILED, kept_failure(error, cause))

    def close(self, key: TaskKey, counters: Counters, cancelled: str | None = None) -> None:
        """Note that all sub-tasks of a task are over.

        Parameters
        ----------
        key, counters
            The task, and how its sub-tasks ended.
        cancelled
            Who cancelled it and why; without a sub-task that failed, it came too late.
        """
        if cancelled is not None and counters.failed:
            self.cancel(key, cancelled)
            return
        status = TaskStatus.FAILED if counters.failed else TaskStatus.COMPLETED
        self._finish(key, status, {})

    def ask_to_cancel(self, key: TaskKey, cause: str) -> Item | None:
        """Note that a task is to be cancelled, and why; None where it is over or gone.

        The first cause stays.
        """
        try:
            return self._store.update(
                Update(
                    self._table,
                    key.pk,
                    key.sk,
                    assign_once={CANCELLED_CAUSE: storable(cause)[:KEPT_CAUSE_LENGTH]},
                    condition=_in(UNDER_WAY),
                )
            )
        except ConditionFailed:
            return None

    def cancel(
        self, key: TaskKey, cause: str, before: Collection[TaskStatus] = UNDER_WAY
    ) -> Item | None:
        """Note that a task ended because somebody wanted it to; None if it has another status."""
        failure = kept_failure(CANCELLED, cause)
        return self._finish(key, TaskStatus.CANCELLED, failure, before)

    # Sub-tasks

    def create_sub_tasks(self, parent: Item, key: TaskKey, values: Sequence[Any]) -> None:
        """Store a task's sub-tasks, each once however often this is called.

        The same values always make the same chunks, and a chunk is stored as a whole, so one that
        is refused is there.
        """
        items = [
            self._sub_task(parent, key.sub_task(number), value)
            for number, value in enumerate(values, start=1)
        ]
        for chunk in _chunks(items):
            is_new = Condition("attribute_not_exists(#pk)")
            try:
                self._store.write_together([Put(self._table, item, is_new) for item in chunk])
            except ConditionFailed:
                continue

    def start_sub_task(self, key: TaskKey) -> Item | None:
        """Note that a sub-task is worked on, and return it; None where it is over or gone.

        One UpdateItem, which is also the read of its input.
        """
        try:
            return self._store.update(
                Update(
                    self._table,
                    key.pk,
                    key.sk,
                    assign={
                        "status": TaskStatus.PROCESSING.value,
                        RUNNING_OF: running_of(key.parent),
                    },
                    assign_once={"startedAt": now_iso()},
                    condition=_in(SUB_TASK_UNDER_WAY),
                )
            )
        except ConditionFailed:
            return None

    def complete_sub_task(self, key: TaskKey, result: Any) -> bool:
        """Count a sub-task as succeeded; False where it was over before."""
        outcome = self._placed(key, RESULT, result)
        return self._end_together(key.parent, [key], TaskStatus.COMPLETED, outcome)

    def fail_sub_tasks(
        self, parent: TaskKey, keys: Sequence[TaskKey], error: str, cause: str
    ) -> bool:
        """Count sub-tasks as failed, at most 99; False where one of them was over before."""
        return self._end_together(parent, keys, TaskStatus.FAILED, kept_failure(error, cause))

    def _end_together(
        self,
        parent: TaskKey,
        keys: Sequence[TaskKey],
        status: TaskStatus,
        outcome: Mapping[str, Any],
    ) -> bool:
        ended = {"status": status.value, "finishedAt": now_iso(), **outcome}
        under_way = _in(SUB_TASK_UNDER_WAY)
        counter = "succeeded" if status is TaskStatus.COMPLETED else "failed"
        last = {"sk": keys[-1].sk, "status": status.value}
        actions: list[Action] = [
            Update(self._table, key.pk, key.sk, ended, remove=(RUNNING_OF,), condition=under_way)
            for key in keys
        ]
        actions.append(
            Update(
                self._table,
                parent.pk,
                parent.sk,
                {LAST_SUB_TASK: last},
                increase={counter: len(keys)},
                condition=Condition("attribute_exists(#pk)"),
            )
        )
        try:
            self._store.write_together(actions, attempts=COUNTING_ATTEMPTS)
        except ConditionFailed:
            return False
        is_success = status is TaskStatus.COMPLETED
        count(Metric.SUB_TASKS_FINISHED if is_success else Metric.SUB_TASKS_FAILED, len(keys))
        return True

    def _sub_task(self, parent: Item, key: TaskKey, value: Any) -> Item:
        item = {
            **key.to_mapping(),
            "kind": TaskKind.SUB_TASK.value,
            "type": key.task_type,
            "status": TaskStatus.CREATED.value,
            "createdAt": parent["createdAt"],
            **self._placed(key, INPUT, value),
        }
        return item if "ttl" not in parent else {**item, "ttl": parent["ttl"]}

    def left_over(self, parent: TaskKey) -> list[TaskKey]:
        """The sub-tasks of a task that are not over (one Query for each MB of them)."""
        left: list[TaskKey] = []
        start_after = None
        while True:
            page = self._store.query(
                self._table,
                parent.pk,
                sk_prefix=parent.sub_tasks_prefix,
                limit=SUB_TASK_PAGE,
                start_after=start_after,
            )
            left += [
                TaskKey(item["pk"], item["sk"])
                for item in page.items
                if item.get("status") in SUB_TASK_STATUSES
            ]
            start_after = page.last_key
            if start_after is None:
                return left

    # Both

    def _finish(
        self,
        key: TaskKey,
        status: TaskStatus,
        outcome: Mapping[str, Any],
        before: Collection[TaskStatus] = UNDER_WAY,
    ) -> Item | None:
        ended = {"finishedAt": now_iso(), **outcome}
        return self._move(self._moving(key, status, before, assign=ended, remove=(UNFINISHED,)))

    def _move(self, update: Update) -> Item | None:
        """Give a task its next status; None if it is past that."""
        try:
            return self._store.update(update)
        except ConditionFailed:
            return None

    def _moving(
        self,
        key: TaskKey,
        status: TaskStatus,
        before: Collection[TaskStatus],
        *,
        assign: Mapping[str, Any] | None = None,
        once: Mapping[str, Any] | None = None,
        remove: Sequence[str] = (),
        increase: Mapping[str, int] | None = None,
    ) -> Update:
        """The write that gives a task its next status."""
        return Update(
            self._table,
            key.pk,
            key.sk,
            assign={"status": status.value, **listed_as(key, status), **(assign or {})},
            assign_once=once or {},
            remove=remove,
            condition=_in(before),
            increase=increase or {},
        )

    def _placed(self, key: TaskKey, name: str, value: Any) -> dict[str, Any]:
        task = "/".join(key.sk.split(KEY_SEPARATOR)[1:])
        place = f"{BUCKET_PREFIX}/{task}-{name}"
        return self._values.place(name, value, place, inline_bytes=VALUE_BYTES)


def before_execution(item: Item) -> Collection[TaskStatus]:
    """Statuses in which no sub-task of a task can run, so that it may be cancelled at once."""
    return UNDER_WAY if item["kind"] == TaskKind.SINGLE else NOT_BEGUN


def _in(statuses: Collection[TaskStatus]) -> Condition:
    """The status is one of these; an item that is gone has none."""
    values = {status.value.lower(): status.value for status in sorted(statuses)}
    listed = ", ".join(f":{name}" for name in values)
    return Condition(f"#status IN ({listed})", values)


def _chunks(items: list[Item]) -> Iterator[list[Item]]:
    """Parts of a list that each fit into a transaction."""
    from cqrs.serialization import dynamodb_size  # noqa: PLC0415

    chunk: list[Item] = []
    size = 0
    for item in items:
        weight = dynamodb_size(item)
        if chunk and (len(chunk) == CHUNK_ITEMS or size + weight > CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(item)
        size += weight
    if chunk:
        yield chunk
