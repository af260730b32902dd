"""The parts of the dashboard that show workflows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.metrics import Metric as Own
from cqrs.resources import StateMachine
from stacks.monitoring.machine_alarms import ENDS, EXPRESS_ENDS, THROTTLED
from stacks.monitoring.metrics import P99, of_application, of_state_machine
from stacks.monitoring.widgets import Line, Widget, graph, heading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stacks.environment.model import Environment


def workflow_widgets(environment: Environment) -> Iterator[Widget]:
    """Commands, tasks, imports, then custom workflows with approvals, and the healer."""
    yield from _commands(environment)
    yield from _tasks(environment)
    yield from _imports(environment)
    yield from _custom(environment)
    yield from _healer(environment)


def _commands(environment: Environment) -> Iterator[Widget]:
    yield heading("Commands")
    yield _own(
        environment,
        "Commands",
        {"finished": Own.COMMANDS_FINISHED, "failed": Own.COMMANDS_FAILED},
    )
    waits = [
        Line(statistic, of_application(environment, Own.COMMAND_WAIT_TIME, statistic))
        for statistic in ("p50", P99, "Maximum")
    ]
    yield graph(environment.region, "Time to a command's turn, ms", waits)
    yield _own(
        environment,
        "Waits and executions that timed out",
        {"waits": Own.COMMAND_WAITS_TIMED_OUT, "begun again": Own.EXECUTIONS_TIMED_OUT},
    )
    yield _executions(environment, StateMachine.COMMAND)
    yield _executions(environment, StateMachine.EXPRESS_COMMAND)


def _tasks(environment: Environment) -> Iterator[Widget]:
    yield heading("Tasks")
    yield _own(
        environment,
        "Sub-tasks",
        {"finished": Own.SUB_TASKS_FINISHED, "failed": Own.SUB_TASKS_FAILED},
    )
    yield _executions(environment, StateMachine.TASK)


def _imports(environment: Environment) -> Iterator[Widget]:
    yield heading("Imports")
    rows = {
        "imported": Own.ROWS_IMPORTED,
        "skipped": Own.ROWS_SKIPPED,
        "rejected": Own.ROWS_REJECTED,
    }
    yield _own(environment, "Rows", rows)
    yield _own(
        environment,
        "Imports that failed",
        {"failed": Own.IMPORT_JOBS_FAILED, "parts given up": Own.IMPORT_MESSAGES_GIVEN_UP},
    )
    yield _executions(environment, StateMachine.IMPORT_CSV)


def _custom(environment: Environment) -> Iterator[Widget]:
    yield heading("Custom workflows and approvals")
    yield _own(
        environment,
        "Approvals",
        {"answered": Own.APPROVALS_ANSWERED, "expired": Own.APPROVALS_EXPIRED},
    )
    for machine in environment.workflows:
        yield _executions(environment, machine)


def _healer(environment: Environment) -> Iterator[Widget]:
    yield heading("Healer")
    faults = {"healed": Own.FAULTS_HEALED, "left": Own.FAULTS_LEFT}
    yield _own(environment, "Work that stood still", faults)


def _own(environment: Environment, title: str, metrics: dict[str, Own]) -> Widget:
    lines = [Line(label, of_application(environment, metric)) for label, metric in metrics.items()]
    return graph(environment.region, title, lines)


def _executions(environment: Environment, machine: str) -> Widget:
    is_express = machine == StateMachine.EXPRESS_COMMAND
    metrics = {
        "started": "ExecutionsStarted",
        "succeeded": "ExecutionsSucceeded",
        **{condition: metric for condition, metric, _ in (EXPRESS_ENDS if is_express else ENDS)},
        **({} if is_express else {"throttled": THROTTLED}),
    }
    lines = [
        Line(label, of_state_machine(environment, machine, metric))
        for label, metric in metrics.items()
    ]
    return graph(environment.region, f"Executions of {machine}", lines)
