"""The Lambda entry point: the application is built once in each process, then events go to it.

On Lambda it is made ready as well: a process has the most processor time before its first event.
"""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING, Any

IS_ON_LAMBDA = "AWS_LAMBDA_FUNCTION_NAME" in os.environ
"""Lambda sets the variable (Lambda guide, "Defined runtime environment variables")."""

if IS_ON_LAMBDA:
    # To search for garbage took a tenth of a cold start, and all that is made until then stays.
    gc.disable()

from app import application  # noqa: E402
from cqrs.core.observability import logger, metrics  # noqa: E402

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

if IS_ON_LAMBDA:
    application.prepare()
    gc.freeze()
    gc.enable()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Handle one invocation, whatever its source."""
    try:
        return application.handle(
            event, context.get_remaining_time_in_millis, context.invoked_function_arn
        )
    finally:
        if metrics.metric_set:
            metrics.flush_metrics()
