"""Executions of the command machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.parity.documented.record import (
    ANSWERS,
    CALLBACKS,
    ERRORS,
    EVENTS,
    EXCEPTIONS,
    MAPS,
    RECORDED,
    SPECIFICATION,
    TASKS,
    Line,
    asked,
    call,
    caught,
    choice,
    documented,
    either,
    error,
    fail,
    failed,
    given_up,
    iteration,
    mapped,
    perhaps,
    started,
    succeeded,
    task_failed,
)
from tests.parity.history import text

KEY = {"pk": "P#t", "sk": "S#1@1"}
GO = {"result": 0}
COPY = {"result": 2}
APPLY = {"result": 3}
ENDED = {"result": 4}
WAIT = {"result": 1}
WAIT_ONCE = {"result": 1, "visit": 2}
TWO = [{"id": "a"}, {"id": "b"}]
BOTH = [{"did": "sync_data a"}, {"did": "sync_data b"}]
TOLD = {"error": "CommandFailed", "cause": "said by the command"}

ORDER = (SPECIFICATION, TASKS, EVENTS, RECORDED)
RETRIES = (*ORDER, ERRORS)
WAITS = (*ORDER, CALLBACKS, ANSWERS)


def did(state: str) -> dict[str, str]:
    return {"did": state}


def checked(given: Any, answer: Any) -> list[str | Line]:
    return [*call("check_version", given, answer), *choice("check_version_result", answer)]


CHECKED = [*started(KEY), *checked(KEY, GO)]


def from_set_ttl(given: Any, history_fails: Sequence[str | Line] = ()) -> list[str | Line]:
    expires = did("set_ttl_command")
    return [*call("set_ttl_command", given, expires), *from_history(expires, history_fails)]


def from_history(given: Any, fails: Sequence[str | Line] = ()) -> list[str | Line]:
    kept = did("history_copy")
    return [*call("history_copy", given, kept, fails), *call("transform_data", kept, TWO)]


SYNCHRONISED = mapped(
    "sync_data_all",
    TWO,
    [
        *iteration(0, "sync_data_all", call("sync_data", TWO[0], BOTH[0])),
        *iteration(1, "sync_data_all", call("sync_data", TWO[1], BOTH[1])),
    ],
    BOTH,
)


def success(given: Any) -> list[str | Line]:
    return [
        f"SucceedStateEntered success {text(given)}",
        f"SucceedStateExited success {text(given)}",
        *succeeded(given),
    ]


FINISHED = [
    *SYNCHRONISED,
    *call("finish", BOTH, did("finish")),
    *success(did("finish")),
]


def marked_as_failed(given: Any) -> list[str | Line]:
    return [*call("fail_command", given, TOLD), *fail("fail", TOLD)]


def history_copied_after(*failures: str | Line) -> list[str | Line]:
    return [*CHECKED, *from_set_ttl(GO, failures), *FINISHED]


WAITING = "wait_prev_command"
TOLD_TO_GO = [
    'TaskSucceeded {"Payload": [[{"go": "on"}]]}',
    'TaskStateExited wait_prev_command {"go": "on"}',
    *from_set_ttl({"go": "on"}),
    *FINISHED,
]
WAITED_ONCE = [
    *started(KEY),
    *checked(KEY, WAIT_ONCE),
    f'TaskStateEntered {WAITING} {{"result": 1, "visit": 2}}',
    *asked(),
]
TIMED_OUT = [
    "TaskTimedOut States.Timeout",
    f'TaskStateExited {WAITING} {{"result": 1, "visit": 2}}',
    *checked(WAIT_ONCE, GO),
    *from_set_ttl(GO),
    *FINISHED,
]
ANSWERED_BEFORE = documented(
    "command: its wait fails and then times out",
    WAITED_ONCE,
    *[["TaskFailed Odd (said by another)", *asked()]] * 3,
    ["TaskFailed Odd (said by another)"],
    [f'TaskStateExited {WAITING} {{"Cause": "said by another", "Error": "Odd"}}'],
    marked_as_failed(error("Odd", "said by another")),
    [f"send_task_failure {WAITING} 2: accepted"],
    sources=(),
)
"""The same if each retry takes the answer to the first try for its own."""

REFUSED = {"result": -1, "error": "VersionGap", "cause": "said at once"}
CRASHED = either("TaskFailed Runtime.ExitError (-)", "TaskFailed Lambda.Unknown (-)")

COMMANDS = (
    documented("command: applied", history_copied_after(), sources=(*ORDER, MAPS)),
    documented(
        "command: does not expire",
        started(KEY),
        checked(KEY, COPY),
        from_history(COPY),
        FINISHED,
        sources=(*ORDER, MAPS),
    ),
    documented(
        "command: replaces nothing",
        started(KEY),
        checked(KEY, APPLY),
        call("transform_data", APPLY, TWO),
        FINISHED,
        sources=(*ORDER, MAPS),
    ),
    documented(
        "command: has ended already",
        started(KEY),
        checked(KEY, ENDED),
        success(ENDED),
        sources=ORDER,
    ),
    documented(
        "express: applied",
        started(KEY),
        checked(KEY, APPLY),
        call("transform_data", APPLY, TWO),
        FINISHED,
        sources=(*ORDER, MAPS),
    ),
    documented(
        "express: is early",
        started(KEY),
        checked(KEY, WAIT),
        call(WAITING, WAIT, did(WAITING)),
        success(did(WAITING)),
        sources=ORDER,
    ),
    documented(
        "command: refused",
        started(KEY),
        checked(KEY, REFUSED),
        fail("fail", REFUSED),
        sources=ORDER,
    ),
    documented(
        "command: waits and is told",
        started(KEY),
        checked(KEY, WAIT),
        [f'TaskStateEntered {WAITING} {{"result": 1}}'],
        asked(),
        TOLD_TO_GO,
        [
            "send_task_success nobody's: InvalidToken",
            f"send_task_success {WAITING}: accepted",
            "send_task_success late: TaskTimedOut",
        ],
        sources=WAITS,
    ),
    documented(
        "command: its predecessor fails",
        started(KEY),
        checked(KEY, {"result": 7}),
        [f'TaskStateEntered {WAITING} {{"result": 7}}'],
        asked(),
        ["TaskFailed PredecessorFailed (said by another)"],
        [f'TaskStateExited {WAITING} {{"Cause": "said by another", "Error": "PredecessorFailed"}}'],
        marked_as_failed(error("PredecessorFailed", "said by another")),
        [f"send_task_failure {WAITING}: accepted"],
        sources=(*WAITS, ERRORS),
    ),
    documented(
        "command: its wait fails and then times out",
        WAITED_ONCE,
        ["TaskFailed Odd (said by another)"],
        asked(),
        TIMED_OUT,
        [f"send_task_failure {WAITING} 2: accepted"],
        sources=(*WAITS, ERRORS),
    ),
    documented(
        "command: its wait times out",
        WAITED_ONCE,
        TIMED_OUT,
        sources=(*WAITS, ERRORS),
    ),
    documented(
        "command: its wait's call fails",
        WAITED_ONCE[:-1],
        [
            either(
                "TaskFailed ValidationError (said in wait_prev_command)",
                "TaskSubmitFailed ValidationError (said in wait_prev_command)",
            ),
            f"TaskStateExited {WAITING} "
            '{"Cause": "said in wait_prev_command", "Error": "ValidationError"}',
        ],
        marked_as_failed(error("ValidationError", "said in wait_prev_command")),
        sources=(*WAITS, ERRORS),
        silent="which of two events tells that the call before a wait failed",
    ),
    documented(
        "command: fails for good",
        CHECKED,
        caught(
            "set_ttl_command",
            GO,
            [task_failed("ValidationError", "said in set_ttl_command")],
            error("ValidationError", "said in set_ttl_command"),
        ),
        marked_as_failed(error("ValidationError", "said in set_ttl_command")),
        sources=(*RETRIES, EXCEPTIONS),
    ),
    documented(
        "command: fails four times",
        CHECKED,
        call("set_ttl_command", GO, did("set_ttl_command")),
        caught(
            "history_copy",
            did("set_ttl_command"),
            [task_failed("KeyError", "said in history_copy")] * 4,
            error("KeyError", "said in history_copy"),
        ),
        marked_as_failed(error("KeyError", "said in history_copy")),
        sources=(*RETRIES, EXCEPTIONS),
    ),
    documented(
        "command: mends itself",
        history_copied_after(task_failed("KeyError", "said in history_copy")),
        sources=(*RETRIES, EXCEPTIONS),
    ),
    documented(
        "command: AWS is away four times",
        history_copied_after(*[task_failed("Throttled", "said in history_copy")] * 4),
        sources=(*RETRIES, EXCEPTIONS),
    ),
    documented(
        "command: crashes four times",
        history_copied_after(*[CRASHED] * 4),
        sources=RETRIES,
        silent="which of two names a process has that ends by itself",
    ),
    documented(
        "command: a call times out",
        history_copied_after(
            either("TaskFailed Sandbox.Timedout (-)", "TaskFailed Lambda.Unknown (-)")
        ),
        sources=RETRIES,
        silent="which runtimes still say Lambda.Unknown of a call that took too long",
    ),
    documented(
        "command: a state times out",
        CHECKED,
        from_set_ttl(GO),
        SYNCHRONISED,
        caught("finish", BOTH, ["TaskTimedOut States.Timeout"] * 3, error("States.Timeout")),
        marked_as_failed(error("States.Timeout")),
        sources=RETRIES,
    ),
    documented(
        "command: a sync handler fails",
        CHECKED,
        from_set_ttl(GO),
        ['MapStateEntered sync_data_all [{"id": "a"}, {"id": "b"}]', "MapStateStarted 2"],
        iteration(0, "sync_data_all", call("sync_data", TWO[0], BOTH[0])),
        iteration(
            1,
            "sync_data_all",
            given_up("sync_data", TWO[1], [task_failed("KeyError", "said in sync_data b")] * 4),
            ends="Failed",
        ),
        [
            "MapStateFailed",
            'MapStateExited sync_data_all {"Cause": "said in sync_data b", "Error": "KeyError"}',
        ],
        marked_as_failed(error("KeyError", "said in sync_data b")),
        sources=(*RETRIES, MAPS, EXCEPTIONS),
    ),
    documented(
        "command: cannot be failed",
        CHECKED,
        caught(
            "set_ttl_command",
            GO,
            [task_failed("ValidationError", "said in set_ttl_command")],
            error("ValidationError", "said in set_ttl_command"),
        ),
        given_up(
            "fail_command",
            error("ValidationError", "said in set_ttl_command"),
            [task_failed("ValidationError", "said in fail_command")],
        ),
        failed("ValidationError", "said in fail_command"),
        sources=(*RETRIES, EXCEPTIONS),
    ),
    documented(
        "command: takes too long",
        WAITED_ONCE,
        [
            perhaps("TaskStateAborted"),
            "ExecutionTimedOut",
            "status TIMED_OUT",
            perhaps("error States.Timeout (-)"),
        ],
        sources=(
            *WAITS,
            "https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html",
        ),
        silent="whether the state that is under way is told to be aborted",
    ),
)
