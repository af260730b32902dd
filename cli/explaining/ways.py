"""The way of an execution through its machine: states passed, tries that failed, what is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from cli.explaining.histories import ENTERED, EXITED, Event

RETRIED = ("TaskFailed", "TaskTimedOut", "TaskSubmitFailed", "LambdaFunctionFailed")
SCHEDULED = "TaskScheduled"
SUCCEEDED = "TaskSucceeded"


class Outcome(StrEnum):
    """The outcome of a state."""

    PASSED = "passed"
    FAILED = "failed"
    CAUGHT = "caught"
    """It failed, and the machine went on as its Catch says."""
    RUNNING = "running"
    NOT_REACHED = "not reached"


@dataclass(slots=True)
class Visit:
    """One stay in a state.

    Attributes
    ----------
    entered, left
        When; None for a state that is not left.
    failed_tries
        When, error and cause of each try that failed.
    items
        Of a map: how many items were begun, have succeeded, and have failed.
    is_failing
        Whether the last that is known of it failed. A state is also left if its Catch takes an
        error.
    """

    state: str
    kind: str
    entered: datetime
    left: datetime | None = None
    outcome: Outcome = Outcome.RUNNING
    failed_tries: list[dict[str, str]] = field(default_factory=list)
    items: dict[str, int] | None = None
    is_failing: bool = False

    def to_mapping(self) -> dict[str, Any]:
        """The visit as JSON."""
        return {
            "state": self.state,
            "type": self.kind,
            "entered": _moment(self.entered),
            "left": None if self.left is None else _moment(self.left),
            "outcome": self.outcome.value,
            "failed_tries": self.failed_tries,
            **({"items": self.items} if self.items is not None else {}),
        }


@dataclass(slots=True)
class Way:
    """All that an execution has gone through.

    Attributes
    ----------
    machine, name
        The execution.
    status
        As Step Functions tells it.
    visits
        In their order, of the states of maps as of others.
    error, cause
        Why it failed.
    definition
        Its machine's definition; empty if it was not read.
    invocations
        Ids of the function's invocations, as far as they are told.
    is_hidden
        Whether the caller may not read its history.
    given
        Its input, as far as it is told.
    """

    machine: str
    name: str
    status: str
    started: datetime | None = None
    stopped: datetime | None = None
    visits: list[Visit] = field(default_factory=list)
    error: str = ""
    cause: str = ""
    definition: Mapping[str, Any] = field(default_factory=dict)
    invocations: tuple[str, ...] = ()
    is_hidden: bool = False
    given: Any = None

    def to_mapping(self) -> dict[str, Any]:
        """The way as JSON."""
        return {
            "id": f"{self.machine}/{self.name}",
            "status": self.status,
            "started": None if self.started is None else _moment(self.started),
            "stopped": None if self.stopped is None else _moment(self.stopped),
            "error": self.error or None,
            "cause": self.cause or None,
            "states": [visit.to_mapping() for visit in self.visits],
        }


def way_of(machine: str, name: str, events: Sequence[Event], status: str = "") -> Way:
    """The way that a history tells."""
    way = Way(machine, name, status or _status(events))
    open_visits: list[Visit] = []
    owners = _Owners(events)
    visits: dict[int, Visit] = {}
    for event in events:
        if event.kind == "ExecutionStarted":
            way.started = event.at
        elif event.kind.startswith("Execution"):
            way.stopped, way.error, way.cause = event.at, event.error, event.cause
        elif event.kind.endswith(ENTERED):
            visit = Visit(event.state, event.kind.removesuffix(ENTERED), event.at)
            visits[event.id] = visit
            way.visits.append(visit)
            open_visits.append(visit)
            if visit.kind in {"Fail", "Succeed"}:
                is_good = visit.kind == "Succeed"
                _leave(visit, event.at, Outcome.PASSED if is_good else Outcome.FAILED)
                open_visits.remove(visit)
        elif event.kind.endswith(EXITED):
            left = _left(event, visits.get(owners.of(event)), open_visits)
            if left is not None:
                _leave(left, event.at, Outcome.CAUGHT if left.is_failing else Outcome.PASSED)
                open_visits = [one for one in open_visits if one is not left]
        elif event.kind.startswith("Map"):
            _note(event, _map_of(event, open_visits))
        else:
            _note(event, visits.get(owners.of(event)))
    way.invocations = tuple(dict.fromkeys(one.invocation for one in events if one.invocation))
    if way.stopped is not None:
        _close(way)
    return way


class _Owners:
    """Finds the event by which the state was entered that an event belongs to."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._events = {event.id: event for event in events}

    def of(self, event: Event) -> int:
        """Number of that event; 0 if there is none."""
        found: Event | None = event
        while found is not None and not found.kind.endswith(ENTERED):
            # Emulator difference: MiniStack does not tell which event led to which.
            found = self._events.get(found.before or found.id - 1)
        return 0 if found is None else found.id


