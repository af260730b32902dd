"""Dead letters: what a repeat cannot help, set aside with its reason.

A record or message that fails with a :class:`~cqrs.errors.PermanentError` would fail as often as it
is delivered, and hold up those behind it meanwhile. The function sends it to the source's
dead-letter queue itself. It does the same with a message that fails for any other reason when it is
delivered for the last time. Everything else that fails is delivered again, and Lambda or SQS put it
there in the end. If SQS does not take it whole, it goes into the bucket, see
:mod:`cqrs.events.large_letters`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.aws.clients import send
from cqrs.aws.messages import fits_message, message_attribute, message_body, sent_attributes
from cqrs.core.texts import message_of
from cqrs.errors import PermanentError
from cqrs.events.large_letters import BODY, SUMMARY, Summary, shown_keys
from cqrs.resources import dead_letter_queue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cqrs.aws.clients import Clients
    from cqrs.events.large_letters import WholeLetters
    from cqrs.settings import Settings

RECORD = "record"
"""Key of a stream's record in the letter's body; a queue's letter is the message's own body."""

MESSAGE = "message"
"""Key of a queue's message in what lies in the bucket."""

KEPT_PARTS = ("messageId", "body", "messageAttributes")
"""The parts of a message that do not belong to one of its deliveries."""

ERROR = "error"
REASON = "reason"
"""Message attributes with the error's name and its message."""

OWN_ATTRIBUTES = frozenset({ERROR, REASON, BODY})
"""Message attributes that say what a letter is; the others are those of the message."""

ERROR_LENGTH = 256
REASON_LENGTH = 1024


class DeadLetters:
    """Sends records and messages to dead-letter queues.

    Parameters
    ----------
    clients, settings
        Access to the queues.
    whole_letters
        Keeps what they do not take.
    """

    def __init__(self, clients: Clients, settings: Settings, whole_letters: WholeLetters) -> None:
        self._clients = clients
        self._settings = settings
        self._whole = whole_letters

    def set_aside_message(self, queue: str, message: Mapping[str, Any], error: Exception) -> None:
        """Set a queue's message aside with its attributes (one SendMessage).

        One that SQS does not take with the reason beside it takes a PutObject before that. If S3
        refuses this, nothing is lost: the message goes back to its queue, from which SQS sets it
        aside as it is.

        Parameters
        ----------
        queue
            Name of the queue.
        message
            The record that Lambda delivered.
        error
            The failure.

        Raises
        ------
        TransientError
            If SQS or S3 could not do it just now.
        """
        source, body = self._source(queue), message["body"]
        attributes = sent_attributes(message.get("messageAttributes") or {})
        letter = {**attributes, **_why(error)}
        is_whole = not attributes.keys() & OWN_ATTRIBUTES
        if is_whole and fits_message(body, letter):
            self._send(source, body, letter)
            return
        place = message["messageId"]
        document = message_body({MESSAGE: {name: message.get(name) for name in KEPT_PARTS}})
        key = self._whole.keep(source, place, document)
        size = len(body.encode(errors="replace"))
        summary = Summary(message["eventSourceARN"], place, {}, size, key)
        self._send_summary(source, summary, error)

    def set_aside_record(self, table: str, record: Mapping[str, Any], error: Exception) -> None:
        """Set a stream's record aside (one SendMessage).

        One that SQS does not take (256 KB, while an item has up to 400 KB) takes a PutObject before
        that. A record holds up all behind it, so one whose object S3 refuses for good leaves a
        letter that says where the record is found.

        Parameters
        ----------
        table
            Name of the table.
        record
            The record that Lambda delivered.
        error
            The failure.

        Raises
        ------
        TransientError
            If SQS or S3 could not do it just now.
        """
        source, body = self._source(table), message_body({RECORD: record})
        letter = _why(error)
        if fits_message(body, letter):
            self._send(source, body, letter)
            return
        place = str(record["dynamodb"]["SequenceNumber"])
        key, problem = self._kept(source, place, body)
        self._send_summary(
            source,
            Summary(
                record["eventSourceARN"],
                place,
                shown_keys(record),
                len(body.encode()),
                key,
                problem,
            ),
            error,
        )

    def _kept(self, source: str, place: str, document: str) -> tuple[str, str]:
        """Key of a stored document, or why S3 will never take it and what is left to do."""
        from botocore.exceptions import ClientError  # noqa: PLC0415 - few letters need it

        try:
            return self._whole.keep(source, place, document), ""
        except (ClientError, PermanentError) as refusal:
            return "", (
                f"the bucket did not take its body ({message_of(refusal)[:REASON_LENGTH]}). Its "
                f"item is in the table {source}, if it was not deleted since; the stream holds the "
                "record for a day at its sequence number. `cqrs doctor` tells what it left undone; "
                "then discard the letter"
            )

    def _send_summary(self, source: str, summary: Summary, error: Exception) -> None:
        marked = {**_why(error), BODY: message_attribute(SUMMARY)}
        self._send(source, summary.write(), marked)

    def _send(self, source: str, body: str, attributes: Mapping[str, Mapping[str, Any]]) -> None:
        send(
            self._clients.sqs,
            "send_message",
            QueueUrl=self._settings.queue_url(dead_letter_queue(source)),
            MessageBody=body,
            MessageAttributes=attributes,
        )

    def _source(self, name: str) -> str:
        return name.removeprefix(self._settings.resource_prefix)


def _why(error: Exception) -> dict[str, dict[str, Any]]:
    return {
        ERROR: message_attribute(type(error).__name__[:ERROR_LENGTH]),
        REASON: message_attribute(message_of(error)[:REASON_LENGTH] or "no message"),
    }
