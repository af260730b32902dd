"""The bucket that holds the Terraform state of an environment, made before Terraform can be run."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from stacks.environment.file import refuse_leftover_endpoint
from stacks.environment_files import EnvironmentFileError
from tooling.errors import ToolingError

if TYPE_CHECKING:
    from boto3.session import Session

    from stacks.environment.model import Environment

KEPT_VERSIONS = 20
KEPT_DAYS = 365
"""An earlier state is kept while it is one of so many, and for so long at least."""

_MISSING = {"404", "NoSuchBucket"}
_SIGN_IN = "Sign in to the account as you do for Terraform, then repeat."
_CONNECT = "See that this machine reaches AWS, then repeat."


def bootstrap(environment: "Environment", session: "Session | None" = None) -> str:
    """Make the bucket, or bring an existing one to what it has to be.

    It keeps earlier versions of the state, encrypts, refuses plain HTTP and has no public access
    (Terraform documentation, "S3 backend").

    Parameters
    ----------
    environment
        Whose state it holds.
    session
        Access to the account; the caller's own by default.

    Returns
    -------
    str
        The bucket's name.

    Raises
    ------
    ToolingError
        If the environment is not in AWS, there is no access to its account, or the name is taken.
    """
    if environment.endpoint is not None:
        message = (
            f"{environment.name} lives on an emulator and keeps its state in this folder; name an "
            "environment in AWS, as in make bootstrap ENV=dev."
        )
        raise ToolingError(message)
    with _explained(environment):
        access = session or _session(environment)
        _refuse_other_accounts(environment, access)
        s3 = access.client("s3", region_name=environment.region)
        if not _exists(s3, environment):
            _create(s3, environment)
        _protect(s3, environment)
    return environment.state_bucket


def require_state_bucket(environment: "Environment", session: "Session | None" = None) -> None:
    """See that the state has its bucket, as Terraform's own message names no way out.

    Raises
    ------
    ToolingError
        If there is no such bucket, or no access to it.
    """
    with _explained(environment):
        access = session or _session(environment)
        if not _exists(access.client("s3", region_name=environment.region), environment):
            message = (
                f"The bucket {environment.state_bucket} for the state of {environment.name} does "
                f"not exist: make it with make bootstrap ENV={environment.name}, once."
            )
            raise ToolingError(message)


def has_credentials(environment: "Environment") -> bool:
    """Whether the caller has credentials for AWS, whichever they are."""
    with _explained(environment):
        return _session(environment).get_credentials() is not None


def _session(environment: "Environment") -> "Session":
    import boto3  # noqa: PLC0415 - most commands need none

    return boto3.Session(region_name=environment.region)


@contextmanager
def _explained(environment: "Environment") -> Iterator[None]:
    """Tell errors of AWS in one sentence."""
    from botocore.exceptions import (  # noqa: PLC0415
        BotoCoreError,
        ClientError,
        HTTPClientError,
    )
    from botocore.exceptions import (  # noqa: PLC0415
        ConnectionError as NoConnection,
    )

    try:
        refuse_leftover_endpoint(environment)
        yield
    except EnvironmentFileError as error:
        raise ToolingError(str(error)) from None
    except (NoConnection, HTTPClientError) as error:
        told = _sentence(error)
        message = f"AWS was not reached for the state of {environment.name}: {told} {_CONNECT}"
        raise ToolingError(message) from None
    except (BotoCoreError, ClientError) as error:
        told = _sentence(error)
        message = f"AWS refuses access to the state of {environment.name}: {told} {_SIGN_IN}"
        raise ToolingError(message) from None


def _sentence(error: Exception) -> str:
    return f"{str(error).rstrip('.')}."


def _refuse_other_accounts(environment: "Environment", access: "Session") -> None:
    account = access.client("sts", region_name=environment.region).get_caller_identity()["Account"]
    if account != environment.account_id:
        message = (
            f"You are signed in to account {account}, and {environment.name} is in "
            f"{environment.account_id}: sign in there, or correct account_id in its file."
        )
        raise ToolingError(message)


def _exists(s3: Any, environment: "Environment") -> bool:
    from botocore.exceptions import ClientError  # noqa: PLC0415

    try:
        s3.head_bucket(Bucket=environment.state_bucket, ExpectedBucketOwner=environment.account_id)
    except ClientError as error:
        if error.response["Error"]["Code"] in _MISSING:
            return False
        raise
    return True


def _create(s3: Any, environment: "Environment") -> None:
    # S3 refuses the name of its first region as a constraint.
    elsewhere = environment.region != "us-east-1"
    place = {"LocationConstraint": environment.region}
    s3.create_bucket(
        Bucket=environment.state_bucket,
        **({"CreateBucketConfiguration": place} if elsewhere else {}),
    )
    s3.get_waiter("bucket_exists").wait(Bucket=environment.state_bucket)


def _protect(s3: Any, environment: "Environment") -> None:
    bucket = environment.state_bucket
    s3.put_public_access_block(
        Bucket=bucket,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        },
    )
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    s3.put_bucket_encryption(
        Bucket=bucket,
        ServerSideEncryptionConfiguration={"Rules": [{**rule, "BucketKeyEnabled": True}]},
    )
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(_policy(environment)))
    s3.put_bucket_lifecycle_configuration(
        Bucket=bucket, LifecycleConfiguration={"Rules": [_lifecycle_rule()]}
    )
    s3.put_bucket_tagging(
        Bucket=bucket,
        Tagging={
            "TagSet": [{"Key": key, "Value": value} for key, value in environment.all_tags.items()]
        },
    )


def _policy(environment: "Environment") -> dict[str, Any]:
    bucket = environment.bucket_arn(environment.state_bucket)
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "RefusePlainHttp",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [bucket, f"{bucket}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }


def _lifecycle_rule() -> dict[str, Any]:
    return {
        "ID": "forget-old-states",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "NoncurrentVersionExpiration": {
            "NoncurrentDays": KEPT_DAYS,
            "NewerNoncurrentVersions": KEPT_VERSIONS,
        },
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
    }
