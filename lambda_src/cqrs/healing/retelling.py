"""Telling the function again what it was told once, and has lost.

It takes a repeat for what it is, so this is safe even if the first one is still on its way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from cqrs.events.types import DynamoDBStreamEvent, ExecutionStatusEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cqrs.core.attribute_values import Item
    from cqrs.resources import Table
    from cqrs.settings import Settings

NEW, CHANGED = "INSERT", "MODIFY"


class Retelling(Protocol):
    """Tells the function again."""

    def record(self, table: Table, item: Item, change: str) -> bool:
        """Hand an item over as its table's stream does, and return True.

        Parameters
        ----------
        change
            :data:`NEW` or :data:`CHANGED`.
        """

    def end(self, machine: str, name: str, status: str, given: Any) -> bool:
        """Report an execution's early end as EventBridge does, and return True.

        Parameters
        ----------
        machine, name
            ARN of its state machine, and its own name.
        status, given
            How it ended, and what it was started with.
        """


class Handler(Protocol):
    """A service that handles events."""

    def handle(self, event: Any, /) -> None:
        """Handle one event."""


class Within:
    """Tells the services of the same invocation.

    Parameters
    ----------
    settings
        Names the tables.
    streams
        Find what handles a record, by the table.
    ends
        Find what handles an execution's end, by the ARN of its state machine.
    """

    def __init__(
        self,
        settings: Settings,
        streams: Mapping[Table, Callable[[], Handler]],
        ends: Mapping[str, Callable[[], Handler]],
    ) -> None:
        self._settings = settings
        self._streams = streams
        self._ends = ends

    def record(self, table: Table, item: Item, change: str) -> bool:
        """Hand an item over, and return True."""
        keys = {name: item[name] for name in ("pk", "sk")}
        event = DynamoDBStreamEvent(self._settings.table(table), change, keys, item)
        self._streams[table]().handle(event)
        return True

    def end(self, machine: str, name: str, status: str, given: Any) -> bool:
        """Report an execution's early end, and return True."""
        self._ends[machine]().handle(ExecutionStatusEvent(machine, name, status, given))
        return True
