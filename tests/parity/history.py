"""Histories of executions, as lines of text that are the same each time.

A line is an event of GetExecutionHistory: its type and what it says. An event inside a map's
iteration has the iteration's number before it, and stands behind those of the iterations before.
Times, ids, ARNs, tokens and stack traces are left out or get a name, as no engine can repeat them.
Figures of timeouts are left out too, as they are not the product's here. So are two things that are
nowhere documented: the wording of causes that nobody said, and the HTTP metadata of answers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.parity.scripted import MUTANT

Event = Mapping[str, Any]

UNTOLD = "-"
"""Stands for a cause that nobody said, worded or not."""

SAID = re.compile(r"said [a-z_ ]*[a-z_]")
NAMES = {
    rf"{MUTANT}\d+": "",
    r'"versionId": "[^"]*"': '"versionId": "<version>"',
    r"arn:aws:[a-zA-Z0-9:/_.-]+": "<arn>",
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}": "<id>",
}
"""Names for what differs each time."""

ITERATION = "MapIteration"


def lines(events: Sequence[Event]) -> list[str]:
    """The events of an execution as lines, iterations in their order."""
    sections = _sections(events)
    main = [(event, line(event)) for event in events if sections[event["id"]] is None]
    told: list[str] = []
    for event, text in main:
        if event["type"].startswith("MapState") and event["type"] != "MapStateStarted":
            told += _iterations(events, sections, event["id"])
        told.append(text)
    return told + _iterations(events, sections, len(events) + 1)


def tells_iterations(events: Sequence[Event]) -> bool:
    """Whether a history says which of its events belong to which iteration."""
    return any(event["type"].startswith(ITERATION) for event in events)


def most_at_once(events: Sequence[Event]) -> int:
    """How many calls of the function were under way at a time, at the most."""
    under_way = most = 0
    for event in events:
        if event["type"] == "TaskScheduled":
            under_way += 1
        elif event["type"] in {"TaskSucceeded", "TaskFailed", "TaskTimedOut"}:
            under_way -= 1
        most = max(most, under_way)
    return most


def longest_wait(events: Sequence[Event]) -> float:
    """How long an answer to a task token was waited for in vain, in seconds."""
    asked, longest = None, 0.0
    for event in events:
        details = event.get("taskScheduledEventDetails", {})
        if "waitForTaskToken" in details.get("resource", ""):
            asked = event["timestamp"]
        elif asked and event["type"] in {"TaskTimedOut", "TaskFailed"}:
            longest = max(longest, (event["timestamp"] - asked).total_seconds())
    return longest


Section = tuple[int, int] | None
"""The MapStateStarted that an iteration belongs to, and its index; None outside of maps."""


def _sections(events: Sequence[Event]) -> dict[int, Section]:
    found: dict[int, Section] = {0: None}
    started = 0
    for event in events:
        kind, before = event["type"], found.get(event.get("previousEventId", 0))
        if kind == "MapStateStarted":
            started = event["id"]
        if kind.startswith(ITERATION):
            (details,) = (value for key, value in event.items() if key.endswith("Details"))
            found[event["id"]] = (started, details["index"])
        elif kind.startswith(("MapState", "MapRun", "Execution")):
            found[event["id"]] = None
        else:
            found[event["id"]] = before
    return found


def _iterations(events: Sequence[Event], sections: Mapping[int, Section], before: int) -> list[str]:
    """Lines of the iterations of the last map that started before an event."""
    started = [e["id"] for e in events if e["type"] == "MapStateStarted" and e["id"] < before]
    closed = [
        e["id"]
        for e in events
        if e["type"] in {"MapStateSucceeded", "MapStateFailed", "MapStateExited"}
        and e["id"] < before
    ]
    if not started or (closed and max(closed) > max(started)):
        return []
    inside = [
        (section[1], event)
        for event in events
        if (section := sections[event["id"]]) is not None and section[0] == max(started)
    ]
    return [f"[{index}] {line(event)}" for index, event in sorted(inside, key=lambda one: one[0])]


def line(event: Event) -> str:
    """One event."""
    kind = event["type"]
    found = (value for key, value in event.items() if key.endswith("EventDetails"))
    details: Mapping[str, Any] = next(found, {})
    return " ".join([kind, *_told(kind, details)])


def _told(kind: str, details: Mapping[str, Any]) -> list[str]:
    for ending, tell in _TELLING.items():
        if kind.endswith(ending):
            return [text for text in tell(details) if text]
    return []


def _scheduled(details: Mapping[str, Any]) -> list[str]:
    limits = [
        word
        for word, key in (("timeout", "timeoutInSeconds"), ("heartbeat", "heartbeatInSeconds"))
        if key in details
    ]
    return [*_resource(details), *limits]


def _resource(details: Mapping[str, Any]) -> list[str]:
    return [details.get("resourceType", ""), details.get("resource", "")]


def _succeeded(details: Mapping[str, Any]) -> list[str]:
    output = json.loads(details["output"])
    if isinstance(output, dict) and "StatusCode" in output:
        output = {"Payload": output["Payload"]}
    return [text(output)]


def _failed(details: Mapping[str, Any]) -> list[str]:
    return [str(details.get("error", "")), f"({cause(details.get('cause'))})"]


def _iteration(details: Mapping[str, Any]) -> list[str]:
    return [details["name"], str(details["index"])]


_TELLING: Mapping[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "ExecutionStarted": lambda details: [text(json.loads(details["input"]))],
    "ExecutionSucceeded": lambda details: [text(json.loads(details["output"]))],
    "ExecutionTimedOut": lambda _details: [],
    "StateEntered": lambda details: [details["name"], text(json.loads(details["input"]))],
    "StateExited": lambda details: [details["name"], text(json.loads(details["output"]))],
    "IterationStarted": _iteration,
    "IterationSucceeded": _iteration,
    "IterationFailed": _iteration,
    "IterationAborted": _iteration,
    "MapStateStarted": lambda details: [str(details["length"])],
    "TaskScheduled": _scheduled,
    "TaskStarted": _resource,
    "TaskSubmitted": _resource,
    "TaskSucceeded": _succeeded,
    "TimedOut": lambda details: [str(details.get("error", ""))],
    "TaskFailed": _failed,
    "ExecutionFailed": _failed,
    "RunFailed": lambda details: [str(details.get("error", ""))],
}


def cause(given: str | None) -> str:
    """Find the words that somebody said of a failure."""
    said = SAID.search(given or "")
    return said.group(0) if said else UNTOLD


def text(value: Any) -> str:
    """JSON of a value, without what differs each time."""
    plain = json.dumps(_plain(value), separators=(", ", ": "), sort_keys=True)
    for pattern, name in NAMES.items():
        plain = re.sub(pattern, name, plain)
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"Error", "Cause"}:
            return {"Error": value["Error"], "Cause": cause(value["Cause"])}
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value
