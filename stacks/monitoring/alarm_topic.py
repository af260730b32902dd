"""The topic that every alarm is sent to, its key, and who is told."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from cqrs.resources import ALARM_TOPIC
from stacks.access.statements import POLICY_VERSION
from stacks.bindings import Construct, KmsKey, SnsTopic, SnsTopicSubscription
from stacks.documents import render
from stacks.tags import NO_DATA

if TYPE_CHECKING:
    from stacks.environment.model import Environment
    from stacks.options.monitoring import Subscription

CLOUDWATCH = {"Service": "cloudwatch.amazonaws.com"}

KEY_DELETION_DAYS = 7
"""Shortest time of KMS: what is encrypted by it is under way and not stored."""


class AlarmTopic(Construct):
    """One encrypted topic with the environment's subscriptions.

    SNS's own key does not let CloudWatch publish, as its policy cannot be changed. So the topic has
    a key of its own (SNS guide, "Configure KMS permissions for AWS services").
    """

    def __init__(self, scope: Construct, environment: Environment) -> None:
        super().__init__(scope, "alarm-topic")
        key = KmsKey(
            self,
            "key",
            description=f"Alarms of {environment.name} {environment.application}",
            enable_key_rotation=True,
            deletion_window_in_days=KEY_DELETION_DAYS,
            policy=render(_key_policy(environment)),
            tags=NO_DATA,
        )
        name = environment.qualified(ALARM_TOPIC)
        self._topic = SnsTopic(
            self,
            "topic",
            name=name,
            kms_master_key_id=key.arn,
            policy=render(_topic_policy(environment, environment.arn("sns", name))),
        )
        for subscription in environment.monitoring.subscriptions:
            SnsTopicSubscription(
                self,
                _address(subscription),
                topic_arn=self._topic.arn,
                protocol=subscription.protocol,
                endpoint=subscription.endpoint,
            )

    @property
    def arn(self) -> str:
        """ARN of the topic."""
        return str(self._topic.arn)


def _address(subscription: Subscription) -> str:
    """Address of a subscription in Terraform, whichever others there are.

    A new one would have to be confirmed again.
    """
    digest = hashlib.sha256(subscription.endpoint.encode()).hexdigest()[:12]
    return f"subscription-{subscription.protocol}-{digest}"


def _key_policy(environment: Environment) -> dict[str, object]:
    root = f"arn:{environment.partition}:iam::{environment.account_id}:root"
    administer = {
        "Sid": "LetTheAccountDecide",
        "Effect": "Allow",
        "Principal": {"AWS": root},
        "Action": "kms:*",
        "Resource": "*",
    }
    encrypt = _by_cloudwatch(
        environment, "EncryptAlarms", ["kms:Decrypt", "kms:GenerateDataKey*"], "*"
    )
    return {"Version": POLICY_VERSION, "Statement": [administer, encrypt]}


def _topic_policy(environment: Environment, topic_arn: str) -> dict[str, object]:
    publish = _by_cloudwatch(environment, "PublishAlarms", ["sns:Publish"], topic_arn)
    return {"Version": POLICY_VERSION, "Statement": [publish]}


def _by_cloudwatch(
    environment: Environment, sid: str, actions: list[str], resource: str
) -> dict[str, object]:
    """Allow CloudWatch something for the account's own alarms."""
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": CLOUDWATCH,
        "Action": actions,
        "Resource": resource,
        "Condition": {"StringEquals": {"aws:SourceAccount": environment.account_id}},
    }
