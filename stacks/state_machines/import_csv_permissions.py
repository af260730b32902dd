"""Permissions of the import-csv state machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.resources import RESULTS_PREFIX, StateMachine
from cqrs.states import ImportState
from stacks.access.statements import Statement
from stacks.encryption import EncryptionKey, use_of_files

if TYPE_CHECKING:
    from stacks.environment.model import Environment


def import_csv_statements(
    environment: Environment, key: EncryptionKey | None = None
) -> list[Statement]:
    """Allow a Distributed Map (Step Functions guide, "IAM policies for Distributed Map")."""
    own = environment.bucket_arn(environment.bucket)
    sources = [environment.bucket_arn(name) for name in environment.import_buckets]
    machine_arn = environment.state_machine_arn(StateMachine.IMPORT_CSV)
    name = environment.qualified(StateMachine.IMPORT_CSV)
    executions = environment.arn("states", f"execution:{name}")
    return [
        Statement("StartChildren", ("states:StartExecution",), (machine_arn,)),
        Statement(
            "FollowChildren",
            ("states:DescribeExecution", "states:StopExecution"),
            (f"{executions}:*", f"{executions}/{ImportState.IMPORT_CSV}:*"),
        ),
        Statement(
            "ReadFiles",
            ("s3:GetObject", "s3:GetObjectVersion"),
            tuple(f"{arn}/*" for arn in (own, *sources)),
        ),
        Statement(
            "WriteResults",
            (
                "s3:AbortMultipartUpload",
                "s3:GetObject",
                "s3:ListMultipartUploadParts",
                "s3:PutObject",
            ),
            (f"{own}/{RESULTS_PREFIX}/*",),
        ),
        *use_of_files(key),
    ]
