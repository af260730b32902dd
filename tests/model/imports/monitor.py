"""The rules that hold at every moment, watched while an import goes on."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from cqrs.aws.item_store import Address
from cqrs.imports.models import ETAG, MAP_IS_OVER, ImportStatus, RowCounts
from cqrs.imports.records import CANCELLED_AT
from cqrs.testing.text import Text, view
from tests.model.imports.files import Line, text_of
from tests.model.imports.map_run import RUNNING, Execution
from tests.model.imports.program import KEY
from tests.model.imports.scenarios import DIRECT, Scenario
from tests.model.versioned_bucket import Version
from tests.model.violation import Violation

COMMANDS, DATA, IMPORTS = "commands", "data", "import_tmp"
JOB: Address = (IMPORTS, KEY.pk, KEY.sk)

ONE_FILE = "1 the rows of one file"
EACH_ONCE = "2 each row once"
NOTHING_AFTER = "3 nothing changes after the end"
REASONS = "4 rows are rejected, and imports fail, for a reason"
ALL_END = "5 every import ends"
PROGRESS = "6 what is handed over moves on"


class Monitor:
    """Remembers what a rule needs to know of the past.

    Attributes
    ----------
    scenario
        The scenario that the run began with.
    excuses
        The excuses for rows that were not imported.
    is_changed
        Whether the file was replaced or deleted.
    faults
        How many there were.
    """

    __slots__ = ("_asked", "excuses", "faults", "is_changed", "is_redriven", "scenario")

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.excuses: frozenset[str] = frozenset()
        self.is_changed = False
        self.is_redriven = False
        self._asked: frozenset[str] = frozenset()
        self.faults = 0

    def copy(self) -> Monitor:
        """Another monitor that knows the same."""
        other: Monitor = object.__new__(Monitor)
        other.scenario = self.scenario
        other.excuses = self.excuses
        other.is_changed = self.is_changed
        other.is_redriven = self.is_redriven
        other._asked = self._asked
        other.faults = self.faults
        return other

    def key(self) -> Hashable:
        """The past that the rules' verdict on the future depends on."""
        return self.excuses, self.is_changed, self.is_redriven, self._asked

    def excuse(self, reason: str) -> None:
        """Know why an import may fail."""
        self.excuses |= {reason}

    def redriven(self, asked: frozenset[str]) -> None:
        """Know that the execution goes on, and who may have asked before whether it had ended."""
        self.is_redriven = True
        self._asked |= asked

    def changed(self, execution: Execution | None) -> None:
        """Know that the file was replaced or deleted."""
        self.is_changed = True
        is_read_by_version = self.scenario.is_versioned and execution is not None
        if self.scenario.mode == DIRECT or not is_read_by_version:
            self.excuse("the file was changed")

    def sent(self, messages: int) -> None:
        """Check how many messages were sent.

        A part of a file is handed over because an invocation had no time for it, which is a fault.
        It is sent again because the one that sent it died, or came twice.
        """
        most = 2 + len(self.scenario.rows) * (1 + self.faults)
        if messages > most:
            raise Violation(PROGRESS, f"{messages} messages were sent, and {most} are enough")

    def written(
        self,
        actor: str,
        before: Mapping[Address, Text],
        tables: Mapping[Address, Text],
        execution: Execution | None,
    ) -> None:
        """Check a write."""
        old, job = _job(before), _job(tables)
        if _is_final(old):
            self._stays(before, tables)
        elif _is_final(job):
            self._ends(tables, job)
        is_noted = MAP_IS_OVER in job and MAP_IS_OVER not in old
        is_late = actor.startswith("end ") and actor not in self._asked
        if is_noted and is_late and self._goes_on(execution):
            raise Violation(ALL_END, f"{actor} ends an import whose execution goes on")
        counts = counted(tables)
        if counts.total > len(self.rows_of(job)):
            raise Violation(EACH_ONCE, f"{counts} are more than the file has")

    def rows_of(self, job: Any) -> tuple[Line, ...]:
        """Rows of the file that an import was started with; none before that."""
        for rows in (self.scenario.rows, self.scenario.other or ()):
            if Version("", text_of(rows)).etag == job.get(ETAG):
                return rows
        return ()

    def _goes_on(self, execution: Execution | None) -> bool:
        return self.is_redriven and execution is not None and execution.status == RUNNING

    def _stays(self, before: Mapping[Address, Text], tables: Mapping[Address, Text]) -> None:
        if before[JOB] != tables[JOB]:
            raise Violation(NOTHING_AFTER, f"{before[JOB]} becomes {tables[JOB]}")
        if counted(before) != counted(tables):
            raise Violation(NOTHING_AFTER, f"{counted(tables)} are counted")
        for address in tables.keys() - before.keys():
            if address[0] == COMMANDS:
                raise Violation(NOTHING_AFTER, f"{address[2]} is published")

    def _ends(self, tables: Mapping[Address, Text], job: Any) -> None:
        if RowCounts.from_item(job) != counted(tables):
            told = RowCounts.from_item(job)
            raise Violation(EACH_ONCE, f"it tells {told}, and {counted(tables)} are counted")
        if CANCELLED_AT in job and job["status"] != ImportStatus.CANCELLED:
            raise Violation(ALL_END, f"it was cancelled, and ends as {job['status']}")


def parts(tables: Mapping[Address, Text], prefix: str) -> Iterator[Any]:
    """Items of the job whose sort keys begin so."""
    for (table, _, sk), text in tables.items():
        if table == IMPORTS and sk.startswith(prefix):
            yield view(text)


def counted(tables: Mapping[Address, Text]) -> RowCounts:
    """The sums of the job's counters."""
    counters = parts(tables, KEY.counters_prefix)
    return sum(map(RowCounts.from_item, counters), RowCounts())


def _job(tables: Mapping[Address, Text]) -> Any:
    text = tables.get(JOB)
    return {} if text is None else view(text)


def _is_final(job: Any) -> bool:
    return bool(job) and ImportStatus(job["status"]).is_final
