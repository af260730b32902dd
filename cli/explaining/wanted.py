"""Which lines are wanted: those about one piece of work, of one state, from one level on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cqrs.aws.log_lines import Level, Line
from cqrs.core.keys import KEY_SEPARATOR, VERSION_SEPARATOR
from cqrs.core.log_keys import (
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

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

PARTS = {COMMAND: VERSION_SEPARATOR, TASK: KEY_SEPARATOR}
"""Signs between an item and a version of it, and between a task and a sub-task."""

WORK = (COMMAND, ITEM, TASK, JOB, APPROVAL)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The subject that lines must have; a part that is not said does not matter.

    Attributes
    ----------
    work
        Partition and sort key of a command, task, import, approval request or item.
    executions
        Names of executions; a line of any of them, or about the work.
    state, tenant
        A state, and a tenant.
    request
        Id of an API request or of an invocation.
    level
        The least level.
    """

    work: tuple[str, str] | None = None
    executions: tuple[str, ...] = ()
    state: str | None = None
    tenant: str | None = None
    request: str | None = None
    level: Level = Level.DEBUG

    @property
    def phrases(self) -> tuple[str, ...]:
        """Texts of which each line that is about the work has one; none if lines need no text."""
        if self.request:
            return (self.request,)
        # Ids have a slash between the two keys, and commands a space.
        of_work = (self.work[1],) if self.work else ()
        return (*self.executions, *of_work) or tuple(filter(None, (self.state, self.tenant)))[:1]

    @property
    def is_narrow(self) -> bool:
        """Whether lines have to be about something, and not only of a level."""
        return bool(self.phrases)

    def selected(
        self, lines: Sequence[Line], invocations: AbstractSet[str] = frozenset()
    ) -> list[Line]:
        """The lines that are wanted, with what their invocations printed.

        Parameters
        ----------
        lines
            In their order.
        invocations
            Further invocations that are known to be about the work.
        """
        about = {line.invocation for line in lines if line.invocation and self._is_about(line)}
        known = about | invocations
        return [line for line in lines if self._is_wanted(line, known)]

    def _is_wanted(self, line: Line, invocations: AbstractSet[str]) -> bool:
        if line.level.rank < self.level.rank:
            return False
        if not self.is_narrow or self._is_about(line):
            return True
        return line.is_raw and line.invocation in invocations

    def _is_about(self, line: Line) -> bool:
        keys = line.keys
        if self.request and self.request not in {line.invocation, keys.get(REQUEST)}:
            return False
        if self.state and keys.get(STATE) != self.state:
            return False
        if self.tenant and keys.get(TENANT) != self.tenant:
            return False
        if self.work is None and not self.executions:
            return self.is_narrow
        return keys.get(EXECUTION) in self.executions or self._is_about_work(line)

    def _is_about_work(self, line: Line) -> bool:
        if self.work is None:
            return False
        names = {" ".join(self.work), "/".join(self.work)}
        return any(
            str(line.keys[kind]) in names
            or str(line.keys[kind]).startswith(
                tuple(f"{name}{PARTS.get(kind, ' ')}" for name in names)
            )
            for kind in WORK
            if kind in line.keys
        )
