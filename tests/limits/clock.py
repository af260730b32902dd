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
from types import SimpleNamespace
from typing import Any

from greenlet import getcurrent, greenlet

from cqrs.testing.clock import BEGINNING, Timer
from cqrs.testing.clock import Clock as Timeline

__all__ = ["BEGINNING", "Bucket", "Clock", "Job", "Killed", "Timer"]


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


class Clock(Timeline):
    """Time, and what happens in it.

    Parameters
    ----------
    seed
        Of all chance in the simulation.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.random = random.Random(seed)  # noqa: S311 - chance, not a secret
        self.seed = seed
        self._hub = getcurrent()

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
