"""The changes that a plan must not make unnoticed: lose data, or take off its protection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stacks.tags import NO_DATA
from tooling.plan_review.changes import Action, Change
from tooling.plan_review.protections import taken_off

STATEFUL = {
    "aws_cognito_user_group": "the roles of its users",
    "aws_cognito_user_pool": "all its users",
    "aws_cloudwatch_log_group": "its log",
    "aws_dynamodb_table": "all its items",
    "aws_kms_key": "whatever it encrypted",
    "aws_s3_bucket": "all its objects",
    "aws_sfn_state_machine": "the executions that run",
    "aws_sqs_queue": "the messages in it",
    # Environments get these beside the project's own.
    "aws_db_instance": "its databases",
    "aws_docdb_cluster": "its databases",
    "aws_ebs_volume": "its contents",
    "aws_ecr_repository": "its images",
    "aws_efs_file_system": "all its files",
    "aws_kinesis_stream": "the records in it",
    "aws_neptune_cluster": "its databases",
    "aws_opensearch_domain": "its indexes",
    "aws_rds_cluster": "its databases",
    "aws_s3_object": "its contents",
    "aws_secretsmanager_secret": "its value",
    "aws_ssm_parameter": "its value",
}
"""Types of resources that hold data, and what goes with them."""

STATELESS = frozenset(
    {
        "aws_apigatewayv2_api",
        "aws_apigatewayv2_api_mapping",
        "aws_apigatewayv2_authorizer",
        "aws_apigatewayv2_deployment",
        "aws_apigatewayv2_domain_name",
        "aws_apigatewayv2_integration",
        "aws_apigatewayv2_route",
        "aws_apigatewayv2_route_response",
        "aws_apigatewayv2_stage",
        "aws_cloudwatch_dashboard",
        "aws_cloudwatch_event_rule",
        "aws_cloudwatch_event_target",
        "aws_cloudwatch_metric_alarm",
        "aws_cloudwatch_query_definition",
        "aws_cognito_user_pool_client",
        "aws_cognito_user_pool_domain",
        "aws_iam_policy",
        "aws_iam_role",
        "aws_iam_role_policy",
        "aws_iam_role_policy_attachment",
        "aws_kms_alias",
        "aws_lambda_alias",
        "aws_lambda_event_source_mapping",
        "aws_lambda_function",
        "aws_lambda_permission",
        "aws_s3_bucket_cors_configuration",
        "aws_s3_bucket_lifecycle_configuration",
        "aws_s3_bucket_policy",
        "aws_s3_bucket_public_access_block",
        "aws_s3_bucket_server_side_encryption_configuration",
        "aws_s3_bucket_versioning",
        "aws_scheduler_schedule",
        "aws_sns_topic",
        "aws_sns_topic_policy",
        "aws_sns_topic_subscription",
    }
)
"""Types of resources that are made again without a loss."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A fact that a reviewer must see.

    Attributes
    ----------
    change
        The change that it is about.
    text
        The consequence, in words.
    loses_data
        Whether the check fails for it.
    """

    change: Change
    text: str
    loses_data: bool


def findings_of(changes: Iterable[Change]) -> list[Finding]:
    """Effects of a plan's changes on data, the worst first."""
    found = [finding for change in changes for finding in (*_loss(change), *_laid_bare(change))]
    return sorted(found, key=lambda finding: not finding.loses_data)


def _loss(change: Change) -> Iterator[Finding]:
    lost = STATEFUL.get(change.kind)
    if change.action is Action.FORGET:
        yield Finding(
            change, "is left behind: it stays, and Terraform forgets it", loses_data=False
        )
    if change.action not in (Action.REPLACE, Action.DELETE) or change.kind in STATELESS:
        return
    causes = f", because {', '.join(change.causes)} changes" if change.causes else ""
    done = f"is {change.action.past}{causes}"
    if _says_it_holds_none(change.before):
        yield Finding(change, f"{done}; by its tag it holds no data", loses_data=False)
    elif lost is None:
        yield Finding(change, f"{done}; whether it holds data is not known here", loses_data=False)
    else:
        yield Finding(change, f"{done}, and {lost} with it", loses_data=True)


def _laid_bare(change: Change) -> Iterator[Finding]:
    for text in taken_off(change):
        yield Finding(change, text, loses_data=False)
    says_so_now = _says_it_holds_none(change.after) and not _says_it_holds_none(change.before)
    if change.action is Action.UPDATE and change.kind in STATEFUL and says_so_now:
        yield Finding(change, "is said to hold no data from now on", loses_data=False)


def _says_it_holds_none(attributes: Mapping[str, Any] | None) -> bool:
    known = attributes or {}
    tags = known.get("tags_all") or known.get("tags") or {}
    return NO_DATA.items() <= tags.items()
