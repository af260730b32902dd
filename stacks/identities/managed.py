"""What Terraform manages of each service, with what it calls to read it and to change it.

Actions follow the Service Authorization Reference and what the AWS provider 5.100 calls; resources
follow from the environment's names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stacks.access.emulator import known_conditions
from stacks.access.statements import Conditions, Statement
from stacks.declarations.resources import OwnBucket
from stacks.encryption import LOG_GROUP_PREFIXES
from stacks.tags import APPLICATION_TAG, ENVIRONMENT_TAG, NO_DATA

if TYPE_CHECKING:
    from stacks.environment.model import Environment


@dataclass(frozen=True, slots=True)
class Managed:
    """One kind of resource.

    Attributes
    ----------
    kind
        What it is, for the statements' identifiers.
    resources
        ARNs, or patterns of them.
    reads
        Actions that a plan needs.
    writes
        Further actions that a deployment needs.
    conditions
        Under which conditions.
    """

    kind: str
    resources: tuple[str, ...]
    reads: tuple[str, ...]
    writes: tuple[str, ...] = ()
    conditions: Conditions | None = None

    def reading(self) -> list[Statement]:
        """Statements that a plan needs."""
        return self._statements("Read", self.reads)

    def writing(self) -> list[Statement]:
        """Statements that a deployment needs beyond those."""
        return self._statements("Change", self.writes)

    def _statements(self, verb: str, actions: tuple[str, ...]) -> list[Statement]:
        if not actions:
            return []
        return [Statement(f"{verb}{self.kind}", actions, self.resources, self.conditions)]


def managed(environment: Environment) -> list[Managed]:
    """All that an environment's deployment touches."""
    return [
        *_data(environment),
        *_messages(environment),
        *_work(environment),
        *_roles(environment),
        *_logs(environment),
        *_monitoring(environment),
        *_key(environment),
    ]


def _data(environment: Environment) -> list[Managed]:
    own = [environment.own_bucket(bucket.name) for bucket in environment.own(OwnBucket)]
    buckets = [environment.bucket_arn(name) for name in (environment.bucket, *own)]
    protected = environment.deletion_protection
    emptying = Managed(
        "Objects",
        tuple(f"{bucket}/*" for bucket in buckets),
        (),
        ("s3:DeleteObject", "s3:DeleteObjectVersion"),
    )
    return [
        Managed(
            "Tables",
            (environment.arn("dynamodb", f"table/{environment.prefix}*"),),
            (
                "dynamodb:DescribeContinuousBackups",
                "dynamodb:DescribeTable",
                "dynamodb:DescribeTimeToLive",
                "dynamodb:ListTagsOfResource",
            ),
            (
                "dynamodb:CreateTable",
                *(() if protected else ("dynamodb:DeleteTable",)),
                "dynamodb:TagResource",
                "dynamodb:UntagResource",
                "dynamodb:UpdateContinuousBackups",
                "dynamodb:UpdateTable",
                "dynamodb:UpdateTimeToLive",
            ),
        ),
        Managed(
            "Bucket",
            tuple(buckets),
            (
                "s3:GetAccelerateConfiguration",
                "s3:GetBucketAcl",
                "s3:GetBucketCORS",
                "s3:GetBucketLocation",
                "s3:GetBucketLogging",
                *(("s3:GetBucketNotification",) if own else ()),
                "s3:GetBucketObjectLockConfiguration",
                "s3:GetBucketPolicy",
                "s3:GetBucketPublicAccessBlock",
                "s3:GetBucketRequestPayment",
                "s3:GetBucketTagging",
                "s3:GetBucketVersioning",
                "s3:GetBucketWebsite",
                "s3:GetEncryptionConfiguration",
                "s3:GetLifecycleConfiguration",
                "s3:GetReplicationConfiguration",
                "s3:ListBucket",
            ),
            (
                "s3:CreateBucket",
                *(() if protected else ("s3:DeleteBucket", "s3:ListBucketVersions")),
                "s3:DeleteBucketPolicy",
                *(("s3:PutBucketNotification",) if own else ()),
                "s3:PutBucketPolicy",
                "s3:PutBucketPublicAccessBlock",
                "s3:PutBucketTagging",
                "s3:PutBucketVersioning",
                "s3:PutEncryptionConfiguration",
                "s3:PutLifecycleConfiguration",
            ),
        ),
        *([] if protected else [emptying]),
    ]


