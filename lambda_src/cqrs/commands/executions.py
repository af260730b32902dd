"""Executions of commands: one for each attempt to apply a command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.aws.step_functions import execution_arn
from cqrs.core.execution_names import execution_name
from cqrs.storage.attempts import ATTEMPT

if TYPE_CHECKING:
    from cqrs.aws.step_functions import StepFunctionsService
    from cqrs.core.keys import CommandKey

REQUEST_ID = "requestId"
"""Name in the input of an execution, as in items."""


class CommandExecutions:
    """Starts and finds executions of the command-handler state machine.

    Parameters
    ----------
    step_functions
        Starts and describes executions.
    state_machine_arn
        The command-handler state machine.
    """

    def __init__(self, step_functions: StepFunctionsService, state_machine_arn: str) -> None:
        self._step_functions = step_functions
        self._state_machine_arn = state_machine_arn

    def start(self, key: CommandKey, request_id: str, attempt: int = 0) -> bool:
        """Start an attempt to apply a command; a repeat starts nothing.

        The execution gets the command's key and not the command, which may be larger than an
        execution's input.

        Returns
        -------
        bool
            False if the attempt was started before.
        """
        return self._step_functions.start(
            self._state_machine_arn,
            command_execution_name(key, request_id, attempt),
            execution_input(key, request_id, attempt),
        )

    def status(self, key: CommandKey, request_id: str, attempt: int = 0) -> str | None:
        """Status of an attempt's execution, such as ``RUNNING``; None if there is none."""
        name = command_execution_name(key, request_id, attempt)
        return self._step_functions.status(execution_arn(self._state_machine_arn, name))


def execution_input(key: CommandKey, request_id: str, attempt: int = 0) -> dict[str, Any]:
    """Input of a command's execution.

    An execution may find that its own command changed the data item. That was in an earlier
    attempt, or in the states after ``check_version``, if a call of that outlives its state. It
    knows its own by the request id.
    """
    again = {ATTEMPT: attempt} if attempt else {}
    return {**key.to_mapping(), REQUEST_ID: request_id, **again}


def command_execution_name(key: CommandKey, request_id: str, attempt: int = 0) -> str:
    """Name of the execution of an attempt; the first one is 0.

    The request is a part of it, because a key may be published again once its command expired. Step
    Functions keeps names for 90 days.
    """
    if attempt == 0:
        return execution_name(f"{key.base}-v{key.version}", key.pk, key.sk, request_id)
    label = f"{key.base}-v{key.version}-r{attempt}"
    return execution_name(label, key.pk, key.sk, request_id, str(attempt))
