"""Edits of documented sequences, of which the table of differences is made.

A star in a pattern stands for any text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tests.parity.comparison import Edit
from tests.parity.documented.record import CALL, Documented, Line


def lacks(*patterns: str) -> Edit:
    """There are no such lines."""
    return lambda lines: [
        line for line in lines if not any(_matches(pattern, line) for pattern in patterns)
    ]


def instead(pattern: str, *others: str) -> Edit:
    """Other lines are in the place of one."""

    def edit(lines: Sequence[Line]) -> list[Line]:
        edited: list[Line] = []
        for line in lines:
            edited += [Line((other,)) for other in others] if _matches(pattern, line) else [line]
        return edited

    return edit


def renamed(old: str, new: str) -> Edit:
    """A text is another wherever it occurs."""
    return lambda lines: [
        Line(tuple(text.replace(old, new) for text in line.alternatives), line.may_be_absent)
        for line in lines
    ]


def retried(failure: str, times: int) -> Edit:
    """A call that fails so is repeated, and fails so again each time."""

    def edit(lines: Sequence[Line]) -> list[Line]:
        edited: list[Line] = []
        for line in lines:
            edited.append(line)
            if _matches(failure, line):
                prefix = line.text[: line.text.index("TaskFailed")]
                call = [Line((f"{prefix}{text}",)) for text in CALL]
                edited += [*call, line] * times
        return edited

    return edit


def before_repeats(pattern: str, other: str) -> Edit:
    """Another line stands before each one of a kind but the first."""

    def edit(lines: Sequence[Line]) -> list[Line]:
        edited: list[Line] = []
        is_first = True
        for line in lines:
            if _matches(pattern, line):
                edited += [] if is_first else [Line((other,))]
                is_first = False
            edited.append(line)
        return edited

    return edit


def like(sequences: Mapping[str, Documented], execution: str) -> Edit:
    """All is as documented for another execution."""
    return lambda _lines: list(sequences[execution].lines)


def wholly(*texts: str) -> Edit:
    """Nothing is as documented."""
    return lambda _lines: [Line((text,)) for text in texts]


def outside_of_iterations(lines: Sequence[Line]) -> list[Line]:
    """Lines of iterations stand between the others, and have no number."""
    return [line.outside_of_iterations() for line in lines]


def both(*edits: Edit) -> Edit:
    """One edit after another."""

    def edit(lines: Sequence[Line]) -> list[Line]:
        edited = list(lines)
        for one in edits:
            edited = one(edited)
        return edited

    return edit


def _matches(pattern: str, line: Line) -> bool:
    expression = ".*".join(re.escape(part) for part in pattern.split("*"))
    return any(re.fullmatch(expression, text) for text in line.alternatives)
