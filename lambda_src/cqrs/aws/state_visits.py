"""The states that an execution was in, as its history tells: the one reader of histories.

Only the input and output of states are told, and why tries failed. The parameters of a task are
not, as they hold the token by which a waiting task is answered.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cqrs.aws.step_functions import caught_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    Event = Mapping[str, Any]

ENTERED, EXITED = "StateEntered", "StateExited"
ENTERED_DETAILS, EXITED_DETAILS = "stateEnteredEventDetails", "stateExitedEventDetails"
"""Endings of the types of events, and where they tell which state it is."""

ITERATION_STARTED = "MapIterationStarted"

RUNNING, SUCCEEDED, FAILED, CAUGHT = "RUNNING", "SUCCEEDED", "FAILED", "CAUGHT"
ABORTED = "ABORTED"
"""Statuses of visits. Of one that was caught, the last try failed and the execution went on."""

FAILURES = ("Failed", "TimedOut", "Aborted")
"""Endings of the types of events that tell why something failed (API reference, HistoryEvent)."""

AGAIN = ("Scheduled", "Succeeded")
"""Endings of the types of events after which an earlier try's failure is over."""

TRIES = ("Task", "LambdaFunction", "Activity")
"""Beginnings of the types of events that are about one try of a state."""

CONTAINERS = ("Map", "Parallel")
"""Types of states with states in them, and beginnings of the types of events about those."""

ITEMS = "MapIteration"
"""Beginning of the types of events about one item of a map."""

AT_ONCE = {"Fail": FAILED, "Succeed": SUCCEEDED}
"""Statuses of states that are over as soon as they are entered, by their type."""

ENDS = {
    "ExecutionSucceeded": SUCCEEDED,
    "ExecutionFailed": FAILED,
    "ExecutionTimedOut": "TIMED_OUT",
    "ExecutionAborted": ABORTED,
}
"""Statuses of executions, by the types of the events that end them."""


@dataclass(frozen=True, slots=True)
class FailedTry:
    """A try of a state that failed: when, and why."""

    at: datetime
    error: str
    cause: str


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
        Of what failed last.
    failed_tries
        The tries that did.
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
    failed_tries: list[FailedTry] = field(default_factory=list)
    iteration: int | None = None


def visits_of(events: Iterable[Event]) -> list[Visit]:
    """The visits of an execution, in the order in which they began.

    Parameters
    ----------
    events
        Its history from the beginning, as far as it is read.
    """
    reader = VisitReader()
    for event in events:
        reader.take(event)
    return reader.visits


class VisitReader:
    """Reads a history event by event.

    Attributes
    ----------
    visits
        Those so far, in the order in which they began.
    """

    def __init__(self) -> None:
        self.visits: list[Visit] = []
        self._visit_at: dict[int, Visit | None] = {}
        self._iteration_at: dict[int, int | None] = {}

    def take(self, event: Event) -> Visit | None:
        """Read an event; the visit that it is about, if it is about one."""
        number, kind = event["id"], event["type"]
        # Emulator difference: MiniStack does not tell which event led to which.
        before = event.get("previousEventId") or number - 1
        visit, iteration = self._visit_at.get(before), self._iteration_at.get(before)
        if kind == ITERATION_STARTED:
            iteration = details_of(event).get("index")
        if kind.endswith(ENTERED):
            visit = self._entered(event, iteration)
        elif kind.endswith(EXITED):
            visit = self._exited(event, visit)
            iteration = visit.iteration if visit is not None else iteration
        elif kind in ENDS:
            self._end(event, ENDS[kind])
        else:
            visit = self._container(event, visit) if kind.startswith(CONTAINERS) else visit
            if visit is not None:
                _note(event, visit)
        self._visit_at[number], self._iteration_at[number] = visit, iteration
        return visit

    def _entered(self, event: Event, iteration: int | None) -> Visit:
        details, kind = details_of(event), event["type"].removesuffix(ENTERED)
        visit = Visit(
            event["id"],
            details["name"],
            kind,
            event["timestamp"],
            status=AT_ONCE.get(kind, RUNNING),
            input=details.get("input"),
            iteration=iteration,
        )
        self.visits.append(visit)
        return visit

    def _exited(self, event: Event, visit: Visit | None) -> Visit | None:
        details = details_of(event)
        if visit is None or visit.state != details["name"] or visit.exited is not None:
            visit = self._open(lambda one: one.state == details["name"])
        if visit is not None:
            visit.exited, visit.output = event["timestamp"], details.get("output")
            visit.status = CAUGHT if visit.status == FAILED else SUCCEEDED
        return visit

    def _container(self, event: Event, visit: Visit | None) -> Visit | None:
        """The map or parallel state of an event, to which a state within it may have led."""
        kind = next(kind for kind in CONTAINERS if event["type"].startswith(kind))
        name = details_of(event).get("name")
        return (
            self._open(lambda one: one.kind == kind and one.state == name)
            or self._open(lambda one: one.kind == kind)
            or visit
        )

    def _open(self, is_meant: Callable[[Visit], bool]) -> Visit | None:
        """The visit that began last of those that are meant and not over."""
        for visit in reversed(self.visits):
            if visit.exited is None and is_meant(visit):
                return visit
        return None

    def _end(self, event: Event, status: str) -> None:
        """Cut off what an execution is in at its end."""
        error, cause = _why(event)
        for visit in self.visits:
            if visit.exited is not None:
                continue
            if status != SUCCEEDED:
                visit.status = status
                visit.error, visit.cause = visit.error or error, visit.cause or cause
            elif visit.status == RUNNING:  # of a map or a branch that was caught
                visit.status = ABORTED


def _note(event: Event, visit: Visit) -> None:
    """Add to a visit what an event within its state says."""
    kind = event["type"]
    if kind.endswith(FAILURES):
        visit.status = FAILED
        error, cause = _why(event)
        visit.error, visit.cause = error or visit.error, cause or visit.cause
        if kind.startswith(TRIES):
            failed = FailedTry(event["timestamp"], error or "Unknown", cause or "")
            visit.failed_tries.append(failed)
    elif kind.endswith(AGAIN) and not kind.startswith(ITEMS) and visit.status == FAILED:
        visit.status = RUNNING


def details_name(kind: str) -> str:
    """The name under which an event of a type has its details (API reference, HistoryEvent)."""
    if kind.endswith(ENTERED):
        return ENTERED_DETAILS
    return EXITED_DETAILS if kind.endswith(EXITED) else f"{kind[0].lower()}{kind[1:]}EventDetails"


def details_of(event: Event) -> Mapping[str, Any]:
    """The details of an event."""
    details: Mapping[str, Any] = event.get(details_name(event["type"])) or {}
    return details


def _why(event: Event) -> tuple[str | None, str | None]:
    details = details_of(event)
    if not details.get("error") and not details.get("cause"):
        return None, None
    return caught_error(
        {"Error": details.get("error", "Unknown"), "Cause": details.get("cause", "")}
    )
