"""Logger, metrics and tracer, made once.

Powertools reads their settings from the function's environment: POWERTOOLS_SERVICE_NAME,
POWERTOOLS_METRICS_NAMESPACE and POWERTOOLS_LOG_LEVEL.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

XRAY_DAEMON = "AWS_XRAY_DAEMON_ADDRESS"
"""Environment variable by which Lambda offers X-Ray (Lambda guide, "Defined runtime environment
variables")."""

DEFAULT_NAMESPACE = "cqrs"

COMMANDS_FINISHED = "CommandsFinished"
COMMANDS_FAILED = "CommandsFailed"
"""Names of metrics, each a count."""

logger = Logger()
metrics = Metrics(namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", DEFAULT_NAMESPACE))


def count(metric: str) -> None:
    """Count one more of something, in CloudWatch by the embedded metric format."""
    metrics.add_metric(name=metric, unit=MetricUnit.Count, value=1)


def traced(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Trace an entry point and its requests to AWS, where there is X-Ray to send traces to.

    Without it, as on an emulator, the X-Ray SDK is not even imported: that would be half of a
    cold start.
    """
    if XRAY_DAEMON not in os.environ:
        return handler
    from aws_lambda_powertools import Tracer  # noqa: PLC0415

    tracer = Tracer(patch_modules=["botocore"])
    wrapped: Callable[..., Any] = tracer.capture_lambda_handler(handler, capture_response=False)
    return wrapped
