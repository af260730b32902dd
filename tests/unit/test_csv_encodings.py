"""Files in other encodings than UTF-8."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cqrs.errors import ValidationError
from cqrs.imports.csv.encodings import as_utf8, checked_encoding, text_of
from cqrs.imports.limits import DIRECT_BYTES
from cqrs.imports.models import ImportStatus, ProcessingMode, RowCounts
from tests.unit.importing import TENANT, Imports, seconds_left

DIRECT = ProcessingMode.DIRECT

JAPANESE = 'code,city\r\nAAA,東京都\r\nBBB,"ソ,表\n示"\r\nCCC,ﾐﾄ\r\n'
"""ソ and 表 have a backslash for their second byte in CP932."""


@pytest.fixture
def imports(settings, clients) -> Imports:
    return Imports(settings, clients)


def make(imports: Imports, content: bytes, encoding: str | None) -> Any:
    imports.upload(content)
    key = imports.application.imports.create_csv_import(
        imports.settings.bucket, "in.csv", "places", TENANT, DIRECT, encoding=encoding
    )
    imports.start(key)
    return key


def import_in(imports: Imports, content: bytes, encoding: str) -> Any:
    key = make(imports, content, encoding)
    imports.work_off_queue()
    return imports.job(key)


@pytest.mark.parametrize(
    "encoding",
    [
        "cp932", "shift_jis", "CP932", "euc_jp", "iso2022_jp_ext", "utf-16", "utf-16-le",
        "utf-16-be", "utf-32", "utf-7", "gb18030", "utf-8", "utf-8-sig", "UTF8",
    ],
)  # fmt: skip
def test_a_file_is_read_in_its_encoding(imports, encoding):
    job = import_in(imports, JAPANESE.encode(encoding), encoding)

    assert (job.status, job.counts) == (ImportStatus.COMPLETED, RowCounts(3, 3))
    assert imports.place("AAA").name == "東京都"
    assert imports.place("BBB").name == "ソ,表\n示"
    assert imports.place("CCC").name == "ﾐﾄ"


def test_one_byte_encodings_are_read_too(imports):
    job = import_in(imports, "code,city\nAAA,Köln\n".encode("latin-1"), "latin-1")

    assert job.encoding == "iso8859-1"
    assert imports.place("AAA").name == "Köln"


def test_a_mark_may_precede_an_encoding_that_says_its_order(imports):
    import_in(imports, f"\ufeff{JAPANESE}".encode("utf-16-le"), "utf-16-le")

    assert imports.place("AAA").name == "東京都"


@pytest.mark.parametrize(
    ("encoding", "bad", "reason"),
    [
        ("cp932", b"\x81", "It is not cp932: byte 0x81 is not a character of it."),
        (
            "shift_jis",
            b"\x87\x40",
            "It is not shift_jis: byte 0x87 is not a character of it. Import",
        ),
        ("ascii", "あ".encode(), "It is not ascii: byte 0xe3 is not a character of it."),
        ("euc_jp", b"\xa4", "It is not euc_jp: byte 0xa4 is not a character of it."),
    ],
)
def test_a_row_that_is_no_text_is_rejected_and_the_others_go_on(imports, encoding, bad, reason):
    content = b"code,city\nAAA,A\nBBB,B" + bad + b",\nCCC,C\n"
    job = import_in(imports, content, encoding)

    assert job.counts == RowCounts(3, 2, failed=1)
    (rejected,) = imports.application.imports.rejected_rows(job.key)
    assert rejected.number == 2
    assert rejected.reason.startswith(reason)
    assert rejected.raw.startswith("BBB,B\ufffd")


@pytest.mark.parametrize(
    ("encoding", "other"), [("ascii", "the one that it is in"), ("shift_jis", "cp932")]
)
def test_a_file_in_another_encoding_fails_its_import(imports, encoding, other):
    imports.upload(b"code,city\nAAA," + 70_000 * b"\xfa\x5c" + b"\n")
    key = imports.make(ProcessingMode.DIRECT, encoding=encoding)
    imports.start(key)

    job = imports.job(key)
    assert job.status is ImportStatus.FAILED
    assert "more than 20,000 bytes of it are not characters of that" in job.cause
    assert job.cause.endswith(f"Import it with another encoding, {other}.")


def test_half_a_character_of_utf_16_rejects_its_row(imports):
    rows = ["code,city\n", "AAA,A\n", "BBB,B", "\n", "CCC,C\n"]
    pieces = [row.encode("utf-16-le") for row in rows]
    job = import_in(imports, b"".join([*pieces[:3], b"\x00\xd8", *pieces[3:]]), "utf-16-le")

    assert job.counts == RowCounts(3, 2, failed=1)


def test_utf_8_that_is_cp932_is_told_row_by_row(imports):
    job = import_in(imports, "code,city\nAAA,A\nBBB,東京\n".encode("cp932"), "utf-8")

    assert job.counts == RowCounts(2, 1, failed=1)
    (rejected,) = imports.application.imports.rejected_rows(job.key)
    assert rejected.reason.startswith(
        "It is not UTF-8: byte 0x93 is not a character of it. It seems"
    )
    assert "--encoding cp932" in rejected.reason


@pytest.mark.parametrize(
    ("content", "encoding", "says"),
    [
        (b"\xef\xbb\xbfcode,city\nAAA,A\n", "cp932", "byte order mark of UTF-8"),
        ("code,city\nAAA,A\n".encode("utf-16"), "cp932", "byte order mark of UTF-16"),
        ("code,city\nAAA,A\n".encode("utf-32"), "utf-16", "byte order mark of UTF-32"),
        ("code,city\nAAA,A\n".encode("utf-16-le"), "utf-16", "utf-16-le or utf-16-be"),
        (b"", "cp932", "is empty"),
        (JAPANESE.encode("iso2022_jp_ext"), None, "--encoding iso2022_jp)"),
        (b"c\x81,city\nAAA,A\n", "cp932", "is not CSV in CP932. It is not cp932: byte 0x81"),
        ("Code,city\nAAA,A\n".encode("utf-16"), "utf-16", "Rename 'Code' to 'code'"),
    ],
)
def test_a_file_in_another_encoding_than_is_said_fails_its_job(imports, content, encoding, says):
    key = make(imports, content, encoding)

    job = imports.job(key)
    assert job.status is ImportStatus.FAILED
    assert says in job.cause
    if content:
        assert f"s3://{imports.settings.bucket}/in.csv" in job.cause


def test_a_file_too_large_is_not_converted(imports):
    key = make(imports, b"code,city\n" + b"AAA,A\n" * (DIRECT_BYTES // 6), "cp932")

    assert f"{DIRECT_BYTES:,}" in imports.job(key).cause
    kept = imports.clients.s3.list_objects_v2(Bucket=imports.settings.bucket)["Contents"]
    assert [found["Key"] for found in kept] == ["in.csv"]


def test_a_file_is_read_on_by_the_next_invocation(imports):
    rows = "".join(f"A{number:02},東京\n" for number in range(60))
    key = make(imports, f"code,city\n{rows}".encode("utf-16"), "utf-16")
    invocations = 0
    while messages := imports.take_messages():
        for message in messages:
            imports.deliver(message, seconds_left(60, 59, 1))
        invocations += 1

    assert imports.job(key).counts == RowCounts(60, 60)
    assert invocations == 3


@pytest.mark.parametrize(
    "name",
    [
        "cp9999", "rot13", "base64", "hex", "zlib", "bz2", "uu", "quopri", "idna", "punycode",
        "unicode_escape", "raw_unicode_escape", "undefined", "", "\0", "é", "x" * 5000, 5, b"cp932",
    ],
)  # fmt: skip
def test_what_is_no_encoding_of_text_is_refused_when_the_job_is_made(imports, name):
    with pytest.raises(ValidationError, match="encoding is"):
        make(imports, b"", name)

    assert imports.clients.dynamodb.scan(TableName=imports.settings.import_tmp_table)["Count"] == 0


def test_the_state_machine_takes_utf_8_only():
    machine = ProcessingMode.STEP_FUNCTION

    assert checked_encoding("UTF_8", machine) == checked_encoding(None, machine) == "utf-8"
    with pytest.raises(ValidationError, match="takes UTF-8: import the file in mode DIRECT"):
        checked_encoding("cp932", machine)


@given(st.binary(max_size=40), st.integers(1, 5), st.sampled_from(["cp932", "euc_jp", "utf-16-be"]))
def test_bytes_that_are_no_text_never_become_text(content, size, encoding):
    pieces = [content[start : start + size] for start in range(0, len(content), size)]
    converted = b"".join(as_utf8(pieces, encoding, "it"))

    text, problem = text_of(converted, encoding)

    try:
        expected = content.decode(encoding)
    except UnicodeDecodeError:
        assert problem
    else:
        assert (text, problem) == (expected, "")
