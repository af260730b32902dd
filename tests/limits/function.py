"""The Lambda function: environments that run the real code, and limits of how many there are.

Sources: Lambda guide, "Understanding Lambda function scaling", "Lambda scaling behavior",
"Understanding retry behavior in Lambda" and "How Lambda handles errors and retries with
asynchronous invocation".
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cqrs.application import Application
from tests.limits.chance import Chance
from tests.limits.clock import Bucket, Clock, Job
from tests.limits.quotas import Quotas
from tests.limits.tally import Tally

RETURNED, FAILED, THROTTLED = "returned", "failed", "throttled"
TIMED_OUT = "Sandbox.Timedout"
TOO_MANY_REQUESTS = "Lambda.TooManyRequestsException"

WHOLE_VCPU_MB = 1769
"""Memory with which a function has one vCPU (Lambda guide, "Configure Lambda function memory")."""

IDLE_SECONDS = 420
"""ASSUMED: how long an environment is kept that has nothing to do."""

ASYNCHRONOUS_HOURS = 6
"""How long Lambda keeps an event that it could not deliver, by default."""

DEFAULT_RETRIES = 2


@dataclass(frozen=True, slots=True)
class FunctionOf:
    """The function as it is deployed."""

    memory_mb: int
    timeout_seconds: int
    reserved_concurrency: int | None
    is_recursion_allowed: bool
    asynchronous_retries: int
    asynchronous_age_seconds: float


class Environment:
    """An execution environment: a process that has the application."""

    __slots__ = ("application", "since")

    def __init__(self, application: Application) -> None:
        self.application = application
        self.since = 0.0


Done = Callable[[str, Any, str], None]
"""Gets how an invocation went (returned, failed or throttled), its answer or the error's name, and
the error's cause."""


class Function:
    """Runs invocations.

    Parameters
    ----------
    clock, chance, quotas, tally
        Time, latencies, limits, and what is counted.
    of
        How it is deployed.
    make
        Makes the application of a new environment.
    """

    def __init__(
        self,
        clock: Clock,
        chance: Chance,
        quotas: Quotas,
        tally: Tally,
        of: FunctionOf,
        make: Callable[[], Application],
    ) -> None:
        self._clock = clock
        self._chance = chance
        self._tally = tally
        self.of = of
        self._make = make
        limit = quotas.concurrency
        if of.reserved_concurrency is not None:
            limit = min(limit, max(1.0, of.reserved_concurrency / quotas.scale))
        self.limit = limit
        self._new = Bucket(clock, quotas.new_environments_bucket, quotas.new_environments_refill)
        rate = quotas.requests_per_concurrency * limit
        self._requests = Bucket(clock, rate, rate)
        self._slowness = WHOLE_VCPU_MB / min(of.memory_mb, WHOLE_VCPU_MB)
        self._idle: list[Environment] = []
        self._spare: list[Environment] = []
        self.running = 0
        self.is_away = False

    def invoke(self, event: Any, done: Done, *, hops: int = 0) -> None:
        """Invoke it synchronously; what becomes of that is told later."""
        text = json.dumps(event)
        self._clock.at(self._chance.seconds("invocation"), lambda: self._begin(text, done, hops))

    def _begin(self, text: str, done: Done, hops: int) -> None:
        if self.is_away or self.running >= int(self.limit) or not self._requests.take():
            self._throttle("away" if self.is_away else "invocations", done)
            return
        environment, start = self._environment()
        if environment is None:
            self._throttle("new environments", done)
            return
        self.running += 1
        self._tally.pay("invocation")
        _Invocation(self, environment, json.loads(text), done).begin(start, hops)

    def _throttle(self, what: str, done: Done) -> None:
        self._tally.throttles[f"Lambda {what}"] += 1
        done(THROTTLED, TOO_MANY_REQUESTS, "Rate Exceeded.")

    def _environment(self) -> tuple[Environment | None, float]:
        """An environment, and how long it takes to be there."""
        while self._idle:
            environment = self._idle.pop()
            if self._clock.now - environment.since < IDLE_SECONDS:
                return environment, 0.0
            self._idle.clear()
        if not self._new.take():
            return None, 0.0
        self._tally.counts["cold starts"] += 1
        return Environment(self._make()), self._chance.seconds("cold_start")

    def cpu(self) -> float:
        """How long code runs between its requests."""
        return self._chance.seconds("cpu") * self._slowness

    def end(self, environment: Environment | None, seconds: float) -> None:
        """Note the end of an invocation; its environment is kept unless it died."""
        self.running -= 1
        self._tally.pay("gb_second", seconds * self.of.memory_mb / 1024)
        if environment is not None:
            environment.since = self._clock.now
            self._idle.append(environment)

    def invoke_later(self, event: Any, *, on_failure: Callable[[Any], None] | None = None) -> None:
        """Invoke it asynchronously: Lambda tries again by itself."""
        self._attempt_later(event, 0, self._clock.now, 1.0, on_failure)

    def _attempt_later(
        self,
        event: Any,
        failures: int,
        since: float,
        pause: float,
        on_failure: Callable[[Any], None] | None,
    ) -> None:
        def give_up() -> None:
            self._tally.failures["events lost"] += 1
            if on_failure is not None:
                on_failure(event)

        def done(kind: str, _value: Any, _cause: str) -> None:
            if kind == RETURNED:
                return
            is_old = self._clock.now - since > self.of.asynchronous_age_seconds
            if is_old or (kind == FAILED and failures >= self.of.asynchronous_retries):
                give_up()
            elif kind == THROTTLED:
                again = min(pause * 2, 300.0)
                self._clock.at(
                    pause * self._chance.uniform(0.5, 1.5),
                    lambda: self._attempt_later(event, failures, since, again, on_failure),
                )
            else:
                self._clock.at(
                    60.0 * (failures + 1),
                    lambda: self._attempt_later(event, failures + 1, since, 1.0, on_failure),
                )

        self.invoke(event, done)


