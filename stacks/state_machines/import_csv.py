"""The import-csv state machine (guide, "Distributed Map for CSV import"), and what it may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.resources import RESULTS_PREFIX, StateMachine
from cqrs.states import ImportState
from stacks.access.statements import Statement
from stacks.asl import ALL_ERRORS, Definition, catch, csv_map, machine, result_writer
from stacks.encryption import EncryptionKey, use_of_files

if TYPE_CHECKING:
    from stacks.asl import Invocation
    from stacks.environment.model import Environment


def import_csv_definition(invoke: Invocation, environment: Environment) -> Definition:
    """Define how the rows of a file are imported in batches, many at a time.

    Beyond the guide, ``finalize`` closes the job, whether the map succeeded (``$.result``) or
    failed (``$.error``).
    """
    s = ImportState
    options = environment.import_csv
    return machine(
        "Processes large CSV files with distributed batch processing",
        s.IMPORT_CSV,
        {
            s.IMPORT_CSV: csv_map(
                s.CSV_ROWS_HANDLER,
                invoke.item_task(End=True),
                dialect=environment.dialect,
                max_items_per_batch=options.max_items_per_batch,
                Label=s.IMPORT_CSV,
                MaxConcurrency=options.max_concurrency,
                ResultWriter=result_writer(environment.bucket, RESULTS_PREFIX),
                ResultPath="$.result",
                Catch=[catch(ALL_ERRORS, s.FINALIZE, ResultPath="$.error")],
                Next=s.FINALIZE,
            ),
            s.FINALIZE: invoke.task(End=True),
        },
        timeout_seconds=options.execution_timeout_seconds,
    )


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
