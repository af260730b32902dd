"""Logger, metrics and tracer, made once.

Powertools reads their settings from the function's environment: POWERTOOLS_SERVICE_NAME,
POWERTOOLS_METRICS_NAMESPACE and POWERTOOLS_LOG_LEVEL.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

if TYPE_CHECKING:
    from collections.abc import Callable

    from cqrs.metrics import Metric

XRAY_DAEMON = "AWS_XRAY_DAEMON_ADDRESS"
"""Environment variable by which Lambda offers X-Ray (Lambda guide, "Defined runtime environment
variables")."""

DEFAULT_NAMESPACE = "cqrs"

logger = Logger()
metrics = Metrics(namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", DEFAULT_NAMESPACE))


def count(metric: Metric, number: int = 1) -> None:
    """Count some more of something; all counts of an invocation become one line of its log."""
    if number:
        metrics.add_metric(name=metric.value, unit=MetricUnit.Count, value=number)


def measure(metric: Metric, time: timedelta) -> None:
    """Tell how long something took, in the same line."""
    milliseconds = time / timedelta(milliseconds=1)
    metrics.add_metric(name=metric.value, unit=MetricUnit.Milliseconds, value=milliseconds)


def traced(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Trace an entry point and its requests to AWS, if there is X-Ray to send traces to.

    Without it, as on an emulator, the X-Ray SDK is not even imported: that would be half of a
    cold start.
    """
    if XRAY_DAEMON not in os.environ:
        return handler
    from aws_lambda_powertools import Tracer  # noqa: PLC0415

    tracer = Tracer(patch_modules=["botocore"])
    wrapped: Callable[..., Any] = tracer.capture_lambda_handler(handler, capture_response=False)
    return wrapped
