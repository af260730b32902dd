"""Writes to the tasks table, one method for each step in a task's life.

Every write has a condition, so a step that is repeated, or comes late, changes nothing. A
sub-task's end and its parent's counters are one transaction: each sub-task counts once.

A task that failed may be run again, in another attempt. A worker names the attempt that it works
for, and a sub-task the execution that may run it. A write that comes late of an earlier attempt
finds another one there, and changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.aws.item_store import IS_NEW, TRANSACTION_ITEMS, Action, Check, Condition, Put, Update
from cqrs.core.cancellation import CANCELLED
from cqrs.core.clock import now_iso
from cqrs.core.failures import kept_cause, kept_failure
from cqrs.core.keys import KEY_SEPARATOR
from cqrs.core.observability import count
from cqrs.core.rounds import Rounds
from cqrs.errors import ConditionFailed
from cqrs.metrics import Metric
from cqrs.resources import TASKS_PREFIX, Table
from cqrs.storage.attempts import ATTEMPT, RESTARTED_AT, attempt_of, in_attempt
from cqrs.storage.large_values import INLINE_BYTES, KEY_SUFFIX
from cqrs.storage.new_items import put_new
from cqrs.storage.origins import CREATED_BY
from cqrs.storage.status_listing import listed_as
from cqrs.storage.unfinished_work import UNFINISHED, shard_of
from cqrs.tasks.indexes import RUNNING_OF, listing, running_of
from cqrs.tasks.keys import TaskKey
from cqrs.tasks.models import CANCELLED_CAUSE, INPUT, RESULT, Counters, TaskKind, TaskStatus

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from cqrs.aws.item_store import ItemStore
    from cqrs.core.attribute_values import Item
    from cqrs.settings import Settings
    from cqrs.storage.large_values import LargeValues
    from cqrs.storage.time_to_live import TimeToLive

VALUE_BYTES = INLINE_BYTES // 2
"""An item may hold both an input and a result."""

CHUNK_BYTES = 3 * 1024 * 1024
CHUNK_ITEMS = TRANSACTION_ITEMS - 1
"""Sub-tasks that are written at a time, beside their parent: a transaction takes 100 items and
4 MB (DynamoDB guide, "Quotas")."""

COUNTING_ATTEMPTS = 24
"""All sub-tasks of a task count on one item, so their transactions get in each other's way. Giving
up would run a handler again whose work is done."""

NOT_BEGUN = frozenset({TaskStatus.CREATED, TaskStatus.QUEUED})
UNDER_WAY = NOT_BEGUN | {TaskStatus.PROCESSING}

SUB_TASK_UNDER_WAY = frozenset({TaskStatus.CREATED, TaskStatus.PROCESSING})

SUB_TASK_STATUSES = [status.value for status in SUB_TASK_UNDER_WAY]
"""The same to look a damaged status up in, which may be a list or an object."""

NOT_SUCCEEDED = [*SUB_TASK_STATUSES, TaskStatus.FAILED.value]

SUB_TASK_PAGE = 500

BEGUN = "begun"
"""How often a handler was begun with a single task: a message may be received for nothing."""

RUN_BY = "runBy"
"""The execution that may run a sub-task; one that was never run again has none on the item."""

OF_AN_END = ("error", "cause", "startedAt", "finishedAt")
"""The attributes that a new attempt removes."""

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
        """A task's item; None if there is none."""
        return self._store.get(self._table, key.pk, key.sk)

    def load(self, item: Item, name: str) -> Any:
        """A task's input or result, wherever it lies."""
        return self._values.load(item, name)

    # Tasks

    def create(
        self,
        key: TaskKey,
        kind: TaskKind,
        value: Any,
        total: int | None = None,
        *,
        created_by: str = "",
    ) -> None:
        """Store a new task with its input, and the name of who made it, if that is verified."""
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
            **({CREATED_BY: created_by} if created_by else {}),
            **({} if expires_at is None else {"ttl": expires_at}),
        }
        # Only tries of one call make this key: one that is there was stored by an earlier try.
        put_new(self._store, self._table, item)

    def queue(self, key: TaskKey) -> None:
        """Note that a task waits for its turn, in whatever attempt."""
        self._move(self._moving(key, TaskStatus.QUEUED, _in({TaskStatus.CREATED})))

    def start(self, key: TaskKey, attempt: int) -> bool:
        """Note that a task is worked on again; False if the attempt is over.

        A transaction, though it is of one item: an UpdateItem whose answer got lost is repeated,
        and would count this beginning twice.
        """
        update = self._moving(
            key,
            TaskStatus.PROCESSING,
            _in(UNDER_WAY, attempt),
            once={"startedAt": now_iso()},
            increase={BEGUN: 1},
        )
        try:
            self._store.write_together([update])
        except ConditionFailed:
            return False
        return True

    def start_sub_tasks(self, key: TaskKey, attempt: int) -> Item | None:
        """Note that a task's sub-tasks are stored, which took over its input; None at its end."""
        update = self._moving(
            key,
            TaskStatus.PROCESSING,
            _in(UNDER_WAY, attempt),
            once={"startedAt": now_iso()},
            remove=(INPUT, INPUT + KEY_SUFFIX),
        )
        return self._move(update)

    def complete(self, key: TaskKey, attempt: int, result: Any) -> None:
        """Note what a single task came to."""
        outcome = self._placed(key, RESULT, result)
        self._finish(key, TaskStatus.COMPLETED, outcome, _in(UNDER_WAY, attempt))

    def fail(self, key: TaskKey, attempt: int, error: str, cause: str) -> None:
        """Note that a task failed, unless the attempt is over."""
        failure = kept_failure(error, cause)
        self._finish(key, TaskStatus.FAILED, failure, _in(UNDER_WAY, attempt))

    def close(
        self, key: TaskKey, attempt: int, counters: Counters, cancelled: str | None = None
    ) -> None:
        """Note that all sub-tasks of a task are over.

        Parameters
        ----------
        key, attempt, counters
            The task, the attempt that ends, and how its sub-tasks ended.
        cancelled
            Who cancelled it and why; without a sub-task that failed, it came too late.
        """
        if cancelled is not None and counters.failed:
            self.cancel(key, attempt, cancelled)
            return
        status = TaskStatus.FAILED if counters.failed else TaskStatus.COMPLETED
        ended = {"succeeded": counters.succeeded, "failed": counters.failed}
        self._finish(key, status, ended, _in(UNDER_WAY, attempt))

    def restart(self, key: TaskKey, attempt: int) -> bool:
        """Let a task that failed begin again, as a new one does; False if it is not so any more.

        Its stream record leads to the queue. Its sub-tasks follow, and its counters with them, when
        its turn has come (:meth:`restart_sub_tasks`).

        Parameters
        ----------
        key, attempt
            The task, and the attempt that failed.
        """
        update = self._moving(
            key,
            TaskStatus.CREATED,
            _in({TaskStatus.FAILED}, attempt),
            assign={
                ATTEMPT: attempt + 1,
                RESTARTED_AT: now_iso(),
                UNFINISHED: shard_of(key.pk, key.sk),
            },
            remove=(*OF_AN_END, BEGUN, LAST_SUB_TASK, CANCELLED_CAUSE),
        )
        return self._move(update) is not None

    def note_cancellation(self, key: TaskKey, cause: str) -> Item | None:
        """Note that a task is to be cancelled, and why; None if it is over or gone.

        The first cause stays.
        """
        try:
            return self._store.update(
                Update(
                    self._table,
                    key.pk,
                    key.sk,
                    assign_once={CANCELLED_CAUSE: kept_cause(cause)},
                    condition=_in(UNDER_WAY),
                )
            )
        except ConditionFailed:
            return None

    def cancel(
        self, key: TaskKey, attempt: int, cause: str, before: Collection[TaskStatus] = UNDER_WAY
    ) -> Item | None:
        """Note that a task ended because somebody wanted it to; None if it has another status."""
        failure = kept_failure(CANCELLED, cause)
        return self._finish(key, TaskStatus.CANCELLED, failure, _in(before, attempt))

    # Sub-tasks

    def create_sub_tasks(self, parent: Item, key: TaskKey, values: Sequence[Any]) -> bool:
        """Store a task's sub-tasks, each once however often this is called.

        None is stored once the task is over or to be cancelled: whoever ends it would not know.

        Returns
        -------
        bool
            False if it is; some of them may be stored.
        """
        items = [
            self._sub_task(parent, key.sub_task(number), value)
            for number, value in enumerate(values, start=1)
        ]
        may_begin = Check(self._table, key.pk, key.sk, _may_begin(attempt_of(parent)))
        return all(self._store_new(chunk, may_begin) for chunk in _chunks(items))

    def _store_new(self, items: list[Item], may_begin: Check) -> bool:
        """Store those of some sub-tasks that are not there; False if they may not begin."""
        while items:
            puts = [Put(self._table, item, IS_NEW) for item in items]
            try:
                self._store.write_together([*puts, may_begin])
            except ConditionFailed as refused:
                if len(puts) in refused.failed:
                    return False
                items = [item for place, item in enumerate(items) if place not in refused.failed]
            else:
                break
        return True

    def restart_sub_tasks(self, parent: TaskKey, attempt: int, execution: str, total: int) -> bool:
        """Let an execution run the sub-tasks that did not succeed, each once.

        Parameters
        ----------
        parent, attempt
            The task, and the attempt that it is at.
        execution
            Name of the execution that runs them in this attempt.
        total
            How many sub-tasks the task has.

        Returns
        -------
        bool
            False if the task may not begin them: it is over, or to be cancelled.

        Raises
        ------
        ValidationError
            If DynamoDB refuses them as they stand.
        """
        rounds = Rounds(f"Task {parent}, or a sub-task of it,")
        while True:
            waiting = [
                item
                for item in self._sub_tasks(parent, total)
                if item.get("status") in NOT_SUCCEEDED and item.get(RUN_BY) != execution
            ]
            rounds.meet(waiting)
            for start in range(0, len(waiting), CHUNK_ITEMS):
                chunk = waiting[start : start + CHUNK_ITEMS]
                failed = sum(item["status"] == TaskStatus.FAILED for item in chunk)
                actions: list[Action] = [self._restarting(item, execution) for item in chunk]
                uncounting = Update(
                    self._table,
                    parent.pk,
                    parent.sk,
                    increase={"failed": -failed},
                    condition=_may_begin(attempt),
                )
                try:
                    self._store.write_together([*actions, uncounting], attempts=COUNTING_ATTEMPTS)
                except ConditionFailed as refused:
                    if len(actions) in refused.failed:
                        return False
                    break  # another receiver of the same message does it too
            else:
                return True

    def _restarting(self, item: Item, execution: str) -> Update:
        """The write that lets an execution run a sub-task that is as it was read."""
        was = _run_by(item)
        return Update(
            self._table,
            item["pk"],
            item["sk"],
            {"status": TaskStatus.CREATED.value, RUN_BY: execution},
            remove=(*OF_AN_END, RUNNING_OF),
            condition=Condition("#status = :was", {"was": item["status"]}) & was,
        )

    def start_sub_task(self, key: TaskKey, execution: str) -> Item | None:
        """Note that a sub-task is worked on, and return it; None if it is over or gone.

        One UpdateItem, which is also the read of its input.

        Parameters
        ----------
        key, execution
            The sub-task, and the name of the execution that runs it.
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
                    condition=_in(SUB_TASK_UNDER_WAY) & _may_run(execution),
                )
            )
        except ConditionFailed:
            return None

    def complete_sub_task(self, key: TaskKey, execution: str, result: Any) -> bool:
        """Count a sub-task as succeeded; False if it was over before, or is run by another."""
        outcome = self._placed(key, RESULT, result)
        return self._end_one(key, execution, TaskStatus.COMPLETED, outcome)

    def fail_sub_task(self, key: TaskKey, execution: str, error: str, cause: str) -> bool:
        """Count a sub-task as failed; False if it was over before, or is run by another."""
        return self._end_one(key, execution, TaskStatus.FAILED, kept_failure(error, cause))

    def fail_sub_tasks(self, keys: Sequence[TaskKey], attempt: int, error: str, cause: str) -> bool:
        """Count sub-tasks of a task's attempt as failed, at most 99, whoever runs them.

        Returns
        -------
        bool
            False if one of them was over before, or the task is at another attempt.
        """
        under_way = _in(SUB_TASK_UNDER_WAY)
        failure = kept_failure(error, cause)
        its_parent = Condition("attribute_exists(#pk)") & in_attempt(attempt)
        return self._end_together(keys, under_way, its_parent, TaskStatus.FAILED, failure)

    def _end_one(
        self, key: TaskKey, execution: str, status: TaskStatus, outcome: Mapping[str, Any]
    ) -> bool:
        runs = _in(SUB_TASK_UNDER_WAY) & _may_run(execution)
        return self._end_together([key], runs, Condition("attribute_exists(#pk)"), status, outcome)

    def _end_together(
        self,
        keys: Sequence[TaskKey],
        under_way: Condition,
        its_parent: Condition,
        status: TaskStatus,
        outcome: Mapping[str, Any],
    ) -> bool:
        parent = keys[-1].parent
        ended = {"status": status.value, "finishedAt": now_iso(), **outcome}
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
                condition=its_parent,
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

    def left_over(self, parent: TaskKey, total: int) -> list[TaskKey]:
        """The sub-tasks of a task that are not over (one Query for each MB of them)."""
        return [
            TaskKey(item["pk"], item["sk"])
            for item in self._sub_tasks(parent, total)
            if item.get("status") in SUB_TASK_STATUSES
        ]

    def recount(self, parent: TaskKey, total: int) -> Counters:
        """Count the ends of a task's sub-tasks by their items (one Query for each MB of them)."""
        statuses = [item.get("status") for item in self._sub_tasks(parent, total)]
        succeeded, failed = (
            statuses.count(status.value) for status in (TaskStatus.COMPLETED, TaskStatus.FAILED)
        )
        return Counters(total, succeeded, failed)

    def _sub_tasks(self, parent: TaskKey, total: int) -> Iterator[Item]:
        """The sub-tasks of a task; not what something else has put among them, such as copies."""
        numbers = range(1, total + 1)
        start_after = None
        while True:
            page = self._store.query(
                self._table,
                parent.pk,
                sk_prefix=parent.sub_tasks_prefix,
                limit=SUB_TASK_PAGE,
                start_after=start_after,
            )
            for item in page.items:
                if TaskKey(item["pk"], item["sk"]).number in numbers:
                    yield item
            start_after = page.last_key
            if start_after is None:
                return

    # Both

    def _finish(
        self,
        key: TaskKey,
        status: TaskStatus,
        outcome: Mapping[str, Any],
        under_way: Condition,
    ) -> Item | None:
        ended = {"finishedAt": now_iso(), **outcome}
        return self._move(self._moving(key, status, under_way, assign=ended, remove=(UNFINISHED,)))

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
        before: Condition,
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
            condition=before,
            increase=increase or {},
        )

    def _placed(self, key: TaskKey, name: str, value: Any) -> dict[str, Any]:
        task = "/".join(key.sk.split(KEY_SEPARATOR)[1:])
        place = f"{TASKS_PREFIX}/{task}-{name}"
        return self._values.place(name, value, place, inline_bytes=VALUE_BYTES)