class _Invocation:
    """One invocation, from its beginning to its end."""

    __slots__ = ("_deadline", "_done", "_environment", "_event", "_function", "_job", "_since")

    def __init__(
        self, function: Function, environment: Environment, event: Any, done: Done
    ) -> None:
        self._function = function
        self._environment = environment
        self._event = event
        self._done = done

    def begin(self, start: float, hops: int) -> None:
        """Begin it when its environment is there."""
        clock = self._function._clock
        self._since = clock.now + start
        timeout = self._function.of.timeout_seconds
        self._job = clock.job(self._run)
        self._job.hops = hops
        self._deadline = clock.at(start + timeout, self._time_out)
        self._event = (start, self._event)

    def _remaining(self) -> int:
        clock = self._function._clock
        return int(1000 * (self._since + self._function.of.timeout_seconds - clock.now))

    def _run(self) -> None:
        function = self._function
        start, event = self._event
        try:
            function._clock.sleep(start + function.cpu())
            answer = self._environment.application.handle(event, self._remaining)
            told = (RETURNED, json.loads(json.dumps(answer)), "")
            if isinstance(answer, dict) and answer.get("status") == "error":
                function._tally.failures[f"answered {answer['error']}: {answer['cause']}"] += 1
        except Exception as error:  # noqa: BLE001 - whatever it is, Lambda reports it
            name = type(error).__name__
            function._tally.failures[f"invocations {name}"] += 1
            report = {"errorMessage": str(error)[:2000], "errorType": name}
            told = (FAILED, name, json.dumps(report))
        self._deadline.cancel()
        function.end(self._environment, function._clock.now - self._since)
        self._done(*told)

    def _time_out(self) -> None:
        function = self._function
        function._tally.failures["invocations timed out"] += 1
        job: Job = self._job
        function._clock.kill(job)
        function.end(None, function.of.timeout_seconds)
        self._done(FAILED, TIMED_OUT, "Task timed out")
