"""The AWS provider of one environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stacks.bindings import AwsProvider, AwsProviderDefaultTags, AwsProviderEndpoints, Construct
from stacks.emulator_access import access_key

if TYPE_CHECKING:
    from stacks.environment.model import Environment

SERVICES = (
    "apigatewayv2",
    "cloudfront",
    "cloudwatch",
    "cognitoidp",
    "dynamodb",
    "eventbridge",
    "iam",
    "kms",
    "lambda_",
    "logs",
    "s3",
    "scheduler",
    "sfn",
    "sns",
    "sqs",
    "sts",
)
"""Services that the stack calls, by their keys in the provider's ``endpoints`` block."""


def aws_provider(
    scope: Construct, environment: Environment, *, offline_endpoint: str | None = None
) -> AwsProvider:
    """Configure the provider for an account of AWS, or for an emulator.

    Parameters
    ----------
    offline_endpoint
        An emulator that answers what the provider asks for a plan of an environment in AWS, such
        as whether a state machine's definition is valid. Nothing is ever deployed there.
    """
    endpoint = environment.endpoint or offline_endpoint
    target: dict[str, Any] = (
        {"allowed_account_ids": [environment.account_id]}
        if endpoint is None
        else _emulator(endpoint, environment.account_id)
    )
    return AwsProvider(
        scope,
        "aws",
        region=environment.region,
        default_tags=[AwsProviderDefaultTags(tags=environment.all_tags)],
        **target,
    )


def _emulator(endpoint: str, account_id: str) -> dict[str, Any]:
    access = access_key(account_id)
    return {
        "endpoints": [AwsProviderEndpoints(**dict.fromkeys(SERVICES, endpoint))],
        "access_key": access.key_id,
        "secret_key": access.secret,
        "s3_use_path_style": True,
        "skip_credentials_validation": True,
        "skip_metadata_api_check": "true",
        "skip_requesting_account_id": True,
        "skip_region_validation": True,
    }
