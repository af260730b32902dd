"""Logger and metrics, made once.

Powertools reads their settings from the function's environment: POWERTOOLS_SERVICE_NAME,
POWERTOOLS_METRICS_NAMESPACE and POWERTOOLS_LOG_LEVEL.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

if TYPE_CHECKING:
    from cqrs.metrics import Metric

DEFAULT_NAMESPACE = "cqrs"

FAULT = "fault"
CODE = "code"
TRACEBACK = "traceback"
"""Names in a line of the log: the place of an unexpected error (:mod:`cqrs.core.tracebacks`)."""

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
