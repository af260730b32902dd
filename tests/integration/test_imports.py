"""Imports of real files on the deployed stack.

``IMPORT_MACHINE_ROWS`` and ``IMPORT_DRIVER_ROWS`` set the size; `make test-import` runs the large
one.
"""

from __future__ import annotations

import csv
import io
import os
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from cqrs.core.attribute_values import from_attribute_values
from cqrs.imports.keys import ImportKey
from cqrs.imports.models import ImportJob, ImportStatus, ProcessingMode, RowCounts
from tests.integration.deployed import Deployed, wait_for
from tests.integration.importing.airports_file import airports
from tests.integration.importing.driver import drive, job_without_a_machine
from tests.integration.importing.faults import FAULTS, spoil
from tests.integration.importing.flights_file import as_csv, flights
from tests.integration.importing.memory import peak_megabytes
from tests.integration.overlay import with_modules
from tooling.ministack import MiniStack

MACHINE_ROWS = int(os.environ.get("IMPORT_MACHINE_ROWS", "100"))
DRIVER_ROWS = int(os.environ.get("IMPORT_DRIVER_ROWS", "5000"))
LONGEST_SECONDS = 3600.0

STRATEGY = Path(__file__).with_name("importing") / "flights.py"

TEXTS = ("carrier", "tailnum", "origin", "dest", "time_hour")
NUMBERS = ("dep_time", "dep_delay", "arr_time", "arr_delay", "air_time", "distance")


@pytest.fixture(scope="module", autouse=True)
def flights_can_be_imported(deployed: Deployed) -> Iterator[None]:
    with with_modules(deployed, [STRATEGY]):
        yield


def upload(deployed: Deployed, tenant: str, content: bytes) -> str:
    key = f"uploads/{tenant}.csv"
    bucket = deployed.services.settings.bucket
    deployed.services.clients.s3.put_object(Bucket=bucket, Key=key, Body=content)
    return key


def make(
    deployed: Deployed, tenant: str, content: bytes, target: str, mode: ProcessingMode
) -> ImportKey:
    object_key = upload(deployed, tenant, content)
    bucket = deployed.services.settings.bucket
    return deployed.services.imports.create_csv_import(bucket, object_key, target, tenant, mode)


def end_of(deployed: Deployed, key: ImportKey) -> ImportJob:
    def ended() -> ImportJob | None:
        job = deployed.services.imports.get(key)
        assert job is not None
        return job if job.status.is_final else None

    return wait_for(ended, f"the end of {key}", LONGEST_SECONDS, poll_seconds=1.0)


def data_items(deployed: Deployed, pk: str) -> Iterator[dict[str, Any]]:
    pages = deployed.services.clients.dynamodb.get_paginator("query").paginate(
        TableName=deployed.services.settings.data_table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": pk}},
    )
    return (from_attribute_values(item) for page in pages for item in page["Items"])


def flights_stored(deployed: Deployed, tenant: str) -> int:
    """Flights of a tenant; work that other tests have left may go on in the table meanwhile."""
    pages = deployed.services.clients.dynamodb.get_paginator("query").paginate(
        TableName=deployed.services.settings.data_table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"FLIGHT#{tenant}"}},
        Select="COUNT",
    )
    return sum(page["Count"] for page in pages)


def assert_flights_are_those_of_the_file(
    deployed: Deployed, tenant: str, rows: Iterable[dict[str, str]]
) -> None:
    """Compare row by row with what is stored.

    By BatchGetItem, as MiniStack sorts a whole partition for every page of a Query.
    """
    table, pk, coming = deployed.services.settings.data_table, f"FLIGHT#{tenant}", iter(rows)
    compared: set[str] = set()
    while some := list(islice(coming, 100)):
        by_key = {f"FLIGHT#{row['time_hour']}-{row['carrier']}{row['flight']}": row for row in some}
        items = deployed.services.store.get_many([(table, pk, sk) for sk in by_key])
        for sk, row in by_key.items():
            assert_flight(items[table, pk, sk], row)
        compared |= by_key.keys()
    assert len(compared) > 0


def assert_flight(item: dict[str, Any], row: dict[str, str]) -> None:
    said = item["attributes"]
    assert item["version"] == 1
    assert {name: said.get(name, "NA") for name in TEXTS} == {name: row[name] for name in TEXTS}
    assert [str(said.get(name, "NA")) for name in NUMBERS] == [row[name] for name in NUMBERS]


def tell(capsys: pytest.CaptureFixture[str], text: str) -> None:
    with capsys.disabled():
        sys.stdout.write(f"\n{text}\n")


