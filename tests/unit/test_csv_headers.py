"""The reasons for files whose first line is not as it should be."""

from __future__ import annotations

import time
import unicodedata
from typing import Any

import pytest

from cqrs.errors import ValidationError
from cqrs.imports.csv.columns import refuse_bad_columns
from cqrs.imports.csv.recognition import cp932_hint
from cqrs.imports.models import ImportStatus, ProcessingMode
from tests.unit.importing import Imports

DATA = "データ"
NFD = unicodedata.normalize("NFD", DATA)
NFD_POINTS = "(U+30C6 U+3099 U+30FC U+30BF)"
NFC_POINTS = "(U+30C7 U+30FC U+30BF)"

AIRPORTS = "iata,name,city,state,country,latitude,longitude"
AIRPORT = "AAA,Alpha,City,ST,USA,1.5,2.5"


def refusal(columns: tuple[str, ...], *required: str) -> str:
    with pytest.raises(ValidationError) as refused:
        refuse_bad_columns(columns, required, "s3://b/k")
    return str(refused.value)


@pytest.mark.parametrize(
    ("given", "wanted", "hint"),
    [
        ("Code", "code", "Rename 'Code' to 'code'."),
        (" code ", "code", "Rename ' code ' to 'code'."),
        ("cODE\u3000", "code", r"Rename 'cODE\u3000' to 'code'."),
        ("\u200bcode", "code", r"Rename '\u200bcode' to 'code'."),
        ("\ufeffcode", "code", r"Rename '\ufeffcode' to 'code'."),
        ("co\u00adde", "code", r"Rename 'co\xadde' to 'code'."),
        ("code\ufe0f", "code", r"Rename 'code\ufe0f' to 'code'."),
        ("co\U000e0100de", "code", r"Rename 'co\U000e0100de' to 'code'."),
        ("code\x00", "code", r"Rename 'code\x00' to 'code'."),
        ("unit\nprice", "unit price", r"Rename 'unit\nprice' to 'unit price'."),
        ("unit\u00a0price", "unit price", r"Rename 'unit\xa0price' to 'unit price'."),
        (
            "\uff43\uff4f\uff44\uff45",
            "code",
            "Rename '\uff43\uff4f\uff44\uff45' (U+FF43 U+FF4F U+FF44 U+FF45) to 'code' ",
        ),
        ("ｺｰﾄﾞ", "コード", "Rename 'ｺｰﾄﾞ' (U+FF7A U+FF70 U+FF84 U+FF9E) to 'コード' "),
        (NFD, DATA, f"Rename '{NFD}' {NFD_POINTS} to '{DATA}' {NFC_POINTS}."),
    ],
)
def test_a_column_that_looks_like_a_required_one_is_to_be_renamed(given, wanted, hint):
    assert hint in refusal((given, "x"), wanted)


@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        ((DATA, NFD), f"'{DATA}' {NFC_POINTS} and '{NFD}' {NFD_POINTS}"),
        (("code", "code\u200b"), r"'code' (U+0063 U+006F U+0064 U+0065) and 'code\u200b' (U+0063"),
        (("code", "Code"), "'code' (U+0063 U+006F U+0064 U+0065) and 'Code' (U+0043 U+006F"),
        (("ｺｰﾄﾞ", "コード"), "'ｺｰﾄﾞ' (U+FF7A U+FF70 U+FF84 U+FF9E) and 'コード' (U+30B3"),
        (("a", "b", "a "), "'a' (U+0061) and 'a ' (U+0061 U+0020)"),
    ],
)
def test_columns_that_look_alike_are_refused_with_their_code_points(columns, shown):
    told = refusal(columns)

    assert "columns whose names look alike: " in told
    assert shown in told


@pytest.mark.parametrize(
    "columns",
    [
        ("a", "b"),
        ("ソース", "リース"),
        ("は", "ば", "ぱ"),
        ("e", "é"),
        ("unit price", "unitprice"),
        ("", "a"),
    ],
)
def test_columns_that_differ_are_taken(columns):
    refuse_bad_columns(columns, columns, "s3://b/k")


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        (("a", "b", "", "", ""), "has 3 columns without a name, number 3, 4, 5 of 5"),
        (("a", " ", "\u200b"), "has 2 columns without a name, number 2, 3 of 3"),
        (("", "", ""), "names no column"),
        (("sep=", ""), "is 'sep=,', which tells Excel how fields are separated: delete that line"),
        (("sep=;",), "save the file with commas"),
        (("SEP=", "", "", ""), "tells Excel"),
        (("a\uff0cb",), "separated by full-width commas"),
        (tuple("abc" * 9), "has two columns called 'a', 'b', 'c'"),
    ],
)
def test_first_lines_that_are_no_names_are_told(columns, says):
    assert says in refusal(columns, "a", "b")