def _messages(environment: Environment) -> list[Managed]:
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
    ]


def _work(environment: Environment) -> list[Managed]:
    function = environment.function_arn()
    of_function = known_conditions(environment, {"ArnLike": {"lambda:FunctionArn": f"{function}*"}})
    mappings = (environment.arn("lambda", "event-source-mapping:*"),)
    return [
        Managed(
            "Function",
            (function,),
            (
                "lambda:GetFunction",
                "lambda:GetFunctionCodeSigningConfig",
                "lambda:GetFunctionConfiguration",
                "lambda:GetPolicy",
                "lambda:ListTags",
                "lambda:ListVersionsByFunction",
            ),
            (
                "lambda:AddPermission",
                "lambda:CreateFunction",
                "lambda:DeleteFunction",
                "lambda:DeleteFunctionConcurrency",
                "lambda:PutFunctionConcurrency",
                "lambda:RemovePermission",
                "lambda:TagResource",
                "lambda:UntagResource",
                "lambda:UpdateFunctionCode",
                "lambda:UpdateFunctionConfiguration",
            ),
        ),
        Managed(
            "EventSources",
            mappings,
            ("lambda:GetEventSourceMapping",),
            ("lambda:DeleteEventSourceMapping", "lambda:UpdateEventSourceMapping"),
            of_function,
        ),
        # What does not exist yet has no ARN.
        Managed("NewEventSources", ("*",), (), ("lambda:CreateEventSourceMapping",), of_function),
        Managed(
            "TagsOfEventSources",
            mappings,
            ("lambda:ListTags",),
            ("lambda:TagResource", "lambda:UntagResource"),
        ),
        *([_failed_events(function)] if environment.has_own_events else []),
        *([_layers(environment)] if environment.function.layers else []),
        Managed(
            "StateMachines",
            (environment.state_machine_arn("*"),),
            (
                "states:DescribeStateMachine",
                "states:ListStateMachineVersions",
                "states:ListTagsForResource",
            ),
            (
                "states:CreateStateMachine",
                "states:DeleteStateMachine",
                "states:TagResource",
                "states:UntagResource",
                "states:UpdateStateMachine",
            ),
        ),
        # It takes a definition, and no resource (Step Functions API reference).
        Managed("Definitions", ("*",), ("states:ValidateStateMachineDefinition",)),
    ]


def _failed_events(function: str) -> Managed:
    return Managed(
        "FailedEvents",
        # With a qualifier, of which a function without versions has one.
        (function, f"{function}:$LATEST"),
        ("lambda:GetFunctionEventInvokeConfig",),
        (
            "lambda:DeleteFunctionEventInvokeConfig",
            "lambda:PutFunctionEventInvokeConfig",
            "lambda:UpdateFunctionEventInvokeConfig",
        ),
    )


def _layers(environment: Environment) -> Managed:
    return Managed("Layers", tuple(environment.function.layers), ("lambda:GetLayerVersion",))


def _roles(environment: Environment) -> list[Managed]:
    roles = (environment.iam_arn(f"role/{environment.prefix}*"),)
    services = ["lambda.amazonaws.com", "states.amazonaws.com"]
    return [
        Managed(
            "Roles",
            roles,
            (
                "iam:GetRole",
                "iam:GetRolePolicy",
                "iam:ListAttachedRolePolicies",
                "iam:ListInstanceProfilesForRole",
                "iam:ListRolePolicies",
            ),
            (
                "iam:CreateRole",
                "iam:DeleteRole",
                "iam:DeleteRolePolicy",
                "iam:PutRolePolicy",
                "iam:TagRole",
                "iam:UntagRole",
                "iam:UpdateAssumeRolePolicy",
                "iam:UpdateRole",
            ),
        ),
        Managed(
            "PassedRoles",
            roles,
            (),
            ("iam:PassRole",),
            {"StringEquals": {"iam:PassedToService": services}},
        ),
    ]