def before_execution(item: Item) -> Collection[TaskStatus]:
    """Statuses in which no sub-task of a task can run, so that it may be cancelled at once."""
    return UNDER_WAY if item["kind"] == TaskKind.SINGLE else NOT_BEGUN


def _in(statuses: Collection[TaskStatus], attempt: int | None = None) -> Condition:
    """The status is one of these, in an attempt or in any; an item that is gone has none."""
    values = {status.value.lower(): status.value for status in sorted(statuses)}
    listed = ", ".join(f":{name}" for name in values)
    condition = Condition(f"#status IN ({listed})", values)
    return condition if attempt is None else condition & in_attempt(attempt)


def _may_begin(attempt: int) -> Condition:
    """A task's sub-tasks may be made ready: it is under way, and nobody wants it to end."""
    not_cancelled = Condition(f"attribute_not_exists(#{CANCELLED_CAUSE})")
    return _in(UNDER_WAY, attempt) & not_cancelled


def _may_run(execution: str) -> Condition:
    """A sub-task is this execution's to run."""
    return Condition(
        f"(attribute_not_exists(#{RUN_BY}) OR #{RUN_BY} = :execution)", {"execution": execution}
    )


def _run_by(item: Item) -> Condition:
    """A sub-task is still the one's to run who may by an item of it that was read."""
    if RUN_BY not in item:
        return Condition(f"attribute_not_exists(#{RUN_BY})")
    return Condition(f"#{RUN_BY} = :execution", {"execution": item[RUN_BY]})


def _chunks(items: list[Item]) -> Iterator[list[Item]]:
    """Parts of a list that each fit into a transaction."""
    from cqrs.core.sizes import dynamodb_size  # noqa: PLC0415

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
