"""Alarms of the live channel: refused connections, failed and late answers, dropped messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.metrics import Metric
from cqrs.resources import LIVE_API
from stacks.monitoring.alarm import Alarm, Share
from stacks.monitoring.metrics import P99, of_application, of_live_api

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stacks.environment.model import Environment

EXECUTION_ERRORS = "ExecutionError"
INTEGRATION_ERRORS = "IntegrationError"
CONNECTS = "ConnectCount"
INTEGRATION_LATENCY = "IntegrationLatency"

LEAST_CONNECTS = 100
"""Connections in five minutes from which the part of them that is refused says something."""

MANY_DROPPED = 100
"""Messages dropped in five minutes; a client that reads too slowly loses some by itself."""


def live_alarms(environment: Environment) -> Iterator[Alarm]:
    """Errors of the service, refused connections, late answers and dropped messages."""
    if not environment.api.has_live:
        return
    options = environment.monitoring
    yield Alarm(
        subject=LIVE_API,
        condition="server-errors",
        metrics=(of_live_api(EXECUTION_ERRORS),),
        threshold=options.api_server_errors,
        meaning="The live channel could not invoke the function: it was throttled, failed, or took "
        "more than 29 s.",
        remedy="Run `cqrs logs --level WARNING`, and look on the dashboard for a lack of "
        "concurrency.",
    )
    yield Alarm(
        subject=LIVE_API,
        condition="refused",
        metrics=(of_live_api(INTEGRATION_ERRORS),),
        share=Share(of_live_api(CONNECTS), LEAST_CONNECTS),
        threshold=options.api_client_error_percent,
        meaning="A large part of all connections to the live channel were refused: tickets were "
        "used twice or too late, or somebody is trying.",
        remedy="Run the saved query `live-errors`, which tells from which addresses.",
    )
    yield Alarm(
        subject=LIVE_API,
        condition="slow",
        metrics=(of_live_api(INTEGRATION_LATENCY, P99),),
        threshold=options.api_latency_milliseconds,
        meaning="One of 100 connections or messages of clients was answered late.",
        remedy="Look on the dashboard for throttled tables or a lack of concurrency.",
    )
    yield Alarm(
        subject=LIVE_API,
        condition="messages-dropped",
        metrics=(of_application(environment, Metric.LIVE_MESSAGES_DROPPED),),
        threshold=MANY_DROPPED,
        meaning=f"More than {MANY_DROPPED} live messages did not reach their clients, who have to "
        "read over HTTP what they missed.",
        remedy="Run the saved query `live-dropped` for the reason: slow clients, or more posts "
        "than API Gateway takes.",
    )
