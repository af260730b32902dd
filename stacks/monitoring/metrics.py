"""The metrics that are watched, with the dimensions under which AWS offers them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cqrs.deployment.indexes import INDEXES
from cqrs.metrics import SERVICE
from cqrs.resources import CONNECTIONS_TABLE
from stacks.api.addresses import API_ID
from stacks.environment.names import LIVE_ID

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cqrs.metrics import Metric as OwnMetric
    from stacks.environment.model import Environment

SUM = "Sum"
MAXIMUM = "Maximum"
P99 = "p99"

TABLE_OPERATIONS = (
    "BatchGetItem",
    "GetItem",
    "PutItem",
    "Query",
    "TransactGetItems",
    "TransactWriteItems",
    "UpdateItem",
)
"""The function's operations on tables; ``SystemErrors`` has no dimension that covers them together.
"""

CONNECTION_OPERATIONS = ("DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem")
"""Those on the table of the live channel."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric and the statistic that is looked at.

    Attributes
    ----------
    namespace, name, dimensions
        Which metric it is.
    statistic
        As CloudWatch names it, such as ``Sum`` or ``p99``.
    """

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: str = SUM

    @property
    def is_percentile(self) -> bool:
        """Whether CloudWatch calls its statistic an extended one."""
        return self.statistic.startswith("p")


def of_state_machine(environment: Environment, machine: str, name: str) -> Metric:
    """A metric of all executions of a state machine.

    Source: Step Functions guide, "Monitoring Step Functions metrics using Amazon CloudWatch".
    """
    arn = environment.state_machine_arn(machine)
    return Metric("AWS/States", name, {"StateMachineArn": arn})


def of_function(environment: Environment, name: str, statistic: str = SUM) -> Metric:
    """A metric of the function (Lambda guide, "Types of metrics for Lambda functions")."""
    return Metric("AWS/Lambda", name, {"FunctionName": environment.function_name}, statistic)


def of_api(name: str, statistic: str = SUM) -> Metric:
    """A metric of the HTTP API (API Gateway guide, "Monitor CloudWatch metrics for HTTP APIs")."""
    return Metric("AWS/ApiGateway", name, {"ApiId": API_ID}, statistic)


def of_live_api(name: str, statistic: str = SUM) -> Metric:
    """A metric of the WebSocket API.

    Source: API Gateway guide, "Monitor WebSocket API execution with CloudWatch metrics".
    """
    return Metric("AWS/ApiGateway", name, {"ApiId": LIVE_ID}, statistic)


def of_queue(
    environment: Environment, base_name: str, name: str, statistic: str = MAXIMUM
) -> Metric:
    """A metric of a queue (SQS guide, "Available CloudWatch metrics for Amazon SQS")."""
    return Metric("AWS/SQS", name, {"QueueName": environment.qualified(base_name)}, statistic)


def of_rule(environment: Environment, base_name: str, name: str) -> Metric:
    """A metric of an EventBridge rule (EventBridge guide, "Monitoring Amazon EventBridge")."""
    return Metric("AWS/Events", name, {"RuleName": environment.qualified(base_name)})


def of_topic(environment: Environment, base_name: str, name: str) -> Metric:
    """A metric of a topic (SNS guide, "Monitoring Amazon SNS topics using CloudWatch")."""
    return Metric("AWS/SNS", name, {"TopicName": environment.qualified(base_name)})


def of_table(environment: Environment, table: str, name: str) -> tuple[Metric, ...]:
    """A metric of a table and of each of its indexes, as the table's own leaves those out.

    Source: DynamoDB guide, "DynamoDB metrics and dimensions": ``ReadThrottleEvents`` and
    ``WriteThrottleEvents`` have the dimensions TableName and GlobalSecondaryIndexName, and none for
    the operation.
    """
    itself = {"TableName": environment.qualified(table)}
    indexes = [
        {**itself, "GlobalSecondaryIndexName": index.name} for index in INDEXES.get(table, ())
    ]
    return tuple(Metric("AWS/DynamoDB", name, dimensions) for dimensions in (itself, *indexes))


def of_operations(environment: Environment, table: str, name: str) -> tuple[Metric, ...]:
    """A metric of each operation on a table, if DynamoDB has none of the table alone.

    Source: DynamoDB guide, "DynamoDB metrics and dimensions": ``SystemErrors`` and
    ``SuccessfulRequestLatency`` have the dimensions TableName and Operation.
    """
    itself = {"TableName": environment.qualified(table)}
    operations = CONNECTION_OPERATIONS if table == CONNECTIONS_TABLE else TABLE_OPERATIONS
    return tuple(
        Metric("AWS/DynamoDB", name, {**itself, "Operation": operation}) for operation in operations
    )


def of_application(environment: Environment, metric: OwnMetric, statistic: str = SUM) -> Metric:
    """A metric of the project's own, as the function writes it into its log."""
    service = {SERVICE: environment.function_name}
    return Metric(environment.application, metric.value, service, statistic)
