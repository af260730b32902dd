"""Shapes of the task workflow."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cqrs.serialization import Item


class TaskState(StrEnum):
    """States of the task-handler state machine."""

    MAP_STATE = "map_state"
    ITERATOR = "iterator"


class TaskKind(StrEnum):
    """Attribute ``kind`` of an item in the tasks table; the stream's filter drops sub-tasks."""

    SINGLE = "SINGLE"
    STEP_FUNCTION = "STEP_FUNCTION"
    SUB_TASK = "SUB_TASK"


class TaskStatus(StrEnum):
    """Status of a task or sub-task."""

    CREATED = "CREATED"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Task:
    """A piece of work, as its handler gets it.

    Attributes
    ----------
    pk, sk
        Key in the tasks table.
    task_type
        What the handler was registered for.
    input
        Any JSON value.
    """

    pk: str
    sk: str
    task_type: str
    input: Any

    @classmethod
    def from_item(cls, item: Item) -> Task:
        """Read a task from its item."""
        return cls(item["pk"], item["sk"], item["type"], item.get("input"))
