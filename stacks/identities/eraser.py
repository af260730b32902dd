"""The permissions of those who erase what is kept of a tenant or an item.

They are an identity's of their own. No other one, and not the function either, reads tables from
end to end or deletes items and versions of objects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.resources import ERASURES_PREFIX, Table, dead_letter_queue
from stacks.access.statements import Statement
from stacks.declarations.resources import OwnBucket
from stacks.identities.operator import WRITING, key_statements, reader_statements

if TYPE_CHECKING:
    from stacks.environment.model import Environment


def eraser_statements(environment: Environment) -> list[Statement]:
    """Allow ``cqrs erase`` and ``cqrs erasures``, beside what readers may."""
    own = environment.bucket_arn(environment.bucket)
    buckets = (own, *(_own_buckets(environment)))
    letters = tuple(
        environment.queue_arn(dead_letter_queue(source))
        for source in environment.dead_letter_sources
    )
    tables = tuple(environment.table_arn(table) for table in environment.table_names)
    return [
        *reader_statements(environment),
        Statement("FindItems", ("dynamodb:Scan",), tables),
        Statement("EraseItems", ("dynamodb:DeleteItem",), tables),
        # The function alone knows the places of read models.
        Statement("ForgetShownItems", ("lambda:InvokeFunction",), (environment.function_arn(),)),
        # The healer's note of its place in an index may hold a key, as may those of runs.
        Statement(
            "ForgetPlaces",
            ("dynamodb:UpdateItem",),
            tuple(environment.table_arn(one) for one in (Table.IMPORT_TMP, Table.READ_MODELS)),
        ),
        Statement(
            "FindRequests",
            ("dynamodb:Query",),
            (f"{environment.table_arn(Table.APPROVALS)}/index/*",),
        ),
        Statement(
            "FindVersions",
            ("s3:ListBucketMultipartUploads", "s3:ListBucketVersions"),
            buckets,
        ),
        Statement(
            "EraseVersions",
            (
                "s3:AbortMultipartUpload",
                "s3:DeleteObject",
                "s3:DeleteObjectVersion",
                "s3:GetObjectVersion",
            ),
            tuple(f"{bucket}/*" for bucket in buckets),
        ),
        Statement("RecordErasures", ("s3:PutObject",), (f"{own}/{ERASURES_PREFIX}/*",)),
        Statement("EraseDeadLetters", ("sqs:DeleteMessage",), letters),
        *key_statements(environment, "WriteEncrypted", WRITING),
    ]


def _own_buckets(environment: Environment) -> tuple[str, ...]:
    names = (environment.own_bucket(own.name) for own in environment.own(OwnBucket))
    return tuple(environment.bucket_arn(name) for name in names)
