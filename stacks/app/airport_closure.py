"""The airport-closure state machine, a sample of the callback pattern (guide, "Use case 4")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.airport_closure import AIRPORT_CLOSURE, ClosureState
from stacks.asl import choice, fail, is_true, machine
from stacks.declarations import custom_workflow

if TYPE_CHECKING:
    from stacks.asl import Definition, Invocation


@custom_workflow(AIRPORT_CLOSURE)
def airport_closure_definition(function: Invocation) -> Definition:
    """Define how an airport is closed once somebody has approved it.

    ``request_approval`` waits for the answer, and ``decide`` sees what it was. If none came in
    time, ``expire`` closes the request. An execution that asks in vain succeeds, and its output
    tells the outcome; only an error fails it.
    """
    s = ClosureState
    invoke = function.catching(s.HANDLE_ERROR)
    return machine(
        "Closes an airport that somebody approves to close",
        s.FIND_AIRPORT,
        {
            s.FIND_AIRPORT: invoke.task(Next=s.REQUEST_APPROVAL),
            s.REQUEST_APPROVAL: invoke.wait_for_approval(s.EXPIRE, Next=s.DECIDE),
            s.DECIDE: choice(is_true("$.approved", s.CLOSE_AIRPORT), default=s.RECORD_REJECTION),
            s.CLOSE_AIRPORT: invoke.task(End=True),
            s.RECORD_REJECTION: invoke.task(End=True),
            s.EXPIRE: invoke.task(End=True),
            s.HANDLE_ERROR: function.task(Next=s.FAILED),
            s.FAILED: fail(error_path="$.error", cause_path="$.cause"),
        },
    )