def _logs(environment: Environment) -> list[Managed]:
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


def _monitoring(environment: Environment) -> list[Managed]:
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
        # Composite alarms are told of to those only who may ask for all (CloudWatch API reference,
        # "DescribeAlarms").
        Managed("AlarmLists", ("*",), ("cloudwatch:DescribeAlarms",)),
        Managed(
            "Dashboards",
            (dashboards,),
            ("cloudwatch:GetDashboard",),
            ("cloudwatch:DeleteDashboards", "cloudwatch:PutDashboard"),
        ),
    ]


def _key(environment: Environment) -> list[Managed]:
    keys = (environment.arn("kms", "key/*"),)
    tags = {APPLICATION_TAG: environment.application, ENVIRONMENT_TAG: environment.name}
    own = {f"aws:ResourceTag/{tag}": value for tag, value in tags.items()}
    new = {f"aws:RequestTag/{tag}": value for tag, value in tags.items()}
    without_data = {f"aws:ResourceTag/{tag}": value for tag, value in NO_DATA.items()}
    by_lambda = {"kms:ViaService": f"lambda.{environment.region}.amazonaws.com"}
    return [
        Managed(
            "NewKeys",
            ("*",),
            (),
            ("kms:CreateKey",),
            known_conditions(environment, {"StringEquals": new}),
        ),
        # A key is made with its tags, which takes the right to tag keys of any name (KMS guide,
        # "Controlling access to tags"). One that is an environment's already is none of those.
        Managed(
            "TagsOfNewKeys",
            ("*",),
            (),
            ("kms:TagResource",),
            known_conditions(
                environment, {"StringEquals": new, "Null": dict.fromkeys(own, "true")}
            ),
        ),
        # Lambda tells a function's variables to those only who may use their key (Lambda guide,
        # "Securing environment variables"); without them a plan would want to set them again.
        Managed(
            "Variables",
            keys,
            ("kms:Decrypt",),
            (),
            known_conditions(environment, {"StringEquals": {**own, **by_lambda}}),
        ),
        Managed(
            "Keys",
            keys,
            (
                "kms:DescribeKey",
                "kms:GetKeyPolicy",
                "kms:GetKeyRotationStatus",
                "kms:ListResourceTags",
            ),
            (
                # Tables and the function use the key by grants of whoever makes them.
                "kms:CreateAlias",
                "kms:CreateGrant",
                "kms:Decrypt",
                "kms:DeleteAlias",
                "kms:EnableKeyRotation",
                "kms:Encrypt",
                "kms:GenerateDataKey",
                "kms:PutKeyPolicy",
                "kms:ReEncryptFrom",
                "kms:ReEncryptTo",
                "kms:UpdateAlias",
                "kms:UpdateKeyDescription",
            ),
            known_conditions(environment, {"StringEquals": own}),
        ),
        # Whoever could say of the data's key that it holds none could then delete it.
        Managed(
            "TagsOfKeys",
            keys,
            (),
            ("kms:TagResource",),
            known_conditions(
                environment,
                {
                    "StringEquals": own,
                    "ForAllValues:StringNotEquals": {"aws:TagKeys": list(NO_DATA)},
                },
            ),
        ),
        Managed(
            "KeysToDelete",
            keys,
            (),
            ("kms:ScheduleKeyDeletion",),
            known_conditions(
                environment,
                {
                    "StringEquals": {
                        **own,
                        **(without_data if environment.deletion_protection else {}),
                    }
                },
            ),
        ),
        Managed(
            "Alias",
            (environment.arn("kms", environment.key_alias),),
            (),
            ("kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"),
        ),
        Managed("Aliases", ("*",), ("kms:ListAliases",)),
    ]
