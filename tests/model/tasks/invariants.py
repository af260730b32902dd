"""The promises about tasks: rules for each write, and for the end of every run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from cqrs.aws.item_store import Address
from cqrs.core.cancellation import CANCELLED
from cqrs.storage.attempts import attempt_of
from cqrs.storage.large_values import KEY_SUFFIX
from cqrs.tasks.keys import TaskKey
from cqrs.tasks.models import RESULT, TaskKind, TaskStatus
from cqrs.testing.asl.state_machine import Ended
from cqrs.testing.text import Text, thaw, view
from tests.model.tape import HandlerError
from tests.model.tasks.program import MOST_RECEIVES, TASKS, execution_of
from tests.model.violation import Violation

if TYPE_CHECKING:
    from tests.model.tasks.scenarios import Job
    from tests.model.tasks.world import Process, World

EXACT = "the counts are exact"
FINAL = "an end is final"
COUNTED = "the result is that of the run that was counted"
WHY_FAILED = "FAILED only with a reason"
WHY_COMPLETED = "COMPLETED only if all succeeded"
ENDS = "everything ends"
CANCELLING = "a cancelled task begins nothing more"
RETRYING = "what failed is run again once for each retry"
ATTEMPTS = "an end is of the attempt that it ends"

LEAST_TRIES = 4
"""Calls of the function that a sub-task has before its execution gives it up."""

ENDED_EARLY = frozenset({"ExecutionTimedOut", "ExecutionAborted", "ExecutionFailed"})


class Write(NamedTuple):
    """A write of an item: where, what was there and what is there now."""

    address: Address
    before: Text | None
    after: Text


class _Change(NamedTuple):
    """A write, and who made it."""

    world: World
    actor: str
    process: Process
    key: TaskKey
    old: Any
    new: Any

    @property
    def status(self) -> str | None:
        """The status that it gives, if that is another one."""
        was = None if self.old is None else self.old["status"]
        return None if was == self.new["status"] else str(self.new["status"])


def check_writes(world: World, actor: str, process: Process, writes: Sequence[Write]) -> None:
    """Check what a request has written.

    Raises
    ------
    Violation
        If it must not have been written.
    """
    for (_, pk, sk), before, after in writes:
        old = None if before is None else view(before)
        change = _Change(world, actor, process, TaskKey(pk, sk), old, view(after))
        _end_is_final_or_run_again(change)
        _is_begun_rightly(change)
        _ends_rightly(change)
    for parent in {TaskKey(write.address[1], write.address[2]).parent for write in writes}:
        _counts_are_exact(world, parent)


def check_object(world: World, key: str, before: Text | None, after: Text) -> None:
    """Check an object that is written.

    Raises
    ------
    Violation
        If an item has it as a result or input, and it was another.
    """
    if before in {None, after}:
        return
    for (_, _, sk), text in world.tables.items():
        if key in view(text).values():
            raise Violation(FINAL, f"the object of {sk} changes from {before} to {after}")


def _end_is_final_or_run_again(change: _Change) -> None:
    old, new = change.old, change.new
    if old is None or not TaskStatus(old["status"]).is_final or old == new:
        return
    details = f"{change.key.sk} is {old['status']} and changes to {new}"
    if (old["status"], new["status"]) != (TaskStatus.FAILED, TaskStatus.CREATED):
        raise Violation(FINAL, details)
    is_right = _sub_task_runs_again if change.key.is_sub_task else _task_runs_again
    if not is_right(change):
        raise Violation(RETRYING, f"{details}, by {change.actor}")
    change.world.monitor.forgets(change.key.sk)


def _task_runs_again(change: _Change) -> bool:
    """Whether somebody retries a task, for the first time, and its counts stay."""
    old, new = change.old, change.new
    return (
        change.actor.startswith("retrier ")
        and change.world.monitor.restarts(change.actor)
        and attempt_of(new) == attempt_of(old) + 1
        and all(new.get(name) == old.get(name) for name in ("total", "succeeded", "failed"))
    )


def _sub_task_runs_again(change: _Change) -> bool:
    """Whether a sub-task follows its task into an attempt that has not begun."""
    parent = change.world.item(change.key.parent)
    execution = execution_of(change.key.parent, attempt_of(parent))
    return (
        change.new["runBy"] == execution != change.old.get("runBy")
        and parent["status"] in {TaskStatus.CREATED, TaskStatus.QUEUED}
        and attempt_of(parent) > 0
    )


def _is_begun_rightly(change: _Change) -> None:
    world, key, new = change.world, change.key, change.new
    if new["status"] != TaskStatus.PROCESSING:
        return
    if new["kind"] == TaskKind.SINGLE and "cancelledCause" not in _added(change):
        world.monitor.begins(key.sk, change.actor)
    execution = _execution_in(change)
    if key.is_sub_task and execution != new.get("runBy", execution_of(key.parent, 0)):
        raise Violation(ATTEMPTS, f"{change.actor} begins {key.sk}, which is {change.old}")
    parent = world.item(key.parent)
    if key.is_sub_task and parent["status"] == TaskStatus.CANCELLED:
        raise Violation(CANCELLING, f"{key.sk} begins")


def _added(change: _Change) -> set[str]:
    return set(change.new) - set(change.old or {})


def _ends_rightly(change: _Change) -> None:
    _ends_its_attempt(change)
    match change.status, change.new["kind"]:
        case (TaskStatus.COMPLETED, TaskKind.STEP_FUNCTION):
            _all_succeeded(change)
        case (TaskStatus.COMPLETED, _):
            _result_is_of_this_run(change)
        case (TaskStatus.FAILED, TaskKind.STEP_FUNCTION):
            _one_failed_and_all_are_counted(change)
        case (TaskStatus.FAILED, TaskKind.SINGLE):
            _single_may_fail(change)
        case (TaskStatus.FAILED, TaskKind.SUB_TASK):
            _sub_task_may_fail(change)
        case (TaskStatus.CANCELLED, _):
            _is_cancelled_rightly(change)


def _ends_its_attempt(change: _Change) -> None:
    """Check that whoever ends something works for the attempt that it is at."""
    if change.status is None or not TaskStatus(change.status).is_final:
        return
    world, key = change.world, change.key
    execution = _execution_in(change)
    if key.is_sub_task and execution is not None:
        is_its = execution == change.new.get("runBy", execution_of(key.parent, 0))
    elif change.new["kind"] == TaskKind.SINGLE and _is_the_handlers_word(change):
        is_its = change.actor in world.monitor.begun.get(key.sk, ())
    else:
        return
    if not is_its:
        raise Violation(ATTEMPTS, f"{change.actor} ends {key.sk}, which is {change.old}")


def _execution_in(change: _Change) -> str | None:
    """Name of the execution whose state has invoked who makes a change."""
    event = view(change.process.event)
    return str(event["context"]["Execution"]["Name"]) if "context" in event else None


def _is_the_handlers_word(change: _Change) -> bool:
    has_succeeded = change.status == TaskStatus.COMPLETED
    return has_succeeded or change.new.get("error") == HandlerError.__name__


def _all_succeeded(change: _Change) -> None:
    new = change.new
    if (new["succeeded"], new["failed"]) != (new["total"], 0):
        raise Violation(WHY_COMPLETED, f"{change.key.sk} has {_counters(new)}")


def _one_failed_and_all_are_counted(change: _Change) -> None:
    new = change.new
    if not new["failed"] or new["succeeded"] + new["failed"] != new["total"]:
        details = f"{change.key.sk} has {_counters(new)}, {new.get('error')}: {new.get('cause')}"
        raise Violation(WHY_FAILED, details)


def _result_is_of_this_run(change: _Change) -> None:
    world, item = change.world, change.new
    placed = item.get(RESULT + KEY_SUFFIX)
    if placed is not None and placed not in world.objects:
        raise Violation(COUNTED, f"{change.key.sk} has no object {placed}")
    result = item.get(RESULT) if placed is None else thaw(world.objects[placed])
    returned = [thaw(text)[1] for text in change.process.results]
    if not isinstance(result, dict) or result not in returned:
        raise Violation(COUNTED, f"{change.key.sk} has {result}, and its run returned another")


def _single_may_fail(change: _Change) -> None:
    sk, error = change.key.sk, change.new["error"]
    begun = len(change.world.monitor.begun.get(sk, ()))
    if error == "TooManyTries":
        if begun < MOST_RECEIVES - 1:
            raise Violation(WHY_FAILED, f"{sk} was begun {begun} times of {MOST_RECEIVES - 1}")
    elif error != HandlerError.__name__ or sk not in change.world.monitor.refused:
        raise Violation(WHY_FAILED, f"{sk} fails with {error}: {change.new['cause']}")


def _sub_task_may_fail(change: _Change) -> None:
    world, sk, error = change.world, change.key.sk, change.new["error"]
    details = f"{sk} fails with {error}: {change.new['cause']}"
    if error == HandlerError.__name__:
        may_fail = sk in world.monitor.refused
    elif error == CANCELLED:
        may_fail = "cancelledCause" in world.item(change.key.parent)
    elif error in ENDED_EARLY:
        owner, parent = change.process.owner, change.key.parent
        its_own = execution_of(parent, attempt_of(world.item(parent)))
        may_fail = getattr(owner, "execution", its_own) == its_own
        may_fail = may_fail and bool(getattr(owner, "saw_end", False))
        details += ", but its execution runs"
    else:
        execution = _execution_in(change)
        tries = 0 if execution is None else world.monitor.tried[execution, sk]
        may_fail = tries >= LEAST_TRIES
        details += f", after {tries} tries"
    if not may_fail:
        raise Violation(WHY_FAILED, details)


def _is_cancelled_rightly(change: _Change) -> None:
    old, new = change.old, change.new
    if "cancelledCause" not in old:
        raise Violation(CANCELLING, f"{change.key.sk} is CANCELLED, and nobody asked for it")
    has_begun = new["kind"] == TaskKind.STEP_FUNCTION and old["status"] == TaskStatus.PROCESSING
    if has_begun and new["succeeded"] + new["failed"] != new["total"]:
        raise Violation(EXACT, f"{change.key.sk} is CANCELLED with {_counters(new)}")


def _counts_are_exact(world: World, parent: TaskKey) -> None:
    item = world.item(parent)
    if item is None or item["kind"] != TaskKind.STEP_FUNCTION:
        return
    statuses = _statuses(world, parent)
    counted = (item["succeeded"], item["failed"])
    seen = (statuses[TaskStatus.COMPLETED], statuses[TaskStatus.FAILED])
    if counted != seen or max(sum(counted), statuses.total()) > item["total"]:
        raise Violation(EXACT, f"{parent.sk} has {_counters(item)}, and there are {dict(statuses)}")


def _statuses(world: World, parent: TaskKey) -> Counter[str]:
    return Counter(
        view(text)["status"]
        for (table, pk, sk), text in world.tables.items()
        if table == TASKS and pk == parent.pk and sk.startswith(parent.sub_tasks_prefix)
    )


def _counters(item: Any) -> str:
    return f"{item['succeeded']} + {item['failed']} of {item['total']}"


def check_end(world: World) -> None:
    """Check a world in which nothing happens any more.

    Raises
    ------
    Violation
        If one of the rules does not hold.
    """
    for execution in world.executions.values():
        if not isinstance(execution.at, Ended):
            raise Violation(ENDS, f"{execution.name} has not ended")
    if not world.queue.is_empty or any(world.records.values()):
        raise Violation(ENDS, "a message or a record was not worked off")
    for key, job in world.tasks():
        item = world.item(key)
        if not TaskStatus(item["status"]).is_final:
            raise Violation(ENDS, f"{key.sk} is {item['status']}")
        if "cancelledCause" in item and not job.is_cancelled:
            raise Violation(CANCELLING, f"nobody has cancelled {key.sk}")
        for work in key.sub_tasks(job.sub_tasks) if job.sub_tasks else (key,):
            _has_ended(world, work, item, job)
        _counts_are_exact(world, key)


def _has_ended(world: World, key: TaskKey, task: Any, job: Job) -> None:
    """Check a single task, or a sub-task."""
    item = world.item(key)
    if item is None:
        # A task that is cancelled before it begins has those only that were stored by then.
        if task["status"] != TaskStatus.CANCELLED or "startedAt" in task:
            raise Violation(ENDS, f"{key.sk} is not there")
        return
    if not TaskStatus(item["status"]).is_final:
        raise Violation(ENDS, f"{key.sk} is {item['status']}")
    if item["status"] == TaskStatus.COMPLETED and not world.monitor.runs.get(key.sk):
        raise Violation(COUNTED, f"{key.sk} is COMPLETED, and its handler never ran")
    if not world.monitor.faults and "cancelledCause" not in task:
        _ends_as_its_handler(world, key, item)
        if attempt_of(task) and job.is_mended and not job.failing:
            _succeeds_again(key, item)


def _ends_as_its_handler(world: World, key: TaskKey, item: Any) -> None:
    """Check an end that nothing but the handler has brought about."""
    refused = key.sk in world.monitor.refused
    if refused and item["status"] != TaskStatus.FAILED:
        raise Violation(WHY_COMPLETED, f"{key.sk} was refused, and is {item['status']}")


def _succeeds_again(key: TaskKey, item: Any) -> None:
    """Check an end of what was run again when its cause was mended."""
    if item["status"] != TaskStatus.COMPLETED:
        raise Violation(RETRYING, f"{key.sk} was run again, and is {item['status']}")
