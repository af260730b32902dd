"""Keys of tasks and sub-tasks.

A single task lies under ``TASK#<tenant>``, a step-function task and its sub-tasks under
``SFN_TASK#<tenant>``; the sort key is ``<type>#<ULID>``, a sub-task's ``<type>#<ULID>#<number>``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from cqrs.core.keys import KEY_SEPARATOR
from cqrs.core.texts import checked_text
from cqrs.core.timed_keys import ULID
from cqrs.core.work_keys import NAME, TimedWorkKey, checked_name
from cqrs.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator

SINGLE = "TASK"
STEP_FUNCTION = "SFN_TASK"
"""The beginning of partition keys."""

NUMBER_DIGITS = 4
"""Digits of a sub-task's number, so that sort keys sort as numbers do."""

_ID = re.compile(
    rf"(?P<pk>(?:{SINGLE}|{STEP_FUNCTION}){KEY_SEPARATOR}.+)/"
    rf"(?P<type>{NAME.pattern}){KEY_SEPARATOR}(?P<ulid>{ULID.pattern})"
    rf"(?:{KEY_SEPARATOR}(?P<number>[0-9]{{{NUMBER_DIGITS}}}))?",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True, order=True)
class TaskKey(TimedWorkKey):
    """Key of a task or sub-task in the tasks table."""

    @classmethod
    def make(cls, prefix: str, tenant: str, task_type: str, ulid: str | None = None) -> Self:
        """Key of a new task."""
        return cls.of_new(prefix, tenant, task_type, ulid)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a key from its text.

        Raises
        ------
        ValidationError
            If it is not of the form ``<pk>/<sk>``, or not text that can be stored.
        """
        found = _ID.fullmatch(checked_text(text, "The id of a task"))
        if found is None:
            raise ValidationError(
                f"{text!r} is not the id of a task: one looks like "
                f"{STEP_FUNCTION}#acme/route_distances#01ARZ3NDEKTSV4RRFFQ69G5FAV."
            )
        pk = found["pk"]
        return cls(pk, text[len(pk) + 1 :])

    @property
    def task_type(self) -> str:
        """Type of the task."""
        return self.name

    @property
    def is_sub_task(self) -> bool:
        """Whether it belongs to a step-function task."""
        return self.sk.count(KEY_SEPARATOR) > 1

    @property
    def number(self) -> int | None:
        """Number of a sub-task; None of a task, and of a key that no service makes."""
        found = _ID.fullmatch(str(self))
        return int(found["number"]) if found and found["number"] else None

    @property
    def parent(self) -> TaskKey:
        """The task that a sub-task belongs to; of a task, the task itself."""
        task_type, ulid = self.sk.split(KEY_SEPARATOR)[:2]
        return TaskKey(self.pk, f"{task_type}{KEY_SEPARATOR}{ulid}")

    @property
    def sub_tasks_prefix(self) -> str:
        """The beginning of the sort keys of a task's sub-tasks."""
        return f"{self.sk}{KEY_SEPARATOR}"

    def sub_task(self, number: int) -> TaskKey:
        """A sub-task; the first is number 1."""
        return TaskKey(self.pk, f"{self.sub_tasks_prefix}{number:0{NUMBER_DIGITS}}")

    def sub_tasks(self, count: int) -> Iterator[TaskKey]:
        """The first sub-tasks."""
        return (self.sub_task(number) for number in range(1, count + 1))


def checked_task_type(task_type: Any) -> str:
    """Check the form of a task type (:func:`~cqrs.core.work_keys.checked_name`)."""
    return checked_name("task type", task_type)
