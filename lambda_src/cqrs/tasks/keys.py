"""Keys of tasks and sub-tasks.

A single task lies under ``TASK#<tenant>``, a step-function task and its sub-tasks under
``SFN_TASK#<tenant>``; the sort key is ``<type>#<ULID>``, a sub-task's ``<type>#<ULID>#<number>``. A
ULID sorts by the time of its making (ULID specification).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cqrs.errors import ValidationError
from cqrs.keys import KEY_SEPARATOR, tenant_code

if TYPE_CHECKING:
    from collections.abc import Iterator

SINGLE = "TASK"
STEP_FUNCTION = "SFN_TASK"
"""What partition keys begin with."""

TASK_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
NUMBER_DIGITS = 4
"""Digits of a sub-task's number, so that sort keys sort as numbers do."""

_ID = re.compile(
    rf"(?P<pk>(?:{SINGLE}|{STEP_FUNCTION}){KEY_SEPARATOR}.+)/"
    rf"(?P<type>{TASK_TYPE.pattern}){KEY_SEPARATOR}(?P<ulid>[0-9A-HJKMNP-TV-Z]{{26}})"
    rf"(?:{KEY_SEPARATOR}(?P<number>[0-9]{{{NUMBER_DIGITS}}}))?",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True, order=True)
class TaskKey:
    """Key of a task or sub-task in the tasks table.

    As text it is ``<pk>/<sk>``, which is what people give a command line.
    """

    pk: str
    sk: str

    def __str__(self) -> str:
        return f"{self.pk}/{self.sk}"

    @classmethod
    def make(cls, prefix: str, tenant: str, task_type: str) -> TaskKey:
        """Key of a new task."""
        from ulid import ULID  # noqa: PLC0415 - only where a task is made

        pk = f"{prefix}{KEY_SEPARATOR}{tenant}"
        return cls(pk, f"{task_type}{KEY_SEPARATOR}{ULID()}")

    @classmethod
    def parse(cls, text: str) -> TaskKey:
        """Read a key from its text.

        Raises
        ------
        ValidationError
            It is not of the form ``<pk>/<sk>``.
        """
        found = _ID.fullmatch(text)
        if found is None:
            raise ValidationError(
                f"{text!r} is not the id of a task: one looks like "
                f"{STEP_FUNCTION}#acme/route_distances#01ARZ3NDEKTSV4RRFFQ69G5FAV."
            )
        pk = found["pk"]
        return cls(pk, text[len(pk) + 1 :])

    @classmethod
    def from_mapping(cls, mapping: Any) -> TaskKey:
        """Read a key from ``{"pk", "sk"}``, as messages and executions carry it.

        Raises
        ------
        ValidationError
            It is no key of a task.
        """
        pk, sk = (mapping.get("pk"), mapping.get("sk")) if isinstance(mapping, dict) else ("", "")
        return cls.parse(f"{pk}/{sk}")

    @property
    def tenant(self) -> str:
        """Tenant code."""
        return tenant_code(self.pk)

    @property
    def task_type(self) -> str:
        """Type of the task."""
        return self.sk.partition(KEY_SEPARATOR)[0]

    @property
    def ulid(self) -> str:
        """Identity and time of the task; a sub-task has its parent's."""
        return self.sk.split(KEY_SEPARATOR)[1]

    @property
    def is_sub_task(self) -> bool:
        """Whether it belongs to a step-function task."""
        return self.sk.count(KEY_SEPARATOR) > 1

    @property
    def parent(self) -> TaskKey:
        """The task that a sub-task belongs to; of a task, the task itself."""
        task_type, ulid = self.sk.split(KEY_SEPARATOR)[:2]
        return TaskKey(self.pk, f"{task_type}{KEY_SEPARATOR}{ulid}")

    @property
    def sub_tasks_prefix(self) -> str:
        """What the sort keys of a task's sub-tasks begin with."""
        return f"{self.sk}{KEY_SEPARATOR}"

    def sub_task(self, number: int) -> TaskKey:
        """A sub-task; the first is number 1."""
        return TaskKey(self.pk, f"{self.sub_tasks_prefix}{number:0{NUMBER_DIGITS}}")

    def sub_tasks(self, count: int) -> Iterator[TaskKey]:
        """The first sub-tasks."""
        return (self.sub_task(number) for number in range(1, count + 1))

    def to_mapping(self) -> dict[str, str]:
        """``{"pk", "sk"}``, as messages and executions carry it."""
        return {"pk": self.pk, "sk": self.sk}


def checked_task_type(task_type: Any) -> str:
    """Check the form of a task type.

    Raises
    ------
    ValidationError
        It is not 1 to 64 letters, digits, dots, dashes and underscores.
    """
    if not isinstance(task_type, str) or not TASK_TYPE.fullmatch(task_type):
        raise ValidationError(
            f"The task type {str(task_type)[:80]!r} must be 1 to 64 letters, digits, dots, dashes "
            "and underscores, and begin with a letter or digit."
        )
    return task_type
