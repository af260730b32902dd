"""The promises at the end of every import."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping
from typing import Any

from cqrs.aws.item_store import Address
from cqrs.commands.models import CommandStatus
from cqrs.errors import TooManyTries
from cqrs.imports.chunks.importer import request_id
from cqrs.imports.models import ERRORS_LISTED, ImportStatus, RowCounts
from cqrs.imports.records import ROWS, is_open
from cqrs.testing.text import Text, view
from tests.model.faults import Fault
from tests.model.imports.files import Line
from tests.model.imports.monitor import (
    ALL_END,
    COMMANDS,
    EACH_ONCE,
    JOB,
    ONE_FILE,
    REASONS,
    Monitor,
    parts,
)
from tests.model.imports.program import KEY
from tests.model.versioned_bucket import Objects
from tests.model.violation import Violation

TIME = frozenset({Fault.NO_TIME, Fault.LITTLE_TIME})

LEAST_FAULTS = 3
"""Without which no command has seen too many processes, if a few end their import at a time."""

COMPLETE = frozenset({ImportStatus.COMPLETED, ImportStatus.COMPLETED_WITH_ERRORS})


def check_end(tables: Mapping[Address, Text], objects: Objects, monitor: Monitor) -> None:
    """Check a world in which nothing happens any more.

    Raises
    ------
    Violation
        If one of the rules does not hold.
    """
    _Ended(tables, objects, monitor).check()


class _Ended:
    def __init__(self, tables: Mapping[Address, Text], objects: Objects, monitor: Monitor) -> None:
        self._tables = tables
        self._objects = objects
        self._monitor = monitor
        self._job = view(tables[JOB])
        self._status = ImportStatus(self._job["status"])
        self._counts = RowCounts.from_item(self._job)
        self._rows = dict(enumerate(monitor.rows_of(self._job), 1))
        self._commands = {
            view(text)["requestId"]: view(text)
            for (table, _, _), text in tables.items()
            if table == COMMANDS
        }
        self._given_up = {
            command["sk"].partition("@")[0].rpartition("#")[2]
            for command in self._commands.values()
            if command.get("error") == TooManyTries.__name__
        }
        self._blamed = monitor.scenario.poison | self._given_up
        self._rejected = [
            row for item in parts(tables, KEY.rejected_prefix) for row in self._listed(item)
        ]

    def check(self) -> None:
        if not self._status.is_final:
            raise Violation(ALL_END, f"it is {self._status} for ever")
        self._rows_are_of_the_file()
        self._rows_are_counted_once()
        self._rejected_for_a_reason()
        self._errors_file_tells_the_same()
        self._chunks_are_settled()
        if self._status in COMPLETE:
            self._is_complete()
        self._ends_for_a_reason()

    def _listed(self, item: Any) -> list[Any]:
        if ROWS in item:
            return list(item[ROWS])
        content = self._objects[item[f"{ROWS}Key"]][-1].text
        assert content is not None
        return list(view(content))

    def _rows_are_of_the_file(self) -> None:
        numbers = {request_id(KEY, number): number for number in self._rows}
        published = sum(table == COMMANDS for table, _, _ in self._tables)
        if published != len(self._commands):
            raise Violation(EACH_ONCE, "a row is published twice")
        for identity, command in self._commands.items():
            row = self._rows.get(numbers.get(identity, 0))
            if row is None or not _says(command, row):
                raise Violation(ONE_FILE, f"{command['sk']} is of no row of the file: {command}")
        for row in self._rejected:
            known = self._rows.get(row["row"])
            if known is None or row["raw"] != ",".join(known):
                raise Violation(ONE_FILE, f"{row} is not a row of the file")

    def _rows_are_counted_once(self) -> None:
        counts, rejected = self._counts, Counter(row["row"] for row in self._rejected)
        if counts.total != counts.succeeded + counts.skipped + counts.failed:
            raise Violation(EACH_ONCE, f"{counts} do not add up")
        if any(times > 1 for times in rejected.values()):
            raise Violation(EACH_ONCE, f"a row is rejected twice: {self._rejected}")
        if counts.failed != len(rejected):
            raise Violation(EACH_ONCE, f"{counts}, and {len(rejected)} are rejected")
        succeeded = {
            number
            for number in self._rows
            if request_id(KEY, number) in self._commands and number not in rejected
        }
        if counts.succeeded != len(succeeded):
            raise Violation(EACH_ONCE, f"{counts}, and {len(succeeded)} are published")

    def _rejected_for_a_reason(self) -> None:
        for row in self._rejected:
            known, reason = self._rows[row["row"]], row["reason"]
            if known.is_bad:
                if not reason.startswith("code is"):
                    raise Violation(REASONS, f"{known} is rejected for {reason}")
            elif known.code not in self._blamed or not _tells_of_failure(reason):
                raise Violation(REASONS, f"{known} is rejected for {reason}")
        if self._given_up and not self._is_deadly():
            raise Violation(REASONS, f"commands of {self._given_up} are given up")

    def _is_deadly(self) -> bool:
        """Whether so many processes may have ended at the same command, or seemed to."""
        return bool(self._monitor.scenario.deadly) or self._monitor.faults >= LEAST_FAULTS

    def _errors_file_tells_the_same(self) -> None:
        told: list[list[str]] = []
        if "errorsKey" in self._job:
            content = self._objects[self._job["errorsKey"]][-1].text
            assert content is not None
            told = list(csv.reader(io.StringIO(content)))[1:]
        rejected = sorted(self._rejected, key=lambda row: row["row"])
        # Short of time, an invocation ends its import all the same, and says how far it came.
        is_short = self._monitor.faults and self._monitor.scenario.kinds & TIME
        listed = self._job.get(ERRORS_LISTED, len(rejected)) if is_short else len(rejected)
        known = [[str(row["row"]), row["reason"]] for row in rejected]
        if [row[:2] for row in told] != known[:listed]:
            raise Violation(EACH_ONCE, f"the errors file has {told}, and {known} are rejected")

    def _chunks_are_settled(self) -> None:
        if any(is_open(mark) for mark in parts(self._tables, KEY.chunks_prefix)):
            raise Violation(ALL_END, "sync handlers of a chunk have not run")
        for command in self._commands.values():
            if command["status"] == CommandStatus.PUBLISHED:
                raise Violation(ALL_END, f"{command['sk']} is not applied")

    def _is_complete(self) -> None:
        if self._counts.total != len(self._rows):
            raise Violation(EACH_ONCE, f"{self._status} with {self._counts} of {len(self._rows)}")
        if (self._status is ImportStatus.COMPLETED) != (self._counts.failed == 0):
            raise Violation(EACH_ONCE, f"{self._status} with {self._counts}")
        rejected = {row["row"] for row in self._rejected}
        for number, row in self._rows.items():
            if row.is_bad != (number in rejected) and row.code not in self._blamed:
                raise Violation(EACH_ONCE, f"{row} is not rejected once")
            if not row.is_bad and not row.is_passed_over and not self._is_said(number, row):
                raise Violation(EACH_ONCE, f"{row} is not published")

    def _is_said(self, number: int, row: Line) -> bool:
        if request_id(KEY, number) in self._commands or row.code in self._blamed:
            return True
        return any(_says(command, row) for command in self._commands.values())

    def _ends_for_a_reason(self) -> None:
        monitor = self._monitor
        if self._status is ImportStatus.CANCELLED and not monitor.scenario.is_cancelled:
            raise Violation(REASONS, "nobody has cancelled it")
        if self._status is ImportStatus.FAILED and not monitor.excuses:
            raise Violation(REASONS, f"it fails with {self._job['error']}: {self._job['cause']}")


def _tells_of_failure(reason: str) -> bool:
    return "ailed" in reason or reason.startswith(TooManyTries.__name__)


def _says(command: Any, row: Line) -> bool:
    is_its_item = command["sk"].partition("@")[0].endswith(f"#{row.code}")
    return bool(is_its_item and command["attributes"] == {"says": row.says})
