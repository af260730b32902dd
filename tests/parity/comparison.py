"""Executions on an engine, beside their documented sequences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.parity.documented.record import Documented, Line
from tests.parity.engine import Recorded

Edit = Callable[[Sequence[Line]], list[Line]]
"""Makes of a documented sequence what an engine does instead."""

EVERY = ("every execution",)
"""Stands for all executions in a difference."""

MAP_ENTERED = "MapStateEntered "
MAP_LEFT = ("MapStateExited ", "ExecutionFailed ")


@dataclass(frozen=True)
class Difference:
    """A known difference: a row of the table.

    Attributes
    ----------
    engine
        Name of the engine.
    executions
        Executions that show it, each of them; or :data:`EVERY`, of which some have no such lines.
    where
        State, event or answer.
    does
        The engine's doing, in words.
    documented
        AWS's, as it is documented.
    cause
        The reason in the engine.
    edit
        The same for a machine to read.
    """

    engine: str
    executions: Sequence[str]
    where: str
    does: str
    documented: str
    cause: str
    edit: Edit

    def covers(self, execution: str) -> bool:
        """Whether the execution shows it."""
        return self.executions == EVERY or execution in self.executions


def findings(rows: Sequence[Difference], documented: Documented, recorded: Recorded) -> list[str]:
    """Deviations of an execution that are not in the table, and its rows that are in vain."""
    told = deviations(rows, documented, recorded)
    for row in rows:
        if documented.execution in row.executions and not _is_used(row, rows, documented, recorded):
            told.append(f"is in the table and occurs no more: {row.where}: {row.does}")
    return told


def in_vain(
    rows: Sequence[Difference],
    documented: Mapping[str, Documented],
    recorded: Mapping[str, Recorded],
) -> list[str]:
    """Rows for every execution that none shows any more."""
    return [
        f"is in the table and occurs no more: {row.where}: {row.does}"
        for row in rows
        if row.executions == EVERY
        and not any(
            _is_used(row, rows, documented[name], record) for name, record in recorded.items()
        )
    ]


def _is_used(
    row: Difference, rows: Sequence[Difference], documented: Documented, recorded: Recorded
) -> bool:
    others = [other for other in rows if other is not row]
    return bool(deviations(others, documented, recorded))


def deviations(rows: Sequence[Difference], documented: Documented, recorded: Recorded) -> list[str]:
    """All lines in which an execution is neither as documented nor as the table says."""
    expected = list(documented.lines)
    for row in rows:
        if row.covers(documented.execution):
            expected = row.edit(expected)
    actual = [Line((text,)) for text in recorded.lines]
    if not recorded.tells_iterations:
        expected, actual = _sorted_in_maps(expected), _sorted_in_maps(actual)
    return list(_differences(expected, [line.text for line in actual]))


def _sorted_in_maps(lines: Sequence[Line]) -> list[Line]:
    """Nothing says in which order the iterations of such a history are."""
    begin = next((i for i, one in enumerate(lines, 1) if one.text.startswith(MAP_ENTERED)), 0)
    left = (i for i, one in enumerate(lines) if i >= begin and one.text.startswith(MAP_LEFT))
    end = next(left, len(lines)) if begin else 0
    inside = sorted(lines[begin:end], key=lambda line: line.alternatives)
    return [*lines[:begin], *inside, *lines[end:]]


def _differences(expected: Sequence[Line], actual: Sequence[str]) -> Iterator[str]:
    """Pair as many lines as possible in their order, and report the others."""
    common = [[0] * (len(actual) + 1) for _ in range(len(expected) + 1)]
    for i in reversed(range(len(expected))):
        for j in reversed(range(len(actual))):
            common[i][j] = (
                common[i + 1][j + 1] + 1
                if actual[j] in expected[i].alternatives
                else max(common[i + 1][j], common[i][j + 1])
            )
    i = j = 0
    while i < len(expected) or j < len(actual):
        if i < len(expected) and j < len(actual) and actual[j] in expected[i].alternatives:
            i, j = i + 1, j + 1
        elif j == len(actual) or (i < len(expected) and common[i + 1][j] >= common[i][j + 1]):
            if not expected[i].may_be_absent:
                yield f"lacks {expected[i].text}"
            i += 1
        else:
            yield f"has {actual[j]}"
            j += 1
