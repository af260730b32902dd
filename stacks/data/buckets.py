"""Buckets: the environment's, and those of an application's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.resources import (
    DEAD_LETTER_RETENTION_DAYS,
    DEAD_LETTERS_PREFIX,
    DISCARDED_PREFIX,
    EXPORTS_PREFIX,
    IMPORT_COPIES_PREFIX,
    RESULTS_PREFIX,
    TRIES_PREFIX,
    UPLOADS_PREFIX,
)
from stacks.accepted_risks import accept
from stacks.access.resource_policies import refuse_plain_http
from stacks.bindings import (
    Construct,
    S3Bucket,
    S3BucketCorsConfiguration,
    S3BucketCorsConfigurationCorsRule,
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
from stacks.declarations.resources import OwnBucket
from stacks.encryption import EncryptionKey, arn_of
from stacks.options.api import PREFLIGHT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stacks.environment.model import Environment

INCOMPLETE_UPLOAD_DAYS = 7
NONCURRENT_VERSION_DAYS = 30

LETTER_BODY_DAYS = DEAD_LETTER_RETENTION_DAYS + 1
"""A letter's body is written before the letter, and must outlive it."""

IMPORT_COPIES_DAYS = 30
"""An import ends within days, and a letter of its queue can be given back for two weeks."""

EXPORT_DAYS = 30
"""An export is a copy of personal data: time enough to download it."""

TRIES_DAYS = 2
"""A stream repeats a record for a day."""

UNNOTIFIED = {"CKV2_AWS_62": "Nothing is to happen when an object changes."}
ACCEPTED = {
    "CKV_AWS_144": "Versions guard against loss; a copy in another region is the account's choice.",
    "CKV_AWS_18": "Access logs need a second bucket; CloudTrail's data events tell the same.",
}
WITHOUT_KEY = {"CKV_AWS_145": "Encrypted with S3's own key."}


class Bucket(Construct):
    """A private, encrypted, versioned bucket.

    Parameters
    ----------
    address
        Its place in the stack.
    name
        Its full name.
    accepted
        Findings of checkov that are accepted, with the reasons.
    expirations
        The objects that expire in it, beside those that every bucket forgets.
    holds_data
        Whether it has what cannot be made again. One that has not may always be removed, and has a
        policy of its owner's.
    """

    def __init__(
        self,
        scope: Construct,
        address: str,
        environment: Environment,
        key: EncryptionKey | None,
        *,
        name: str,
        accepted: Mapping[str, str],
        expirations: Sequence[S3BucketLifecycleConfigurationRule] = (),
        holds_data: bool = True,
    ) -> None:
        super().__init__(scope, address)
        self._key = key
        protected = environment.deletion_protection and holds_data
        self._bucket = S3Bucket(
            self,
            "bucket",
            bucket=name,
            force_destroy=not protected,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if protected else None,
        )
        accept(self._bucket, accepted if key else {**accepted, **WITHOUT_KEY})
        self._keep_private()
        self._encrypt()
        self._keep_versions(expirations)
        policy = refuse_plain_http(environment, "s3:*", self.arn, f"{self.arn}/*")
        if policy is not None and holds_data:
            S3BucketPolicy(self, "policy", bucket=self._bucket.id, policy=policy)

    @property
    def name(self) -> str:
        """Name of the bucket."""
        return str(self._bucket.bucket)

    @property
    def arn(self) -> str:
        """ARN of the bucket."""
        return str(self._bucket.arn)

    @property
    def domain_name(self) -> str:
        """Name of its host in its region."""
        return str(self._bucket.bucket_regional_domain_name)

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
                sse_algorithm="AES256" if self._key is None else "aws:kms",
                kms_master_key_id=arn_of(self._key),
            )
        )
        S3BucketServerSideEncryptionConfigurationA(
            self,
            "encryption",
            bucket=self._bucket.id,
            rule=[
                S3BucketServerSideEncryptionConfigurationRuleA(
                    apply_server_side_encryption_by_default=by_default,
                    # One request to KMS for many objects.
                    bucket_key_enabled=None if self._key is None else True,
                )
            ],
        )

    def _keep_versions(self, expirations: Sequence[S3BucketLifecycleConfigurationRule]) -> None:
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
            rule=[_expire_leftovers(), *expirations],
            depends_on=[versioning],
        )


