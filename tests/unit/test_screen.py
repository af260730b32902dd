"""Text on people's screens: nothing that runs a terminal, in whatever encoding and width."""

from __future__ import annotations

import io
import json
import re
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.progress import Progress, TextColumn

from cli.terminal import screen
from cli.terminal.output import Output
from tests.unit.terminal import Terminal, writing_to

ROOT = Path(__file__).resolve().parents[2]
EVIL = "Air \x1b[2J\x1b]0;owned\x07port\u202e\u200b Ci\x9b31mty [red]x[/] \u2028\ud800"
SHOWN = r"Air \x1b[2J\x1b]0;owned\x07port\u202e\u200b Ci\x9b31mty [red]x[/] \u2028\ud800"
STYLES = re.compile(r"\x1b\[[0-9;]*m")

Show = Callable[[Output], object]


def on_terminal(
    patch: pytest.MonkeyPatch, show: Show, columns: int = 80, encoding: str = "utf-8"
) -> str:
    """The text that a terminal gets, without the styles that are rich's own."""
    terminal = Terminal(columns)
    with patch.context() as patched, writing_to(terminal, encoding) as stream:
        for name in ("COLUMNS", "FORCE_COLOR", "NO_COLOR", "PYTEST_VERSION"):
            patched.delenv(name, raising=False)
        patched.setenv("TERM", "xterm")
        patched.setattr(sys, "stdout", stream)
        patched.setattr(sys, "stderr", stream)
        screen.prepare()
        show(Output(as_json=False))
    return STYLES.sub("", terminal.received())


@pytest.mark.parametrize("size", ["\u00b2", "9" * 5000, "-1", "0", "", "junk"])
def test_a_size_that_is_none_ends_no_table(monkeypatch: pytest.MonkeyPatch, size: str) -> None:
    def show(output: Output) -> None:
        for name in screen.SIZES:
            monkeypatch.setenv(name, size)
        screen.prepare()
        DOORS["table"](output)

    assert joined(SHOWN) in joined(on_terminal(monkeypatch, show))


def joined(shown: str) -> str:
    """The shown text without its line ends, as cells are folded."""
    return re.sub(r"\s+", "", shown)


def show_progress(output: Output) -> None:
    with Progress(TextColumn("{task.description}"), console=output.progress()) as progress:
        progress.add_task(EVIL)


DOORS: dict[str, Show] = {
    "record": lambda output: output.record({"title": EVIL, "deep": [{EVIL: 1}]}),
    "name": lambda output: output.record({EVIL: 1}),
    "table": lambda output: output.rows("x", [{"id": "1", "x": EVIL}], ("id", "x")),
    "blocks": lambda output: output.rows("x", [{"id": EVIL * 3, "x": EVIL}], ("id", "x")),
    "empty": lambda output: output.rows(EVIL, [], ("id",)),
    "lines": lambda output: output.rows("x", [{"id": "1", "x": EVIL}], ("id",), lines=("id", "x")),
    "more": lambda output: output.rows("x", [], ("id",), more={"cursor": EVIL}),
    "note of a list": lambda output: output.rows("x", [], ("id",), note=EVIL),
    "note": lambda output: output.note(f"\n{EVIL}"),
    "name of an error": lambda output: output.error(EVIL, ""),
    "error": lambda output: output.error("Error", EVIL),
    "aside": lambda output: output.aside([EVIL], {}),
    "file": lambda output: output.file([EVIL.encode("utf-8", "surrogatepass") + b"\r\n1,2"]),
}


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "ascii"])
@pytest.mark.parametrize("show", DOORS.values(), ids=DOORS)
def test_no_text_of_data_runs_a_terminal(monkeypatch, show, encoding):
    shown = on_terminal(monkeypatch, show, columns=200, encoding=encoding)

    steering = {c for c in shown if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}
    assert steering <= {"\n"}
    # A byte sequence of a lone surrogate is not UTF-8, and is told byte by byte.
    assert joined(SHOWN).removesuffix(r"\ud800") in joined(shown)


