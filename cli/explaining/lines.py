"""Lines of the function's log: JSON of the runtime's logger, and whatever else a process prints."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cqrs.aws.log_lines import FUNCTION, METRICS, Level, Line, logged_line, written_at
from cqrs.core.log_keys import (
    ACTION,
    APPROVAL,
    COMMAND,
    EXECUTION,
    ITEM,
    JOB,
    REQUEST,
    STATE,
    TASK,
    TENANT,
)
from cqrs.core.observability import CODE, FAULT, TRACEBACK

if TYPE_CHECKING:
    from cqrs.aws.log_events import LogEvent

SUBJECTS = (COMMAND, ITEM, TASK, JOB, APPROVAL, EXECUTION, STATE, TENANT, REQUEST, ACTION)

PLATFORM = re.compile(
    r"(?P<kind>START|END|REPORT|INIT_START|INIT_REPORT|EXTENSION|XRAY)\b"
    r"(?: RequestId: (?P<invocation>[0-9a-f-]{36}))?"
)
"""Lines of Lambda itself (Lambda guide, "Working with Lambda function logs")."""

LOST = re.compile(
    r"Task timed out|Status: timeout|Status: error|Runtime\.[A-Z]\w+|Runtime exited|^\[ERROR\]"
)
"""Text of such lines about an invocation that did not come to its end."""

RUNTIME_TRACEBACK = re.compile(r"Traceback \(most recent call last\)|\[ERROR\] ")
"""How the traceback begins that Lambda's runtime prints of what left the function."""


def lines_of(events: Iterable[LogEvent], *, with_platform: bool = False) -> list[Line]:
    """The lines of events of the function's log, ordered by time.

    Parameters
    ----------
    events
        Those of a stream in their order.
    with_platform
        Whether lines of Lambda and of metrics are wanted, too.
    """
    streams: dict[str, list[LogEvent]] = {}
    for event in events:
        streams.setdefault(event.stream, []).append(event)
    found: list[Line] = []
    for stream in streams.values():
        found += _of_stream(stream, with_platform=with_platform)
    return sorted(found, key=lambda line: line.at)


def without_repeats(lines: Sequence[Line]) -> list[Line]:
    """Leave out what Lambda's runtime printed of an error that the runtime's logger told."""
    told = {line.invocation for line in lines if line.traceback and line.invocation}
    kept: list[Line] = []
    repeats: set[str] = set()
    for line in lines:
        if line.is_raw and line.invocation in told:
            if RUNTIME_TRACEBACK.match(line.message):
                repeats.add(line.invocation)
            if line.invocation in repeats:
                continue
        kept.append(line)
    return kept


def fault_of(line: Line) -> dict[str, Any] | None:
    """The error in the application's code that a line reports; None if it reports none."""
    if not line.traceback:
        return None
    keys = line.keys
    named = {name: str(keys[name]) for name in ("handler", "error", "reason") if name in keys}
    return {
        "at": line.at.isoformat(timespec="milliseconds"),
        **named,
        FAULT: str(keys.get(FAULT, "")),
        CODE: str(keys.get(CODE, "")),
        TRACEBACK: line.traceback.splitlines(),
    }


def _of_stream(events: Sequence[LogEvent], *, with_platform: bool) -> list[Line]:
    """The lines of one process, which is at work on one invocation at a time."""
    lines: list[Line] = []
    invocation = ""
    for event in events:
        platform = PLATFORM.match(event.message)
        if platform and platform["kind"] == "START":
            invocation = platform["invocation"] or ""
        named = platform["invocation"] if platform else None
        line = _line(event, named or invocation, is_platform=platform is not None)
        if platform and platform["kind"] == "END":
            invocation = ""
        is_lost = LOST.search(line.message) is not None
        if with_platform or is_lost or not (platform or METRICS in line.keys):
            lines.append(line)
    return _in_order(lines)


def _in_order(lines: list[Line]) -> list[Line]:
    """Let no raw line be later than those behind it.

    Emulator difference: MiniStack gives all lines of an invocation the time of its end, and those
    of the logger have their own.
    """
    ordered: list[Line] = []
    for line in reversed(lines):
        behind = ordered[-1].at if ordered else line.at
        ordered.append(replace(line, at=behind) if line.is_raw and line.at > behind else line)
    return ordered[::-1]


def _line(event: LogEvent, invocation: str, *, is_platform: bool) -> Line:
    if not is_platform and (logged := logged_line(event, invocation)) is not None:
        return logged
    is_lost = LOST.search(event.message) is not None
    level = Level.ERROR if is_lost else Level.INFO
    text = event.message.rstrip("\r\n")
    at = written_at(event)
    return Line(at, FUNCTION, level, text, {}, invocation, True, event.stream, event.id)
