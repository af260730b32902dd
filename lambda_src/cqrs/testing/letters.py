"""Dead letters as a test looks at them."""

from __future__ import annotations

from dataclasses import dataclass

from cqrs.events.dead_letters import ERROR, REASON
from cqrs.testing.aws.sqs import Message


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record or message that could not be handled.

    Attributes
    ----------
    source
        Base name of the queue or table that it comes from, or ``events``.
    body
        The record or message, as text.
    error, reason
        Why; empty if AWS has set it aside by itself.
    """

    source: str
    body: str
    error: str
    reason: str


def letter_of(source: str, message: Message) -> DeadLetter:
    """The letter that a message is."""
    told = message.attributes
    return DeadLetter(source, message.body, told.get(ERROR, ""), told.get(REASON, ""))