def test_progress_is_safe_too(monkeypatch):
    shown = on_terminal(monkeypatch, show_progress)

    # It has control sequences of its own, which hide the cursor and begin the line again.
    own = re.compile(r"\x1b\[(\?25[lh]|2K)|\r")
    assert "Air \\x1b[2J\\x1b]0;owned" in shown
    assert {c for c in own.sub("", shown) if not c.isprintable()} == {"\n"}


def test_a_newline_in_a_cell_is_shown_as_one(monkeypatch):
    shown = on_terminal(
        monkeypatch, lambda output: output.rows("x", [{"id": "a\nb\tc\r"}], ("id",))
    )

    assert shown.split() == ["id", r"a\nb\tc\r"]


def test_a_file_is_shown_by_lines_and_without_its_mark(monkeypatch):
    content = "\ufeffrow,reason\r\n1,\x1b[2J\r\n2,東京".encode()
    pieces = [content[i : i + 1] for i in range(len(content))]

    shown = on_terminal(monkeypatch, lambda output: output.file(pieces))

    assert shown == "row,reason\n1,\\x1b[2J\n2,東京\n"


def test_a_pipe_gets_a_file_as_it_is(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))

    Output(as_json=False).file([b"\xef\xbb\xbfrow\r\n", b"\x1b[2J\xff"])

    assert raw.getvalue() == b"\xef\xbb\xbfrow\r\n\x1b[2J\xff"


def test_json_is_ascii_whatever_it_holds(capsys):
    Output(as_json=True).record({EVIL: EVIL})

    shown = capsys.readouterr().out
    assert shown.isascii()
    assert {c for c in shown if not c.isprintable()} == {"\n"}


def test_spinners_are_drawn_as_the_encoding_allows(monkeypatch):
    spinners = []
    for encoding in ("ascii", "utf-8"):
        on_terminal(
            monkeypatch,
            lambda output: spinners.append(screen.spinner(output.progress())),
            encoding=encoding,
        )

    assert spinners == ["line", "dots"]


WRITERS = re.compile(r"sys\.(__)?std(out|err)|\bprint\(|\bConsole\(|\becho\(|\bsecho\(|os\.write\(")


def test_the_screen_has_one_door():
    """Nothing else of the command line or the demonstration makes a console or writes itself.

    Only what Ctrl-C says may come before there is a screen.
    """
    places = [path for folder in ("cli", "demo") for path in (ROOT / folder).rglob("*.py")]
    writing = {
        path.relative_to(ROOT).as_posix()
        for path in places
        for line in path.read_text(encoding="utf-8").splitlines()
        if WRITERS.search(line) and "console.print(" not in line
    }

    assert writing == {"cli/terminal/screen.py", "cli/terminal/last_words.py"}


