"""The part of the dashboard that shows the HTTP API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.monitoring.api_alarms import CLIENT_ERRORS, LATENCY, REQUESTS, SERVER_ERRORS
from stacks.monitoring.metrics import P99, of_api
from stacks.monitoring.widgets import Line, Widget, graph, heading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stacks.environment.model import Environment

INTEGRATION_LATENCY = "IntegrationLatency"


def api_widgets(environment: Environment) -> Iterator[Widget]:
    """Requests, errors and latency, if there is an API."""
    if not environment.api.enabled:
        return
    region, options = environment.region, environment.monitoring
    yield heading("HTTP API")
    yield graph(region, "Requests", [Line("requests", of_api(REQUESTS))])
    errors = [Line(f"{name} answers", of_api(name)) for name in (CLIENT_ERRORS, SERVER_ERRORS)]
    yield graph(region, "Answers that are errors", errors)
    latencies = [
        Line(f"{name} {statistic}", of_api(name, statistic))
        for name in (LATENCY, INTEGRATION_LATENCY)
        for statistic in ("p50", P99)
    ]
    limit = options.api_latency_milliseconds
    yield graph(region, "Latency, ms", latencies, limit=limit)
