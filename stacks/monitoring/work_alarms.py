"""Alarms of the work itself, on metrics of the project's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.metrics import Metric
from stacks.monitoring.alarm import Alarm
from stacks.monitoring.metrics import of_application

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stacks.environment.model import Environment


def work_alarms(environment: Environment) -> Iterator[Alarm]:
    """Commands that wait too long, and tasks and imports that failed."""
    yield Alarm(
        subject="commands",
        condition="wait-long",
        metrics=(of_application(environment, Metric.COMMAND_WAITS_TIMED_OUT),),
        meaning=f"Commands waited more than {environment.command.wait_seconds} s for the one "
        "before them, which is slow or stuck.",
        remedy="Run `cqrs doctor`, which names the command that holds up the others.",
    )
    yield Alarm(
        subject="sub-tasks",
        condition="failed",
        metrics=(of_application(environment, Metric.SUB_TASKS_FAILED),),
        meaning="Sub-tasks failed, and so does their task at its end; its execution succeeds.",
        remedy="Run `cqrs task list --tenant TENANT --status FAILED`, then "
        "`cqrs task sub-tasks ID --failed`; mend the cause, then `cqrs task retry ID`.",
    )
    yield Alarm(
        subject="imports",
        condition="failed",
        metrics=(of_application(environment, Metric.IMPORT_JOBS_FAILED),),
        meaning="Imports could not go through their file; what they imported stays.",
        remedy="Run the saved query `rejected-rows` for their keys, and `cqrs import status ID`.",
    )
