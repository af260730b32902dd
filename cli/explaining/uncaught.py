"""Errors that left the function, as Lambda's runtime prints them at the end of an invocation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from cqrs.core.observability import CODE, FAULT, TRACEBACK
from cqrs.core.tracebacks import CODE_LENGTH, MOST_ERRORS, REASON_LENGTH, frame_lines

BEGIN = re.compile(r"\s*(?:\+ Exception Group )?Traceback \(most recent call last\):")
"""The first line of the traceback of one error."""

LINKS = (
    "The above exception was the direct cause of the following exception:",
    "During handling of the above exception, another exception occurred:",
)
"""Lines between the tracebacks of a chain."""

FRAME = re.compile(r'\s+File "(?P<file>.+)", line (?P<line>[0-9]+), in (?P<function>.+)')

HANDLER = re.compile(r'File "(?P<root>.*)handler\.py", line [0-9]+, in handler$', re.MULTILINE)
"""The function's entry point, which whatever leaves the function has passed."""

ERROR = re.compile(r"(?P<error>[\w.]+)(?:: ?(?P<reason>.*))?", re.DOTALL)

RECORD = re.compile(r"\[ERROR\] ")
"""The beginning of the text that Lambda writes: the error, and its traceback behind it."""

OWN = "cqrs"
"""Folder of the runtime's own code, beside the application's packages."""


@dataclass(slots=True)
class _Frame:
    file: str
    line: int
    function: str
    code: str = ""

    def shown(self, root: str) -> str:
        return self.file.removeprefix(root)

    def package(self, root: str) -> str:
        """Folder of the application's code; empty of any other code."""
        inside = PurePosixPath(self.shown(root))
        is_own = self.file.startswith(root) and len(inside.parts) > 1
        return inside.parts[0] if is_own and inside.parts[0] != OWN else ""


@dataclass(slots=True)
class _Error:
    """One error of a chain: its frames, and the lines that name it."""

    frames: list[_Frame] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


def uncaught_in(text: str) -> dict[str, str] | None:
    """The keys of a line about an error that left the function; None if a text has none.

    Parameters
    ----------
    text
        A traceback as Python prints it, or a record of Lambda's runtime (Lambda guide, "Working
        with Lambda function logs").

    Returns
    -------
    dict
        ``error`` and ``reason``; ``traceback`` without the runtime's frames; ``fault`` and
        ``code`` if it passed the application's code (:func:`cqrs.core.tracebacks.traceback_of`).
    """
    chain = "\n".join(text.splitlines())
    entry = HANDLER.search(chain)
    if entry is None:
        return None
    errors = list(_errors(chain.splitlines()))
    if RECORD.match(chain):
        head, _, _ = RECORD.sub("", chain, count=1).partition("\nTraceback ")
        errors[-1].told = head.splitlines()
    named = ERROR.fullmatch("\n".join(errors[-1].told).strip())
    name, reason = (named["error"], named["reason"] or "") if named else ("An error", "")
    keys = {"error": name.rpartition(".")[2], "reason": reason[:REASON_LENGTH]}
    root = entry["root"]
    for error in errors:
        error.frames = _behind_entry(error.frames, f"{root}handler.py")
    place = _place(errors, root)
    if place is not None:
        where = f"{place.shown(root)}:{place.line} in {place.function}"
        keys |= {FAULT: where, CODE: place.code}
    return {**keys, TRACEBACK: "\n".join(_lines(errors[-MOST_ERRORS:], root))}


def uncaught_in_record(said: Mapping[str, Any]) -> dict[str, str] | None:
    """The same of a record that is JSON."""
    trace = said.get("stackTrace")
    if not isinstance(trace, list) or "errorType" not in said:
        return None
    head = f"[ERROR] {said['errorType']}: {said.get('errorMessage', '')}"
    return uncaught_in("\n".join([head, "Traceback (most recent call last):", *map(str, trace)]))


def first_of_uncaught(texts: Sequence[str]) -> int | None:
    """Place of the first line of the error that left the function; None if none did.

    Parameters
    ----------
    texts
        The last lines of an invocation, with all that its code printed.
    """
    found = None
    for place, text in enumerate(texts):
        if BEGIN.match(text) and not _is_linked(texts[:place]):
            found = place if HANDLER.search("\n".join(texts[place:])) else found
    return found


def _is_linked(texts: Sequence[str]) -> bool:
    before = [text for text in texts if text.strip()]
    return bool(before) and before[-1].strip() in LINKS


def _errors(lines: Iterable[str]) -> Iterator[_Error]:
    """The errors of a chain, the last one last."""
    error: _Error | None = None
    for line in lines:
        if BEGIN.match(line):
            if error is not None:
                yield error
            error = _Error()
        elif error is not None and line.strip() not in LINKS:
            _read(error, line)
    if error is not None:
        yield error


def _read(error: _Error, line: str) -> None:
    frame = FRAME.fullmatch(line)
    if error.told:
        error.told.append(line)
    elif frame:
        error.frames.append(_Frame(frame["file"], int(frame["line"]), frame["function"]))
    elif line[:1].isspace():
        # A line of marks below the code may follow it.
        if error.frames and not error.frames[-1].code:
            error.frames[-1].code = line.strip()[:CODE_LENGTH]
    elif line:
        error.told.append(line)


def _behind_entry(frames: list[_Frame], entry: str) -> list[_Frame]:
    places = [number for number, frame in enumerate(frames, start=1) if frame.file == entry]
    return frames[places[0] :] if places else frames


def _place(errors: Sequence[_Error], root: str) -> _Frame | None:
    """The last frame in the application's code, of the last error that passed it."""
    for error in reversed(errors):
        own = [frame for frame in error.frames if frame.package(root)]
        if own:
            return [frame for frame in own if frame.package(root) == own[0].package(root)][-1]
    return None


def _lines(errors: Sequence[_Error], root: str) -> Iterator[str]:
    for error in errors:
        yield from frame_lines(
            _without_runtime(error.frames, root), lambda frame: frame.shown(root)
        )
        yield "\n".join(error.told).rstrip()[:REASON_LENGTH]


def _without_runtime(frames: Sequence[_Frame], root: str) -> Sequence[_Frame]:
    """The frames from the application's first on, without the runtime's; all if it has none."""
    first = next((n for n, frame in enumerate(frames) if frame.package(root)), None)
    if first is None:
        return frames
    own = f"{root}{OWN}/"
    return [frame for frame in frames[first:] if not frame.file.startswith(own)]
