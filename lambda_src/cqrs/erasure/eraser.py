"""Erasing, store by store, until a pass through all of them finds nothing.

Each removal may be repeated, and each page is looked for again. So an erasure that is killed
anywhere goes on when it is called again.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from cqrs.core.clock import now_iso
from cqrs.erasure.mentions import mentions_of
from cqrs.erasure.records import Erasure, ErasureRecords, ErasureStatus
from cqrs.erasure.running_work import running_work
from cqrs.erasure.stores import finders
from cqrs.erasure.subjects import ItemSubject
from cqrs.errors import PermanentError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cqrs.erasure.subjects import Subject
    from cqrs.services import Services

MOST_PASSES = 5
"""A pass that finds something is followed by another one. If that finds something each time,
somebody goes on working for the subject."""

NAMED_WORK = 5
"""Pieces of running work that an error names."""


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
    forget
        Lets read models forget what lies in places that only the application reaches; is called
        once in each pass, before anything is removed. By default there are none.
    """

    def __init__(
        self, services: Services, subject: Subject, forget: Callable[[], int] | None = None
    ) -> None:
        self._services = services
        self._subject = subject
        self._forget = forget
        self._records = ErasureRecords(services.objects)

    def counts(self) -> dict[str, int]:
        """How many entries each store has of the subject; nothing is changed."""
        return {
            name: sum(found.count for found in finder.found(self._subject))
            for name, finder in finders(self._services, self._subject)
        }

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
        if self._forget is not None and not erasure.done:
            yield "read models", self._forget()
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
