"""A clock that jumps from event to event, and code that runs by it.

Code that waits is a :class:`Job`, a greenlet. The runtime runs as it is written. Each request and
each pause hands over to the clock until its time has come.
"""

from __future__ import annotations

import datetime as datetime_module
import random
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from heapq import heappop, heappush
from types import SimpleNamespace
from typing import Any

from greenlet import getcurrent, greenlet

BEGINNING = datetime_module.datetime(2026, 1, 1, tzinfo=datetime_module.UTC)
"""When a simulation begins."""


class Killed(BaseException):
    """The process of a job has been ended from outside."""


class Job(greenlet):  # type: ignore[misc]  # greenlet has no types
    """Code that runs by the clock.

    Attributes
    ----------
    hops
        Queue messages in a row that led to it.
    is_killed
        Whether its process was ended: what it still tries to do has no effect.
    """

    hops: int = 0
    is_killed: bool = False


class Timer:
    """Something that happens at a time, unless it is cancelled."""

    __slots__ = ("act",)

    def __init__(self, act: Callable[[], None] | None) -> None:
        self.act = act

    def cancel(self) -> None:
        """Let it not happen."""
        self.act = None


class Clock:
    """Time, and what happens in it.

    Parameters
    ----------
    seed
        Of all chance in the simulation.
    """

    def __init__(self, seed: int) -> None:
        self.now = 0.0
        self.random = random.Random(seed)  # noqa: S311 - chance, not a secret
        self.seed = seed
        self._heap: list[tuple[float, int, Timer]] = []
        self._number = 0
        self._hub = getcurrent()

    def at(self, seconds: float, act: Callable[[], None]) -> Timer:
        """Let something happen so many seconds from now."""
        timer = Timer(act)
        self._number += 1
        heappush(self._heap, (self.now + seconds, self._number, timer))
        return timer

    def job(self, run: Callable[[], None]) -> Job:
        """Begin a job at once; it goes on until it first waits."""

        def work() -> None:
            with suppress(Killed):
                run()

        job = Job(work, self._hub)
        self.at(0.0, job.switch)
        return job

    def sleep(self, seconds: float) -> None:
        """Wait, within a job.

        Raises
        ------
        Killed
            If its process was ended.
        """
        job = getcurrent()
        if isinstance(job, Job) and job.is_killed:
            raise Killed
        self.at(max(seconds, 0.0), job.switch)
        self._hub.switch()

    def kill(self, job: Job) -> None:
        """End the process of a job that waits."""
        if not job.dead:
            job.is_killed = True
            job.throw(Killed)

    def run(self, until: float) -> None:
        """Let things happen up to a time, or until nothing more will."""
        heap = self._heap
        while heap and heap[0][0] <= until:
            self.now, _, timer = heappop(heap)
            if timer.act is not None:
                timer.act()

    @property
    def has_more(self) -> bool:
        """Whether anything is still to happen."""
        return any(timer.act is not None for _, _, timer in self._heap)

    def moment(self) -> datetime_module.datetime:
        """Now."""
        return self.moment_of(self.now)

    def moment_of(self, seconds: float) -> datetime_module.datetime:
        """A time of this clock as a date."""
        return BEGINNING + datetime_module.timedelta(seconds=seconds)

    @contextmanager
    def rules(self) -> Iterator[None]:
        """Let Python's time, chance and identities follow this clock."""
        clock, chance = self, random.Random(self.seed + 1)  # noqa: S311 - as above

        class Moment(datetime_module.datetime):
            @classmethod
            def now(cls, tz: Any = None) -> Any:  # noqa: ARG003 - the runtime asks for UTC
                return clock.moment()

        kept = (time.sleep, time.monotonic, time.time, uuid.uuid4)
        state = random.getstate()
        random.seed(self.seed)
        start = BEGINNING.timestamp()
        time.sleep = self.sleep  # type: ignore[assignment]
        time.monotonic = lambda: clock.now
        time.time = lambda: start + clock.now
        uuid.uuid4 = lambda: SimpleNamespace(hex=f"{chance.getrandbits(128):032x}")  # type: ignore[assignment, return-value]
        places = [
            module
            for name, module in list(sys.modules.items())
            if name.startswith("cqrs.") and vars(module).get("datetime") is datetime_module.datetime
        ]
        for place in places:
            vars(place)["datetime"] = Moment
        try:
            yield
        finally:
            for place in places:
                vars(place)["datetime"] = datetime_module.datetime
            time.sleep, time.monotonic, time.time, uuid.uuid4 = kept
            random.setstate(state)


class Bucket:
    """Tokens that come back at a rate, up to a number.

    Parameters
    ----------
    clock
        Tells the time.
    size, refill
        Most tokens, and how many come back in a second.
    """

    __slots__ = ("_clock", "_seen", "_tokens", "refill", "size")

    def __init__(self, clock: Clock, size: float, refill: float) -> None:
        self._clock = clock
        self.size = size
        self.refill = refill
        self._tokens = size
        self._seen = clock.now

    def _fill(self) -> None:
        now = self._clock.now
        self._tokens = min(self.size, self._tokens + (now - self._seen) * self.refill)
        self._seen = now

    def has(self, tokens: float = 1.0) -> bool:
        """Whether there are so many, or as many as there can ever be."""
        self._fill()
        return self._tokens >= min(tokens, self.size)

    def take(self, tokens: float = 1.0) -> bool:
        """Take tokens if there are so many; a debt is left if no bucket is ever so full."""
        if not self.has(tokens):
            return False
        self._tokens -= tokens
        return True

    def reserve(self) -> float:
        """Take a token that may be yet to come, and tell in how many seconds it is there."""
        self._fill()
        self._tokens -= 1.0
        return 0.0 if self._tokens >= 0.0 else -self._tokens / self.refill
