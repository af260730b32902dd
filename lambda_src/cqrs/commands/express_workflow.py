"""The command workflow in the Express lane: the same states, none of which waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.commands.executions import REQUEST_ID
from cqrs.commands.workflow import CommandWorkflow, attempt_of_execution, command_key_of

if TYPE_CHECKING:
    from cqrs.commands.starter import CommandStarter
    from cqrs.commands.workflow import Collaborators
    from cqrs.events.types import StepFunctionsEvent


class ExpressCommandWorkflow(CommandWorkflow):
    """Applies one command to its item, if it is its turn.

    Any of its executions may run twice, late, or beside another one of the same command. The
    writes of :class:`~cqrs.commands.workflow.CommandWorkflow` are conditional, so the item keeps
    its order. A sync handler may be called with a version that it has seen, after a later one.
    """

    def __init__(self, collaborators: Collaborators, starter: CommandStarter) -> None:
        super().__init__(collaborators)
        self._starter = starter

    def wait_prev_command(self, event: StepFunctionsEvent) -> dict[str, Any]:
        """Leave the start to the predecessor's end, and let this execution end.

        If the predecessor has ended by now, the command is started at once.
        """
        key = command_key_of(event)
        request_id = event.context.execution.input[REQUEST_ID]
        self._starter.start(key, request_id, attempt_of_execution(event))
        return key.to_mapping()

    def _ender(self, event: StepFunctionsEvent) -> str:
        return event.context.execution.name
