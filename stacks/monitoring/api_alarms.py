"""Alarms of the HTTP API: answers that are errors, and late ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.resources import API
from stacks.monitoring.alarm import Alarm, Share
from stacks.monitoring.metrics import P99, of_api

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stacks.environment.model import Environment

SERVER_ERRORS = "5xx"
CLIENT_ERRORS = "4xx"
REQUESTS = "Count"
LATENCY = "Latency"

LEAST_REQUESTS = 100
"""Requests in five minutes from which the part of them that is refused says something."""


def api_alarms(environment: Environment) -> Iterator[Alarm]:
    """Errors of the service, many refused requests, and late answers."""
    if not environment.api.enabled:
        return
    options = environment.monitoring
    yield Alarm(
        subject=API,
        condition="server-errors",
        metrics=(of_api(SERVER_ERRORS),),
        threshold=options.api_server_errors,
        meaning="The API answered requests with an error of its own: the function failed, was "
        "throttled, or took more than 30 s.",
        remedy="Run `cqrs logs --level WARNING` and the saved query `api-errors`, then "
        "`cqrs explain ID` with the id of a request, then `cqrs doctor`.",
    )
    yield Alarm(
        subject=API,
        condition="client-errors",
        metrics=(of_api(CLIENT_ERRORS),),
        share=Share(of_api(REQUESTS), LEAST_REQUESTS),
        threshold=options.api_client_error_percent,
        meaning="The API refused a large part of all requests: a client has a fault or an expired "
        "token, sends too many, or somebody is trying.",
        remedy="Run the saved query `api-errors`, which tells who, and why.",
    )
    yield Alarm(
        subject=API,
        condition="slow",
        metrics=(of_api(LATENCY, P99),),
        threshold=options.api_latency_milliseconds,
        meaning="One of 100 requests to the API took long; beyond 30 s they are cut off.",
        remedy="Run the saved queries `slow-states` and `api-errors`, and look on the dashboard "
        "for throttled tables or a lack of concurrency.",
    )
