"""Which records of the tables' streams call for work.

The event source mappings are deployed with these filters, so that a record that needs no work costs
no invocation. Code that reads a stream in their place applies the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cqrs.commands.models import CommandStatus, SyncMode
from cqrs.imports.models import ImportKind
from cqrs.resources import Table
from cqrs.tasks.models import TaskKind

if TYPE_CHECKING:
    from collections.abc import Mapping

NEW = ("INSERT",)
NEW_AND_CHANGED = ("INSERT", "MODIFY")


@dataclass(frozen=True, slots=True)
class StreamFilter:
    """The common marks of records that call for work.

    Attributes
    ----------
    events
        Names of their events.
    attribute, values
        An attribute of the new image, and the texts that it may be.
    """

    events: tuple[str, ...]
    attribute: str
    values: tuple[str, ...]

    @property
    def pattern(self) -> dict[str, Any]:
        """The same as an event pattern (Lambda guide, "Event filtering")."""
        return {
            "eventName": list(self.events),
            "dynamodb": {"NewImage": {self.attribute: {"S": list(self.values)}}},
        }

    def passes(self, record: Mapping[str, Any]) -> bool:
        """Whether a record, as the stream has it, calls for work."""
        value = record.get("dynamodb", {}).get("NewImage", {}).get(self.attribute, {})
        return record.get("eventName") in self.events and value.get("S") in self.values


def stream_filters(*, command_notifications: bool = False) -> dict[str, tuple[StreamFilter, ...]]:
    """The filters of each streamed table; a record that passes one of them calls for work.

    Beyond the guide, which takes new items only, changes of tasks, import jobs and, where that is
    asked for, commands are told from the streams.

    Parameters
    ----------
    command_notifications
        Whether the end of every command is told.
    """
    return {
        Table.COMMANDS: (NEW_COMMAND, ENDED_COMMAND) if command_notifications else (NEW_COMMAND,),
        Table.TASKS: (
            StreamFilter(NEW_AND_CHANGED, "kind", (TaskKind.SINGLE, TaskKind.STEP_FUNCTION)),
        ),
        Table.IMPORT_TMP: (StreamFilter(NEW_AND_CHANGED, "kind", (ImportKind.JOB,)),),
    }


NEW_COMMAND = StreamFilter(NEW, "syncMode", (SyncMode.ASYNC,))

ENDED_COMMAND = StreamFilter(
    NEW_AND_CHANGED, "status", (CommandStatus.FINISHED, CommandStatus.FAILED)
)
"""A command that is published synchronously may be stored as finished."""
