"""Maps: states that run for each item of a list, or for each batch of rows of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stacks.asl.retriers import within_express

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stacks.asl.states import (
        State,
    )

EXPRESS = "EXPRESS"

BATCH_BYTES = 200_000
"""Size of a batch's input: it goes to the function with its context, in 256 KB at most."""

ROW_WITH_NUMBER = {"row.$": "$$.Map.Item.Value", "index.$": "$$.Map.Item.Index"}

ALL_BATCHES = 100
"""Percentage of batches that may fail without an end to the map. ``finalize`` begins those again
that failed for a reason that time mends. Emulator difference: emulators write no results, from
which it would know them. So there a batch that fails ends the map."""

JOB_ATTRIBUTES = {"Attributes.$": "$"}


def inline_map(
    start_at: str, states: Mapping[str, State], *, max_concurrency: int, **fields: Any
) -> State:
    """Run states for each item of the input list, so many items at a time; 0 is not a limit."""
    return {
        "Type": "Map",
        "ItemsPath": "$",
        "MaxConcurrency": max_concurrency,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "INLINE"},
            "StartAt": start_at,
            "States": dict(states),
        },
        **fields,
    }


def csv_map(
    name: str, handler: State, *, dialect: str, max_items_per_batch: int, **fields: Any
) -> State:
    """Run one state for each batch of rows of the CSV file that the input names.

    On AWS each batch is an Express execution, so its state and retries are cut to five minutes.
    """
    batching, execution_type = _batching(dialect, max_items_per_batch)
    child = within_express(handler) if execution_type == EXPRESS else handler
    return {
        "Type": "Map",
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
            # Emulator difference: MiniStack reads the object as it is then, whatever its version.
            "Parameters": {
                "Bucket.$": "$.bucket",
                "Key.$": "$.key",
                "VersionId.$": "$.versionId",
            },
        },
        **batching,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": execution_type},
            "StartAt": name,
            "States": {name: child},
        },
        **fields,
    }


def result_writer(bucket: str, prefix: str) -> State:
    """Write the children's results to a bucket, which has no limit of 256 KB."""
    return {
        "Resource": "arn:aws:states:::s3:putObject",
        "Parameters": {"Bucket": bucket, "Prefix": prefix},
    }


def _batching(dialect: str, max_items_per_batch: int) -> tuple[State, str]:
    """Batch rows, or, for emulators that cannot, give each row the shape of a batch of one."""
    if dialect == "emulator":
        batch = {"Items": [ROW_WITH_NUMBER], "BatchInput": JOB_ATTRIBUTES}
        return {"ItemSelector": batch}, "STANDARD"
    batcher = {
        "MaxItemsPerBatch": max_items_per_batch,
        "MaxInputBytesPerBatch": BATCH_BYTES,
        "BatchInput": JOB_ATTRIBUTES,
    }
    batching = {"ItemSelector": ROW_WITH_NUMBER, "ItemBatcher": batcher}
    return {**batching, "ToleratedFailurePercentage": ALL_BATCHES}, EXPRESS
