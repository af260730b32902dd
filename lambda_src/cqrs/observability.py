"""Logger, metrics and tracer, made once.

Powertools reads their settings from the function's environment: POWERTOOLS_SERVICE_NAME,
POWERTOOLS_METRICS_NAMESPACE and POWERTOOLS_LOG_LEVEL. Outside Lambda the tracer does nothing.
"""

from aws_lambda_powertools import Logger, Metrics, Tracer

DEFAULT_NAMESPACE = "cqrs"

logger = Logger()
metrics = Metrics()
tracer = Tracer(patch_modules=["botocore"])
