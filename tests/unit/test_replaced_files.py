"""A job imports the file that it was started with, and no row of another one."""

from __future__ import annotations

from functools import partial

import pytest

from cqrs.imports.models import ImportStatus, ProcessingMode
from tests.unit.importing import Imports, csv_of, seconds_left

LETTERS = "ABCDEFGHIJ"
CODES = [f"{one}{other}X" for one in LETTERS for other in LETTERS][:60]
DIRECT = ProcessingMode.DIRECT


@pytest.fixture
def imports(settings, clients) -> Imports:
    return Imports(settings, clients)


def file_of(kind: str, codes: list[str] = CODES) -> str:
    return csv_of(*((code, f"{kind} city", "1") for code in codes))


def test_a_file_that_is_replaced_between_two_invocations_fails_its_import(imports: Imports):
    imports.upload(file_of("Old"))
    key = imports.make(DIRECT)
    imports.start(key)
    (body,) = imports.take_messages()
    imports.deliver(body, seconds_left(60, 59, 1))
    imports.upload(file_of("New"))

    imports.work_off_queue()

    job = imports.job(key)
    assert (job.status, job.error) == (ImportStatus.FAILED, "ValidationError")
    assert "was replaced while it was imported" in (job.cause or "")
    places = [imports.place(code) for code in CODES]
    assert {place.attributes["city"] for place in places if place is not None} == {"Old city"}
    assert job.counts.succeeded == sum(place is not None for place in places) > 0


def test_a_file_that_is_replaced_behind_its_header_fails_its_import(imports: Imports):
    imports.upload("code,city,runways\nAAA,Aville,1\nBBB,Bville,2\n")
    key = imports.make(DIRECT)
    imports.start(key)
    imports.upload("city,code,runways\nXXX,AAA,3\nYYY,BBB,4\n")

    imports.work_off_queue()

    assert imports.job(key).status is ImportStatus.FAILED
    assert imports.place("AAA") is None


def test_a_file_that_is_replaced_while_it_is_looked_at_fails_its_import(imports, requests):
    imports.upload(file_of("Old"))
    key = imports.make(DIRECT)
    replaced = partial(imports.upload, file_of("New"))
    requests.before_next("GetObject", partial(requests.before_next, "GetObject", replaced))

    imports.start(key)

    job = imports.job(key)
    assert job.status is ImportStatus.FAILED
    assert "was replaced while it was imported" in (job.cause or "")


def test_the_map_reads_the_version_that_was_looked_at(imports: Imports, settings):
    imports.clients.s3.put_bucket_versioning(
        Bucket=settings.bucket, VersioningConfiguration={"Status": "Enabled"}
    )
    imports.upload(file_of("Old"))
    key = imports.make()
    imports.start(key)
    imports.upload(file_of("New"))

    version = imports.execution_input(key)["versionId"]
    answer = imports.clients.s3.get_object(Bucket=settings.bucket, Key="in.csv", VersionId=version)
    assert answer["Body"].read().decode() == file_of("Old")


def test_a_converted_file_is_that_of_the_import(imports: Imports):
    imports.upload(file_of("Müller").encode("utf-16"))
    key = imports.make(DIRECT, encoding="utf-16")
    imports.start(key)
    imports.upload(file_of("Other").encode("utf-16"))

    imports.work_off_queue()

    # Its text was kept when it was started.
    assert imports.job(key).status is ImportStatus.COMPLETED
    assert imports.place(CODES[0]).attributes["city"] == "Müller city"


def test_a_record_that_comes_again_does_not_ask_for_the_file(imports: Imports, clients, settings):
    imports.upload(file_of("Old", CODES[:48]))
    key = imports.make()
    imports.start(key)
    rows = [(code, "Old city", "1") for code in CODES[:48]]
    imports.import_batch(key, rows[:24])
    clients.s3.delete_object(Bucket=settings.bucket, Key="in.csv")  # the map has read it

    imports.start(key)
    assert imports.job(key).status is ImportStatus.PROCESSING
    imports.import_batch(key, rows[24:], 25)
    imports.finalize(key)

    job = imports.job(key)
    assert (job.status, job.counts.succeeded) == (ImportStatus.COMPLETED, 48)


@pytest.mark.parametrize("mode", ProcessingMode)
def test_a_record_that_comes_twice_at_once_ends_no_import_that_was_begun(
    imports: Imports, requests, clients, settings, mode: ProcessingMode
):
    imports.upload(file_of("Old"))
    key = imports.make(mode)

    def begin_and_lose_the_file() -> None:
        imports.start(key)
        clients.s3.delete_object(Bucket=settings.bucket, Key="in.csv")

    # The first delivery has read the job, and looks at a file that is gone by then.
    requests.before_next("HeadObject", begin_and_lose_the_file)
    imports.start(key)

    assert imports.job(key).status is ImportStatus.PROCESSING
    assert "mapIsOver" not in imports.services.import_records.read(key)
