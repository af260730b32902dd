"""Alarms of the function and of the streams that it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.resources import FUNCTION
from stacks.monitoring.alarm import Alarm
from stacks.monitoring.metrics import MAXIMUM, P99, of_function

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stacks.environment.model import Environment

PERCENT_MILLISECONDS = 10
"""Milliseconds in a hundredth of a second."""


def function_alarms(environment: Environment) -> Iterator[Alarm]:
    """Errors, throttles and long invocations, and streams that are read late."""
    options = environment.monitoring
    yield Alarm(
        subject=FUNCTION,
        condition="errors",
        metrics=(of_function(environment, "Errors"),),
        threshold=options.function_errors,
        meaning="Invocations of the function raised an error or ran out of time.",
        remedy="Run `cqrs logs --level WARNING`, then `cqrs doctor` for what is left undone.",
    )
    yield Alarm(
        subject=FUNCTION,
        condition="throttled",
        metrics=(of_function(environment, "Throttles"),),
        meaning="Invocations of the function were refused for lack of concurrency.",
        remedy="Compare `reserved_concurrency` of [function] and the account's quota with the "
        "dashboard's concurrent executions.",
    )
    yield Alarm(
        subject=FUNCTION,
        condition="events-dropped",
        metrics=(of_function(environment, "AsyncEventsDropped"),),
        meaning="EventBridge's reports of ended executions were given up, as the function failed "
        "or was throttled each time.",
        remedy="Run `cqrs logs --level WARNING`, then `cqrs doctor --fix`.",
    )
    yield Alarm(
        subject=FUNCTION,
        condition="slow",
        metrics=(of_function(environment, "Duration", P99),),
        threshold=(
            environment.function.timeout_seconds * options.duration_percent * PERCENT_MILLISECONDS
        ),
        meaning=f"One invocation in a hundred takes over {options.duration_percent} % of the "
        "function's timeout; beyond it they are cut off.",
        remedy="Run the saved query `slow-states`; raise `timeout_seconds` of [function], or cut "
        "the work into smaller parts.",
    )
    yield _late_streams(environment)


def _late_streams(environment: Environment) -> Alarm:
    """One alarm for all streams, whichever is the latest.

    Lambda offers IteratorAge of a function and not of an event source mapping. The dimension
    EventSourceMappingUUID is of metrics that count events (Lambda guide, "Types of metrics for
    Lambda functions").
    """
    seconds = environment.monitoring.iterator_age_seconds
    streams = ", ".join(environment.streamed_table_names)
    return Alarm(
        subject="streams",
        condition="late",
        metrics=(of_function(environment, "IteratorAge", MAXIMUM),),
        threshold=seconds * 1000,
        meaning=f"Records of a stream ({streams}) reach the function more than {seconds} s after "
        "they were written. A record fails again and again, or there are too many.",
        remedy="Run `cqrs logs --level WARNING`, then `cqrs doctor`; for sheer numbers raise "
        "`parallelization_factor` of [streams].",
    )
