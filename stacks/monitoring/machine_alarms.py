"""Alarms of state machines: executions that came to no good end, or could not go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.monitoring.alarm import Alarm
from stacks.monitoring.metrics import of_state_machine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stacks.environment.model import Environment

ENDS = (
    ("failed", "ExecutionsFailed", "FAILED"),
    ("timed-out", "ExecutionsTimedOut", "TIMED_OUT"),
    ("aborted", "ExecutionsAborted", "ABORTED"),
)
"""Conditions, with their metrics and the statuses that such executions have."""

THROTTLED = "ExecutionThrottled"


def machine_alarms(environment: Environment) -> Iterator[Alarm]:
    """Four alarms for each state machine, custom ones included."""
    for machine in environment.state_machines:
        for condition, metric, status in ENDS:
            yield Alarm(
                subject=machine,
                condition=condition,
                metrics=(of_state_machine(environment, machine, metric),),
                meaning=f"Executions of {machine} ended as {status}.",
                remedy=f"Run `cqrs executions --machine {machine} --status {status}`, then "
                "`cqrs doctor`.",
            )
        yield Alarm(
            subject=machine,
            condition="throttled",
            metrics=(of_state_machine(environment, machine, THROTTLED),),
            meaning=f"State transitions of {machine} were throttled, so its executions are late.",
            remedy="Look at the quota of StateTransition in Service Quotas; "
            f"`cqrs executions --machine {machine} --status RUNNING` lists what waits.",
        )
