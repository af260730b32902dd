"""Alarms of the work itself, on metrics of the project's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.metrics import Metric
from stacks.monitoring.alarm import Alarm
from stacks.monitoring.metrics import of_application

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stacks.environment.model import Environment

MUCH_HEALED = 10
"""Mended in a period; a process that dies leaves one thing behind, and few die."""


def work_alarms(environment: Environment) -> Iterator[Alarm]:
    """Commands that wait, tasks and imports that fail or do not move, and the healer's work."""
    yield Alarm(
        subject="commands",
        condition="wait-long",
        metrics=(of_application(environment, Metric.COMMAND_WAITS_TIMED_OUT),),
        meaning=f"Commands waited more than {environment.command.wait_seconds} s for the one "
        "before them, which is slow or stuck.",
        remedy="Run `cqrs doctor`, which names the command that holds up the others, and "
        "`cqrs explain PK SK@VERSION` for what it has come to.",
    )
    yield Alarm(
        subject="sub-tasks",
        condition="failed",
        metrics=(of_application(environment, Metric.SUB_TASKS_FAILED),),
        meaning="Sub-tasks failed, and so does their task at its end; its execution succeeds.",
        remedy="Run `cqrs task list --tenant TENANT --status FAILED`, then "
        "`cqrs explain ID`, which has the line at fault; mend it, then `cqrs task retry ID`.",
    )
    yield Alarm(
        subject="imports",
        condition="failed",
        metrics=(of_application(environment, Metric.IMPORT_JOBS_FAILED),),
        meaning="Imports could not go through their file; what they imported stays.",
        remedy="Run the saved query `rejected-rows` for their keys, and `cqrs explain ID`.",
    )
    yield Alarm(
        subject="imports",
        condition="without-progress",
        metrics=(of_application(environment, Metric.IMPORT_MESSAGES_GIVEN_UP),),
        meaning="Rows of imports were given up: no invocation could do one of them for most of a "
        "day.",
        remedy="Run `cqrs doctor` for commands that keep items busy, and look whether tables are "
        "throttled; `cqrs import status ID` tells the rows.",
    )
    yield Alarm(
        subject="healer",
        condition="left",
        metrics=(of_application(environment, Metric.FAULTS_LEFT),),
        meaning="The healer found work that stands still or cannot be read, and could not mend it.",
        remedy="Run `cqrs doctor`, which names it, what repairs it, and the `cqrs explain` that "
        "tells its cause.",
    )
    yield Alarm(
        subject="healer",
        condition="busy",
        metrics=(of_application(environment, Metric.FAULTS_HEALED),),
        meaning=f"The healer mended more than {MUCH_HEALED} pieces of work in five minutes: starts "
        "or signals get lost, or streams, queues and executions are held up.",
        remedy="Look on the dashboard for throttling and for what fails, and run "
        "`cqrs logs --level WARNING`.",
        threshold=MUCH_HEALED,
    )
