"""Executions of the sample's workflows: approvals with heartbeats, and error results."""

from __future__ import annotations

from typing import Any

from tests.parity.documented.record import (
    ANSWERS,
    CALLBACKS,
    ERRORS,
    EVENTS,
    EXCEPTIONS,
    HEARTBEATS,
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
    started,
    succeeded,
    task_failed,
)
from tests.parity.executions import HEARTBEATS as HEARTBEATS_SENT
from tests.parity.history import text

AIRPORT, COUNTRY = {"airport": "HND"}, {"country": "JP"}
FOUND = {"did": "find_airport"}
TOLD = {"error": "CommandFailed", "cause": "said by the command"}
ASKING = "request_approval"
ORDER = (SPECIFICATION, TASKS, EVENTS, RECORDED)
WAITS = (*ORDER, CALLBACKS, ANSWERS)

ASKED = [
    *started(AIRPORT),
    *call("find_airport", AIRPORT, FOUND),
    f"TaskStateEntered {ASKING} {text(FOUND)}",
    *asked(heartbeat=True),
]


def answered(outcome: dict[str, bool], then: str) -> list[str | Line]:
    return [
        *ASKED,
        f"TaskSucceeded {text({'Payload': [[outcome]]})}",
        f"TaskStateExited {ASKING} {text(outcome)}",
        *choice("decide", outcome),
        *call(then, outcome, {"did": then}),
        *succeeded({"did": then}),
        f"send_task_success {ASKING}: accepted",
        "waited: in no time",
    ]


def expired(*errors: dict[str, str]) -> list[str | Line]:
    given: list[Any] = [{**FOUND, "error": one} for one in errors]
    called = [call("expire", one, {"did": "expire"}) for one in given]
    return [
        either(*(f"TaskStateExited {ASKING} {text(one)}" for one in given)),
        either(*(str(lines[0]) for lines in called)),
        *called[0][1:],
        *succeeded({"did": "expire"}),
    ]


WORKFLOWS = (
    documented("closure: approved", answered({"approved": True}, "close_airport"), sources=WAITS),
    documented(
        "closure: rejected", answered({"approved": False}, "record_rejection"), sources=WAITS
    ),
    documented(
        "closure: no heartbeat",
        ASKED,
        [either("TaskTimedOut States.Timeout", "TaskTimedOut States.HeartbeatTimeout")],
        expired(error("States.HeartbeatTimeout"), error("States.Timeout")),
        ["waited: a heartbeat"],
        sources=(*WAITS, HEARTBEATS, ERRORS),
        silent="the name of a missing heartbeat's error: States.HeartbeatTimeout in the guide, "
        "States.Timeout in recorded histories",
    ),
    documented(
        "closure: heartbeats, and no answer",
        ASKED,
        ["TaskTimedOut States.Timeout"],
        expired(error("States.Timeout")),
        [f"send_task_heartbeat {ASKING}: accepted"] * HEARTBEATS_SENT,
        ["waited: the wait"],
        sources=(*WAITS, HEARTBEATS, ERRORS),
    ),
    documented(
        "closure: withdrawn",
        ASKED,
        ["TaskFailed ApprovalExpired (said by another)"],
        expired(error("ApprovalExpired", "said by another")),
        [f"send_task_failure {ASKING}: accepted", "waited: in no time"],
        sources=(*WAITS, ERRORS),
    ),
    documented(
        "report: made",
        started(COUNTRY),
        call("initialize", COUNTRY, {"did": "initialize"}),
        choice("initialize_result", {"did": "initialize"}),
        call("process", {"did": "initialize"}, {"did": "process"}),
        call("finalize", {"did": "process"}, {"did": "finalize"}),
        succeeded({"did": "finalize"}),
        sources=ORDER,
    ),
    documented(
        "report: of nowhere",
        started(COUNTRY),
        call(
            "initialize",
            COUNTRY,
            {"status": "error", "error": "NotFound", "cause": "said at once"},
        ),
        choice(
            "initialize_result",
            {"status": "error", "error": "NotFound", "cause": "said at once"},
        ),
        fail("failed", {"status": "error", "error": "NotFound", "cause": "said at once"}),
        sources=ORDER,
    ),
    documented(
        "report: not made",
        started(COUNTRY),
        call("initialize", COUNTRY, {"did": "initialize"}),
        choice("initialize_result", {"did": "initialize"}),
        caught(
            "process",
            {"did": "initialize"},
            [task_failed("ValidationError", "said in process")],
            {"did": "initialize", "error": error("ValidationError", "said in process")},
        ),
        call(
            "handle_error",
            {"did": "initialize", "error": error("ValidationError", "said in process")},
            TOLD,
        ),
        fail("failed", TOLD),
        sources=(*ORDER, ERRORS, EXCEPTIONS),
    ),
)
