"""The bucket of imported files, their results, and attributes too large for DynamoDB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.resources import UPLOADS_PREFIX
from stacks.bindings import (
    Construct,
    S3Bucket,
    S3BucketLifecycleConfiguration,
    S3BucketLifecycleConfigurationRule,
    S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload,
    S3BucketLifecycleConfigurationRuleExpiration,
    S3BucketLifecycleConfigurationRuleFilter,
    S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration,
    S3BucketPolicy,
    S3BucketPublicAccessBlock,
    S3BucketServerSideEncryptionConfigurationA,
    S3BucketServerSideEncryptionConfigurationRuleA,
    S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA,
    S3BucketVersioningA,
    S3BucketVersioningVersioningConfiguration,
    TerraformResourceLifecycle,
)
from stacks.documents import render
from stacks.roles import POLICY_VERSION

if TYPE_CHECKING:
    from stacks.environment import Environment

INCOMPLETE_UPLOAD_DAYS = 7
NONCURRENT_VERSION_DAYS = 30


class Storage(Construct):
    """One private, encrypted, versioned bucket."""

    def __init__(self, scope: Construct, environment: Environment) -> None:
        super().__init__(scope, "storage")
        protected = environment.deletion_protection
        self._bucket = S3Bucket(
            self,
            "bucket",
            bucket=environment.bucket,
            force_destroy=not protected,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if protected else None,
        )
        self._keep_private()
        self._encrypt()
        self._keep_versions(environment.import_csv.uploads_days)
        if environment.endpoint is None:
            # Emulators speak plain HTTP.
            self._refuse_plain_http()

    @property
    def name(self) -> str:
        """Name of the bucket."""
        return str(self._bucket.bucket)

    @property
    def arn(self) -> str:
        """ARN of the bucket."""
        return str(self._bucket.arn)

    def _keep_private(self) -> None:
        S3BucketPublicAccessBlock(
            self,
            "public-access-block",
            bucket=self._bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        )

    def _encrypt(self) -> None:
        by_default = (
            S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA(
                sse_algorithm="AES256"
            )
        )
        S3BucketServerSideEncryptionConfigurationA(
            self,
            "encryption",
            bucket=self._bucket.id,
            rule=[
                S3BucketServerSideEncryptionConfigurationRuleA(
                    apply_server_side_encryption_by_default=by_default
                )
            ],
        )

    def _keep_versions(self, uploads_days: int) -> None:
        versioning = S3BucketVersioningA(
            self,
            "versioning",
            bucket=self._bucket.id,
            versioning_configuration=S3BucketVersioningVersioningConfiguration(status="Enabled"),
        )
        S3BucketLifecycleConfiguration(
            self,
            "lifecycle",
            bucket=self._bucket.id,
            rule=[_expire_leftovers(), *([_expire_uploads(uploads_days)] if uploads_days else [])],
            depends_on=[versioning],
        )

    def _refuse_plain_http(self) -> None:
        statement = {
            "Sid": "RefusePlainHttp",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [self.arn, f"{self.arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        S3BucketPolicy(
            self,
            "policy",
            bucket=self._bucket.id,
            policy=render({"Version": POLICY_VERSION, "Statement": [statement]}),
        )


def _expire_leftovers() -> S3BucketLifecycleConfigurationRule:
    """End what nobody waits for: uploads that broke off, and versions that others replaced."""
    return S3BucketLifecycleConfigurationRule(
        id="expire-leftovers",
        status="Enabled",
        filter=[S3BucketLifecycleConfigurationRuleFilter(prefix="")],
        abort_incomplete_multipart_upload=[
            S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload(
                days_after_initiation=INCOMPLETE_UPLOAD_DAYS
            )
        ],
        noncurrent_version_expiration=[
            S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration(
                noncurrent_days=NONCURRENT_VERSION_DAYS
            )
        ],
    )


def _expire_uploads(days: int) -> S3BucketLifecycleConfigurationRule:
    """Make uploaded files noncurrent versions, which the other rule ends."""
    return S3BucketLifecycleConfigurationRule(
        id="expire-uploads",
        status="Enabled",
        filter=[S3BucketLifecycleConfigurationRuleFilter(prefix=f"{UPLOADS_PREFIX}/")],
        expiration=[S3BucketLifecycleConfigurationRuleExpiration(days=days)],
    )
