"""Giving dead letters up: each is kept with who, when and why, and deleted after that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cqrs.dead_letters.contents import remove_contents
from cqrs.dead_letters.discarded_letters import DiscardedLetters
from cqrs.dead_letters.queue import DeadLetterQueue, always
from cqrs.errors import CqrsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cqrs.dead_letters.discarded_letters import Decision
    from cqrs.dead_letters.queue import Letter
    from cqrs.services import Services

DISCARDED = "discarded"
GONE = "not there any more, or somebody is looking at it"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one dead letter.

    Attributes
    ----------
    message_id
        The message.
    result
        The result, or why it stays.
    record
        The address of its record, if one was written.
    is_discarded
        Whether the letter is deleted.
    """

    message_id: str
    result: str
    record: str = ""
    is_discarded: bool = False


def discard(
    services: Services,
    source: str,
    ids: Iterable[str],
    decision: Decision,
    goes_on: Callable[[int], bool] = always,
) -> Iterator[Outcome]:
    """Give letters up by their ids, in any order.

    Parameters
    ----------
    services
        The environment's.
    source
        Base name of the queue or table, or what stands for all other events.
    ids
        Whole message ids.
    decision
        Who gives them up, and why.
    goes_on
        As for the queue.
    """
    queue = DeadLetterQueue(services, source, goes_on)
    left = set(ids)
    try:
        for letter in queue.take_these(tuple(left)):
            left.remove(letter.id)
            yield _give_up(services, source, queue, letter, decision)
    finally:
        queue.release()
    for each in sorted(left):
        yield Outcome(each, GONE)


def _give_up(
    services: Services, source: str, queue: DeadLetterQueue, letter: Letter, decision: Decision
) -> Outcome:
    from botocore.exceptions import ClientError  # noqa: PLC0415

    record = ""
    try:
        record = DiscardedLetters(services).record(source, letter, decision)
        queue.remove(letter)
    except (CqrsError, ClientError) as error:
        return Outcome(letter.id, f"left there: {type(error).__name__}: {error}", record)
    hindered = remove_contents(services, source, letter)
    result = f"{DISCARDED}; {hindered}" if hindered else DISCARDED
    return Outcome(letter.id, result, record, is_discarded=True)
