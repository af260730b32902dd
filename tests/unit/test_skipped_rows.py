"""Rows that nobody wants: empty ones, and those that a strategy passes over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import BaseModel

from cqrs.api.calls.imports import id_of as import_id_of
from cqrs.application import Application
from cqrs.errors import SkipRow
from cqrs.imports.models import ImportedItem, ImportStatus, ProcessingMode, RowCounts
from tests.unit.calling import Caller, with_api
from tests.unit.crashing import Crash, Crasher
from tests.unit.importing import TENANT, Imports, csv_of, seconds_left
from tests.unit.operating import Operator

DIRECT = ProcessingMode.DIRECT

EXCEL = (
    "code,city,runways\r\nAAA,A,1\r\n,,\r\nBBB,B,1\r\n\r\nX,Short,\r\n"
    ', \u3000,\r\n"",,\r\n,,,,\r\n,\r\n'
)


class OpenPlaces:
    """Places that are open; a row may be passed over while it is checked or transformed."""

    def validate(self, row: Mapping[str, str]) -> None:
        if row["city"] == "closed":
            raise SkipRow(f"{row['code']} is closed")

    def transform(self, row: Mapping[str, str]) -> ImportedItem:
        if row["city"] == "old":
            raise SkipRow
        return ImportedItem("PLACE", row["code"], row["city"])


class PlaceModel(BaseModel):
    code: str
    city: str = ""

    def to_item(self) -> ImportedItem:
        if self.city == "closed":
            raise SkipRow(f"{self.code} is closed")
        return ImportedItem("PLACE", self.code, self.city)


@pytest.fixture
def imports(settings, clients) -> Imports:
    made = Imports(settings, clients)
    made.application.import_strategy("open")(OpenPlaces)
    made.application.import_strategy("models")(PlaceModel)
    return made


def import_directly(imports: Imports, content: str, target: str = "places") -> Any:
    imports.upload(content)
    key = imports.make(DIRECT, target=target)
    imports.start(key)
    imports.work_off_queue()
    return imports.job(key)


class TestRowsOfEmptyCells:
    def test_they_are_passed_over_and_counted_in_the_numbers_of_the_others(self, imports):
        job = import_directly(imports, EXCEL)

        assert job.counts == RowCounts(3, 2, failed=1)
        (rejected,) = imports.application.imports.rejected_rows(job.key)
        assert rejected.number == 4

    def test_so_are_those_of_the_state_machine(self, imports):
        imports.upload(EXCEL)
        key = imports.make()
        imports.start(key)
        rows = [("AAA", "A", "1"), ("", "", ""), ("BBB", "B", "1"), ("X", "Short", "")]
        imports.import_batch(key, [*rows, ("", " \u3000", ""), ("", "", "")])
        imports.import_batch(key, [("", "", "")] * 2, first=7)
        imports.finalize(key)

        job = imports.job(key)
        assert job.counts == RowCounts(3, 2, failed=1)
        (rejected,) = imports.application.imports.rejected_rows(key)
        assert rejected.number == 4

    def test_a_job_is_complete_without_them(self, imports):
        imports.upload("code,city\nAAA,A\n,\nBBB,B\n,\n")
        key = imports.make()
        imports.start(key)
        imports.import_batch(key, [("AAA", "A"), ("", ""), ("BBB", "B"), ("", "")])

        imports.end_execution(key, "TIMED_OUT")

        job = imports.job(key)
        assert (job.status, job.counts) == (ImportStatus.COMPLETED, RowCounts(2, 2))

    def test_a_cell_with_a_comma_is_not_empty(self, imports):
        job = import_directly(imports, 'code,city\n",",","\n')

        assert job.counts == RowCounts(1, 0, failed=1)

    def test_a_file_is_read_on_behind_them(self, imports):
        blank = ",,\n" * 7
        rows = blank.join(f"A{number:02},City,1\n" for number in range(60))
        imports.upload(f"code,city,runways\n{rows}X,Short,\n")
        key = imports.make(DIRECT)
        imports.start(key)
        while messages := imports.take_messages():
            for message in messages:
                imports.deliver(message, seconds_left(60, 59, 1))

        assert imports.job(key).counts == RowCounts(61, 60, failed=1)
        (rejected,) = imports.application.imports.rejected_rows(key)
        assert rejected.number == 60 + 59 * 7 + 1


class TestRowsThatAStrategyPassesOver:
    FILE = csv_of(("AAA", "A", ""), ("BBB", "closed", ""), ("CCC", "old", ""), ("AAA", "A", ""))

    def test_they_are_skipped_with_their_reasons(self, imports):
        job = import_directly(imports, self.FILE, "open")

        assert (job.status, job.counts) == (ImportStatus.COMPLETED, RowCounts(4, 1, skipped=3))
        assert job.passed_over == 2
        passed_over = imports.application.imports.passed_over_rows(job.key)
        assert [(row.number, row.reason) for row in passed_over] == [
            (2, "BBB is closed"),
            (3, "no reason was given"),
        ]
        assert imports.place("BBB") is None

    def test_a_model_passes_rows_over_too(self, imports):
        job = import_directly(imports, self.FILE, "models")

        assert (job.counts.skipped, job.passed_over) == (2, 1)

    def test_they_are_counted_while_the_job_runs(self, imports):
        imports.upload(self.FILE)
        key = imports.make(target="open")
        imports.start(key)
        imports.import_batch(key, [("AAA", "A", ""), ("BBB", "closed", "")])

        assert imports.job(key).counts == RowCounts(2, 1, skipped=1)
        assert imports.job(key).passed_over == 1

    def test_a_long_reason_is_cut(self, imports):
        passing = {"transform": lambda _self, _row: _skip("x\ud800" * 5000)}
        imports.application.import_strategy("none")(type("Passing", (), passing))
        job = import_directly(imports, csv_of(*[("AAA", "A", "")] * 500), "none")

        assert (job.counts, job.passed_over) == (RowCounts(500, 0, skipped=500), 500)
        rows = list(imports.application.imports.passed_over_rows(job.key))
        assert [row.number for row in rows] == list(range(1, 501))
        assert {len(row.reason) for row in rows} == {200}

    def test_a_full_chunk_fits_into_a_transaction(self, imports):
        rows = [(f"A{number:02}", "A", "") for number in range(25)]
        odd = [("ABC", "closed", ""), ("A#B", "bad\x00", "")]
        job = import_directly(imports, csv_of(*odd, *rows), "open")

        assert job.counts == RowCounts(27, 26, skipped=1)

    def test_a_client_of_the_api_reads_how_many_and_why(self, imports):
        job = import_directly(imports, self.FILE, "open")
        place = f"/imports/{import_id_of(job.key)}/passed-over-rows"
        settings = with_api(imports.settings, imports.services.clients)
        reader = Caller(Application(settings, imports.services.clients), "reader")

        rows = reader.ask("GET", place).body["rows"]

        assert len(rows) == 2
        assert rows[0] == {"row": 2, "reason": "BBB is closed"}
        assert reader.ask("GET", place, limit="1").body["rows"] == rows[:1]

    def test_the_command_line_shows_how_many_and_why(self, imports, monkeypatch, capsys):
        job = import_directly(imports, self.FILE, "open")
        cqrs = Operator(imports.services, monkeypatch, capsys)

        shown = cqrs.run("import", "status", str(job.key)).out
        told = cqrs.run("--json", "import", "status", str(job.key)).document

        assert "BBB is closed" in shown
        assert told["passed_over"] == 2
        assert told["passed_over_rows"][0] == {"row": 2, "reason": "BBB is closed"}


def _skip(reason: str) -> None:
    raise SkipRow(reason)


@pytest.mark.parametrize("handlers", [0, 1], ids=["built-in handler", "own handler"])
@pytest.mark.parametrize("moment", ["before-call", "after-call"])
def test_a_crash_at_any_request_counts_each_row_that_is_passed_over_once(imports, handlers, moment):
    if handlers:
        imports.application.sync_handler("own")(lambda _command: None)
    rows = [("AAA", "A", ""), ("BBB", "closed", ""), ("AAA", "Again", ""), ("CCC", "old", "")]
    position, crashed = 0, True
    while crashed:
        key = imports.application.imports.create_csv_import(
            imports.settings.bucket, "in.csv", "open", f"t{position}"
        )
        imports.upload(csv_of(*rows))
        imports.start(key)
        aws = (imports.clients.dynamodb, imports.clients.sqs, imports.clients.s3)
        crasher = Crasher(aws, moment, position)
        batch = imports.batch(key, rows)
        handle = imports.services.import_workflow.csv_rows_handler
        try:
            handle(batch)
        except Crash:
            handle(batch)
        crasher.disarm()
        crashed = crasher.crashed

        job = imports.job(key)
        assert (job.counts, job.passed_over) == (RowCounts(4, 2, skipped=2), 2), position
        passed_over = imports.application.imports.passed_over_rows(key)
        assert [row.number for row in passed_over] == [2, 4]
        position += 1
    assert position > 3
    assert imports.services.data.get(f"PLACE#{TENANT}", "PLACE#BBB") is None
