"""A clock that jumps from event to event."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
"""When a clock begins, unless it is told otherwise."""


class Timer:
    """Something that happens at a time, unless it is cancelled.

    Attributes
    ----------
    is_pause
        Whether it goes on with work that only pauses, as between two tries.
    """

    __slots__ = ("act", "at", "is_pause")

    def __init__(self, at: float, act: Callable[[], None] | None, *, is_pause: bool) -> None:
        self.at = at
        self.act = act
        self.is_pause = is_pause

    def cancel(self) -> None:
        """Let it not happen."""
        self.act = None


class Clock:
    """Time, and what happens in it.

    Parameters
    ----------
    beginning
        The moment at which it begins.

    Attributes
    ----------
    now
        Seconds since its beginning.
    """

    def __init__(self, beginning: datetime = BEGINNING) -> None:
        self.beginning = beginning
        self.now = 0.0
        self._heap: list[tuple[float, int, Timer]] = []
        self._number = 0

    def at(self, seconds: float, act: Callable[[], None], *, is_pause: bool = False) -> Timer:
        """Let something happen so many seconds from now."""
        timer = Timer(self.now + seconds, act, is_pause=is_pause)
        self._number += 1
        heappush(self._heap, (timer.at, self._number, timer))
        return timer

    def run(self, until: float) -> None:
        """Let things happen up to a time, or until nothing more will."""
        heap = self._heap
        while heap and heap[0][0] <= until:
            self.step()

    def step(self) -> None:
        """Let the next thing happen, at its time or, if that is past, now."""
        at, _, timer = heappop(self._heap)
        self.now = max(self.now, at)
        if timer.act is not None:
            timer.act()

    @property
    def next_at(self) -> float | None:
        """When the next thing happens; None if nothing will."""
        while self._heap and self._heap[0][2].act is None:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    @property
    def next_pause_at(self) -> float | None:
        """When the first pause is over; None if nothing pauses."""
        return min(
            (at for at, _, timer in self._heap if timer.is_pause and timer.act is not None),
            default=None,
        )

    @property
    def has_more(self) -> bool:
        """Whether anything is still to happen."""
        return self.next_at is not None

    def moment(self) -> datetime:
        """Now."""
        return self.moment_of(self.now)

    def moment_of(self, seconds: float) -> datetime:
        """A time of this clock as a date."""
        return self.beginning + timedelta(seconds=seconds)
