"""States of a machine, and where they lead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.states import ERROR_STATUS

if TYPE_CHECKING:
    from collections.abc import Mapping

State = dict[str, Any]

Definition = dict[str, Any]

ALL_ERRORS = "States.ALL"

TIMEOUT = "States.Timeout"

HEARTBEAT_TIMEOUT = "States.HeartbeatTimeout"


def machine(
    comment: str,
    start_at: str,
    states: Mapping[str, State],
    *,
    timeout_seconds: int | None = None,
) -> Definition:
    """Define a state machine."""
    timeout = {} if timeout_seconds is None else {"TimeoutSeconds": timeout_seconds}
    return {"Comment": comment, "StartAt": start_at, **timeout, "States": dict(states)}


def choice(*branches: State, default: str) -> State:
    """Go to the state that the first branch that holds leads to."""
    return {"Type": "Choice", "Choices": list(branches), "Default": default}


def number_equals(variable: str, number: int, next_state: str) -> State:
    """Branch of a choice."""
    return {"Variable": variable, "NumericEquals": number, "Next": next_state}


def text_equals(variable: str, text: str, next_state: str) -> State:
    """Branch of a choice."""
    return {"Variable": variable, "StringEquals": text, "Next": next_state}


def is_true(variable: str, next_state: str) -> State:
    """Branch of a choice."""
    return {"Variable": variable, "BooleanEquals": True, "Next": next_state}


def is_error_result(next_state: str) -> State:
    """Branch of a choice for what :func:`cqrs.events.workflows.error_result` makes."""
    return {
        "And": [
            {"Variable": "$.status", "IsPresent": True},
            {"Variable": "$.status", "StringEquals": ERROR_STATUS},
        ],
        "Next": next_state,
    }


def catch(error: str, next_state: str, **fields: Any) -> State:
    """Go to a state on an error; its input is ``{"Error", "Cause"}`` unless ResultPath differs."""
    return {"ErrorEquals": [error], "Next": next_state, **fields}


def parallel(*branches: State, **fields: Any) -> State:
    """Run branches side by side on the same input; the output lists theirs, in this order.

    A branch ends by itself: its states lead to states of the same branch only. So the ``Catch`` of
    this state catches the failure of any of them.

    Parameters
    ----------
    branches
        The branches that :func:`branch` makes.
    fields
        The state's own fields, such as ``Next``, ``End`` or ``Catch``.
    """
    return {"Type": "Parallel", "Branches": list(branches), **fields}


def branch(start_at: str, states: Mapping[str, State]) -> State:
    """Branch of a :func:`parallel` state."""
    return {"StartAt": start_at, "States": dict(states)}


def wait(seconds: int, **fields: Any) -> State:
    """Wait so many seconds; the output is the input."""
    return {"Type": "Wait", "Seconds": seconds, **fields}


def succeed() -> State:
    """End the execution well."""
    return {"Type": "Succeed"}


def fail(*, error_path: str, cause_path: str) -> State:
    """Fail the execution for the reason that the input holds."""
    return {"Type": "Fail", "ErrorPath": error_path, "CausePath": cause_path}
