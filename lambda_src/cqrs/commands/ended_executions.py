"""Executions that ended without a word: they timed out, were stopped, or could not even fail.

A state machine cannot catch its own end, so the command would stay under way and those behind it
would wait for it. A command whose execution had too little time gets another one; any other is
failed. EventBridge reports the end (Step Functions guide, "Automating Step Functions
event delivery with EventBridge").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.commands.executions import REQUEST_ID, command_execution_name
from cqrs.core.keys import CommandKey
from cqrs.core.observability import count
from cqrs.errors import UnsupportedEventError, ValidationError
from cqrs.execution_events import ERRORS, TIMED_OUT
from cqrs.metrics import Metric
from cqrs.storage.attempts import ATTEMPT

if TYPE_CHECKING:
    from collections.abc import Callable

    from cqrs.commands.ordering import Ordering
    from cqrs.commands.repair import RepairService
    from cqrs.events.types import ExecutionStatusEvent


class EndedCommandExecutions:
    """Sees to the commands whose executions ended before they were applied.

    Parameters
    ----------
    ordering
        Marks commands and tells their successors.
    repair
        Lets another attempt follow.
    """

    def __init__(self, ordering: Ordering, repair: Callable[[], RepairService]) -> None:
        self._ordering = ordering
        self._repair = repair

    def handle(self, event: ExecutionStatusEvent) -> None:
        """Begin the command of an ended execution again, or fail it, unless it has ended itself.

        Time mends what a lack of time has done, so an execution that timed out is followed by
        another one, however often. Each is counted, and takes as long as an execution may.

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
        if event.status == TIMED_OUT and self._begin_again(key, attempt):
            count(Metric.EXECUTIONS_TIMED_OUT)
            return
        self._ordering.abandon(
            key,
            attempt,
            ERRORS[event.status],
            f"Execution {event.name} ended as {event.status} before it was applied. Look at the "
            "execution's history, mend the cause and retry the command.",
        )

    def _begin_again(self, key: CommandKey, attempt: int) -> bool:
        try:
            return self._repair().begin_again(key, attempt)
        except ValidationError:
            return False  # a damaged command is failed, so that nobody waits for it


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
