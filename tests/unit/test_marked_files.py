"""Files and standard input of the command line, as editors and shells write them."""

from __future__ import annotations

import io
import json
import sys
import tracemalloc
from pathlib import Path

import pytest
import typer

from cli.arguments import json_value, json_values, read_text, text_of
from cli.bounded_files import LONGEST_FILE
from cli.deployed.connection import connect
from cli.uploads import readable_file
from cqrs.errors import ConfigurationError
from stacks.environment.file import load

MARKED = ["utf-8", "utf-8-sig", "utf-16", "utf-32"]
TEXT = '{"country": "日本"}'


def standard_input(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    # As a locale without Japanese has it.
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content), encoding="ascii"))


@pytest.mark.parametrize("encoding", MARKED)
def test_json_of_a_file_is_read_with_its_mark(tmp_path, encoding):
    file = tmp_path / "a.json"
    file.write_bytes(TEXT.encode(encoding))

    assert json_value(text_of(f"@{file}"), "--attributes") == {"country": "日本"}


@pytest.mark.parametrize("encoding", MARKED)
def test_standard_input_is_read_whatever_the_locale(monkeypatch, encoding):
    standard_input(monkeypatch, TEXT.encode(encoding))

    assert json_value(text_of("-"), "--attributes") == {"country": "日本"}


@pytest.mark.parametrize(
    "content",
    ['[\r\n {"n": 1},\r\n {"n": 2}\r\n]\r\n', '{"n": 1}\r\n{"n": 2}\r\n'],
    ids=["array", "lines"],
)
@pytest.mark.parametrize("encoding", MARKED)
def test_items_are_read_with_their_mark(tmp_path, content, encoding):
    file = tmp_path / "items"
    file.write_bytes(content.encode(encoding))

    assert json_values(read_text(str(file)), "--items") == [{"n": 1}, {"n": 2}]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("[1, 2]", [1, 2]),
        ("[1, 2]\n", [1, 2]),
        ("[\n1,\n2\n]\n", [1, 2]),
        ("[[1],\n[2]]", [[1], [2]]),
        ("[1]\n[2]\n", [[1], [2]]),
        ('[]\n\n{"n": 1}\n', [[], {"n": 1}]),
    ],
)
def test_lines_may_be_arrays(text, values):
    assert json_values(text, "--items") == values


def test_a_mark_in_the_argument_itself_is_passed_over():
    assert json_value(text_of(f"\ufeff{TEXT}"), "--input") == {"country": "日本"}


@pytest.mark.parametrize("content", [b"\xff", '{"a": "日本"}'.encode("cp932"), b"\xff\xfe\x00"])
def test_other_bytes_are_wrong_usage_in_words(tmp_path, monkeypatch, content):
    file = tmp_path / "a.json"
    file.write_bytes(content)
    standard_input(monkeypatch, content)

    for argument in (f"@{file}", "-"):
        with pytest.raises(typer.BadParameter, match=r"is not UTF-.*save it as UTF-8"):
            text_of(argument)


def test_a_closed_standard_input_is_wrong_usage(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)

    with pytest.raises(typer.BadParameter, match=r"standard input cannot be read: .*it is closed"):
        text_of("-")


@pytest.mark.parametrize("encoding", MARKED)
def test_outputs_are_read_with_their_mark(tmp_path, encoding):
    settings = load("local").settings()
    outputs = {name: {"value": value} for name, value in settings.to_mapping().items()}
    file = tmp_path / "outputs.json"
    file.write_bytes(json.dumps(outputs).encode(encoding))

    assert connect("local", file).settings == settings


@pytest.mark.parametrize("file", ["/dev/zero", "/dev/null", "/"])
def test_what_is_no_regular_file_is_refused(tmp_path, file):
    link = tmp_path / "link"
    link.symlink_to(file)

    for named in (file, str(link)):
        for read in (read_text, readable_file):
            with pytest.raises(
                typer.BadParameter, match=f"^{named} cannot be read: it is not a reg"
            ):
                read(named)
    with pytest.raises(typer.BadParameter, match=r"pipe it in and say -$"):
        text_of(f"@{file}")


def test_a_file_that_is_too_long_is_not_read(tmp_path: Path):
    file = tmp_path / "items.json"
    with file.open("wb") as sparse:
        sparse.truncate(LONGEST_FILE + 1)
    tracemalloc.start()
    try:
        with pytest.raises(typer.BadParameter, match="has more than 268,435,456 bytes"):
            read_text(str(file))
        with pytest.raises(ConfigurationError, match="has more than 268,435,456 bytes"):
            connect("local", file)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < LONGEST_FILE // 10


def test_a_file_of_the_system_says_of_no_bytes_and_is_read():
    assert Path("/proc/self/status").stat().st_size == 0
    assert read_text("/proc/self/status").startswith("Name:")


@pytest.mark.parametrize("content", [b"\xff", b"[]", b"[" * 100_000, b'{"a": 1}'])
def test_outputs_that_are_none_are_told(tmp_path: Path, content):
    file = tmp_path / "outputs.json"
    file.write_bytes(content)

    with pytest.raises(ConfigurationError, match="does not hold Terraform outputs"):
        connect("local", file)
