"""Terraform's calls for resources that hold data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.declarations.resources import OwnBucket
from stacks.identities.managed.kind import Managed

if TYPE_CHECKING:
    from stacks.environment.model import Environment


def data(environment: Environment) -> list[Managed]:
    """Tables and buckets, whose objects only an environment without protection may lose."""
    own = [environment.own_bucket(bucket.name) for bucket in environment.own(OwnBucket)]
    console = [environment.console_bucket] if environment.console.enabled else []
    names = (environment.bucket, *own, *console)
    buckets = [environment.bucket_arn(name) for name in names]
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
                *(("s3:PutBucketCORS",) if environment.has_pages else ()),
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
