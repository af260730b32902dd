"""Terraform's calls for queues, topics, rules and schedules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.identities.managed.kind import Managed

if TYPE_CHECKING:
    from stacks.environment.model import Environment


def messages(environment: Environment) -> list[Managed]:
    """Queues, topics, rules and schedules."""
    protected = environment.deletion_protection
    return [
        Managed(
            "Queues",
            (environment.queue_arn("*"),),
            ("sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags"),
            (
                "sqs:CreateQueue",
                *(() if protected else ("sqs:DeleteQueue",)),
                "sqs:SetQueueAttributes",
                "sqs:TagQueue",
                "sqs:UntagQueue",
            ),
        ),
        Managed(
            "Topics",
            (environment.arn("sns", f"{environment.prefix}*"),),
            (
                "sns:GetSubscriptionAttributes",
                "sns:GetTopicAttributes",
                "sns:ListTagsForResource",
            ),
            (
                "sns:CreateTopic",
                "sns:DeleteTopic",
                "sns:SetTopicAttributes",
                "sns:Subscribe",
                "sns:TagResource",
                "sns:Unsubscribe",
                "sns:UntagResource",
            ),
        ),
        Managed(
            "Rules",
            (environment.arn("events", f"rule/{environment.prefix}*"),),
            ("events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule"),
            (
                "events:DeleteRule",
                "events:PutRule",
                "events:PutTargets",
                "events:RemoveTargets",
                "events:TagResource",
                "events:UntagResource",
            ),
        ),
        Managed(
            "Schedules",
            (environment.arn("scheduler", f"schedule/default/{environment.prefix}*"),),
            ("scheduler:GetSchedule",),
            (
                "scheduler:CreateSchedule",
                "scheduler:DeleteSchedule",
                "scheduler:UpdateSchedule",
            ),
        ),
    ]
