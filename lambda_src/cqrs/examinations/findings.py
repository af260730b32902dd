"""Faults of an environment, page by page, as far as there is time to look.

A page goes on where the one before stopped, through the indexes of what is not over, one kind of
work after the other. So nothing is looked at twice, and an environment of any size is looked at in
the end.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cqrs.core.clock import CLOCK_DIFFERENCE, iso
from cqrs.dead_letters.queue import count_dead_letters, sources
from cqrs.errors import NotFoundError, PermanentError
from cqrs.examinations.failed_chains import chain_fault
from cqrs.healing.entries import Place
from cqrs.storage.paging import (
    LONGEST_PARTITION_KEY,
    cursor_of,
    may_be_key,
    place_of,
    refuse_foreign_cursor,
)
from cqrs.storage.unfinished_work import SHARDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from cqrs.commands.models import Command
    from cqrs.core.attribute_values import Item
    from cqrs.core.keys import ItemKey
    from cqrs.healing.faults import Fault
    from cqrs.healing.kinds import Kind, Kinds
    from cqrs.services import Services

COMMANDS, TASKS, IMPORTS, APPROVALS = "commands", "tasks", "imports", "approvals"
DEAD_LETTERS = "dead-letters"

EXAMINATIONS = (COMMANDS, TASKS, IMPORTS, APPROVALS, DEAD_LETTERS)
"""All of them, in their order."""


@dataclass(frozen=True, slots=True)
class Found:
    """A fault that was found.

    Attributes
    ----------
    examination
        Name of the examination.
    fault
        The fault; None of dead letters.
    source, count
        The source of the dead letters, and how many there are.
    """

    examination: str
    fault: Fault | None = None
    source: str = ""
    count: int = 0

    @property
    def id(self) -> str:
        """A word by which it is found again."""
        if self.fault is None:
            return _word([self.examination, self.source, ""])
        entry = self.fault.entry
        return _word([self.examination, entry["pk"], entry["sk"]])


@dataclass(slots=True)
class FindingPage:
    """A page.

    Attributes
    ----------
    found
        The faults.
    examined
        Names of the examinations that have come to their end.
    broken_off
        Why others could not, by their names.
    cursor
        Place to go on from; None if all that could be looked at was.
    """

    found: list[Found] = field(default_factory=list)
    examined: list[str] = field(default_factory=list)
    broken_off: dict[str, str] = field(default_factory=dict)
    cursor: str | None = None


class Examiner:
    """Looks for what is wrong.

    Parameters
    ----------
    services
        The environment's.
    work
        Makes the kinds of work that can stand still; it is given what takes failed commands.
    goes_on
        Whether there is time to look at another thing.
    """

    def __init__(
        self,
        services: Services,
        work: Callable[[Callable[[Command], None]], Kinds],
        goes_on: Callable[[], bool],
    ) -> None:
        self._services = services
        self._failed: list[Command] = []
        self._work = work(self._failed.append)
        self._goes_on = goes_on

    def page(self, limit: int, cursor: str | None) -> FindingPage:
        """Look from a place on, until a number of faults was found or the time is over.

        Raises
        ------
        ValidationError
            If the cursor is none.
        """
        begin, place = self._start(cursor)
        page = FindingPage()
        for number in range(begin, len(EXAMINATIONS)):
            name = EXAMINATIONS[number]
            behind = self._examined(page, name, place, limit)
            if behind is not None:
                page.cursor = cursor_of([number, behind.shard, behind.after])
                return page
            place = Place()
        return page

    def again(self, finding: str) -> list[Found]:
        """Look again at what a finding was about; what is wrong with it now.

        Raises
        ------
        NotFoundError
            If it is not the id of a finding.
        """
        name, pk, sk = _parts(finding)
        if name == DEAD_LETTERS:
            return [found for found in self._dead_letters() if found.source == pk]
        kind = self._kind(name)
        item = self._services.store.get(kind.table, pk, sk)
        if item is None:
            return []
        return [*self._of_entry(name, kind, item), *self._chains()]

    def _examined(self, page: FindingPage, name: str, start: Place, limit: int) -> Place | None:
        """Look at one kind; the place to go on from, or None if it has come to its end."""
        from botocore.exceptions import ClientError  # noqa: PLC0415

        place = start
        try:
            if name == DEAD_LETTERS:
                page.found += self._dead_letters()
            else:
                kind = self._kind(name)
                for entry, behind in kind.entries.behind(start):
                    if len(page.found) + len(self._failed) >= limit or not self._goes_on():
                        page.found += self._chains()
                        return place
                    place = behind
                    if not self._is_young(name, kind, entry):
                        page.found += self._of_entry(name, kind, entry)
                page.found += self._chains()
        except (PermanentError, ClientError) as error:
            page.broken_off[name] = f"{type(error).__name__}: {error}"
        else:
            page.examined.append(name)
        return None

    def _of_entry(self, name: str, kind: Kind, entry: Item) -> Iterator[Found]:
        for fault in kind.faults(entry):
            yield Found(name, fault)

    def _chains(self) -> list[Found]:
        """The failed commands that were met, by item."""
        chains: dict[ItemKey, list[Command]] = {}
        for command in self._failed:
            chains.setdefault(command.key.item, []).append(command)
        self._failed.clear()
        return [Found(COMMANDS, chain_fault(self._services, chain)) for chain in chains.values()]

    def _dead_letters(self) -> list[Found]:
        counts = {
            source: count_dead_letters(self._services, source)
            for source in sources(self._services.settings)
        }
        return [
            Found(DEAD_LETTERS, source=source, count=count)
            for source, count in counts.items()
            if count
        ]

    def _start(self, cursor: str | None) -> tuple[int, Place]:
        if cursor is None:
            return 0, Place()
        refuse_foreign_cursor(cursor, self._is_place, "the findings")
        number, shard, after = place_of(cursor)
        return number, Place(shard, after)

    def _is_place(self, cursor: str) -> bool:
        try:
            number, shard, after = place_of(cursor)
        except (ValueError, TypeError):
            return False
        is_whole = type(number) is int and type(shard) is int
        if not (is_whole and 0 <= number < len(EXAMINATIONS) - 1 and 0 <= shard < SHARDS):
            return False
        if after is not None and not isinstance(after, dict):
            return False
        return self._kind(EXAMINATIONS[number]).entries.has(Place(shard, after))

    def _kind(self, name: str) -> Kind:
        work = self._work
        kinds = {
            COMMANDS: work.commands,
            TASKS: work.tasks,
            IMPORTS: work.imports,
            APPROVALS: work.approvals,
        }
        return kinds[name]

    def _is_young(self, name: str, kind: Kind, entry: Item) -> bool:
        """Whether what an entry is of has still time, as far as the entry tells."""
        patience = self._work.patience
        since: dict[str, datetime] = {TASKS: patience.message, IMPORTS: patience.delayed_message}
        made = entry.get(kind.entries.sort_key)
        ahead = iso(patience.now + CLOCK_DIFFERENCE)
        return name in since and isinstance(made, str) and iso(since[name]) <= made <= ahead


def _word(parts: list[str]) -> str:
    """A cursor that needs no escapes within a path."""
    return cursor_of(parts).rstrip("=")


def _parts(finding: str) -> tuple[str, str, str]:
    parts: Any = None
    try:
        parts = place_of(finding + "=" * (-len(finding) % 4))
        name, pk, sk = parts
    except (ValueError, TypeError):
        parts = name = pk = sk = None
    is_source = name == DEAD_LETTERS and isinstance(pk, str) and pk and sk == ""
    is_key = name in EXAMINATIONS and may_be_key(pk, LONGEST_PARTITION_KEY) and may_be_key(sk)
    if not (is_source or is_key):
        raise NotFoundError(
            f"{finding!r:.80} is not the id of a finding: give back the id of one of the list."
        )
    return name, pk, sk
