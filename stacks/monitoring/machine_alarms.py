"""Alarms of state machines: executions that came to no good end, or could not go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.resources import StateMachine
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

EXPRESS_ENDS = ENDS[:2]
"""Nobody can stop an Express execution (Step Functions API reference, StopExecution)."""

THROTTLED = "ExecutionThrottled"


def machine_alarms(environment: Environment) -> Iterator[Alarm]:
    """Four alarms for each state machine, custom ones included; two for an Express one."""
    for machine in environment.state_machines:
        if machine == StateMachine.EXPRESS_COMMAND:
            yield from _express_alarms(environment, machine)
        else:
            yield from _standard_alarms(environment, machine)


def _standard_alarms(environment: Environment, machine: str) -> Iterator[Alarm]:
    for condition, metric, status in ENDS:
        remedy = (
            f"Run `cqrs executions --machine {machine} --status {status}`, then "
            f"`cqrs explain {machine}/NAME` with the name of one, then `cqrs doctor`."
        )
        yield _end_alarm(environment, machine, condition, metric, status, remedy)
    yield Alarm(
        subject=machine,
        condition="throttled",
        metrics=(of_state_machine(environment, machine, THROTTLED),),
        meaning=f"State transitions of {machine} were throttled, so its executions are late.",
        remedy="Look at the quota of StateTransition in Service Quotas; "
        f"`cqrs executions --machine {machine} --status RUNNING` lists what waits.",
    )


def _express_alarms(environment: Environment, machine: str) -> Iterator[Alarm]:
    """Alarms of a machine without a quota of transitions, whose executions have no list."""
    for condition, metric, status in EXPRESS_ENDS:
        remedy = "Run `cqrs doctor`, which names the commands, and `cqrs explain PK SK@VERSION`."
        yield _end_alarm(environment, machine, condition, metric, status, remedy)


def _end_alarm(
    environment: Environment, machine: str, condition: str, metric: str, status: str, remedy: str
) -> Alarm:
    return Alarm(
        subject=machine,
        condition=condition,
        metrics=(of_state_machine(environment, machine, metric),),
        meaning=f"Executions of {machine} ended as {status}.",
        remedy=remedy,
    )
