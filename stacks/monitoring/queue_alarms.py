"""Alarms of queues: messages that wait too long, and whatever was set aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.resources import dead_letter_queue
from stacks.monitoring.alarm import Alarm
from stacks.monitoring.metrics import of_queue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stacks.environment.model import Environment

VISIBLE_MESSAGES = "ApproximateNumberOfMessagesVisible"
OLDEST_MESSAGE = "ApproximateAgeOfOldestMessage"


def queue_alarms(environment: Environment) -> Iterator[Alarm]:
    """One alarm for each queue, dead-letter queues included."""
    seconds = environment.monitoring.oldest_message_seconds
    for queue in environment.queue_names:
        yield Alarm(
            subject=queue,
            condition="late",
            metrics=(of_queue(environment, queue, OLDEST_MESSAGE),),
            threshold=seconds,
            meaning=f"A message of {queue} has waited more than {seconds} s, or fails each time.",
            remedy="Run `cqrs logs --level WARNING`; what keeps failing goes to the dead-letter "
            f"queue, and `cqrs dead-letters {queue}` says why.",
        )
    for source in environment.dead_letter_sources:
        name = dead_letter_queue(source)
        yield Alarm(
            subject=name,
            condition="not-empty",
            metrics=(of_queue(environment, name, VISIBLE_MESSAGES),),
            meaning=f"Something of {source} could not be handled and was set aside in {name}.",
            remedy=f"Run `cqrs dead-letters {source}` for the reason, mend it, then "
            f"`cqrs redrive {source}`, or give it up with `cqrs discard {source}`.",
        )
