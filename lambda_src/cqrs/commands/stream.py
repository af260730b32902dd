"""The commands table's stream: every stored command starts one execution."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.commands.executions import REQUEST_ID
from cqrs.errors import UnsupportedEventError
from cqrs.keys import CommandKey

if TYPE_CHECKING:
    from cqrs.commands.executions import CommandExecutions
    from cqrs.events import DynamoDBStreamEvent


class CommandStream:
    """Starts the command-handler state machine for new commands.

    Parameters
    ----------
    executions
        Starts executions.
    """

    def __init__(self, executions: CommandExecutions) -> None:
        self._executions = executions

    def start(self, event: DynamoDBStreamEvent) -> None:
        """Start the execution of a command; a record delivered twice starts one.

        Raises
        ------
        UnsupportedEventError
            The record is not a command's.
        """
        image = event.new_image
        try:
            key, request_id = CommandKey.parse(image["pk"], image["sk"]), image[REQUEST_ID]
        except KeyError as error:
            raise UnsupportedEventError(
                f"A record of {event.table} lacks {error}; it was not written by CommandService."
            ) from None
        self._executions.start(key, request_id)
