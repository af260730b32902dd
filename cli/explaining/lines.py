"""Lines of the function's log: JSON of the runtime's logger, and whatever else a process prints."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cli.explaining.uncaught import first_of_uncaught, uncaught_in, uncaught_in_record
from cqrs.aws.log_lines import FUNCTION, METRICS, Level, Line, logged_line, written_at
from cqrs.core.json_text import from_json_or_text
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


OF_STATES = "handler of StepFunctionsEvent"
"""The handler that takes whatever state it is."""

UNCAUGHT = "Invocation failed"
"""Message of a line about an error that left the function."""


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
    told = {line.invocation for line in lines if line.traceback and not line.is_raw} - {""}
    kept: list[Line] = []
    repeats: set[str] = set()
    for line in lines:
        if line.is_raw and line.invocation in told:
            if line.traceback or RUNTIME_TRACEBACK.match(line.message):
                repeats.add(line.invocation)
            if line.invocation in repeats:
                continue
        kept.append(line)
    return kept


def fault_of(line: Line) -> dict[str, Any] | None:
    """The error in the application's code that a line reports; None if it reports none."""
    keys = line.keys
    # The runtime's own refusals leave the function, too, and no code is at fault.
    if not line.traceback or (line.is_raw and FAULT not in keys):
        return None
    named = {name: str(keys[name]) for name in ("handler", "error", "reason") if name in keys}
    if keys.get(STATE) and named.get("handler", OF_STATES) == OF_STATES:
        named["handler"] = f"state {keys[STATE]}"
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
    for event in _with_whole_tracebacks(events):
        platform = PLATFORM.match(event.message)
        if platform and platform["kind"] == "START":
            invocation = platform["invocation"] or ""
        named = platform["invocation"] if platform else None
        line = _line(event, named or invocation, is_platform=platform is not None)
        if platform and platform["kind"] == "END":
            invocation = ""
        if line.is_raw and line.traceback:
            line = replace(line, keys={**_subject(lines, line.invocation), **line.keys})
        is_lost = LOST.search(line.message) is not None
        if with_platform or is_lost or not (platform or METRICS in line.keys):
            lines.append(line)
    return _in_order(lines)


def _with_whole_tracebacks(events: Sequence[LogEvent]) -> list[LogEvent]:
    """The events, and what left the function as one of them.

    Emulator difference: MiniStack writes each line of such a traceback as an event.
    """
    found: list[LogEvent] = []
    printed = 0  # how many of the last ones may be of one text
    for event in events:
        is_end = PLATFORM.match(event.message) is not None
        if is_end:
            _make_whole(found, printed)
        found.append(event)
        is_logged = isinstance(from_json_or_text(event.message.strip()), dict)
        printed = 0 if is_end or is_logged else printed + 1
    _make_whole(found, printed)
    return found


def _make_whole(found: list[LogEvent], printed: int) -> None:
    texts = [event.message.rstrip("\r\n") for event in found[len(found) - printed :]]
    first = first_of_uncaught(texts)
    if first is not None:
        place = len(found) - printed + first
        found[place:] = [replace(found[place], message="\n".join(texts[first:]))]


def _subject(lines: Iterable[Line], invocation: str) -> dict[str, Any]:
    """The subject of an invocation that is about one thing, as its last line tells it."""
    own = [line.keys for line in lines if line.invocation == invocation and not line.is_raw]
    if not own or not invocation or not {EXECUTION, ACTION, REQUEST} & {*own[-1]}:
        return {}
    return {name: own[-1][name] for name in SUBJECTS if name in own[-1]}


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
    said = from_json_or_text(event.message.strip())
    text = event.message.rstrip("\r\n")
    left = uncaught_in_record(said) if isinstance(said, dict) else uncaught_in(text)
    is_lost = left is not None or LOST.search(text) is not None
    level = Level.ERROR if is_lost else Level.INFO
    text = text if left is None else UNCAUGHT
    at = written_at(event)
    return Line(at, FUNCTION, level, text, left or {}, invocation, True, event.stream, event.id)
