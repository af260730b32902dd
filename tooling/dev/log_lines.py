"""Lines of the function's log as ``make dev`` tells them: each with its subject, or its place."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cli.explaining.lines import lines_of
from cqrs.aws.log_events import LogEvent
from cqrs.aws.log_lines import Level, Line
from cqrs.core.log_keys import APPROVAL, COMMAND, EXECUTION, ITEM, JOB, STATE, TASK
from cqrs.core.observability import CODE, FAULT, TRACEBACK
from tooling.dev.sources import CODE as SOURCES

LONGEST_LINE = 300
MOST_KEPT = 1000
"""Invocations and failures that are remembered; after more, all of them are forgotten."""

PAIRS = (COMMAND, ITEM)
"""Subjects that two words name."""

WORK = (*PAIRS, TASK, JOB, APPROVAL, EXECUTION)
"""The subject of a line is the first of these that it has."""

UNTOLD = {*WORK, STATE, "tenant", "request", "handler", "error", "reason", FAULT, CODE, TRACEBACK}
"""Keys that are not shown by their names."""

FRAME = re.compile(
    r'^\s*File "(?:/var/task/|.*/code/)?(?P<path>[^"]+)", line (?P<line>\d+), in (?P<name>.+)$'
)
"""A place in a traceback: of the function's own log, of Lambda, or of MiniStack's folder."""

OF_PROJECT = ("cqrs/", "handler.py")
BETWEEN = ("The above exception", "During handling", "Traceback (most recent")


class LogLines:
    """Puts events of the function's log into words.

    Lines of debugging are left out. Of a traceback it tells the places in code of the application,
    once; a failure that is the same again takes a line.

    Parameters
    ----------
    root
        Folder of the project.
    explain
        Makes the command that tells more about what words name.
    """

    def __init__(self, root: Path, explain: Callable[[Sequence[str]], str]) -> None:
        self._code = root / SOURCES
        self._explain = explain
        self._failures: Counter[tuple[str, ...]] = Counter()
        self._subjects: dict[str, str] = {}
        self._told: set[str] = set()

    def __call__(self, events: Iterable[LogEvent]) -> Iterator[str]:
        """Tell what comes next, a line each."""
        self._forget()
        for line in lines_of(events):
            for text in self._lines(line):
                yield text[:LONGEST_LINE]

    def _forget(self) -> None:
        for kept in (self._failures, self._subjects, self._told):
            if len(kept) > MOST_KEPT:
                kept.clear()

    def _lines(self, line: Line) -> Iterator[str]:
        if line.is_raw and not line.traceback:
            for text in filter(str.strip, line.message.splitlines()):
                prefix = f"{line.level} " if line.level is not Level.INFO else ""
                yield _joined(f"{prefix}{text.rstrip()}", self._subjects.get(line.invocation, ""))
            return
        if line.is_raw and line.invocation in self._told:
            return  # The function has logged it, and Lambda has printed it too.
        if line.invocation and not line.is_raw:
            self._subjects[line.invocation] = _subject(line.keys)
        if line.level is Level.DEBUG:
            return
        if line.traceback:
            self._told |= {line.invocation} - {""}
        yield from self._entry(line)

    def _entry(self, line: Line) -> Iterator[str]:
        keys = line.keys
        more = [f"{name}={value}" for name, value in keys.items() if name not in UNTOLD]
        handler = f"({keys['handler']})" if keys.get("handler") else ""
        said = _joined(f"{line.level} {line.message}", _subject(keys), handler, *more)
        places = [*self._places(line.traceback.splitlines())]
        reason = ": ".join(str(keys[name]) for name in ("error", "reason") if keys.get(name))
        if not places:
            yield f"{said}: {reason}" if reason else said
            return
        failure = (said, *places)
        self._failures[failure] += 1
        if self._failures[failure] > 1:
            yield f"{said}: {reason}, the same as before, {self._failures[failure]} times by now"
            return
        yield said
        yield from places
        if words := _words(keys):
            yield f"  Why: {self._explain(words)}"

    def _places(self, lines: Iterable[str]) -> Iterator[str]:
        """The places in the application's code, and the error behind the last of each part."""
        frames: list[str] = []
        for text in lines:
            found = FRAME.match(text)
            if found and self._is_own(found["path"]):
                place = f"{SOURCES}/{found['path']}:{found['line']}"
                frames.append(f"  {place}: in {found['name']}")
            elif frames and _is_error(text):
                *before, last = frames
                yield from (*before, f"{last}: {text}")
                frames = []
        yield from frames

    def _is_own(self, path: str) -> bool:
        return not path.startswith(OF_PROJECT) and (self._code / path).is_file()


def _is_error(text: str) -> bool:
    """Whether a line of a traceback names an error: places and code are indented."""
    return bool(text.strip()) and not text.startswith((" ", *BETWEEN))


def _subject(keys: Mapping[str, Any]) -> str:
    work = next((str(keys[name]) for name in WORK if keys.get(name)), "")
    return _joined(work, f"in {keys[STATE]}" if keys.get(STATE) else "")


def _words(keys: Mapping[str, Any]) -> list[str]:
    """The words that name the subject to the command line."""
    for name in WORK:
        if keys.get(name):
            named = str(keys[name])
            return named.split(" ", 1) if name in PAIRS else [named]
    return []


def _joined(*words: str) -> str:
    return " ".join(word for word in words if word)
