"""Excerpts of the logs of an environment: the function's and its machines', in one order."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cqrs.resources import StateMachine

if TYPE_CHECKING:
    from cli.explaining.evidence import Evidence
    from cli.explaining.wanted import Wanted
    from cqrs.aws.log_lines import Line

POLL_SECONDS = 2.0

LATE = timedelta(seconds=20)
"""A line may be readable that much later than it says, so this is looked at again."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Which part of the logs somebody wants.

    Attributes
    ----------
    wanted
        The subject of its lines.
    since
        From when on.
    executions
        The Standard executions that it is about, as machine and name.
    express
        The text by which the log of the Express lane is looked through; None to leave it out.
    machines
        Machines whose whole logs are wanted.
    """

    wanted: Wanted
    since: datetime
    executions: tuple[tuple[str, str], ...] = ()
    express: str | None = None
    machines: tuple[str, ...] = ()


class LogReader:
    """Reads excerpts.

    Parameters
    ----------
    evidence
        The logs and histories of an environment.

    Attributes
    ----------
    refused
        Logs and histories that the caller may not read.
    """

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self.refused: set[str] = set()

    def read(self, excerpt: Excerpt) -> list[Line]:
        """The lines of an excerpt, ordered by time."""
        of_machines, invocations = self._of_machines(excerpt)
        lines = self._evidence.lines(excerpt.wanted, excerpt.since, None, invocations)
        self.refused |= {*self._evidence.logs.refused}
        found = [line for line in (*lines, *of_machines) if line.at >= excerpt.since]
        return sorted(found, key=lambda line: line.at)

    def follow(self, excerpt: Excerpt) -> Iterator[Sequence[Line]]:
        """Lines as they come, a list at each look; it does not end."""
        seen: set[str] = set()
        since = excerpt.since
        while True:
            began = datetime.now(UTC)
            lines = self.read(replace(excerpt, since=since))
            yield [line for line in lines if line.id not in seen]
            # Those that are not read again need not be known.
            seen = {line.id for line in lines}
            since = max(since, began - LATE)
            time.sleep(POLL_SECONDS)

    def _of_machines(self, excerpt: Excerpt) -> tuple[list[Line], list[str]]:
        """Lines of machines that are wanted, and the invocations that their histories tell."""
        evidence, wanted = self._evidence, excerpt.wanted
        lines: list[Line] = []
        for machine, name in excerpt.executions:
            history = evidence.history_lines(machine, name)
            if history is None:
                self.refused.add(f"the history of {machine}/{name}")
            lines += history or ()
        if excerpt.express is not None:
            express = StateMachine.EXPRESS_COMMAND
            lines += evidence.machine_lines(express, excerpt.since, excerpt.express)
        elif not wanted.is_narrow:
            for machine in excerpt.machines:
                lines += evidence.machine_lines(machine, excerpt.since)
        invocations = [line.invocation for line in lines if line.invocation]
        return [line for line in lines if _takes(wanted, line)], list(dict.fromkeys(invocations))


def _takes(wanted: Wanted, line: Line) -> bool:
    is_in_state = wanted.state in {None, line.keys.get("state")}
    return is_in_state and line.level.rank >= wanted.level.rank
