"""Distributed Maps: the items of a file, batches of them, and the results of their children.

Source: Step Functions guide, "Distributed mode", "ItemReader (Map)", "ItemBatcher (Map)" and
"ResultWriter (Map)".
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cqrs.testing.asl.language import Document, fill

MOST_BATCH_BYTES = 262_144

UNREADABLE = "States.ItemReaderFailed"
EXCEEDED = "States.ExceedToleratedFailureThreshold"
EXCEEDED_CAUSE = "The specified tolerated failure threshold was exceeded"


class Child(NamedTuple):
    """A child execution that is over, as the results have it."""

    arn: str
    name: str
    status: str
    input: Any
    output: Any = None
    error: str = ""
    cause: str = ""

    def document(self) -> dict[str, Any]:
        """Its entry in a file of results."""
        ends = (
            {"Output": json.dumps(self.output)}
            if self.output is not None
            else {"Error": self.error, "Cause": self.cause}
        )
        return {
            "ExecutionArn": self.arn,
            "Name": self.name,
            "Input": json.dumps(self.input),
            "Status": self.status,
            **ends,
        }


def place_of_file(state: Document, given: Any, context: Document) -> dict[str, Any]:
    """The request by which the file is read."""
    place: dict[str, Any] = fill(state["ItemReader"]["Parameters"], given, context)
    return place


def rows_of(content: bytes) -> list[dict[str, str]]:
    """The rows of a CSV file whose first row is its header.

    Raises
    ------
    ValueError
        If it is not in UTF-8.
    """
    return list(csv.DictReader(io.StringIO(content.decode())))


def items_of(state: Document, given: Any, context: Document, values: Sequence[Any]) -> list[Any]:
    """The items of a map, as its ``ItemSelector`` makes them."""
    if "ItemSelector" not in state:
        return list(values)
    return [
        fill(
            state["ItemSelector"],
            given,
            {**context, "Map": {"Item": {"Index": index, "Value": value}}},
        )
        for index, value in enumerate(values)
    ]


def inputs_of(
    state: Document, given: Any, context: Document, items: Sequence[Any]
) -> Iterator[tuple[Any, int]]:
    """Inputs of the children: an item each or, with an ``ItemBatcher``, a batch; and its items."""
    batcher = state.get("ItemBatcher")
    if batcher is None:
        yield from ((item, 1) for item in items)
        return
    shared = (
        {"BatchInput": fill(batcher["BatchInput"], given, context)}
        if "BatchInput" in batcher
        else {}
    )
    for batch in batches_of(batcher, items):
        yield {**shared, "Items": batch}, len(batch)


def batches_of(batcher: Document, items: Iterable[Any]) -> Iterator[list[Any]]:
    """Items in batches, which are as large as an ``ItemBatcher`` lets them be."""
    most = batcher.get("MaxItemsPerBatch", math.inf)
    most_bytes = batcher.get("MaxInputBytesPerBatch", MOST_BATCH_BYTES)
    batch: list[Any] = []
    room = most_bytes
    for item in items:
        size = len(json.dumps(item))
        if batch and (len(batch) == most or size > room):
            yield batch
            batch, room = [], most_bytes
        batch.append(item)
        room -= size
    if batch:
        yield batch


def is_tolerated(state: Document, failed: int, items: int) -> bool:
    """Whether a map goes on although so many of its items have failed."""
    count = state.get("ToleratedFailureCount", 0)
    share = state.get("ToleratedFailurePercentage", 0) / 100
    return bool(failed <= max(count, share * items))


def results_of(
    where: Mapping[str, str], folder: str, map_run: str, children: Sequence[Child]
) -> tuple[str, dict[str, Any]]:
    """The files that a ``ResultWriter`` writes: the key of the manifest, and documents by key."""
    documents: dict[str, Any] = {}
    files: dict[str, list[dict[str, Any]]] = {"FAILED": [], "PENDING": [], "SUCCEEDED": []}
    for status, listed in files.items():
        found = [child.document() for child in children if child.status == status]
        if found:
            key = f"{folder}/{status}_0.json"
            documents[key] = found
            listed.append({"Key": key, "Size": len(json.dumps(found))})
    manifest = f"{folder}/manifest.json"
    documents[manifest] = {
        "DestinationBucket": where["Bucket"],
        "MapRunArn": map_run,
        "ResultFiles": files,
    }
    return manifest, documents
