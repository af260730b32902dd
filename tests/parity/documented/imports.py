"""Executions of the import machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.parity.documented.record import (
    BATCHES,
    DISTRIBUTED,
    ERRORS,
    EVENTS,
    RECORDED,
    RESULTS,
    Line,
    call,
    documented,
    either,
    error,
    failed,
    given_up,
    perhaps,
    started,
    succeeded,
    task_failed,
)
from tests.parity.history import text

ORDER = (DISTRIBUTED, RESULTS, EVENTS, RECORDED)
BUCKET = "local-cqrs-000000000000"
LENGTH = "how many items the event says that a map has whose items are in a file"


def given(execution: str) -> dict[str, Any]:
    return {
        "bucket": BUCKET,
        "execution": execution,
        "key": f"uploads/{execution}.csv",
        "versionId": "any",
    }


THRESHOLD = "States.ExceedToleratedFailureThreshold"
RESULT = {
    "MapRunArn": "arn:aws:states:any",
    "ResultWriterDetails": {
        "Bucket": BUCKET,
        "Key": "import-results/00000000-0000-0000-0000-000000000000/manifest.json",
    },
}
ROWS = text([{"did": "csv_rows_handler"}] * 3)
"""Results of three children that each got a row, and no batch."""


def written() -> str:
    """Text of a map's result that says where its children's are."""
    return text(RESULT)


def with_result(execution: str) -> dict[str, Any]:
    return {**given(execution), "result": RESULT}


def with_error(execution: str, name: str) -> dict[str, Any]:
    return {**given(execution), "error": error(name)}


def with_threshold() -> str:
    """Text of the output of a map that failed as too many of its batches did."""
    return text(with_error("import-one-batch-fails", THRESHOLD))


def with_results() -> str:
    """Text of the same map's output if it succeeds."""
    return text(with_result("import-one-batch-fails"))


def mapped(execution: str, rows: int) -> list[str | Line]:
    return [
        *started(given(execution)),
        f"MapStateEntered import-csv {text(given(execution))}",
        either("MapStateStarted 0", f"MapStateStarted {rows}"),
        "MapRunStarted",
        "MapRunSucceeded",
        "MapStateSucceeded",
        f"MapStateExited import-csv {text(with_result(execution))}",
    ]


def failed_map(execution: str, rows: int, name: str) -> list[str | Line]:
    return [
        *started(given(execution)),
        f"MapStateEntered import-csv {text(given(execution))}",
        either("MapStateStarted 0", f"MapStateStarted {rows}"),
        "MapRunStarted",
        f"MapRunFailed {name}",
        "MapStateFailed",
        f"MapStateExited import-csv {text(with_error(execution, name))}",
    ]


def finalized(after: Any) -> list[str | Line]:
    return [*call("finalize", after, {"did": "finalize"}), *succeeded({"did": "finalize"})]


def counts(items: int, executions: int) -> list[str]:
    return [
        "map run SUCCEEDED, 50 at once",
        f"itemCounts {text({'total': items, 'succeeded': items, 'failed': 0})}",
        f"executionCounts {text({'total': executions, 'succeeded': executions, 'failed': 0})}",
    ]


def batch(*rows: int, do: str = "", what: str = "") -> str:
    items: Sequence[Any] = [
        {"index": row - 1, "row": {"id": str(row), "do": do, "what": what}} for row in rows
    ]
    return f"batch {text(items)}"


IMPORTS = (
    documented(
        "import: three rows",
        mapped("import-three-rows", 3),
        finalized(with_result("import-three-rows")),
        counts(3, 3),
        [batch(1), batch(2), batch(3)],
        sources=ORDER,
        silent=LENGTH,
    ),
    documented(
        "import: no file",
        failed_map("import-no-file", 0, "States.ItemReaderFailed"),
        finalized(with_error("import-no-file", "States.ItemReaderFailed")),
        [
            perhaps("map run FAILED, 50 at once"),
            perhaps(f"itemCounts {text({'total': 0, 'succeeded': 0, 'failed': 0})}"),
            perhaps(f"executionCounts {text({'total': 0, 'succeeded': 0, 'failed': 0})}"),
        ],
        sources=(*ORDER, ERRORS),
        silent=f"{LENGTH}; whether there is a Map Run for a file that is not there",
    ),
    documented(
        "import: one batch fails",
        failed_map("import-one-batch-fails", 2, THRESHOLD),
        finalized(with_error("import-one-batch-fails", THRESHOLD)),
        [
            "map run FAILED, 50 at once",
            *(
                either(
                    f"{kind} {text({'total': 2, 'succeeded': 1, 'failed': 1})}",
                    f"{kind} {text({'total': 2, 'succeeded': 0, 'failed': 1})}",
                )
                for kind in ("itemCounts", "executionCounts")
            ),
            perhaps(batch(1)),
            batch(2, do="raise", what="ValidationError"),
        ],
        sources=(*ORDER, ERRORS),
        silent=f"{LENGTH}; whether another batch ends before a map has failed",
    ),
    documented(
        "import: cannot be closed",
        mapped("import-cannot-be-closed", 1),
        given_up(
            "finalize",
            with_result("import-cannot-be-closed"),
            [task_failed("ValidationError", "said in finalize")],
        ),
        failed("ValidationError", "said in finalize"),
        counts(1, 1),
        [batch(1)],
        sources=(*ORDER, ERRORS),
        silent=LENGTH,
    ),
    documented(
        "import: batches of two",
        mapped("import-batches-of-two", 3),
        finalized(with_result("import-batches-of-two")),
        counts(3, 2),
        [batch(1, 2), batch(3)],
        sources=(*ORDER, BATCHES),
        silent=LENGTH,
    ),
)
