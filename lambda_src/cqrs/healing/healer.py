"""The healer: on a schedule it mends what stands still, bounded, and goes on where it stopped.

It takes whatever is not over for a suspect, and asks the thing itself before it does anything.
Every mending is conditional or idempotent, so two healers at a time do no harm. One of them lets
the other go on all the same, which keeps their requests within the pace of one.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from cqrs.core.observability import count, logger
from cqrs.errors import CqrsError, TransientError
from cqrs.healing.entries import Place
from cqrs.healing.faults import WAITS, mended
from cqrs.healing.notes import LONGEST_RUN_SECONDS
from cqrs.healing.patience import LONGEST_WAIT
from cqrs.metrics import Metric

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from cqrs.aws.pace import Pace
    from cqrs.core.attribute_values import Item
    from cqrs.core.deadline import Deadline
    from cqrs.healing.faults import Fault
    from cqrs.healing.kinds import Kind, Kinds
    from cqrs.healing.notes import Notes

MOST_LOOKS = 200
"""DescribeExecution requests of a run."""

MOST_MENDED = 100
"""Repairs of a run."""

MOST_BEGUN = 500
"""Express commands that a run begins again. Nobody else does after an outage, and none needs a look
at its execution."""

SECONDS_KEPT = 10.0
"""Left for the last repair, and for the notes."""

VAIN_TIMES = 3
"""A person is needed for what was mended that often and stands still all the same."""


@dataclass(slots=True)
class Report:
    """The deeds of a run.

    Attributes
    ----------
    healed, left
        Faults that were mended, and those that could not be.
    is_first
        False if another run was going on, so that this one did nothing.
    is_complete
        Whether it has looked at all that is not over.
    """

    healed: int = 0
    left: int = 0
    is_first: bool = True
    is_complete: bool = True


class Healer:
    """Mends what stands still.

    Parameters
    ----------
    kinds
        All kinds of work.
    notes
        Its notes.
    deadline
        Time that is left.
    pace
        The pace of the looks.
    """

    def __init__(self, kinds: Kinds, notes: Notes, deadline: Deadline, pace: Pace) -> None:
        # Imports come last, as their repairs may take what time is left.
        self._kinds = (kinds.approvals, kinds.tasks, kinds.commands, kinds.imports)
        self._now = kinds.patience.now
        self._notes = notes
        self._deadline = deadline
        self._pace = pace

    def heal(self) -> Report:
        """Look at as much as there is time for, mend it, and tell the metrics."""
        given = min(self._deadline.seconds_left(), LONGEST_RUN_SECONDS)
        places = self._notes.begin(given)
        if places is None:
            return Report(is_first=False, is_complete=False)
        report = Report()
        try:
            self._heal(report, places, given - min(SECONDS_KEPT, given / 2))
        finally:
            self._notes.end()
            count(Metric.FAULTS_HEALED, report.healed)
            count(Metric.FAULTS_LEFT, report.left)
            logger.info("Healer ended", extra={"healing": asdict(report)})
        return report

    def _heal(self, report: Report, places: dict[str, Place], seconds: float) -> None:
        """Give each kind its share of what those before it have left."""
        ends, last_look = time.monotonic() + seconds, self._pace.passed + MOST_LOOKS
        mended_left = MOST_MENDED
        for kinds_left, kind in zip(range(len(self._kinds), 0, -1), self._kinds, strict=True):
            share = _Share(
                self._pace,
                seconds=(ends - time.monotonic()) / kinds_left,
                looks=(last_look - self._pace.passed) // kinds_left,
                mended=kind.most_mended or mended_left // kinds_left,
            )
            turn, healed_before = _Turn(self._notes, self._now, share, report), report.healed
            places[kind.name] = turn.take(kind, places.get(kind.name, Place()))
            if kind.most_mended is None:
                mended_left -= report.healed - healed_before
            # Now already, as a repair of the next kind may outlast the invocation.
            self._notes.keep(places)


class _Share:
    """The part of a run that one kind may use."""

    def __init__(self, pace: Pace, *, seconds: float, looks: int, mended: int) -> None:
        self._pace = pace
        self._ends = time.monotonic() + seconds
        self._last_look = pace.passed + looks
        self.mended_left = mended

    def is_used_up(self) -> bool:
        return (
            time.monotonic() >= self._ends
            or self._pace.passed >= self._last_look
            or self.mended_left <= 0
        )


class _Turn:
    """One turn through the index of a kind, or a part of one."""

    def __init__(self, notes: Notes, now: datetime, share: _Share, report: Report) -> None:
        self._notes = notes
        self._now = now
        self._share = share
        self._report = report

    def take(self, kind: Kind, start: Place) -> Place:
        """Look at all entries from a place on; the place to go on from.

        An item that cannot be looked at does not keep those behind it from that. If AWS is away or
        throttles, the next run goes on. If the entries cannot be read, other kinds are looked at
        all the same, and the next run begins at the first.
        """
        place = start
        try:
            for entry, behind in kind.entries.from_place(start):
                if self._share.is_used_up():
                    self._report.is_complete = False
                    return place
                place = behind
                self._see_to(kind, entry)
        except TransientError as error:
            self._report.is_complete = False
            logger.warning("Healer broke off", extra={"kind": kind.name, "error": str(error)})
        except Exception:  # noqa: BLE001 - nobody reads the answer to a schedule, and all see the alarm
            self._report.is_complete = False
            self._report.left += 1
            logger.exception("Healer cannot read the index", extra={"kind": kind.name})
            return Place()
        return place

    def _see_to(self, kind: Kind, entry: Item) -> None:
        try:
            for fault in kind.faults(entry):
                if fault.mend is not None:
                    self._mend(fault, fault.mend)
                elif not self._may_wait(fault):
                    self._leave(fault)
        except TransientError:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, others are looked at
            logger.exception("Not looked at", extra={"pk": entry["pk"], "sk": entry["sk"]})
            self._report.left += 1

    def _may_wait(self, fault: Fault) -> bool:
        is_new = fault.since is None or fault.since > self._now - LONGEST_WAIT
        return fault.remedy in WAITS and is_new

    def _mend(self, fault: Fault, mend: Callable[[], bool]) -> None:
        """Mend a fault, the less often the more often that was in vain.

        One that time alone mends is mended at each run: a longer pause would outlast the outage.
        """
        before = self._notes.of(fault)
        if before.times >= VAIN_TIMES:
            self._leave(fault, f"mended {before.times} times in vain")
        is_due = fault.is_of_time or before.is_due(self._now)
        if not is_due or not self._notes.note(fault, before):
            return
        self._share.mended_left -= 1
        try:
            is_mended, told = mended(fault.subject, mend)
        except TransientError:
            self._notes.take_back(fault, before)
            raise
        except CqrsError as error:
            self._leave(fault, f"{type(error).__name__}: {error}")
            return
        if is_mended:
            self._report.healed += 1
            logger.info("Healed", extra={**_told(fault), "how": told})
        else:
            self._leave(fault, told)

    def _leave(self, fault: Fault, why: str = "") -> None:
        self._report.left += 1
        logger.warning("Not healed", extra={**_told(fault), "why": why})


def _told(fault: Fault) -> dict[str, str]:
    return {"problem": fault.problem, "subject": fault.subject, "detail": fault.detail}