def _left(event: Event, entered: Visit | None, open_visits: Sequence[Visit]) -> Visit | None:
    """The stay that an event ends; the way to the end of a map leads through its items."""
    if entered is not None and entered.state == event.state:
        return entered
    return next((one for one in reversed(open_visits) if one.state == event.state), None)


def _map_of(event: Event, open_visits: Sequence[Visit]) -> Visit | None:
    """The map that an event is of, which may be within another."""
    maps = [visit for visit in open_visits if visit.kind == "Map"]
    named = [visit for visit in maps if visit.state == event.state]
    found = named or maps
    return found[-1] if found else None


def _note(event: Event, visit: Visit | None) -> None:
    if visit is None:
        return
    if event.is_failure:
        visit.is_failing = True
    elif event.kind in {SUCCEEDED, "MapStateSucceeded", "MapRunSucceeded"}:
        visit.is_failing = False
    is_map = visit.kind == "Map"
    if event.kind in RETRIED:
        told = {"at": _moment(event.at), "error": event.error, "cause": event.cause}
        visit.failed_tries.append(told)
    if is_map and visit.items is None:
        visit.items = {"begun": 0, "succeeded": 0, "failed": 0}
    if visit.items is None:
        return
    count = {
        "MapIterationStarted": "begun",
        "MapIterationSucceeded": "succeeded",
        "MapIterationFailed": "failed",
        # Emulator difference: MiniStack tells the tasks within a map, and not its items.
        SUCCEEDED: "succeeded",
    }.get(event.kind)
    if count is not None:
        visit.items[count] += 1


def _leave(visit: Visit, at: datetime, outcome: Outcome) -> None:
    visit.left, visit.outcome = at, outcome


def _close(way: Way) -> None:
    """A state that was not left when the execution ended has failed."""
    for visit in way.visits:
        if visit.outcome is Outcome.RUNNING:
            visit.outcome, visit.left = Outcome.FAILED, way.stopped


def _status(events: Sequence[Event]) -> str:
    ends = [event.kind.removeprefix("Execution") for event in events if _is_end(event)]
    names = {"TimedOut": "TIMED_OUT"}
    return names.get(ends[-1], ends[-1].upper()) if ends else "RUNNING"


def _is_end(event: Event) -> bool:
    return event.kind in {
        "ExecutionSucceeded",
        "ExecutionFailed",
        "ExecutionTimedOut",
        "ExecutionAborted",
    }


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")


def states_in(definition: Mapping[str, Any]) -> Iterator[str]:
    """Names of all states of a definition, those within maps and branches included."""
    for name, state in definition.get("States", {}).items():
        yield name
        for inner in inner_machines(state):
            yield from states_in(inner)


def inner_machines(state: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The machines within a state: a map's, or the branches of a parallel one."""
    inner = state.get("ItemProcessor") or state.get("Iterator")
    return [inner] if inner else list(state.get("Branches", ()))
