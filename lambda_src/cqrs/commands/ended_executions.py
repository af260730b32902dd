"""Executions that ended without a word: they timed out, were stopped, or could not even fail.

A state machine cannot catch its own end, so the command would stay under way and those behind it
would wait for it. EventBridge reports the end (Step Functions guide, "Automating Step Functions
event delivery with EventBridge").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.commands.executions import REQUEST_ID, command_execution_name
from cqrs.core.keys import CommandKey
from cqrs.errors import UnsupportedEventError
from cqrs.execution_events import ERRORS
from cqrs.storage.attempts import ATTEMPT

if TYPE_CHECKING:
    from cqrs.commands.ordering import Ordering
    from cqrs.events.types import ExecutionStatusEvent


class EndedCommandExecutions:
    """Fails the commands whose executions ended before they were applied.

    Parameters
    ----------
    ordering
        Marks commands and tells their successors.
    """

    def __init__(self, ordering: Ordering) -> None:
        self._ordering = ordering

    def handle(self, event: ExecutionStatusEvent) -> None:
        """Fail the command of an ended execution, unless it has ended itself.

        Raises
        ------
        UnsupportedEventError
            If the execution was not started for a command.
        """
        if event.status not in ERRORS:
            return
        key, request_id, attempt = _command_of(event)
        if event.name != command_execution_name(key, request_id, attempt):
            return  # somebody started it by hand; the command has its own
        self._ordering.abandon(
            key,
            attempt,
            ERRORS[event.status],
            f"Execution {event.name} ended as {event.status} before it was applied. Look at the "
            "execution's history, mend the cause and retry the command.",
        )


def _command_of(event: ExecutionStatusEvent) -> tuple[CommandKey, str, int]:
    started_with: Any = event.input
    try:
        key = CommandKey.parse(started_with["pk"], started_with["sk"])
        return key, str(started_with[REQUEST_ID]), int(started_with.get(ATTEMPT, 0))
    except (KeyError, TypeError, ValueError):
        raise UnsupportedEventError(
            f"Execution {event.name} was not started for a command: its input has no pk, sk and "
            f"{REQUEST_ID}."
        ) from None