ULID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
TASK = f"SFN_TASK#acme/route_distances#{ULID}"
LISTS: dict[str, tuple[tuple[str, ...], tuple[str, ...], dict[str, object]]] = {
    "executions": (
        ("started", "status", "name"),
        ("name",),
        {"started": "2026-11-23T10:00:00+00:00", "status": "TIMED_OUT", "name": "n" * 80},
    ),
    "tasks": (
        ("id", "status", "total", "succeeded", "failed"),
        ("id",),
        {"id": TASK, "status": "PROCESSING", "total": 2857, "succeeded": 2800, "failed": 57},
    ),
    "sub-tasks": (
        ("number", "status", "input", "result", "error"),
        (),
        {
            "number": 2857,
            "status": "PROCESSING",
            "input": {"origin": "JFK" * 30},
            "result": {"routes": list(range(40))},
            "error": "ValidationErrorOfTheHandler",
        },
    ),
    "imports": (
        ("id", "status", "target", "total", "succeeded", "skipped", "failed", "created_at"),
        ("id",),
        {
            "id": f"CSV_IMPORT#acme/airports#{ULID}",
            "status": "COMPLETED_WITH_ERRORS",
            "target": "airports",
            "total": 336776,
            "succeeded": 336000,
            "skipped": 700,
            "failed": 76,
            "created_at": "2026-11-23T10:00:00.123456+00:00",
        },
    ),
    "approvals": (
        ("id", "status", "title", "created_at", "expires_at"),
        ("id",),
        {
            "id": f"APPROVAL#acme/{ULID}{ULID}",
            "status": "PENDING",
            "title": "Close Kansai International Airport" * 3,
            "created_at": "2026-11-23T10:00:00.123456+00:00",
            "expires_at": "2026-11-30T10:00:00.123456+00:00",
        },
    ),
    "dead letters": (
        ("source", "error", "reason", "body"),
        (),
        {
            "source": "import-action-queue",
            "error": "RetryAttemptsExhausted",
            "reason": "it has no " * 20,
            "body": "{" * 83,
        },
    ),
    "findings": (
        ("problem", "subject", "detail"),
        ("subject",),
        {
            "problem": "task whose execution ended without it",
            "subject": f"SFN_TASK#acme route_distances#{ULID}",
            "detail": "its execution has TIMED_OUT " * 6,
        },
    ),
    "restarts": (
        ("pk", "sk", "attempt"),
        ("pk", "sk"),
        {"pk": "AIRPORT#" + "t" * 50, "sk": "AIRPORT#" + "k" * 50, "attempt": 2},
    ),
    "history": (
        ("version", "updated_at", "name", "attributes"),
        (),
        {
            "version": 12,
            "updated_at": "2026-11-23T10:00:00.123456+00:00",
            "name": "Kansai International",
            "attributes": {"city": "Osaka" * 50},
        },
    ),
}


@pytest.mark.parametrize(("columns", "whole", "row"), LISTS.values(), ids=LISTS)
def test_a_narrow_screen_shows_all_of_a_list(monkeypatch, columns, whole, row):
    shown = on_terminal(
        monkeypatch, lambda output: output.rows("x", [row, row], columns, whole=whole)
    )
    lines = shown.splitlines()

    for name in whole:
        assert sum(str(row[name]) in line for line in lines) == 2, shown
    if "status" in row:
        assert sum(str(row["status"]) in line for line in lines) == 2, shown
    longest = max(len(line) for line in lines if not any(str(row[name]) in line for name in whole))
    assert longest <= 80
    shortest = {name: str(row[name]) for name in columns if len(str(row[name])) <= 20}
    assert all(text in shown for text in shortest.values()), shown


def test_a_screen_of_a_column_drops_no_column_of_a_list(monkeypatch):
    columns, whole, row = LISTS["history"]

    shown = on_terminal(monkeypatch, lambda output: output.rows("x", [row], columns), columns=1)

    assert whole == ()
    assert all(name in shown for name in columns)
    assert "Kansai" in shown


def test_a_cause_of_thousands_of_characters_is_shown_by_its_start(monkeypatch, capsys):
    row = {"id": "Z" * 2000, "cause": "why? " * 800}

    shown = joined(on_terminal(monkeypatch, lambda out: out.rows("jobs", [row], ("id", "cause"))))
    Output(as_json=True).rows("jobs", [row], ("id", "cause"))

    assert shown.count("Z") == 2000
    assert shown.count("why?") == 100
    assert "3,500charactersmore" in shown
    assert json.loads(capsys.readouterr().out)["items"] == [row]


def test_a_wide_screen_shows_a_table(monkeypatch):
    columns, whole, row = LISTS["tasks"]
    shown = on_terminal(
        monkeypatch, lambda output: output.rows("x", [row], columns, whole=whole), columns=120
    )

    head, entry = shown.splitlines()
    assert head.split() == list(columns)
    assert entry.split() == [TASK, "PROCESSING", "2857", "2800", "57"]


def test_blocks_name_what_they_show(monkeypatch):
    columns, whole, row = LISTS["tasks"]
    row = {**row, "total": None}
    shown = on_terminal(
        monkeypatch, lambda output: output.rows("x", [row], columns, whole=whole), columns=50
    )

    assert [line.rstrip() for line in shown.splitlines()] == [
        TASK,
        "  status PROCESSING  succeeded 2800  failed 57",
    ]
