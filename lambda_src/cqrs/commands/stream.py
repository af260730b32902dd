"""The commands table's stream: every stored command starts one execution."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.errors import UnsupportedEventError
from cqrs.keys import CommandKey, execution_name

if TYPE_CHECKING:
    from cqrs.events import DynamoDBStreamEvent
    from cqrs.step_functions import StepFunctionsService


class CommandStream:
    """Starts the command-handler state machine for new commands.

    Parameters
    ----------
    step_functions
        Starts executions.
    state_machine_arn
        The command-handler state machine.
    """

    def __init__(self, step_functions: StepFunctionsService, state_machine_arn: str) -> None:
        self._step_functions = step_functions
        self._state_machine_arn = state_machine_arn

    def start(self, event: DynamoDBStreamEvent) -> None:
        """Start the execution of a command; a record delivered twice starts one.

        The execution gets the command's key and not the command, which may be larger than an
        execution's input.

        Raises
        ------
        UnsupportedEventError
            The record is not a command's.
        """
        image = event.new_image
        try:
            key, request_id = CommandKey.parse(image["pk"], image["sk"]), image["requestId"]
        except KeyError as error:
            raise UnsupportedEventError(
                f"A record of {event.table} lacks {error}; it was not written by CommandService."
            ) from None
        self._step_functions.start(
            self._state_machine_arn, command_execution_name(key, request_id), key.to_mapping()
        )


def command_execution_name(key: CommandKey, request_id: str) -> str:
    """Name of a command's execution.

    The request is a part of it, because a key may be published again once its command expired,
    and Step Functions keeps names for 90 days.
    """
    return execution_name(f"{key.base}-v{key.version}", key.pk, key.sk, request_id)
