"""The way of an execution through its machine: states passed, tries that failed, what is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from cli.explaining.histories import Event
from cqrs.aws import state_visits
from cqrs.aws.state_visits import AT_ONCE, CAUGHT, ENDS, ENTERED, EXITED, SUCCEEDED, VisitReader
from cqrs.aws.step_functions import RUNNING

ITEM_COUNTS = {
    "MapIterationStarted": "begun",
    "MapIterationSucceeded": "succeeded",
    "MapIterationFailed": "failed",
    # Emulator difference: MiniStack tells the tasks within a map, and not its items.
    "TaskSucceeded": "succeeded",
}
"""Counts of a map's items, by the type of the event that adds to them."""


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
    """

    state: str
    kind: str
    entered: datetime
    left: datetime | None = None
    outcome: Outcome = Outcome.RUNNING
    failed_tries: list[dict[str, str]] = field(default_factory=list)
    items: dict[str, int] | None = None

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
    reader = VisitReader()
    items: dict[int, dict[str, int]] = {}
    for event in events:
        visit = reader.take(event.source)
        if event.kind == "ExecutionStarted":
            way.started = event.at
        elif event.kind in ENDS:
            way.stopped, way.error, way.cause = event.at, event.error, event.cause
        elif visit is not None and visit.kind == "Map":
            _count(event, items, visit.id)
    way.visits = [_visit(one, items.get(one.id), way.stopped) for one in reader.visits]
    way.invocations = tuple(dict.fromkeys(one.invocation for one in events if one.invocation))
    return way


def _count(event: Event, items: dict[int, dict[str, int]], visit: int) -> None:
    """Count the items of a map's visit."""
    if event.kind.endswith((ENTERED, EXITED)):
        return
    counts = items.setdefault(visit, {"begun": 0, "succeeded": 0, "failed": 0})
    counted = ITEM_COUNTS.get(event.kind)
    if counted is not None:
        counts[counted] += 1


def _visit(
    visit: state_visits.Visit, items: dict[str, int] | None, stopped: datetime | None
) -> Visit:
    """A visit of an execution that has stopped, or goes on."""
    is_at_once = visit.kind in AT_ONCE
    return Visit(
        visit.state,
        visit.kind,
        visit.entered,
        visit.exited or (visit.entered if is_at_once else stopped),
        _outcome(visit, is_over=is_at_once or stopped is not None),
        [
            {"at": _moment(one.at), "error": one.error, "cause": one.cause}
            for one in visit.failed_tries
        ],
        items,
    )


def _outcome(visit: state_visits.Visit, *, is_over: bool) -> Outcome:
    known = {SUCCEEDED: Outcome.PASSED, CAUGHT: Outcome.CAUGHT}
    # One whose try failed may be tried again, and one that was not left has failed at the end.
    return known.get(visit.status, Outcome.FAILED if is_over else Outcome.RUNNING)


def _status(events: Sequence[Event]) -> str:
    ends = [ENDS[event.kind] for event in events if event.kind in ENDS]
    return ends[-1] if ends else RUNNING


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
