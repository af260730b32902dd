"""The part of the dashboard that shows the live channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.metrics import Metric
from stacks.monitoring.live_alarms import (
    CONNECTS,
    EXECUTION_ERRORS,
    INTEGRATION_ERRORS,
    INTEGRATION_LATENCY,
)
from stacks.monitoring.metrics import P99, of_application, of_live_api
from stacks.monitoring.widgets import Line, Widget, graph, heading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stacks.environment.model import Environment

MESSAGES = "MessageCount"
CLIENT_ERRORS = "ClientError"


def live_widgets(environment: Environment) -> Iterator[Widget]:
    """Connections, messages, errors and latency, if there is a live channel."""
    if not environment.api.has_live:
        return
    region = environment.region
    yield heading("Live channel")
    counts = {"new connections": CONNECTS, "messages, both ways": MESSAGES}
    lines = [Line(label, of_live_api(name)) for label, name in counts.items()]
    yield graph(region, "Connections and messages", lines)
    faults = {
        "refused by API Gateway": CLIENT_ERRORS,
        "refused by the function": INTEGRATION_ERRORS,
        "failed": EXECUTION_ERRORS,
    }
    refused = [Line(label, of_live_api(name)) for label, name in faults.items()]
    yield graph(region, "Refused and failed, live", refused)
    told = {"sent": Metric.LIVE_MESSAGES_SENT, "dropped": Metric.LIVE_MESSAGES_DROPPED}
    posts = [Line(label, of_application(environment, name)) for label, name in told.items()]
    yield graph(region, "Live messages to clients", posts)
    late = [
        Line(f"{INTEGRATION_LATENCY} {statistic}", of_live_api(INTEGRATION_LATENCY, statistic))
        for statistic in ("p50", P99)
    ]
    limit = environment.monitoring.api_latency_milliseconds
    yield graph(region, "Latency of the live channel, ms", late, limit=limit)
