"""Logger, metrics and tracer, made once.

Powertools reads their settings from the function's environment: POWERTOOLS_SERVICE_NAME,
POWERTOOLS_METRICS_NAMESPACE and POWERTOOLS_LOG_LEVEL. Outside Lambda the tracer does nothing.
"""

import os

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

DEFAULT_NAMESPACE = "cqrs"

COMMANDS_FINISHED = "CommandsFinished"
COMMANDS_FAILED = "CommandsFailed"
"""Names of metrics, each a count."""

logger = Logger()
metrics = Metrics(namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", DEFAULT_NAMESPACE))
tracer = Tracer(patch_modules=["botocore"])


def count(metric: str) -> None:
    """Count one more of something, in CloudWatch by the embedded metric format."""
    metrics.add_metric(name=metric, unit=MetricUnit.Count, value=1)
