"""Following an execution to its end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from cli.watching.live_line import live_line
from cli.watching.looks import looks, not_over
from cqrs.errors import NotFoundError

if TYPE_CHECKING:
    from rich.console import Console

    from cli.suggestions import FollowUp
    from cqrs.aws.step_functions import ExecutionDescription, StepFunctionsService

KNOWN_WITHIN_SECONDS = 10
"""Step Functions may report an execution a moment after it was started."""


def watch_execution(
    step_functions: StepFunctionsService,
    arn: str,
    console: Console,
    later: FollowUp,
    seconds: float | None = None,
) -> ExecutionDescription:
    """Wait for an execution's end, and return how it ended.

    Parameters
    ----------
    later
        The commands for whoever waits no longer.
    seconds
        How long at most; without an end by default.

    Raises
    ------
    NotFoundError
        If there is no such execution.
    TransientError
        If it has not ended within that time.
    """
    known_by = time.monotonic() + KNOWN_WITHIN_SECONDS
    name = ":".join(arn.split(":")[-2:])
    with live_line(console, name) as tell:
        for found in looks(lambda: step_functions.describe(arn), _is_over, seconds):
            tell("not reported yet" if found is None else found.status)
            if found is None and time.monotonic() > known_by:
                break
    if found is None:
        raise NotFoundError(_missing(arn))
    if not _is_over(found):
        raise not_over(name, seconds, later)
    return found


def _is_over(found: ExecutionDescription | None) -> bool:
    return found is not None and not found.is_running


def existing_execution(step_functions: StepFunctionsService, arn: str) -> ExecutionDescription:
    """An execution as it is now.

    Raises
    ------
    NotFoundError
        If there is no such execution.
    """
    found = step_functions.describe(arn)
    if found is None:
        raise NotFoundError(_missing(arn))
    return found


def _missing(arn: str) -> str:
    return (
        f"There is no execution {arn}; it was never started, or ended more than 90 days ago. "
        "`cqrs executions --machine WORKFLOW` lists those that there are."
    )
