"""Calls the deployed function as the import-csv state machine on AWS does.

The emulator's Distributed Map knows no ItemBatcher, so each of its batches has one row. Here they
have a hundred, and fifty are under way at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import Any

from cqrs.core.clock import now_iso
from cqrs.imports.executions import execution_input
from cqrs.imports.keys import ImportKey
from cqrs.imports.models import COLUMNS, ETAG, VERSION_ID, ImportStatus, ProcessingMode, PublishMode
from cqrs.resources import StateMachine
from tests.integration.deployed import Deployed, wait_for
from tests.integration.importing.unseen import store_unseen

BATCH = 100
AT_ONCE = 50

REFUSED_SECONDS = 600.0
"""How long a call may be refused. The emulator runs 50 at a time, and the healer's is one."""


def job_without_a_machine(
    deployed: Deployed, tenant: str, columns: tuple[str, ...]
) -> tuple[ImportKey, dict[str, Any]]:
    """Make a job of flights as it is once it was started, which its stream does not start.

    Returns
    -------
    tuple
        Its key, and what each of its batches is given.
    """
    key = ImportKey.make(tenant, "flights")
    item = {
        **key.to_mapping(),
        "bucket": deployed.services.settings.bucket,
        "key": "flights.csv",
        "mode": ProcessingMode.STEP_FUNCTION.value,
        "publishMode": PublishMode.SYNC.value,
        "status": ImportStatus.PROCESSING.value,
        "createdAt": now_iso(),
        COLUMNS: list(columns),
        # A version that the machine would read, so that nobody asks for the file.
        VERSION_ID: "driven",
        ETAG: "",
    }
    store_unseen(deployed.services, item)
    return key, execution_input(key, item)


def drive(deployed: Deployed, job: dict[str, Any], rows: Iterable[dict[str, str]]) -> int:
    """Import all rows of a job in batches; how many rows were left to the queue."""
    left = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        pending: set[Future[int]] = set()
        for event in batches_of(deployed, job, rows):
            if len(pending) == 2 * AT_ONCE:
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                left += sum(future.result() for future in done)
            pending.add(pool.submit(_invoke, deployed, event))
        left += sum(future.result() for future in pending)
    return left


def batches_of(
    deployed: Deployed, job: dict[str, Any], rows: Iterable[dict[str, str]]
) -> Iterator[dict[str, Any]]:
    """The events that the function gets of a job's rows, one for each batch."""
    machine = f"{deployed.services.settings.resource_prefix}{StateMachine.IMPORT_CSV}"
    numbered = enumerate(rows)
    while batch := list(islice(numbered, BATCH)):
        moment = now_iso()
        items = [{"row": row, "index": index} for index, row in batch]
        given = {"Items": items, "BatchInput": {"Attributes": job}}
        yield {
            "source": "step-function",
            "context": {
                "Execution": {"Id": "x", "Name": "x", "StartTime": moment},
                "State": {"Name": "csv_rows_handler", "EnteredTime": moment, "RetryCount": 0},
                "StateMachine": {"Id": "x", "Name": f"{machine}/import-csv"},
            },
            "input": given,
        }


def _invoke(deployed: Deployed, event: dict[str, Any]) -> int:
    """Call the function; again, as the machine does, if another call has taken its place."""
    refused = deployed.services.clients.lambda_.exceptions.TooManyRequestsException

    def answered() -> tuple[Any, str | None] | None:
        try:
            return deployed.invoke(event)
        except refused:
            return None

    answer, error = wait_for(answered, "a free process of the function", REFUSED_SECONDS)
    assert error is None, answer
    return int(answer[0][0]["left"])
