"""The customer-managed key of an environment that asks for one, and who may use it how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.resources import API_LOGS, FUNCTION_LOGS, MACHINE_LOGS
from stacks.access.statements import POLICY_VERSION, Conditions, Statement
from stacks.bindings import Construct, KmsAlias, KmsKey, TerraformResourceLifecycle
from stacks.documents import render

if TYPE_CHECKING:
    from stacks.environment.model import Environment

DELETION_WINDOW_DAYS = 30
"""Longest time between asking for a key's deletion and its end (KMS guide, "Delete a KMS key")."""

LOG_GROUP_PREFIXES = (FUNCTION_LOGS, API_LOGS, MACHINE_LOGS)
"""Beginnings of the names of the environment's log groups, its own prefix behind each."""


class EncryptionKey(Construct):
    """One key, with its alias, for all that the environment stores."""

    def __init__(self, scope: Construct, environment: Environment) -> None:
        super().__init__(scope, "encryption")
        protected = environment.deletion_protection
        self._key = KmsKey(
            self,
            "key",
            description=f"Data of {environment.name} {environment.application}",
            enable_key_rotation=True,
            deletion_window_in_days=DELETION_WINDOW_DAYS,
            policy=render(key_policy(environment)),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if protected else None,
        )
        KmsAlias(self, "alias", name=environment.key_alias, target_key_id=self._key.key_id)

    @property
    def arn(self) -> str:
        """ARN of the key."""
        return str(self._key.arn)


def arn_of(key: EncryptionKey | None) -> str | None:
    """ARN of a key, if there is one."""
    return None if key is None else key.arn


def use_of_data(key: EncryptionKey | None) -> list[Statement]:
    """Allow a role to read and write what the key encrypts.

    Tables, queues and topics ask for a key's use in the name of their caller. (DynamoDB guide,
    "DynamoDB encryption at rest: usage notes"; SQS guide, "Key management"; SNS guide, "Key
    management").
    """
    if key is None:
        return []
    actions = (
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:GenerateDataKeyWithoutPlaintext",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
    )
    return [Statement("UseKey", actions, (key.arn,))]


def use_of_files(key: EncryptionKey | None) -> list[Statement]:
    """Allow a role to read and write objects of the bucket (S3 guide, "Using SSE-KMS")."""
    if key is None:
        return []
    return [Statement("UseKey", ("kms:Decrypt", "kms:GenerateDataKey"), (key.arn,))]


def use_of_executions(
    key: EncryptionKey | None, environment: Environment, machine: str
) -> list[Statement]:
    """Allow a state machine's role to encrypt its executions, and their log.

    The condition keeps a role to its own machine's executions (Step Functions guide, "Data at rest
    encryption").
    """
    if key is None:
        return []
    own: Conditions = {
        "StringEquals": {
            "kms:EncryptionContext:aws:states:stateMachineArn": environment.state_machine_arn(
                machine
            )
        }
    }
    logs: Conditions = {
        "StringEquals": {"kms:EncryptionContext:SourceArn": environment.arn("logs", "*")}
    }
    return [
        Statement("EncryptExecutions", ("kms:Decrypt", "kms:GenerateDataKey"), (key.arn,), own),
        Statement("EncryptDeliveredLogs", ("kms:GenerateDataKey",), (key.arn,), logs),
    ]


def key_policy(environment: Environment) -> dict[str, object]:
    """Who may do what with the key, as KMS keeps it at the key.

    The account itself may do all, so that its own policies say who else may (KMS guide, "Default
    key policy"). Lambda and DynamoDB use the key by grants of the maker of a function or a table,
    and need nothing here. CloudWatch Logs asks in its own name, for the environment's groups only.
    (CloudWatch Logs guide, "Encrypt log data in CloudWatch Logs using AWS Key Management Service").
    The delivery of state machines' logs reads what their roles have encrypted for it. (Step
    Functions guide, "Data at rest encryption").
    """
    groups = [
        environment.arn("logs", f"log-group:{prefix}{environment.prefix}*")
        for prefix in LOG_GROUP_PREFIXES
    ]
    return {
        "Version": POLICY_VERSION,
        "Statement": [
            {
                "Sid": "LetTheAccountDecide",
                "Effect": "Allow",
                "Principal": {"AWS": environment.iam_arn("root")},
                "Action": "kms:*",
                "Resource": "*",
            },
            {
                "Sid": "EncryptLogs",
                "Effect": "Allow",
                "Principal": {"Service": f"logs.{environment.region}.amazonaws.com"},
                "Action": [
                    "kms:Decrypt*",
                    "kms:Describe*",
                    "kms:Encrypt*",
                    "kms:GenerateDataKey*",
                    "kms:ReEncrypt*",
                ],
                "Resource": "*",
                "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
            },
            {
                "Sid": "DeliverLogs",
                "Effect": "Allow",
                "Principal": {"Service": "delivery.logs.amazonaws.com"},
                "Action": "kms:Decrypt*",
                "Resource": "*",
            },
        ],
    }