class Storage(Bucket):
    """The bucket of imported files, their results, and attributes too large for DynamoDB.

    Parameters
    ----------
    own_pages
        Origins of the stack's own pages, which use links as those of ``cors_origins`` do.
    """

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        key: EncryptionKey | None,
        own_pages: Sequence[str] = (),
    ) -> None:
        super().__init__(
            scope,
            "storage",
            environment,
            key,
            name=environment.bucket,
            accepted={**UNNOTIFIED, **ACCEPTED},
            expirations=_expirations(environment),
        )
        origins = [*environment.api.cors_origins, *own_pages] if environment.api.enabled else []
        if origins:
            self._let_pages_use_links(origins)

    def _let_pages_use_links(self, origins: Sequence[str]) -> None:
        """Let pages that may call the API upload and download by the links that it makes."""
        S3BucketCorsConfiguration(
            self,
            "cors",
            bucket=self._bucket.id,
            cors_rule=[
                S3BucketCorsConfigurationCorsRule(
                    allowed_origins=list(origins),
                    allowed_methods=["GET", "PUT"],
                    allowed_headers=["content-type"],
                    expose_headers=["ETag"],
                    max_age_seconds=PREFLIGHT_SECONDS,
                )
            ],
        )


class OwnBuckets(Construct):
    """Buckets that the application declares for itself."""

    def __init__(
        self, scope: Construct, environment: Environment, key: EncryptionKey | None
    ) -> None:
        super().__init__(scope, "buckets")
        self._buckets = {
            own.name: Bucket(
                self,
                own.name,
                environment,
                key,
                name=environment.own_bucket(own.name),
                accepted=ACCEPTED,
            )
            for own in environment.own(OwnBucket)
        }

    def name(self, base_name: str) -> str:
        """Name of a bucket."""
        return self._buckets[base_name].name

    def arn(self, base_name: str) -> str:
        """ARN of a bucket."""
        return self._buckets[base_name].arn


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


def _expirations(environment: Environment) -> list[S3BucketLifecycleConfigurationRule]:
    """End what lies under some prefixes after a time; without days it is kept.

    No rule may end an object that an item refers to. Those under ``attributes/``, ``tasks/``,
    ``imports/`` and ``whole-items/`` are the only place of data. A tenant may keep its items longer
    than the environment does, and a data item keeps the object of its command for ever. So their
    age says nothing, and they have no rule.
    """
    days = {
        ("expire-dead-letters", DEAD_LETTERS_PREFIX): LETTER_BODY_DAYS,
        ("expire-import-copies", IMPORT_COPIES_PREFIX): IMPORT_COPIES_DAYS,
        ("expire-tries", TRIES_PREFIX): TRIES_DAYS,
        ("expire-exports", EXPORTS_PREFIX): EXPORT_DAYS,
        ("expire-import-results", RESULTS_PREFIX): environment.import_csv.results_days,
        ("expire-uploads", UPLOADS_PREFIX): environment.import_csv.uploads_days,
        ("expire-discarded", DISCARDED_PREFIX): environment.queues.discarded_days,
    }
    return [_expire(name, prefix, after) for (name, prefix), after in days.items() if after]


def _expire(name: str, prefix: str, days: int) -> S3BucketLifecycleConfigurationRule:
    """Make objects noncurrent versions, which the other rule ends."""
    return S3BucketLifecycleConfigurationRule(
        id=name,
        status="Enabled",
        filter=[S3BucketLifecycleConfigurationRuleFilter(prefix=f"{prefix}/")],
        expiration=[S3BucketLifecycleConfigurationRuleExpiration(days=days)],
    )
