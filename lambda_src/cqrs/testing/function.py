"""The function in memory: it runs the application, and tells failures as Lambda does."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cqrs.core import observability
from cqrs.core.json_text import to_json
from cqrs.testing.aws.runs import Outcome
from cqrs.testing.clock import Clock

if TYPE_CHECKING:
    from cqrs.application import Application
    from cqrs.testing.failures import Failures
    from cqrs.testing.faults import Faults

TIMED_OUT = "Sandbox.Timedout"
EXITED = "Runtime.ExitError"
UNWRITABLE = "Runtime.MarshalError"

ASYNCHRONOUS_RETRIES = 2
FIRST_PAUSE = 60.0
"""Lambda's repeats of an event, and seconds before the first (Lambda guide, "How Lambda handles
errors and retries with asynchronous invocation")."""


class Function:
    """Invokes the application.

    Parameters
    ----------
    application
        The application.
    clock
        The clock.
    failures
        Takes exceptions.
    faults
        Faults that a test asks for.
    timeout_seconds
        The function's timeout.
    """

    def __init__(
        self,
        application: Application,
        clock: Clock,
        failures: Failures,
        faults: Faults,
        timeout_seconds: int,
    ) -> None:
        self._application = application
        self._clock = clock
        self._failures = failures
        self._faults = faults
        self._timeout = timeout_seconds
        self.invocations = 0
        self.lost: Callable[[Any, Outcome], None] = lambda _event, _outcome: None
        """Gets an event that nobody waits for and that failed each time."""

    def invoke(self, event: Any, alias_arn: str = "") -> Outcome:
        """Invoke it, and wait for its answer."""
        self.invocations += 1
        event = json.loads(to_json(event))
        began = self._clock.now
        with self._told(event):
            outcome = self._outcome(event, began, alias_arn)
        if self._clock.now - began > self._timeout:
            # Lambda would have ended it in the midst of its work; here all of it is done.
            cause = f"Task timed out after {self._timeout:.2f} seconds"
            return Outcome(error=TIMED_OUT, cause=json.dumps({"errorMessage": cause}))
        return outcome

    def _outcome(self, event: Any, began: float, alias_arn: str) -> Outcome:
        death = self._faults.death(event, is_after=False)
        if death is not None:
            return _died(death)
        try:
            answer = self._application.handle(
                event,
                lambda: int(1000 * (began + self._timeout - self._clock.now)),
                alias_arn,
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, Lambda reports it
            self._failures.note(error)
            return _failed(error)
        finally:
            observability.metrics.clear_metrics()
        death = self._faults.death(event, is_after=True)
        if death is not None:
            return _died(death)
        try:
            return Outcome(json.loads(json.dumps(answer)))
        except (TypeError, ValueError) as error:
            self._failures.note(error)
            return Outcome(error=UNWRITABLE, cause=json.dumps({"errorMessage": str(error)}))

    def invoke_later(self, event: Any, alias_arn: str = "") -> None:
        """Invoke it without anybody who waits; Lambda repeats an event that fails."""
        self._attempt_later(event, alias_arn, 0, 0.0)

    def _attempt_later(self, event: Any, alias_arn: str, failures: int, pause: float) -> None:
        def attempt() -> None:
            outcome = self.invoke(event, alias_arn)
            if not outcome.error:
                return
            if failures == ASYNCHRONOUS_RETRIES:
                self.lost(event, outcome)
            else:
                following = FIRST_PAUSE * (failures + 1)
                self._attempt_later(event, alias_arn, failures + 1, following)

        self._clock.at(pause, attempt, is_pause=True)

    @contextmanager
    def _told(self, event: Any) -> Iterator[None]:
        """Let failures name the invocation, and let none be swallowed with a line in the log."""
        before = self._failures.where
        self._failures.where = told(event)
        watcher = _Watcher(self._failures)
        # As the entry point does: keys of the invocation before say nothing of this one.
        observability.logger.clear_state()
        observability.logger.addHandler(watcher)
        try:
            yield
        finally:
            observability.logger.removeHandler(watcher)  # type: ignore[attr-defined]  # the one it wraps has it
            self._failures.where = before


class _Watcher(logging.Handler):
    """Notes exceptions that the runtime logs and goes on."""

    def __init__(self, failures: Failures) -> None:
        super().__init__(logging.ERROR)
        self._failures = failures

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            self._failures.note(error)


def _failed(error: Exception) -> Outcome:
    """The report of an exception (Lambda guide, "Handle errors in Lambda with Python")."""
    name = type(error).__name__
    report = {
        "errorMessage": str(error),
        "errorType": name,
        "stackTrace": traceback.format_tb(error.__traceback__),
    }
    return Outcome(error=name, cause=json.dumps(report))


def _died(death: Exception) -> Outcome:
    cause = f"RequestId: memory Error: Runtime exited without providing a reason ({death})"
    return Outcome(error=EXITED, cause=json.dumps({"errorMessage": cause, "errorType": EXITED}))


def told(event: Any) -> str:
    """An event in words."""
    if not isinstance(event, Mapping):
        return "an invocation"
    records = event.get("Records") or [{}]
    source = records[0].get("eventSource") or records[0].get("EventSource")
    context = event.get("context") or {}
    if "State" in context:
        machine = context["StateMachine"]["Name"]
        execution = context["Execution"]["Name"]
        return f"state {context['State']['Name']} of {machine}, execution {execution}"
    if source:
        where = records[0].get("eventSourceARN") or records[0].get("EventSubscriptionArn", "")
        return f"a record of {where or source}"
    if "requestContext" in event:
        http = event["requestContext"].get("http", {})
        return f"{http.get('method')} {http.get('path')}"
    if "action" in event:
        return f"action {event['action']}"
    return f"an event {event.get('detail-type', sorted(event))}"