def test_what_comes_behind_the_names_of_many_columns_is_kept():
    columns = ("\u200bcode", *(f"{'x' * 500}{number}" for number in range(1000)))

    told = refusal(columns, "code")

    assert len(told) < 3000
    assert "(1001 in all)" in told
    assert told.endswith(r"Rename '\u200bcode' to 'code'.")


@pytest.fixture
def imports(settings, clients) -> Imports:
    return Imports(settings, clients)


def start(imports: Imports, content: bytes, mode: ProcessingMode) -> Any:
    imports.upload(content)
    key = imports.make(mode)
    imports.start(key)
    return imports.job(key)


FILE = f"{AIRPORTS}\r\n{AIRPORT}\r\n"
BOM = "\ufeff"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (FILE.encode("utf-16-le"), "seems to be UTF-16-LE without a byte order mark"),
        (FILE.encode("utf-16-be"), "seems to be UTF-16-BE without a byte order mark"),
        ("コード\r\nあ\r\n".encode("utf-16-be"), "seems to be UTF-16-BE without"),
        ("コード\r\nあ\r\n".encode("utf-16-le"), "seems to be UTF-16-LE without"),
        ((BOM + FILE).encode("utf-16-le"), "is UTF-16, as its byte order mark says"),
        ((BOM + FILE).encode("utf-16-be"), "is UTF-16, as its byte order mark says"),
        (FILE.encode("utf-32-le"), "seems to be UTF-32-LE without"),
        (FILE.encode("utf-32-be"), "seems to be UTF-32-BE without"),
        ((BOM + FILE).encode("utf-32-le"), "is UTF-32, as its byte order mark says"),
        (b"co\0de,city\nAAA,A\n", "holds a NUL, byte 3 of it"),
        ((BOM + BOM + "code,city\r\nAAA,A\r\n").encode(), r"Rename '\ufeffcode' to 'code'."),
        (f"sep=,\r\n{FILE}".encode(), "is 'sep=,'"),
        (FILE.replace("\r\n", ",,,\r\n").encode(), "has 3 columns without a name, number 8, 9, 10"),
        (b"code,city\n,\n,\r\n,,,\n", "has a header and no rows"),
        (
            f"code,a{65_000 * chr(0x301)}{65_000 * chr(0x316)}\n1,2\n".encode(),
            "has 130,001 characters; 1,000 are the most",
        ),
        ("コード,都市\nAAA,東京\n".encode("cp932"), "It seems to be CP932 (Shift_JIS)"),
    ],
)
@pytest.mark.parametrize("mode", list(ProcessingMode))
def test_a_file_that_begins_otherwise_fails_its_job_in_clear_words(imports, content, says, mode):
    job = start(imports, content, mode)

    assert job.status is ImportStatus.FAILED
    assert says in job.cause
    assert imports.clients.step_functions.started == {}


def test_many_columns_take_a_time_that_grows_with_their_number():
    def seconds(count: int) -> float:
        names = tuple(map(str, range(count)))
        begun = time.process_time()
        refuse_bad_columns(names, (), "in.csv")
        return time.process_time() - begun

    few, many = (min(seconds(count) for _ in range(3)) for count in (2_000, 40_000))

    # Twenty times as many take that much longer; with the square it would be 400 times.
    assert many < 150 * few


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("AAA,東京\n".encode("cp932"), "--encoding cp932"),
        (b"AAA,K\xf6ln\n", "byte 0xf6 in line 4"),
    ],
)
def test_rows_in_another_encoding_are_told_before_step_functions_reads_them(imports, rows, says):
    job = start(imports, b"code,city\nBBB,B\nCCC,C\n" + rows, ProcessingMode.STEP_FUNCTION)

    assert job.status is ImportStatus.FAILED
    assert says in job.cause
    assert "is not UTF-8, which mode STEP_FUNCTION takes" in job.cause


def test_a_character_that_the_look_cuts_in_two_is_no_fault(imports):
    rows = "AAA,東京都\n" * 30_000

    job = start(imports, f"code,city\n{rows}".encode(), ProcessingMode.STEP_FUNCTION)

    assert job.status is ImportStatus.PROCESSING


def test_one_column_may_have_no_name_as_the_index_that_pandas_writes(imports):
    job = start(imports, b",code,city\n0,AAA,A\n", ProcessingMode.DIRECT)
    imports.work_off_queue()

    assert imports.job(job.key).counts.succeeded == 1


@pytest.mark.parametrize(
    "text",
    ["東京", "ﾔﾏﾀﾞ ﾀﾛｳ", "株式会社①,担当者\r\n髙橋,〜"],
    ids=["kanji", "half-width", "windows"],
)
def test_japanese_is_taken_for_cp932(text):
    assert "--encoding cp932" in cp932_hint(text.encode("cp932"))


@pytest.mark.parametrize("text", ["Köln", "école,été", "Ærø", "ÀÉ", "Malmö,Århus"])
def test_latin_1_is_not_taken_for_cp932(text):
    assert cp932_hint(text.encode("latin-1")) == ""
