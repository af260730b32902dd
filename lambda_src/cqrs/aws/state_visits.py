"""The states that an execution was in, as its history tells: what a graph of it needs.

Only the input and output of states are told, and why tries failed. The parameters of a task are
not, as they hold the token by which a waiting task is answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cqrs.aws.step_functions import caught_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    Event = Mapping[str, Any]

ENTERED, EXITED = "StateEntered", "StateExited"
ENTERED_DETAILS, EXITED_DETAILS = "stateEnteredEventDetails", "stateExitedEventDetails"
"""Endings of the types of events, and where they tell which state it is."""

ITERATION_STARTED = "MapIterationStarted"

RUNNING, SUCCEEDED, FAILED, CAUGHT = "RUNNING", "SUCCEEDED", "FAILED", "CAUGHT"
"""Statuses of visits. Of one that was caught, the last try failed and the execution went on."""

FAILURES = ("Failed", "TimedOut", "Aborted")
"""Endings of the types of events that tell why something failed (API reference, HistoryEvent)."""

AGAIN = ("Scheduled", "Succeeded")
"""Endings of the types of events after which an earlier try's failure is over."""

OF_EXECUTIONS = {
    "ExecutionFailed": FAILED,
    "ExecutionTimedOut": "TIMED_OUT",
    "ExecutionAborted": "ABORTED",
}
"""Statuses that an early end gives to the states that an execution is in."""


@dataclass(slots=True)
class Visit:
    """One stay in a state.

    Attributes
    ----------
    id
        Number of the event with which it began.
    state, kind
        Name of the state, and its type, such as ``Task``.
    entered, exited
        When; None if it is not over, or was cut off.
    status
        How it does.
    input, output
        JSON as text; None if there is none.
    error, cause
        Of the last try that failed.
    failed_tries
        How many did.
    iteration
        The number of the map's item that it is of, from 0; None if it is of none.
    """

    id: int
    state: str
    kind: str
    entered: datetime
    exited: datetime | None = None
    status: str = RUNNING
    input: str | None = None
    output: str | None = None
    error: str | None = None
    cause: str | None = None
    failed_tries: int = 0
    iteration: int | None = None


def visits_of(events: Iterable[Event]) -> list[Visit]:
    """The visits of an execution, in the order in which they began.

    Parameters
    ----------
    events
        Its history from the beginning, as far as it is read.
    """
    reading = _Reading()
    for event in events:
        reading.take(event)
    return reading.visits


class _Reading:
    """A history, read event by event."""

    def __init__(self) -> None:
        self.visits: list[Visit] = []
        self._visit_at: dict[int, Visit | None] = {}
        self._iteration_at: dict[int, int | None] = {}

    def take(self, event: Event) -> None:
        number, kind = event["id"], event["type"]
        # Emulator difference: MiniStack does not tell which event led to which.
        before = event.get("previousEventId") or number - 1
        visit, iteration = self._visit_at.get(before), self._iteration_at.get(before)
        if kind == ITERATION_STARTED:
            iteration = _details(event).get("index")
        if kind.endswith(ENTERED):
            visit = self._entered(event, iteration)
        elif kind.endswith(EXITED):
            visit = self._exited(event, visit)
            iteration = visit.iteration if visit is not None else iteration
        elif kind in OF_EXECUTIONS:
            self._cut_off(event, OF_EXECUTIONS[kind])
        elif kind.endswith(FAILURES) and visit is not None and _details(event).get("error"):
            self._failed(visit, event)
        elif kind.endswith(AGAIN) and visit is not None and visit.status == FAILED:
            visit.status = RUNNING
        self._visit_at[number], self._iteration_at[number] = visit, iteration

    def _entered(self, event: Event, iteration: int | None) -> Visit:
        details = event[ENTERED_DETAILS]
        visit = Visit(
            event["id"],
            details["name"],
            event["type"].removesuffix(ENTERED),
            event["timestamp"],
            input=details.get("input"),
            iteration=iteration,
        )
        self.visits.append(visit)
        return visit

    def _exited(self, event: Event, visit: Visit | None) -> Visit | None:
        details = event[EXITED_DETAILS]
        if visit is None or visit.state != details["name"] or visit.exited is not None:
            visit = self._open(details["name"])
        if visit is not None:
            visit.exited, visit.output = event["timestamp"], details.get("output")
            visit.status = CAUGHT if visit.status == FAILED else SUCCEEDED
        return visit

    def _open(self, state: str) -> Visit | None:
        """The visit of a state that began last and is not over."""
        for visit in reversed(self.visits):
            if visit.state == state and visit.exited is None:
                return visit
        return None

    def _failed(self, visit: Visit, event: Event) -> None:
        visit.status = FAILED
        visit.failed_tries += 1
        visit.error, visit.cause = _why(event)

    def _cut_off(self, event: Event, status: str) -> None:
        error, cause = _why(event)
        for visit in self.visits:
            if visit.exited is None:
                visit.status = status
                visit.error, visit.cause = visit.error or error, visit.cause or cause


def _details(event: Event) -> Mapping[str, Any]:
    """The details of an event's own type."""
    kind: str = event["type"]
    details: Mapping[str, Any] = event.get(f"{kind[0].lower()}{kind[1:]}EventDetails") or {}
    return details


def _why(event: Event) -> tuple[str | None, str | None]:
    details = _details(event)
    if not details.get("error") and not details.get("cause"):
        return None, None
    return caught_error(
        {"Error": details.get("error", "Unknown"), "Cause": details.get("cause", "")}
    )
