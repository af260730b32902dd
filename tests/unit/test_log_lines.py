"""Lines of the function's log as AWS has them, and which of them are wanted."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cli.explaining.lines import fault_of, lines_of, without_repeats
from cli.explaining.wanted import Wanted
from cqrs.aws.log_events import LogEvent
from cqrs.aws.log_lines import Level, Line
from tests.unit.logged import (
    FAULT,
    INVOCATION,
    REFUSAL,
    REFUSED_AT,
    ROOT,
    failed_line,
    milliseconds,
)

OTHER = "572dba57-c92c-442b-8041-019dd7ad5ed3"
COMMAND = "AIRPORT#acme AIRPORT#JFK@2"


def event(seconds: float, message: Any, stream: str = "process") -> LogEvent:
    text = message if isinstance(message, str) else json.dumps(message)
    return LogEvent(milliseconds(seconds), stream, text, f"{stream} {seconds} {text}")


def invocation(first: float, name: str, *messages: Any, stream: str = "process") -> list[LogEvent]:
    """The lines of an invocation as Lambda writes them, a tenth of a second apart."""
    told = [f"START RequestId: {name} Version: $LATEST\n", *messages, f"END RequestId: {name}\n"]
    report = f"REPORT RequestId: {name}\tDuration: 5 ms\tBilled Duration: 6 ms\n"
    return [event(first + n / 10, text, stream) for n, text in enumerate([*told, report])]


def texts(lines: list[Line]) -> list[str]:
    return [line.message for line in lines]


def test_lines_of_lambda_and_of_metrics_are_left_out():
    lines = lines_of(invocation(0, INVOCATION, "printed\n", {"_aws": {}, "CommandsFinished": 1}))

    assert [(line.message, line.invocation, line.is_raw) for line in lines] == [
        ("printed", INVOCATION, True)
    ]


@pytest.mark.parametrize(
    "told",
    [
        f"2026-11-28T00:00:00.000Z {INVOCATION} Task timed out after 60.00 seconds",
        f"REPORT RequestId: {INVOCATION}\tDuration: 60000 ms\tStatus: timeout",
        "RequestId: x Error: Runtime exited with error: signal: killed Runtime.ExitError",
        "[ERROR] Runtime.ImportModuleError: Unable to import module 'handler'",
    ],
)
def test_what_tells_of_a_lost_invocation_is_an_error(told):
    (line,) = lines_of([event(0, told)])

    assert line.level is Level.ERROR


def test_a_printed_line_is_not_later_than_what_came_behind_it():
    """MiniStack gives all lines of an invocation the time of its end."""
    printed, logged = event(5, "printed"), event(5, failed_line(4.5))

    assert texts(lines_of([printed, logged])) == ["printed", "Handler failed"]


def test_processes_are_told_apart():
    events = [
        *invocation(0, INVOCATION, "one", stream="a"),
        *invocation(0.05, OTHER, "two", stream="b"),
    ]
    told = {line.message: line.invocation for line in lines_of(sorted(events, key=lambda e: e.at))}

    assert told == {"one": INVOCATION, "two": OTHER}


def test_the_runtimes_own_traceback_is_no_news():
    lines = lines_of(
        invocation(
            0, INVOCATION, "before", failed_line(0.2), "[ERROR] SyncHandlerFailed\nTraceback"
        )
    )

    assert texts(without_repeats(lines)) == ["before", "Handler failed"]


def test_it_is_if_nothing_else_tells_of_the_error():
    lines = lines_of(invocation(0, INVOCATION, "[ERROR] KeyError: 1\nTraceback"))

    assert len(without_repeats(lines)) == 1


STATE = {"message": "Called", "level": "DEBUG", "execution": "run", "state": "check"}


def recorded(indent: str = "  ") -> tuple[str, dict[str, Any]]:
    """The same refusal as Lambda tells it, as text and as JSON."""
    frames = REFUSAL.partition(f'  File "{ROOT}handler.py"')
    told = (frames[1] + frames[2]).partition("cqrs.errors.")[0]
    trace = [line for line in told.splitlines() if "^^^" not in line]
    reason = "No stock is counted yet.\nCount it."
    lines = [f"[ERROR] ValidationError: {reason}", "Traceback (most recent call last):"]
    text = "\n".join([*lines, *(line.replace("  ", indent, 1) for line in trace)])
    return text, {
        "timestamp": "2026-11-28T00:00:00Z",
        "log_level": "ERROR",
        "errorType": "ValidationError",
        "errorMessage": reason,
        "requestId": INVOCATION,
        "stackTrace": [f"{trace[n]}\n{trace[n + 1]}\n" for n in range(0, len(trace), 2)],
    }


@pytest.mark.parametrize(
    "messages",
    [
        REFUSAL.splitlines(),
        ["printed first", *REFUSAL.splitlines()],
        [recorded()[0]],
        [recorded("\u00a0\u00a0")[0]],
        [recorded()[1]],
    ],
    ids=["emulator", "printed", "text", "spaces", "json"],
)
def test_what_leaves_the_function_is_one_error_with_its_place(messages):
    *_, line = lines_of(invocation(0, INVOCATION, STATE, *messages))

    assert (line.level, line.message, line.invocation) == (
        Level.ERROR,
        "Invocation failed",
        INVOCATION,
    )
    assert line.keys["error"] == "ValidationError"
    assert line.keys["reason"] == "No stock is counted yet.\nCount it."
    assert (line.keys["fault"], line.keys["state"]) == (REFUSED_AT, "check")
    assert line.keys["code"].startswith("raise ValidationError(")
    assert line.traceback.splitlines()[0] == '  File "app/stock.py", line 30, in check'
    assert "cqrs/events/bus.py" not in line.traceback


def test_all_that_is_before_it_is_as_it_was():
    printed = ["Traceback (most recent call last):", '  File "a.py", line 1, in a', "KeyError: 1"]
    lines = lines_of(invocation(0, INVOCATION, STATE, *printed, *REFUSAL.splitlines()))

    assert texts(lines) == ["Called", *printed, "Invocation failed"]


def test_a_traceback_that_a_handler_prints_is_none_that_left_the_function():
    printed = ["Traceback (most recent call last):", '  File "a.py", line 1, in a', "KeyError: 1"]
    lines = lines_of(invocation(0, INVOCATION, *printed))

    assert texts(lines) == printed
    assert {line.level for line in lines} == {Level.INFO}


def test_of_a_chain_the_last_error_is_told_with_the_place_of_the_first():
    first = REFUSAL.splitlines()
    link = ["", "The above exception was the direct cause of the following exception:", ""]
    last = [*first[:10], "cqrs.errors.SyncHandlerFailed: stock: ValidationError"]
    own = ["Traceback (most recent call last):", *first[10:]]
    (line,) = lines_of(invocation(0, INVOCATION, *own, *link, *last))

    assert (line.keys["error"], line.keys["fault"]) == ("SyncHandlerFailed", REFUSED_AT)
    assert line.traceback.splitlines()[-1] == last[-1]


def test_what_the_runtime_itself_refuses_is_no_fault_of_the_application():
    told = [*REFUSAL.splitlines()[:13], "cqrs.errors.UnsupportedEventError: No handler takes it."]
    (line,) = lines_of(invocation(0, INVOCATION, *told))

    assert line.keys["reason"] == "No handler takes it."
    assert fault_of(line) is None


def test_an_error_that_left_the_function_is_told_once():
    lines = lines_of(invocation(0, INVOCATION, failed_line(0.2), *REFUSAL.splitlines()))

    assert texts(without_repeats(lines)) == ["Handler failed"]


def test_a_fault_has_its_place():
    (line,) = lines_of([event(0, failed_line(0))])
    told = fault_of(line)

    assert told is not None
    assert (told["error"], told["fault"], told["handler"]) == (
        "KeyError",
        FAULT,
        "sync handler seat_map",
    )


def test_a_line_that_is_json_of_another_kind_is_printed():
    (line,) = lines_of([event(0, '{"seats": 3}')])

    assert (line.is_raw, line.message) == (True, '{"seats": 3}')


@pytest.fixture
def lines() -> list[Line]:
    return lines_of(
        [
            *invocation(0, INVOCATION, "printed", failed_line(0.2, command=COMMAND, tenant="acme")),
            *invocation(1, OTHER, "of another", {"message": "Status changed", "level": "INFO"}),
        ]
    )


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (Wanted(), ["printed", "Handler failed", "of another", "Status changed"]),
        (Wanted(work=("AIRPORT#acme", "AIRPORT#JFK@2")), ["printed", "Handler failed"]),
        (Wanted(work=("AIRPORT#acme", "AIRPORT#JFK")), ["printed", "Handler failed"]),
        (Wanted(work=("AIRPORT#acme", "AIRPORT#JF")), []),
        (Wanted(work=("AIRPORT#other", "AIRPORT#JFK@2")), []),
        (Wanted(tenant="acme"), ["printed", "Handler failed"]),
        (Wanted(request=OTHER), ["of another", "Status changed"]),
        (Wanted(state="finish"), []),
        (Wanted(level=Level.ERROR), ["Handler failed"]),
        (Wanted(work=("AIRPORT#acme", "AIRPORT#JFK@2"), level=Level.ERROR), ["Handler failed"]),
    ],
)
def test_wanted_lines_come_with_what_their_invocation_printed(lines, wanted, told):
    assert texts(wanted.selected(lines)) == told


def test_an_invocation_that_is_known_otherwise_is_wanted_too(lines):
    assert "of another" in texts(Wanted(tenant="none").selected(lines, {OTHER}))


def test_the_sub_tasks_of_a_task_are_about_it():
    told = failed_line(0, task="SFN_TASK#acme/resize#01ARZ3NDEKTSV4RRFFQ69G5FAV#0002")
    lines = lines_of([event(0, told)])

    assert Wanted(work=("SFN_TASK#acme", "resize#01ARZ3NDEKTSV4RRFFQ69G5FAV")).selected(lines)
    assert not Wanted(work=("SFN_TASK#acme", "resize#01ARZ3NDEKTSV4RRFFQ69G5FA")).selected(lines)
