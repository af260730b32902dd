"""The Lambda entry point: the application is built once in each process, then events go to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app import application
from cqrs.core.observability import logger, metrics

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Handle one invocation, whatever its source."""
    try:
        return application.handle(event, context.get_remaining_time_in_millis)
    finally:
        if metrics.metric_set:
            metrics.flush_metrics()
