"""Giving dead letters back: a queue's messages, or the records of a table's stream.

A letter is removed once it was taken again, and not before. So a process that dies on the way loses
none, and what it has given back already may be given back a second time.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cqrs.aws.clients import send
from cqrs.core.texts import message_of
from cqrs.dead_letters.contents import contents_of, remove_contents
from cqrs.dead_letters.queue import count_dead_letters, is_queue
from cqrs.dead_letters.stream import (
    UnreadableLetter,
    event_of,
    records_of,
    replay,
    replay_event,
)
from cqrs.errors import CqrsError
from cqrs.resources import FAILED_EVENTS

if TYPE_CHECKING:
    from cqrs.dead_letters.contents import Contents
    from cqrs.dead_letters.delivery import Deliver
    from cqrs.dead_letters.queue import DeadLetterQueue, Letter
    from cqrs.services import Services

GIVEN_BACK = "given back"
NO_WORK = "needs no work, removed"


@dataclass(frozen=True, slots=True)
class Redriven:
    """The outcome of one dead letter.

    Attributes
    ----------
    message_id
        The message.
    result
        The result, or why it stays in the dead-letter queue.
    stays
        Whether it does.
    """

    message_id: str
    result: str
    stays: bool = False


@dataclass(slots=True)
class Redrive:
    """The outcome of all of a source's letters.

    Attributes
    ----------
    results
        Those that were tried.
    stopped
        Why the others were not; empty if nothing stopped it.
    left
        How many there are besides.
    """

    results: list[Redriven] = field(default_factory=list)
    stopped: str = ""
    left: int = 0


class Redriving:
    """Gives letters of a source back.

    Parameters
    ----------
    services
        The environment's.
    source
        Base name of the queue or table, or what stands for all other events.
    deliver
        Hands events to the function.
    """

    def __init__(self, services: Services, source: str, deliver: Deliver) -> None:
        self._services = services
        self._source = source
        self._deliver = deliver

    def all(self, letters: DeadLetterQueue) -> Redrive:
        """Give back each letter that lies there now.

        A letter that comes back is a new one, and trying that again at once would go on for ever.
        """
        count, done = count_dead_letters(self._services, self._source), Redrive()
        try:
            for letter in letters.take(count):
                done.results.append(self.give_back(letters, letter))
        except CqrsError as error:
            if not done.results:
                raise
            done.stopped = str(error)
        finally:
            letters.release()
        done.left = count - len(done.results)
        return done

    def give_back(self, letters: DeadLetterQueue, letter: Letter) -> Redriven:
        """Give one letter back that was taken, and remove it if it was handled."""
        try:
            result = self._handle(letter)
            if result.stays:
                return result
            letters.remove(letter)
        except UnreadableLetter as error:
            return Redriven(letter.id, f"unreadable, left there: {error}", stays=True)
        except Exception as error:  # noqa: BLE001 - whatever a letter holds, those behind it go on
            reason = f"left there: {type(error).__name__}: {message_of(error)}"
            return Redriven(letter.id, reason, stays=True)
        left = remove_contents(self._services, self._source, letter)
        return replace(result, result=f"{result.result}; {left}") if left else result

    def _handle(self, letter: Letter) -> Redriven:
        contents = contents_of(self._services, self._source, letter)
        if is_queue(self._services.settings, self._source):
            self._send_to_queue(contents)
            return Redriven(letter.id, GIVEN_BACK)
        if self._source == FAILED_EVENTS:
            problem = replay_event(self._deliver, event_of(contents.body))
            return Redriven(
                letter.id, f"left there: {problem}" if problem else GIVEN_BACK, bool(problem)
            )
        records = records_of(self._services, self._source, contents.body)
        problems = replay(self._deliver, records)
        if problems:
            return Redriven(letter.id, f"left there: {'; '.join(problems)}", stays=True)
        return Redriven(letter.id, GIVEN_BACK if records else NO_WORK)

    def _send_to_queue(self, contents: Contents) -> None:
        # SQS can move messages by itself (StartMessageMoveTask), but not on every emulator.
        send(
            self._services.clients.sqs,
            "send_message",
            QueueUrl=self._services.settings.queue_url(self._source),
            MessageBody=contents.body,
            MessageAttributes=contents.attributes,
        )