def test_flights_through_the_deployed_machine(deployed: Deployed, tenant: str, capsys):
    content = as_csv(flights(MACHINE_ROWS))
    started = time.monotonic()
    key = make(deployed, tenant, content, "flights", ProcessingMode.STEP_FUNCTION)

    job = end_of(deployed, key)

    seconds = time.monotonic() - started
    assert (job.status, job.error) == (ImportStatus.COMPLETED, None)
    assert job.counts == RowCounts(total=MACHINE_ROWS, succeeded=MACHINE_ROWS)
    assert flights_stored(deployed, tenant) == MACHINE_ROWS
    assert_flights_are_those_of_the_file(deployed, tenant, flights(MACHINE_ROWS))
    tell(capsys, f"{MACHINE_ROWS} rows through the machine: {seconds:.0f} s")


def test_flights_in_batches_as_the_machine_on_aws_forms_them(
    deployed: Deployed, emulator: MiniStack | None, tenant: str, capsys
):
    key, given = job_without_a_machine(deployed, tenant, tuple(next(flights(1))))
    early_rows = DRIVER_ROWS // 10 // 100 * 100
    started = time.monotonic()

    left = drive(deployed, given, flights(early_rows))
    early = peak_megabytes(emulator.pid) if emulator else None
    left += drive(deployed, given, flights(DRIVER_ROWS))
    job = job_with_all_rows(deployed, key, DRIVER_ROWS)

    seconds = time.monotonic() - started
    late = peak_megabytes(emulator.pid) if emulator else None
    # The first tenth came twice, which counts once.
    assert job.counts == RowCounts(total=DRIVER_ROWS, succeeded=DRIVER_ROWS)
    assert flights_stored(deployed, tenant) == DRIVER_ROWS
    assert_flights_are_those_of_the_file(deployed, tenant, flights(DRIVER_ROWS))
    tell(
        capsys,
        f"{DRIVER_ROWS} rows in batches of 100, 50 at a time: {seconds:.0f} s, "
        f"{DRIVER_ROWS / seconds:.0f} rows a second; {left} went through the queue",
    )
    # Functions are processes of the emulator's own in MiniStack only.
    if early is not None and late is not None:
        tell(capsys, f"peak memory of a process {early:.0f} MB at {early_rows} rows, {late:.0f} MB")
        assert late < early * 1.25


def job_with_all_rows(deployed: Deployed, key: ImportKey, rows: int) -> ImportJob:
    """A job that has counted all rows, those too that a batch left to the queue."""

    def counted() -> ImportJob | None:
        job = deployed.services.imports.get(key)
        assert job is not None
        return job if job.counts.total >= rows else None

    return wait_for(counted, f"all rows of {key}", LONGEST_SECONDS, poll_seconds=1.0)


def test_spoilt_airports_are_rejected_with_their_rows_and_reasons(
    deployed: Deployed, tenant: str, capsys
):
    # Emulator difference: LocalStack reads twenty records of a stream a second; a row makes two.
    some = airports()[:600] if deployed.is_localstack else airports()
    rows, faults = spoil(some, each=10, seed=20261123)
    started = time.monotonic()
    key = make(deployed, tenant, as_csv(iter(rows)), "airports", ProcessingMode.DIRECT)

    job = end_of(deployed, key)

    seconds = time.monotonic() - started
    assert job.status is ImportStatus.COMPLETED_WITH_ERRORS
    assert job.counts == RowCounts(len(rows), len(rows) - 100, failed=100)
    rejected = errors_of(deployed, job)
    assert sorted(int(row["row"]) for row in rejected) == sorted(faults)
    for row in rejected:
        kind, column = faults[int(row["row"])]
        assert column in row["reason"], (kind, row)
        spoilt = rows[int(row["row"]) - 1]
        assert {name: row[name] for name in spoilt} == spoilt
    good = {row["iata"]: row for n, row in enumerate(rows, start=1) if n not in faults}
    items = {item["sk"]: item for item in data_items(deployed, f"AIRPORT#{tenant}")}
    assert items.keys() == {f"AIRPORT#{code}" for code in good}
    for code, row in good.items():
        assert items[f"AIRPORT#{code}"]["name"] == row["name"]
        assert items[f"AIRPORT#{code}"]["attributes"]["latitude"] == float(row["latitude"])
    tell(capsys, f"{len(rows)} airports, {len(FAULTS)} kinds of faults: {seconds:.0f} s")


def errors_of(deployed: Deployed, job: ImportJob) -> list[dict[str, str]]:
    answer = deployed.services.clients.s3.get_object(
        Bucket=deployed.services.settings.bucket, Key=job.errors_key
    )
    text = answer["Body"].read().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_no_dead_letters_are_left(deployed: Deployed):
    assert deployed.dead_letters() == 0
