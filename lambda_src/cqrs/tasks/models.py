"""Shapes of the task workflow."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from cqrs.errors import ValidationError
from cqrs.storage.attempts import attempt_of
from cqrs.storage.origins import CREATED_BY
from cqrs.tasks.keys import TaskKey
from cqrs.tasks.limits import MAX_SUB_TASKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cqrs.core.attribute_values import Item
    from cqrs.core.damaged_items import DamagedItem

INPUT = "input"
RESULT = "result"
"""Attributes that may lie in the bucket."""

CANCELLED_CAUSE = "cancelledCause"
"""Who wants a task cancelled, and why."""


class TaskKind(StrEnum):
    """Attribute ``kind`` of an item in the tasks table; the stream's filter drops sub-tasks."""

    SINGLE = "SINGLE"
    STEP_FUNCTION = "STEP_FUNCTION"
    SUB_TASK = "SUB_TASK"


class TaskStatus(StrEnum):
    """Status of a task or sub-task."""

    CREATED = "CREATED"
    QUEUED = "QUEUED"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def is_final(self) -> bool:
        """Whether nothing comes after it."""
        return self in {TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CANCELLED}


@dataclass(frozen=True, slots=True)
class Task:
    """A piece of work, as its handler gets it.

    Attributes
    ----------
    key
        Key in the tasks table, which tells a repeat: a handler whose process dies runs again.
    input
        Any JSON value.
    """

    key: TaskKey
    input: Any

    @property
    def task_type(self) -> str:
        """The type that the handler was registered for."""
        return self.key.task_type

    @property
    def tenant(self) -> str:
        """Tenant code."""
        return self.key.tenant


@dataclass(frozen=True, slots=True)
class Counters:
    """How many sub-tasks a task has, and how many of them are where.

    Attributes
    ----------
    running
        Those that run now; None if it was not counted.
    """

    total: int
    succeeded: int
    failed: int
    running: int | None = None

    @property
    def ended(self) -> int:
        """Those that are over."""
        return self.succeeded + self.failed

    @classmethod
    def from_item(cls, item: Item, running: int | None = None) -> Counters:
        """Read the counters of a step-function task.

        Raises
        ------
        ValueError
            If one is missing or none that counts, or the total is not what a task may have.
        """
        counters = {name: item.get(name) for name in ("total", "succeeded", "failed")}
        whole = {
            name: counter
            for name, counter in counters.items()
            if type(counter) is int and counter >= 0
        }
        if len(whole) < len(counters) or not 0 < whole["total"] <= MAX_SUB_TASKS:
            raise ValueError(f"its counters are {counters!r:.80}")
        return cls(**whole, running=running)

    def to_mapping(self) -> dict[str, int]:
        """The counters that are known, by name."""
        known = {"total": self.total, "succeeded": self.succeeded, "failed": self.failed}
        return known if self.running is None else {**known, "running": self.running}


@dataclass(frozen=True, slots=True)
class TaskSnapshot:
    """A task or sub-task as it is now.

    Attributes
    ----------
    counters
        Of a step-function task; otherwise None.
    created_at, started_at, finished_at
        UTC, ISO 8601; None if it has not come to that.
    input
        The input that it was made with. A step-function task's own went over to its sub-tasks.
    result
        The return value of its handler.
    error, cause
        Name and message of what it failed with.
    attempt
        How often a task was run again.
    is_cancelled
        Whether somebody has cancelled it, whether it is over by now or not.
    created_by
        Who made it; None if nobody has verified that.
    """

    key: TaskKey
    kind: TaskKind
    status: TaskStatus
    created_at: str
    counters: Counters | None = None
    started_at: str | None = None
    finished_at: str | None = None
    input: Any = None
    result: Any = None
    error: str | None = None
    cause: str | None = None
    attempt: int = 0
    is_cancelled: bool = False
    created_by: str | None = None

    @classmethod
    def from_item(cls, item: Item, *, running: int | None = None, **values: Any) -> TaskSnapshot:
        """Read a task from its item, and from the values that were loaded for it.

        Raises
        ------
        ValidationError
            If the item is damaged: TaskService did not write it so.
        """
        key = TaskKey(item["pk"], item["sk"])
        try:
            TaskKey.from_mapping(item)
            _refuse_no_number(key)
            kind, status = TaskKind(item["kind"]), TaskStatus(item["status"])
            is_parent = kind is TaskKind.STEP_FUNCTION
            counters = Counters.from_item(item, running) if is_parent else None
            created_at = item["createdAt"]
            attempt = _whole(attempt_of(item))
        except ValidationError as error:
            raise damaged_task(key, str(error)) from None
        except (KeyError, TypeError, ValueError) as error:
            raise damaged_task(key, f"{type(error).__name__}: {error}") from None
        return cls(
            key=key,
            kind=kind,
            status=status,
            created_at=created_at,
            counters=counters,
            started_at=item.get("startedAt"),
            finished_at=item.get("finishedAt"),
            error=item.get("error"),
            cause=item.get("cause"),
            attempt=attempt,
            created_by=item.get(CREATED_BY),
            is_cancelled=status is TaskStatus.CANCELLED or CANCELLED_CAUSE in item,
            **values,
        )


@dataclass(frozen=True, slots=True)
class TaskPage:
    """Some tasks or sub-tasks.

    Inputs and results that lie in the bucket are left out; :meth:`TaskService.get` reads them.

    Attributes
    ----------
    tasks
        Tasks: the newest first. Sub-tasks: in the order of their numbers.
    cursor
        Give it to the next call to go on; None on the last page.
    damaged
        Tasks that cannot be read.
    cursors
        The cursor behind each of ``tasks``.
    """

    tasks: Sequence[TaskSnapshot]
    cursor: str | None
    damaged: Sequence[DamagedItem] = ()
    cursors: Sequence[str] = ()


def damaged_task(key: TaskKey, reason: str) -> ValidationError:
    """The error of a task that its services cannot have written."""
    return ValidationError(
        f"Task {key} is damaged ({reason}): it was not written so by TaskService. Mend its item in "
        "the tasks table, or delete it."
    )


def _refuse_no_number(key: TaskKey) -> None:
    if key.is_sub_task and key.number is None:
        raise ValueError("its sort key ends in no number")


def _whole(attempt: Any) -> int:
    if type(attempt) is not int:
        raise ValueError(f"its attempt is {attempt!r:.80}")
    return attempt
