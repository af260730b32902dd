"""A dead-letter queue as an operator works on it: looking at it, taking one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cqrs.aws.clients import send
from cqrs.errors import CqrsError
from cqrs.events.dead_letters import OWN_ATTRIBUTES
from cqrs.resources import (
    FAILED_EVENTS,
    OWN_STREAM,
    STREAMED_TABLES,
    OwnKind,
    Queue,
    dead_letter_queue,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cqrs.services import Services
    from cqrs.settings import Settings

PROJECT_SOURCES: tuple[str, ...] = (*Queue, *STREAMED_TABLES)
"""The sources with a dead-letter queue in every environment: queues, and tables with a stream."""

OWN_EVENTS = (OwnKind.TOPIC, OwnKind.BUCKET, OwnKind.SCHEDULE)
"""Kinds whose events Lambda sets aside together."""

SENT = "SentTimestamp"
MOVED_FROM = "DeadLetterQueueSourceArn"
"""Attributes that SQS sets; a message has the second if SQS moved it by itself (SQS API,
"ReceiveMessage")."""

LETTERS_AT_ONCE = 10
HIDDEN_SECONDS = 60
"""How long a letter stays hidden from others while it is given back."""

LONG_POLL_SECONDS = 1
"""Makes SQS ask all of its servers, so that no answer leaves out letters (SQS guide, "Short and
long polling")."""

LOOKS_IN_VAIN = 3
"""SQS picks letters at random: looks that bring nothing new before looking otherwise."""


def sources(settings: Settings) -> tuple[str, ...]:
    """All that has a dead-letter queue in an environment, by base name."""
    own = (*settings.own(OwnKind.QUEUE), *settings.own(OWN_STREAM))
    events = (FAILED_EVENTS,) if any(settings.own(kind) for kind in OWN_EVENTS) else ()
    return (*PROJECT_SOURCES, *own, *events)


def is_queue(settings: Settings, source: str) -> bool:
    """Whether a source is a queue, whose letters are its messages."""
    return source in (*Queue, *settings.own(OwnKind.QUEUE))


@dataclass(frozen=True, slots=True)
class Letter:
    """A message of a dead-letter queue.

    Attributes
    ----------
    id, body
        The message.
    sent_at
        When it came into the queue; UTC, ISO 8601. Empty if SQS does not say.
    sent_attributes
        The message attributes of its sender, as SQS has them.
    told
        Those that the function gave it when it set it aside. There are none if SQS moved the
        message by itself, whatever its sender calls the attributes.
    receipt
        The receipt to remove it with.
    """

    id: str
    body: str
    sent_at: str
    sent_attributes: Mapping[str, Any]
    told: Mapping[str, Any]
    receipt: str

    def text(self, name: str) -> str:
        """An attribute that the function gave it; empty if there is none."""
        return str(self.told.get(name, {}).get("StringValue", ""))


def always(_taken: int) -> bool:
    """Take as many letters as there are."""
    return True


class DeadLetterQueue:
    """The dead-letter queue of a source.

    Parameters
    ----------
    services
        The environment's.
    source
        Base name of the queue or table, or what stands for all other events.
    goes_on
        Whether another letter may be taken, by the number of those that were; by default always.

    Attributes
    ----------
    is_cut
        Whether it was kept from taking a letter.
    """

    def __init__(
        self, services: Services, source: str, goes_on: Callable[[int], bool] = always
    ) -> None:
        self.is_cut = False
        self._goes_on = goes_on
        self._sqs = services.clients.sqs
        self._url = services.settings.queue_url(dead_letter_queue(source))
        self._taken: dict[str, Letter] = {}

    def look(self, count: int) -> list[Letter]:
        """Read up to a number of letters, the oldest first.

        Nothing is hidden from anybody, unless SQS shows the same letters again and again; then all
        are for a moment.
        """
        found: dict[str, Letter] = {}
        in_vain = 0
        while len(found) < count and in_vain < LOOKS_IN_VAIN:
            letters = self._receive(LETTERS_AT_ONCE, hidden_seconds=0)
            in_vain = 0 if any(letter.id not in found for letter in letters) else in_vain + 1
            found |= {letter.id: letter for letter in letters}
        if len(found) < count:
            found |= {letter.id: letter for letter in self.find(lambda _: True)}
        return sorted(found.values(), key=lambda letter: letter.sent_at)

    def take(self, count: int) -> Iterator[Letter]:
        """Take up to a number of letters, each once and hidden from others meanwhile."""
        seen: set[str] = set()
        for _ in range(count):
            if not self._may_go_on(len(seen)):
                return
            letters = self._receive(1, hidden_seconds=HIDDEN_SECONDS)
            if not letters:
                return
            letter = letters[0]
            self._taken[letter.id] = letter
            if letter.id not in seen:
                seen.add(letter.id)
                yield letter

    def find(self, wanted: Callable[[Letter], bool]) -> list[Letter]:
        """Every letter that is wanted, the oldest first; others see them all again at once."""
        try:
            found = [letter for letter in self._pass_through() if wanted(letter)]
        finally:
            self.release()
        return sorted(found, key=lambda letter: letter.sent_at)

    def take_these(self, ids: Iterable[str]) -> Iterator[Letter]:
        """Take the letters with these ids, hidden from others meanwhile, in any order."""
        left = set(ids)
        for letter in self._pass_through():
            if letter.id in left:
                left.remove(letter.id)
                yield letter
            if not left:
                return

    def _pass_through(self) -> Iterator[Letter]:
        """Take all letters, each once: SQS picks them at random, so one has to look at each."""
        seen: set[str] = set()
        while self._may_go_on(len(seen)):
            letters = self._receive(LETTERS_AT_ONCE, hidden_seconds=HIDDEN_SECONDS)
            new = [letter for letter in letters if letter.id not in seen]
            self._taken |= {letter.id: letter for letter in letters}
            seen |= {letter.id for letter in new}
            if not new:
                return
            yield from new

    def _may_go_on(self, taken: int) -> bool:
        self.is_cut = not self._goes_on(taken)
        return not self.is_cut

    def remove(self, letter: Letter) -> None:
        """Remove a letter that was taken."""
        send(self._sqs, "delete_message", QueueUrl=self._url, ReceiptHandle=letter.receipt)
        self._taken.pop(letter.id, None)

    def release(self) -> None:
        """Let others see what was taken and not removed; without this it takes a minute."""
        from botocore.exceptions import ClientError  # noqa: PLC0415

        for letter in self._taken.values():
            with suppress(CqrsError, ClientError):
                send(
                    self._sqs,
                    "change_message_visibility",
                    QueueUrl=self._url,
                    ReceiptHandle=letter.receipt,
                    VisibilityTimeout=0,
                )
        self._taken.clear()

    def _receive(self, most: int, *, hidden_seconds: int) -> list[Letter]:
        answer = send(
            self._sqs,
            "receive_message",
            QueueUrl=self._url,
            MaxNumberOfMessages=most,
            VisibilityTimeout=hidden_seconds,
            WaitTimeSeconds=LONG_POLL_SECONDS,
            MessageAttributeNames=["All"],
            AttributeNames=[SENT, MOVED_FROM],
        )
        return [_letter(message) for message in answer.get("Messages", [])]


def _letter(message: Mapping[str, Any]) -> Letter:
    system = message.get("Attributes", {})
    attributes = message.get("MessageAttributes", {})
    told = set() if MOVED_FROM in system else OWN_ATTRIBUTES & attributes.keys()
    return Letter(
        message["MessageId"],
        message["Body"],
        _time(system.get(SENT)),
        {name: value for name, value in attributes.items() if name not in told},
        {name: attributes[name] for name in told},
        message["ReceiptHandle"],
    )


def _time(milliseconds: str | None) -> str:
    try:
        moment = datetime.fromtimestamp(int(milliseconds or "") / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return ""
    return moment.isoformat(timespec="seconds")


def count_dead_letters(services: Services, source: str) -> int:
    """Letters of a source, those included that somebody is looking at."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = send(
        services.clients.sqs,
        "get_queue_attributes",
        QueueUrl=services.settings.queue_url(dead_letter_queue(source)),
        AttributeNames=names,
    )
    return sum(int(answer["Attributes"][name]) for name in names)
