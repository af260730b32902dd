"""Shapes of the task workflow."""

from __future__ import annotations

from enum import StrEnum


class TaskState(StrEnum):
    """States of the task-handler state machine."""

    MAP_STATE = "map_state"
    ITERATOR = "iterator"


class TaskKind(StrEnum):
    """Attribute ``kind`` of an item in the tasks table; the stream's filter drops sub-tasks."""

    SINGLE = "SINGLE"
    STEP_FUNCTION = "STEP_FUNCTION"
    SUB_TASK = "SUB_TASK"
