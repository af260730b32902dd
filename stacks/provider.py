"""The AWS provider of one environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stacks.bindings import AwsProvider, AwsProviderDefaultTags, AwsProviderEndpoints, Construct

if TYPE_CHECKING:
    from stacks.environment import Environment

SERVICES = ("dynamodb", "eventbridge", "iam", "lambda_", "logs", "s3", "sfn", "sqs", "sts")
"""Services that the stack calls, by their keys in the provider's ``endpoints`` block."""


NOBODY: dict[str, Any] = {
    "access_key": "nobody",
    "secret_key": "nothing",
    "skip_credentials_validation": True,
    "skip_metadata_api_check": "true",
    "skip_requesting_account_id": True,
}
"""Lets the provider plan without an account, of which it then asks nothing."""


def aws_provider(
    scope: Construct, environment: Environment, *, is_offline: bool = False
) -> AwsProvider:
    """Configure the provider for an account of AWS, for none, or for the emulator at the endpoint.

    Parameters
    ----------
    is_offline
        Whether nothing is to be asked of AWS: a plan is then one from nothing.
    """
    tags = {
        "environment": environment.name,
        "application": environment.application,
        **environment.tags,
    }
    target: dict[str, Any] = {"allowed_account_ids": [environment.account_id]}
    if environment.endpoint is not None:
        target = _emulator(environment.endpoint, environment.account_id)
    elif is_offline:
        target = NOBODY
    return AwsProvider(
        scope,
        "aws",
        region=environment.region,
        default_tags=[AwsProviderDefaultTags(tags=tags)],
        **target,
    )


def _emulator(endpoint: str, account_id: str) -> dict[str, Any]:
    return {
        "endpoints": [AwsProviderEndpoints(**dict.fromkeys(SERVICES, endpoint))],
        # Emulators take the account from the access key, and check no secret.
        "access_key": account_id,
        "secret_key": "test",
        "s3_use_path_style": True,
        "skip_credentials_validation": True,
        "skip_metadata_api_check": "true",
        "skip_requesting_account_id": True,
        "skip_region_validation": True,
    }
