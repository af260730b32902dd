"""The retries of a state that calls the function and fails, and for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.errors import PERMANENT_ERRORS, TRANSIENT_ERRORS

if TYPE_CHECKING:
    from stacks.asl.states import (
        State,
    )


NEVER_AGAIN: State = {
    "ErrorEquals": [error.__name__ for error in PERMANENT_ERRORS],
    "MaxAttempts": 0,
}
"""Errors that a repeat meets again. Emulator difference: MiniStack reports an exception by another
name than its class's, so there they are repeated like any other."""

SERVICE_EXCEPTIONS = {
    "ErrorEquals": [
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
        "Lambda.ClientExecutionTimeoutException",
    ],
    "IntervalSeconds": 2,
    "MaxAttempts": 6,
    "BackoffRate": 2.0,
}
"""Failures of Lambda and not of the work (Step Functions guide, "Handle transient Lambda service
exceptions")."""

THROTTLING: State = {
    "ErrorEquals": ["Lambda.TooManyRequestsException"],
    "IntervalSeconds": 2,
    "MaxAttempts": 6,
    "BackoffRate": 2.0,
    "JitterStrategy": "FULL",
}

AWS_AWAY = {
    "ErrorEquals": [error.__name__ for error in TRANSIENT_ERRORS],
    "IntervalSeconds": 2,
    "MaxAttempts": 16,
    "BackoffRate": 2.0,
    "MaxDelaySeconds": 60,
    "JitterStrategy": "FULL",
}
"""A service did not do the function's requests, which says nothing about the work and may last. So
many tries go on for six minutes as a rule, and for twelve at the most. Emulator difference:
MiniStack has another name for it, so there the last retrier takes it."""

CRASHES: State = {
    "ErrorEquals": ["Lambda.Unknown", "Runtime.ExitError", "Sandbox.Timedout", "Exception"],
    "IntervalSeconds": 2,
    "MaxAttempts": 6,
    "BackoffRate": 2.0,
}
"""The process ended in the midst of its work, which says nothing about the work. Emulator
differences: LocalStack says ``Exception`` of a call that timed out, as its report has no name.
MiniStack has other names for it, so there the next retrier takes it."""

ANY_FAILURE = {
    "ErrorEquals": ["States.TaskFailed"],
    "IntervalSeconds": 2,
    "MaxAttempts": 3,
    "BackoffRate": 2.0,
}
"""All other failures, as every handler can run again (guide, "Error handling of state machines").
"""


def retry(*never_again: str) -> list[State]:
    """Retriers of a state that calls the function; the first that names an error decides.

    Parameters
    ----------
    never_again
        Names of errors that a repeat meets again, beside those that the project has.
    """
    never: State = {**NEVER_AGAIN, "ErrorEquals": [*NEVER_AGAIN["ErrorEquals"], *never_again]}
    return [never, SERVICE_EXCEPTIONS, THROTTLING, AWS_AWAY, CRASHES, ANY_FAILURE]
