"""Emulator difference: what MiniStack 1.5.33 authorises on other resources than AWS does.

It takes some requests for requests on all resources. These name the resource as ``ResourceArn``,
make a function or a dashboard, name a Map Run, or have a task token of somebody's task. Those that
send an e-mail are among them, too. It knows a rule by its bus as well, and not all condition keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.access.statements import Conditions, Statement

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stacks.environment.model import Environment

TAGS = ("ListTagsForResource", "TagResource", "UntagResource")
TAGGED = ("cloudwatch", "events", "sns", "states")
UNSEEN = (
    "cloudwatch:DeleteDashboards",
    "cloudwatch:GetDashboard",
    "cloudwatch:PutDashboard",
    "dynamodb:ListTagsOfResource",
    "dynamodb:TagResource",
    "dynamodb:UntagResource",
    "events:ListTargetsByRule",
    "events:PutTargets",
    "events:RemoveTargets",
    "lambda:CreateFunction",
    "lambda:ListEventSourceMappings",  # so it takes GetEventSourceMapping
    "sns:GetSubscriptionAttributes",
    "sns:Unsubscribe",
)


def deployment_differences(environment: Environment) -> list[Statement]:
    """The needs of a deployment on the emulator beyond those on AWS."""
    if environment.dialect == "aws":
        return []
    tags = tuple(f"{service}:{action}" for service in TAGGED for action in TAGS)
    rules = (environment.arn("events", f"rule/default/{environment.prefix}*"),)
    return [
        Statement("EmulatorResources", (*tags, *UNSEEN), ("*",)),
        Statement(
            "EmulatorRules",
            ("events:DeleteRule", "events:DescribeRule", "events:PutRule"),
            rules,
        ),
    ]


def known_conditions(environment: Environment, conditions: Conditions) -> Conditions | None:
    """Return the conditions of a statement if it is sure that they are understood."""
    return conditions if environment.dialect == "aws" else None


def callback_resources(environment: Environment, machines: tuple[str, ...]) -> tuple[str, ...]:
    """On what an answer to a task token is authorised.

    Step Functions authorises the answer to a Lambda callback on the state machine whose execution
    waits, as CDK's ``grantTaskResponse`` relies on. The Service Authorization Reference names no
    resource type.
    """
    return machines if environment.dialect == "aws" else ("*",)


def mail_resources(environment: Environment, resources: tuple[str, ...]) -> tuple[str, ...]:
    """On what it is authorised to send an e-mail."""
    return resources if environment.dialect == "aws" else ("*",)


def map_run_resources(environment: Environment, runs: str) -> tuple[str, ...]:
    """On what it is authorised to read a Map Run, given the pattern of the ARNs of Map Runs."""
    return (runs,) if environment.dialect == "aws" else ("*",)


def alarm_list_resources(environment: Environment) -> tuple[str, ...]:
    """On what it is authorised to list alarms.

    On AWS it is all alarms of the region, whatever prefix the request names: a policy that names
    the prefix refuses the list. Composite alarms take all resources (CloudWatch API reference,
    "DescribeAlarms").
    """
    return (environment.arn("cloudwatch", "alarm:*"),) if environment.dialect == "aws" else ("*",)


def log_group_resources(environment: Environment, names: Iterable[str]) -> tuple[str, ...]:
    """On what it is authorised to read log groups.

    On AWS it is the groups with their streams (Service Authorization Reference, "Amazon
    CloudWatch Logs").
    """
    streams = ":*" if environment.dialect == "aws" else ""
    return tuple(environment.arn("logs", f"log-group:{name}{streams}") for name in names)
