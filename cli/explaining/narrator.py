"""Puts into a story what logs and histories have about its subject."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cli.explaining.evidence import Evidence
from cli.explaining.lines import fault_of
from cli.explaining.places import with_place
from cli.explaining.stories import Moment, Story, parsed
from cli.suggestions import command_line
from cqrs.aws.log_lines import Level, Line
from cqrs.core.observability import FAULT

if TYPE_CHECKING:
    from cli.deployed.connection import Connection
    from cli.explaining.wanted import Wanted
    from cli.explaining.ways import Visit, Way
    from cqrs.services import Services

CLOCKS = timedelta(minutes=1)
"""Clocks may differ by as much, and a line be written that late."""

DETAIL_LENGTH = 300
"""Characters of a detail; ``--json`` has the whole cause with its execution."""

MOST_LINES = 40
"""Lines of the function's log that a story has, the last ones."""


class Narrator:
    """Tells stories of one environment.

    Parameters
    ----------
    evidence
        Reads its logs and histories.
    """

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence

    @property
    def connection(self) -> Connection:
        """The environment."""
        return self.evidence.connection

    @property
    def services(self) -> Services:
        """Its services."""
        return self.connection.services

    def line(self, *words: str, keys: Sequence[str] = ()) -> str:
        """A command that works on this environment."""
        return command_line(self.connection, *words, keys=keys)

    def add(
        self,
        story: Story,
        wanted: Wanted,
        ways: Sequence[Way],
        since: str | datetime | None,
        until: str | None = None,
    ) -> None:
        """Add executions, and the function's lines from then until then.

        Parameters
        ----------
        since, until
            When the subject was made, and when it ended; None if it goes on.
        """
        for way in ways:
            self._add_way(story, way)
        begin = since if isinstance(since, datetime) else parsed(since, story.subject)
        end = parsed(until, story.subject)
        invocations = [one for way in ways for one in way.invocations]
        lines = self.evidence.lines(
            wanted,
            (begin or datetime.now(UTC)) - CLOCKS,
            None if end is None else end + CLOCKS,
            invocations,
        )
        self._add_lines(story, lines)
        self.tell_refused(story)

    def add_faults(self, story: Story, lines: Sequence[Line]) -> None:
        """Add the errors in the application's code, each place once."""
        for line in lines:
            found = fault_of(line)
            if found is None:
                continue
            fault = with_place(found)
            same = next((one for one in story.faults if _are_alike(one, fault)), None)
            if same is None:
                story.faults.append({**fault, "times": 1})
            else:
                same |= {**fault, "times": same["times"] + 1}

    def _add_lines(self, story: Story, lines: Sequence[Line]) -> None:
        self.add_faults(story, lines)
        # The history has each try that failed, and the fault its place.
        are_told = any(way.visits for way in story.ways)
        told = [
            line
            for line in lines
            if line.level.rank > Level.DEBUG.rank and not (line.traceback and are_told)
        ]
        for line in told[-MOST_LINES:]:
            story.moments.append(Moment(line.at, line.source, line.message, _detail(line)))
        if len(told) > MOST_LINES:
            story.unknown.append(
                f"{len(told) - MOST_LINES:,} earlier lines of the log: `cqrs logs`"
            )

    def _add_way(self, story: Story, way: Way) -> None:
        story.ways.append(way)
        way.definition = self.evidence.definition(way.machine)
        if way.is_hidden:
            story.unknown.append(
                f"states of {way.machine}/{way.name}: operators may read histories, and you may not"
            )
        if way.started is not None:
            began = Moment(way.started, way.machine, "execution started", way.name)
            story.moments.append(began)
        for visit in way.visits:
            story.moments += _visit(way.machine, visit)
        if way.stopped is not None:
            error = f"{way.error}: {way.cause}" if way.error else ""
            what = f"execution {way.status}"
            story.moments.append(Moment(way.stopped, way.machine, what, error[:DETAIL_LENGTH]))

    def tell_refused(self, story: Story) -> None:
        """Add which logs could not be read."""
        for group in dict.fromkeys(self.evidence.logs.refused):
            story.unknown.append(f"the log {group}: you may not read it (docs/permissions.md)")
        self.evidence.logs.refused.clear()


def _visit(machine: str, visit: Visit) -> list[Moment]:
    tries = [
        Moment(
            datetime.fromisoformat(one["at"]),
            machine,
            f"try {number} of {visit.state} failed",
            f"{one['error']}: {one['cause']}"[:DETAIL_LENGTH],
        )
        for number, one in enumerate(visit.failed_tries, start=1)
    ]
    took = "" if visit.left is None else f" after {_seconds(visit.left - visit.entered)}"
    items = ""
    if visit.items is not None:
        items = ", " + ", ".join(f"{count} {name}" for name, count in visit.items.items() if count)
    detail = f"{visit.outcome.value}{took}{items}".removesuffix(", ")
    return [Moment(visit.entered, machine, visit.state, detail), *tries]


def _seconds(time: timedelta) -> str:
    seconds = time / timedelta(seconds=1)
    return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:,.0f} s"  # noqa: PLR2004


def _detail(line: Line) -> str:
    """The parts of a line that its story does not have already."""
    if line.is_raw and not line.traceback:
        return "printed"
    told = [
        f"{name}={line.keys[name]}"
        for name in ("error", "reason", "cause", FAULT, "action", "status", "kind", "how", "why")
        if line.keys.get(name) not in (None, "")
    ]
    return ", ".join(told)[:DETAIL_LENGTH]


def _are_alike(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(one.get(name) == other.get(name) for name in (FAULT, "error", "handler"))
