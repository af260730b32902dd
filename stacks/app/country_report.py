"""The country-report state machine, a sample of a custom workflow (guide, steps 1 to 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.country_report import COUNTRY_REPORT, ReportState
from stacks.asl import choice, fail, is_error_result, machine
from stacks.declarations import custom_workflow

if TYPE_CHECKING:
    from stacks.asl import Definition, Invocation


@custom_workflow(COUNTRY_REPORT)
def country_report_definition(function: Invocation) -> Definition:
    """Define how a report is made.

    An error result of ``initialize`` fails the execution at once; an exception of any state is
    retried, then told by ``handle_error``.
    """
    s = ReportState
    invoke = function.catching(s.HANDLE_ERROR)
    return machine(
        "Reports on the airports of a country",
        s.INITIALIZE,
        {
            s.INITIALIZE: invoke.task(Next=s.INITIALIZE_RESULT),
            s.INITIALIZE_RESULT: choice(is_error_result(s.FAILED), default=s.PROCESS),
            s.PROCESS: invoke.task(Next=s.FINALIZE),
            s.FINALIZE: invoke.task(End=True),
            s.HANDLE_ERROR: function.task(Next=s.FAILED),
            s.FAILED: fail(error_path="$.error", cause_path="$.cause"),
        },
        timeout_seconds=15 * 60,
    )
