"""The retries of a state that calls the function and fails, and for how long.

An error that time mends has hours: AWS or Lambda is away, or there is more work than the account's
concurrency takes at once. Any other failure has some tries, and an error that a repeat meets again
has none. Pauses are random up to their longest (``FULL``), so that executions that failed together
come back one by one. (Step Functions guide, "Handling errors in Step Functions workflows").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.errors import PERMANENT_ERRORS, TRANSIENT_ERRORS
from cqrs.states import EXPRESS_SECONDS
from stacks.asl.states import TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stacks.asl.states import State

NEVER_AGAIN: State = {
    "ErrorEquals": [error.__name__ for error in PERMANENT_ERRORS],
    "MaxAttempts": 0,
}
"""Errors that a repeat meets again. Emulator difference: MiniStack reports an exception by another
name than its class's, so there they are repeated like any other."""

THROTTLED = "Lambda.TooManyRequestsException"
"""Error of a call that found no concurrency left (Lambda guide, "Understanding Lambda function
scaling")."""

AWS_AWAY: State = {
    "ErrorEquals": [
        THROTTLED,
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
        "Lambda.ClientExecutionTimeoutException",
        *(error.__name__ for error in TRANSIENT_ERRORS),
    ],
    "IntervalSeconds": 2,
    "MaxAttempts": 150,
    "BackoffRate": 2.0,
    "MaxDelaySeconds": 300,
    "JitterStrategy": "FULL",
}
"""Lambda did not begin the call, or a service did not do the function's requests. That says nothing
about the work, and may last.

So many tries go on for six hours as a rule, as a random pause is half of the longest. The guide has
CDK's ``retryOnServiceExceptions`` (2 s, 6 attempts, rate 2), which give up after two minutes. An
outage of three minutes, or as much too much work, would then fail every command under way.

One retrier has all these errors, so that their tries count together. A try takes three events of
the execution's history, which ends at 25,000 (Step Functions guide, "Service quotas"). Emulator
difference: MiniStack throttles by another name (:mod:`stacks.asl.emulator_errors`)."""

SHORT_PAUSES: State = {
    "IntervalSeconds": 2,
    "BackoffRate": 2.0,
    "MaxDelaySeconds": 60,
    "JitterStrategy": "FULL",
}
"""The pauses of all that is over within minutes."""

CRASHES: State = {
    "ErrorEquals": ["Lambda.Unknown", "Runtime.ExitError", "Sandbox.Timedout", "Exception"],
    "MaxAttempts": 6,
    **SHORT_PAUSES,
}
"""The process ended in the midst of its work, which says nothing about the work. Emulator
differences: LocalStack says ``Exception`` of a call that timed out, as its report has no name.
MiniStack has other names for it, so there the next retrier takes it."""

LATE: State = {
    "ErrorEquals": [TIMEOUT],
    "MaxAttempts": 2,
    **SHORT_PAUSES,
}
"""Lambda did not even say that the function's time was over, so its answer was lost, or it was slow
to begin. ``States.TaskFailed`` has every name but this one (Step Functions guide, "Handling errors
in Step Functions workflows")."""

ANY_FAILURE: State = {
    "ErrorEquals": ["States.TaskFailed"],
    "MaxAttempts": 3,
    **SHORT_PAUSES,
}
"""All other failures, as every handler can run again (guide, "Error handling of state machines").
"""

EXPRESS_PAUSES: State = {"IntervalSeconds": 1, "MaxDelaySeconds": 20}
EXPRESS_AWAY_ATTEMPTS = 14
"""So many pauses take 211 s at the longest, which leaves time for the calls themselves."""

UNTIL_THE_END = AWS_AWAY["MaxAttempts"]
"""More tries than five minutes have room for, for work that somebody begins again after them."""

LAST_SECONDS = 10
"""Of an Express execution, in which it still tells how it ended."""


def retry(*never_again: str) -> list[State]:
    """Retriers of a state that calls the function; the first that names an error decides.

    Parameters
    ----------
    never_again
        Names of errors that a repeat meets again, beside those that the project has.
    """
    never: State = {**NEVER_AGAIN, "ErrorEquals": [*NEVER_AGAIN["ErrorEquals"], *never_again]}
    return [never, AWS_AWAY, CRASHES, LATE, ANY_FAILURE]


def within_express(state: State, away_attempts: int = EXPRESS_AWAY_ATTEMPTS) -> State:
    """Let a state and its retries end within an Express execution.

    Such an execution takes five minutes (Step Functions guide, "Service quotas"). If a state
    outlasts them, the execution times out, and nobody learns what the state failed with. Retriers
    other than the project's stay as they are.

    Parameters
    ----------
    state
        A state that calls the function.
    away_attempts
        Tries of a call that AWS does not begin; :data:`UNTIL_THE_END` for an execution that shall
        time out and not fail then.
    """
    longest = EXPRESS_SECONDS - LAST_SECONDS
    timeout = min(state.get("TimeoutSeconds", longest), longest)
    crashes = _whole_calls(timeout, longest) - 1
    attempts = {
        tuple(AWS_AWAY["ErrorEquals"]): away_attempts,
        tuple(CRASHES["ErrorEquals"]): crashes,
        tuple(LATE["ErrorEquals"]): min(crashes, LATE["MaxAttempts"]),
        tuple(ANY_FAILURE["ErrorEquals"]): ANY_FAILURE["MaxAttempts"],
    }
    return {
        **state,
        "TimeoutSeconds": timeout,
        "Retry": [_hurried(retrier, attempts) for retrier in state.get("Retry", ())],
    }


def _hurried(retrier: State, attempts: Mapping[tuple[str, ...], int]) -> State:
    errors = tuple(retrier["ErrorEquals"])
    if errors not in attempts:
        return retrier
    return {**retrier, **EXPRESS_PAUSES, "MaxAttempts": attempts[errors]}


def _whole_calls(timeout: int, longest: int) -> int:
    """Calls that fit into a time, the pauses of a crash between them, if each takes all it may."""
    taken, calls, pause = timeout, 1, EXPRESS_PAUSES["IntervalSeconds"]
    while calls <= CRASHES["MaxAttempts"] and (taken := taken + pause + timeout) <= longest:
        calls, pause = calls + 1, min(2 * pause, EXPRESS_PAUSES["MaxDelaySeconds"])
    return calls
