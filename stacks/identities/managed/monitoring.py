"""Terraform's calls for logs, alarms and the dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.encryption import LOG_GROUP_PREFIXES
from stacks.identities.managed.kind import Managed

if TYPE_CHECKING:
    from stacks.environment.model import Environment


def logs(environment: Environment) -> list[Managed]:
    """Log groups and saved queries."""
    groups = tuple(
        environment.arn("logs", f"log-group:{prefix}{environment.prefix}*")
        for prefix in LOG_GROUP_PREFIXES
    )
    return [
        Managed(
            "LogGroups",
            groups,
            ("logs:ListTagsForResource",),
            (
                "logs:AssociateKmsKey",
                "logs:CreateLogGroup",
                "logs:DeleteLogGroup",
                "logs:DeleteRetentionPolicy",
                "logs:DisassociateKmsKey",
                "logs:PutRetentionPolicy",
                "logs:TagResource",
                "logs:UntagResource",
            ),
        ),
        # Neither can be narrowed to log groups or queries of a name.
        Managed(
            "LogLists",
            ("*",),
            ("logs:DescribeLogGroups", "logs:DescribeQueryDefinitions"),
            ("logs:DeleteQueryDefinition", "logs:PutQueryDefinition"),
        ),
    ]


def monitoring(environment: Environment) -> list[Managed]:
    """Alarms and the dashboard."""
    dashboards = (
        f"arn:{environment.partition}:cloudwatch::{environment.account_id}"
        f":dashboard/{environment.prefix}*"
    )
    return [
        Managed(
            "Alarms",
            (environment.arn("cloudwatch", f"alarm:{environment.prefix}*"),),
            ("cloudwatch:ListTagsForResource",),
            (
                "cloudwatch:DeleteAlarms",
                "cloudwatch:PutCompositeAlarm",
                "cloudwatch:PutMetricAlarm",
                "cloudwatch:TagResource",
                "cloudwatch:UntagResource",
            ),
        ),
        # Only those who may ask for all get composite alarms (CloudWatch API reference,
        # "DescribeAlarms").
        Managed("AlarmLists", ("*",), ("cloudwatch:DescribeAlarms",)),
        Managed(
            "Dashboards",
            (dashboards,),
            ("cloudwatch:GetDashboard",),
            ("cloudwatch:DeleteDashboards", "cloudwatch:PutDashboard"),
        ),
    ]
