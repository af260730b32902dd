"""A subject's letters in the dead-letter queues, and their bodies."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from cqrs.core.json_text import from_json
from cqrs.dead_letters.contents import contents_of, remove_contents
from cqrs.dead_letters.queue import DeadLetterQueue, count_dead_letters, sources
from cqrs.dead_letters.stream import PLACE
from cqrs.erasure.found import Found
from cqrs.erasure.letters import owner_of
from cqrs.errors import CqrsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cqrs.dead_letters.queue import Letter
    from cqrs.erasure.letters import Key
    from cqrs.erasure.subjects import Subject
    from cqrs.services import Services


class LettersOfSubject:
    """Finds a subject's letters in all dead-letter queues.

    Parameters
    ----------
    services
        The environment's.
    """

    def __init__(self, services: Services) -> None:
        self._services = services

    def found(self, subject: Subject) -> Iterator[Found]:
        """The subject's letters, queue by queue; meanwhile others see none of the queue's."""
        for source in self._filled():
            owned = DeadLetterQueue(self._services, source).find(
                lambda letter, source=source: self._is_of(subject, source, letter)  # type: ignore[misc]
            )
            if owned:
                yield Found(len(owned), partial(self._remove, source, owned))

    def untold(self) -> dict[str, int]:
        """How many letters of each queue do not tell whose they are, though they hold content."""
        counted = {}
        for source in self._filled():
            letters = DeadLetterQueue(self._services, source).find(
                lambda letter, source=source: self._is_untold(source, letter)  # type: ignore[misc]
            )
            if letters:
                counted[str(source)] = len(letters)
        return counted

    def _filled(self) -> Iterator[str]:
        """Sources that have letters; a look at an empty queue takes seconds."""
        for source in sources(self._services.settings):
            if count_dead_letters(self._services, source):
                yield source

    def _is_of(self, subject: Subject, source: str, letter: Letter) -> bool:
        owner = self._owner(source, letter)
        return owner is not None and subject.owns(*owner)

    def _is_untold(self, source: str, letter: Letter) -> bool:
        return self._owner(source, letter) is None and not _is_place(letter)

    def _owner(self, source: str, letter: Letter) -> Key | None:
        if (owner := owner_of(letter.body)) is not None:
            return owner
        from botocore.exceptions import ClientError  # noqa: PLC0415

        try:
            return owner_of(contents_of(self._services, source, letter).body)
        except (CqrsError, ClientError):
            return None

    def _remove(self, source: str, letters: Sequence[Letter]) -> None:
        queue = DeadLetterQueue(self._services, source)
        try:
            for letter in queue.take_these([letter.id for letter in letters]):
                remove_contents(self._services, source, letter)
                queue.remove(letter)
        finally:
            queue.release()


def _is_place(letter: Letter) -> bool:
    """Whether a letter that Lambda wrote has but the place of records, which go within a day."""
    try:
        return PLACE in from_json(letter.body)
    except (ValueError, TypeError):
        return False
