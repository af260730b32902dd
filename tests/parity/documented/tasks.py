"""Executions of the task machine."""

from __future__ import annotations

from tests.parity.documented.record import (
    ERRORS,
    EVENTS,
    EXCEPTIONS,
    MAPS,
    RECORDED,
    SPECIFICATION,
    call,
    caught,
    documented,
    either,
    error,
    failed,
    given_up,
    iteration,
    mapped,
    started,
    succeeded,
    task_failed,
)

A, B, C = {"id": "a"}, {"id": "b"}, {"id": "c"}
ORDER = (SPECIFICATION, MAPS, EVENTS, RECORDED)


def done(item: dict[str, str], state: str = "iterator") -> dict[str, str]:
    return {"did": f"{state} {item['id']}"}


GIVEN_UP = {"id": "b", "error": error("ValidationError", "said in iterator b")}
ALL = [done(A), done(B), done(C)]
REST = [done(A), done(B, "fail_sub_task"), done(C)]

TASKS = (
    documented(
        "task: three sub-tasks",
        started([A, B, C]),
        mapped(
            "map_state",
            [A, B, C],
            [
                line
                for index, item in enumerate((A, B, C))
                for line in iteration(index, "map_state", call("iterator", item, done(item)))
            ],
            ALL,
        ),
        succeeded(ALL),
        ["calls at once: 2"],
        sources=ORDER,
    ),
    documented(
        "task: none",
        started([]),
        mapped("map_state", [], [], []),
        succeeded([]),
        ["calls at once: 0"],
        sources=ORDER,
    ),
    documented(
        "task: one is given up",
        started([A, B, C]),
        mapped(
            "map_state",
            [A, B, C],
            [
                *iteration(0, "map_state", call("iterator", A, done(A))),
                *iteration(
                    1,
                    "map_state",
                    caught(
                        "iterator",
                        B,
                        [task_failed("ValidationError", "said in iterator b")],
                        GIVEN_UP,
                    ),
                    call("fail_sub_task", GIVEN_UP, done(B, "fail_sub_task")),
                ),
                *iteration(2, "map_state", call("iterator", C, done(C))),
            ],
            REST,
        ),
        succeeded(REST),
        [either("calls at once: 2", "calls at once: 1")],
        sources=(*ORDER, ERRORS, EXCEPTIONS),
        silent="whether quick iterations ever run beside each other",
    ),
    documented(
        "task: one cannot be given up",
        started([A]),
        ['MapStateEntered map_state [{"id": "a"}]', "MapStateStarted 1"],
        iteration(
            0,
            "map_state",
            caught(
                "iterator",
                A,
                [task_failed("ValidationError", "said in iterator a")],
                {"id": "a", "error": error("ValidationError", "said in iterator a")},
            ),
            given_up(
                "fail_sub_task",
                {"id": "a", "error": error("ValidationError", "said in iterator a")},
                [task_failed("ValidationError", "said in fail_sub_task a")],
            ),
            ends="Failed",
        ),
        ["MapStateFailed"],
        failed("ValidationError", "said in fail_sub_task a"),
        ["calls at once: 1"],
        sources=(*ORDER, ERRORS, EXCEPTIONS),
    ),
)
