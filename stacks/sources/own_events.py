"""Topics, buckets and schedules of an application's own, which invoke the function.

They do so asynchronously: Lambda takes an event and repeats it by itself. An event that fails each
time is kept in an on-failure queue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.bindings import (
    CloudwatchEventRule,
    CloudwatchEventTarget,
    CloudwatchEventTargetRetryPolicy,
    Construct,
    LambdaFunctionEventInvokeConfig,
    LambdaFunctionEventInvokeConfigDestinationConfig,
    LambdaFunctionEventInvokeConfigDestinationConfigOnFailure,
    LambdaPermission,
    S3BucketNotification,
    S3BucketNotificationLambdaFunction,
    SnsTopicSubscription,
)
from stacks.declarations.resources import OwnBucket, OwnSchedule, OwnTopic
from stacks.sources.execution_events import LONGEST_DELIVERY_SECONDS, MOST_DELIVERIES

if TYPE_CHECKING:
    from stacks.data.buckets import OwnBuckets
    from stacks.environment.model import Environment
    from stacks.function.handler_function import HandlerFunction
    from stacks.topics import OwnTopics

ASYNCHRONOUS_RETRIES = 2
"""Most that Lambda repeats an event (Lambda guide, "Configuring error handling settings")."""


class FailedEvents(Construct):
    """The queue that Lambda sends events to that failed each time."""

    def __init__(self, scope: Construct, function: HandlerFunction, queue_arn: str) -> None:
        super().__init__(scope, "failed-events")
        on_failure = LambdaFunctionEventInvokeConfigDestinationConfigOnFailure(
            destination=queue_arn
        )
        LambdaFunctionEventInvokeConfig(
            self,
            "config",
            function_name=function.name,
            maximum_retry_attempts=ASYNCHRONOUS_RETRIES,
            destination_config=LambdaFunctionEventInvokeConfigDestinationConfig(
                on_failure=on_failure
            ),
        )


class Subscriptions(Construct):
    """The function's subscriptions of topics, and notifications of buckets."""

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        *,
        topics: OwnTopics,
        buckets: OwnBuckets,
        function: HandlerFunction,
    ) -> None:
        super().__init__(scope, "subscriptions")
        self._environment = environment
        self._function = function
        for topic in environment.own(OwnTopic):
            self._subscribe(topic.name, topics.arn(topic.name))
        for bucket in environment.own(OwnBucket):
            self._notify(bucket.name, buckets)

    def _subscribe(self, name: str, topic_arn: str) -> None:
        permission = self._permit(name, "sns", topic_arn)
        SnsTopicSubscription(
            self,
            name,
            topic_arn=topic_arn,
            protocol="lambda",
            endpoint=self._function.arn,
            depends_on=[permission],
        )

    def _notify(self, name: str, buckets: OwnBuckets) -> None:
        # The name of a bucket that is gone may be taken by another account.
        account = self._environment.account_id
        permission = self._permit(name, "s3", buckets.arn(name), source_account=account)
        S3BucketNotification(
            self,
            name,
            bucket=buckets.name(name),
            lambda_function=[
                S3BucketNotificationLambdaFunction(
                    lambda_function_arn=self._function.arn, events=["s3:ObjectCreated:*"]
                )
            ],
            depends_on=[permission],
        )

    def _permit(
        self, name: str, service: str, source_arn: str, *, source_account: str | None = None
    ) -> LambdaPermission:
        return LambdaPermission(
            self,
            f"{name}-permission",
            action="lambda:InvokeFunction",
            function_name=self._function.name,
            principal=f"{service}.amazonaws.com",
            source_arn=source_arn,
            source_account=source_account,
        )


class Schedules(Construct):
    """Rules that invoke the function at their times."""

    def __init__(
        self, scope: Construct, environment: Environment, function: HandlerFunction
    ) -> None:
        super().__init__(scope, "schedules")
        for own in environment.own(OwnSchedule):
            rule = CloudwatchEventRule(
                self,
                own.name,
                name=environment.qualified(own.name),
                schedule_expression=own.expression,
            )
            CloudwatchEventTarget(
                self,
                f"{own.name}-target",
                rule=rule.name,
                arn=function.arn,
                retry_policy=CloudwatchEventTargetRetryPolicy(
                    maximum_event_age_in_seconds=LONGEST_DELIVERY_SECONDS,
                    maximum_retry_attempts=MOST_DELIVERIES,
                ),
            )
            LambdaPermission(
                self,
                f"{own.name}-permission",
                action="lambda:InvokeFunction",
                function_name=function.name,
                principal="events.amazonaws.com",
                source_arn=rule.arn,
            )
