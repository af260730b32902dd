"""Erasing, store by store, until a pass through all of them finds nothing.

Each removal may be repeated, and each page is looked for again. So an erasure that is killed
anywhere goes on when it is called again.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Protocol

from cqrs.core.clock import now_iso
from cqrs.deployment.stores import Kind
from cqrs.erasure.mentions import mentions_of
from cqrs.erasure.records import Erasure, ErasureRecords, ErasureStatus
from cqrs.erasure.running_work import running_work
from cqrs.erasure.stores import finders
from cqrs.erasure.subjects import ItemSubject
from cqrs.errors import PermanentError
from cqrs.resources import EXPORTS_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cqrs.erasure.subjects import Subject
    from cqrs.services import Services

MOST_PASSES = 5
"""A pass that finds something is followed by another one. If that finds something each time,
somebody goes on working for the subject."""

NAMED_WORK = 5
"""Pieces of running work that an error names."""


ELSEWHERE = "read models in SQL and elsewhere"
"""Name of the places that only the application reaches, beside those of the stores."""

OF_ALL_ITEMS = f"{Kind.FOLDER} {EXPORTS_PREFIX}"
"""Name of the store that each item of a tenant leads to, whether it exists or not."""


class OtherPlaces(Protocol):
    """Places of read models that only the application reaches."""

    def count(self) -> int:
        """How many entries they have of the subject."""

    def forget(self) -> int:
        """Remove these; how many there were."""


class NothingKnown(PermanentError):
    """Nothing is kept of what is to be erased."""


class WorkUnderWay(PermanentError):
    """Work is under way that would write again what is erased.

    Attributes
    ----------
    work
        The first pieces of it.
    """

    def __init__(self, subject: Subject, work: Sequence[str]) -> None:
        named = "; ".join(work[:NAMED_WORK])
        more = ", and more" if len(work) > NAMED_WORK else ""
        super().__init__(
            f"Work of {subject} is under way, which would write again what is erased: {named}"
            f"{more}. Wait for its end (--wait), or end it by `cqrs task cancel`, `cqrs import "
            "cancel`, `cqrs approvals` or `cqrs read-model cancel`; `cqrs doctor` tells what is "
            "stuck."
        )
        self.work = tuple(work)


class StillWritten(PermanentError):
    """Somebody goes on writing what is erased."""


class Eraser:
    """Erases a subject.

    Parameters
    ----------
    services
        The environment's.
    subject
        Whose data is erased.
    places
        Places of read models that only the application reaches. They forget the subject once in
        each pass, before anything else is removed. By default there are none.
    """

    def __init__(
        self, services: Services, subject: Subject, places: OtherPlaces | None = None
    ) -> None:
        self._services = services
        self._subject = subject
        self._places = places
        self._records = ErasureRecords(services.objects)

    def counts(self) -> dict[str, int]:
        """How many entries each store has of the subject; nothing is changed."""
        elsewhere = {} if self._places is None else {ELSEWHERE: self._places.count()}
        return elsewhere | {
            name: sum(found.count for found in finder.found(self._subject))
            for name, finder in finders(self._services, self._subject)
        }

    def refuse_unknown(self, counts: Mapping[str, int] | None = None) -> None:
        """Refuse a subject of which nothing is kept, as its key may be mistyped.

        An erasure that was not finished may be gone on with. Exports of an item's tenant say
        nothing of the item.

        Parameters
        ----------
        counts
            As :meth:`counts` gives them, if the stores were gone through already. Otherwise they
            are until something is found.

        Raises
        ------
        NothingKnown
            If nothing is.
        """
        erasures = list(self._records.of(self._subject))
        if any(not one.is_done for one in erasures):
            return
        entries = self._first_entries() if counts is None else counts.items()
        is_item = isinstance(self._subject, ItemSubject)
        if any(count for name, count in entries if not (is_item and name == OF_ALL_ITEMS)):
            return
        before = f" It was erased at {erasures[-1].finished_at}." if erasures else ""
        anyway = (
            " Exports of its tenant may hold it nevertheless: --anyway erases these."
            if is_item
            else ""
        )
        raise NothingKnown(
            f"Nothing is kept of {self._subject}, so nothing is erased: see whether that is its "
            f"key, to the letter.{before}{anyway}"
        )

    def _first_entries(self) -> Iterator[tuple[str, int]]:
        """Some entries of each store, those first that are found soonest."""
        if isinstance(self._subject, ItemSubject):
            key, table = self._subject.key, self._services.settings.data_table
            yield table, int(self._services.store.get(table, key.pk, key.sk) is not None)
        if self._places is not None:
            yield ELSEWHERE, self._places.count()
        for name, finder in finders(self._services, self._subject):
            for found in finder.found(self._subject):
                yield name, found.count

    def mentions(self) -> list[str]:
        """Work that names an item in words of its own, and that its erasure leaves."""
        if not isinstance(self._subject, ItemSubject):
            return []
        return list(mentions_of(self._services, self._subject))

    def work_under_way(self) -> list[str]:
        """The first pieces of work that keep it from being erased."""
        return list(islice(running_work(self._services, self._subject), NAMED_WORK + 1))

    def begin(self, by: str, reason: str) -> Erasure:
        """Write down that the subject is to be erased, or go on with what was written down."""
        under_way = self._records.under_way(self._subject)
        if under_way is not None:
            return under_way
        erasure = Erasure.of_new(self._subject, by, reason)
        self._records.keep(self._subject, erasure)
        return erasure

    def run(self, erasure: Erasure) -> Iterator[tuple[str, int]]:
        """Erase, and keep how far it is; each store with what was removed from it by now.

        Raises
        ------
        WorkUnderWay
            If work of the subject is under way; what was erased by then is.
        StillWritten
            If something new is found in each pass.
        """
        for _ in range(MOST_PASSES):
            self._refuse_running_work()
            is_clean = not erasure.done and erasure.passes > 0
            for name, removed in self._pass_through(erasure):
                is_clean = is_clean and not removed
                yield name, erasure.counts.get(name, 0)
            erasure.passes += 1
            erasure.done = []
            if is_clean:
                # Work that was begun meanwhile may write behind the back of the pass.
                self._refuse_running_work()
                return
            self._records.keep(self._subject, erasure)
        raise StillWritten(
            f"Something new of {self._subject} was found {MOST_PASSES} times: somebody goes on "
            "writing it. Take the access away from those who work for it, and erase again."
        )

    def finish(self, erasure: Erasure, expires: Sequence[dict[str, str]]) -> None:
        """Write down that it was done, and what expires by itself."""
        erasure.status = ErasureStatus.DONE.value
        erasure.finished_at = now_iso()
        erasure.expires = [dict(one) for one in expires]
        self._records.keep(self._subject, erasure)

    def _pass_through(self, erasure: Erasure) -> Iterator[tuple[str, int]]:
        if self._places is not None and not erasure.done:
            forgotten = self._places.forget()
            erasure.counts[ELSEWHERE] = erasure.counts.get(ELSEWHERE, 0) + forgotten
            self._records.keep(self._subject, erasure)
            yield ELSEWHERE, forgotten
        for name, finder in finders(self._services, self._subject):
            if name in erasure.done:
                continue
            removed = 0
            for found in finder.found(self._subject):
                found.remove()
                removed += found.count
                erasure.counts[name] = erasure.counts.get(name, 0) + found.count
                self._records.keep(self._subject, erasure)
            erasure.done.append(name)
            yield name, removed

    def _refuse_running_work(self) -> None:
        work = self.work_under_way()
        if work:
            raise WorkUnderWay(self._subject, work)
