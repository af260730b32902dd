"""Dead letters: what a repeat cannot help, set aside with its reason.

A record or message that fails with a :class:`~cqrs.errors.PermanentError` would fail as often as it
is delivered, and hold up those behind it meanwhile. The function sends it to the source's
dead-letter queue itself, and so a message that fails for any other reason when it is delivered for
the last time. Everything else that fails is delivered again, and Lambda or SQS put it there in the
end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cqrs.clients import send
from cqrs.messages import message_attribute, message_body
from cqrs.resources import dead_letter_queue
from cqrs.serialization import message_of

if TYPE_CHECKING:
    from cqrs.clients import Clients
    from cqrs.settings import Settings

RECORD = "record"
"""Key of a stream's record in the letter's body; a queue's letter is the message's own body."""

ERROR = "error"
REASON = "reason"
"""Message attributes with the error's name and its message."""

REASON_LENGTH = 1024


class DeadLetters:
    """Sends records and messages to dead-letter queues.

    Parameters
    ----------
    clients, settings
        Access to the queues.
    """

    def __init__(self, clients: Clients, settings: Settings) -> None:
        self._clients = clients
        self._settings = settings

    def bury_message(self, queue: str, message: Mapping[str, Any], error: Exception) -> None:
        """Set a queue's message aside (one SendMessage).

        Parameters
        ----------
        queue
            Name of the queue.
        message
            The record that Lambda delivered.
        error
            What it failed with.
        """
        self._send(queue.removeprefix(self._settings.resource_prefix), message["body"], error)

    def bury_record(self, table: str, record: Mapping[str, Any], error: Exception) -> None:
        """Set a stream's record aside (one SendMessage).

        Parameters
        ----------
        table
            Name of the table.
        record
            The record that Lambda delivered.
        error
            What it failed with.
        """
        body = message_body({RECORD: record})
        self._send(table.removeprefix(self._settings.resource_prefix), body, error)

    def _send(self, source: str, body: str, error: Exception) -> None:
        send(
            self._clients.sqs,
            "send_message",
            QueueUrl=self._url(source),
            MessageBody=body,
            MessageAttributes={
                ERROR: message_attribute(type(error).__name__),
                REASON: message_attribute(message_of(error)[:REASON_LENGTH] or "no message"),
            },
        )

    def _url(self, source: str) -> str:
        base = self._settings.notification_queue_url.rpartition("/")[0]
        return f"{base}/{self._settings.resource_prefix}{dead_letter_queue(source)}"
