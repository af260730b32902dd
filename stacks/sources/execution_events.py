"""Ends of executions that no state can catch, sent to the function by EventBridge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.execution_events import ERRORS, EXECUTION_STATUS
from cqrs.resources import EXECUTIONS_ENDED
from stacks.bindings import (
    CloudwatchEventRule,
    CloudwatchEventTarget,
    CloudwatchEventTargetRetryPolicy,
    Construct,
    LambdaPermission,
)
from stacks.documents import render

if TYPE_CHECKING:
    from stacks.environment.model import Environment
    from stacks.function.handler_function import HandlerFunction

LONGEST_DELIVERY_SECONDS = 86_400
MOST_DELIVERIES = 185
"""EventBridge's own limits (EventBridge guide, "How EventBridge retries delivering events")."""


class ExecutionEvents(Construct):
    """The rule that tells the function of executions that timed out, were stopped or failed."""

    def __init__(
        self, scope: Construct, environment: Environment, function: HandlerFunction
    ) -> None:
        super().__init__(scope, "execution-events")
        source, detail_type = EXECUTION_STATUS
        pattern = {
            "source": [source],
            "detail-type": [detail_type],
            "detail": {
                # One rule for all, as a pattern has at most 2,048 characters (EventBridge guide,
                # "Amazon EventBridge quotas"). Machines of an application whose name goes on after
                # this one's are reported too, and the function finds nothing of theirs to end.
                "stateMachineArn": [{"prefix": environment.state_machine_arn("")}],
                "status": list(ERRORS),
            },
        }
        rule = CloudwatchEventRule(
            self,
            "rule",
            name=environment.qualified(EXECUTIONS_ENDED),
            description="Executions that ended before their work was done",
            event_pattern=render(pattern),
        )
        CloudwatchEventTarget(
            self,
            "target",
            rule=rule.name,
            arn=function.arn,
            retry_policy=CloudwatchEventTargetRetryPolicy(
                maximum_event_age_in_seconds=LONGEST_DELIVERY_SECONDS,
                maximum_retry_attempts=MOST_DELIVERIES,
            ),
        )
        LambdaPermission(
            self,
            "permission",
            action="lambda:InvokeFunction",
            function_name=function.name,
            principal="events.amazonaws.com",
            source_arn=rule.arn,
        )
