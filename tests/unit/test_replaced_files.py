"""A job imports the file that it was started with, and no row of another one."""

from __future__ import annotations

from functools import partial

import pytest

from cqrs.errors import NotFoundError, ValidationError
from cqrs.imports.executions import import_execution_name
from cqrs.imports.keys import ImportKey
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


def keep_versions(imports: Imports) -> None:
    imports.clients.s3.put_bucket_versioning(
        Bucket=imports.settings.bucket, VersioningConfiguration={"Status": "Enabled"}
    )


def begun_by_the_map(imports: Imports) -> ImportKey:
    imports.upload(file_of("Old", CODES[:2]))
    key = imports.make()
    imports.start(key)
    return key


def rows_of(kind: str) -> list[tuple[str, str, str]]:
    return [(code, f"{kind} city", "1") for code in CODES[:2]]


def delete_file(imports: Imports) -> None:
    imports.clients.s3.delete_object(Bucket=imports.settings.bucket, Key="in.csv")


def assert_fails(imports: Imports, key: ImportKey, cause: str) -> None:
    job = imports.job(key)
    assert job.status is ImportStatus.FAILED
    assert cause in (job.cause or "")


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


@pytest.mark.parametrize(
    ("change", "error", "cause"),
    [
        (lambda it: it.upload(file_of("New")), ValidationError, "was replaced while"),
        (delete_file, NotFoundError, "does not exist"),
    ],
)
def test_no_row_is_taken_of_a_file_that_is_another_one_by_then(
    imports: Imports, change, error, cause
):
    key = begun_by_the_map(imports)
    imports.import_batch(key, rows_of("Old")[:1])
    change(imports)

    with pytest.raises(error, match=cause) as refused:
        imports.import_batch(key, rows_of("New")[1:], 2)
    imports.finalize(key, {"Error": "ValidationError", "Cause": str(refused.value)})

    assert_fails(imports, key, cause)
    assert imports.job(key).counts.succeeded == 1
    assert imports.place(CODES[1]) is None


def test_a_map_that_may_have_read_another_file_has_not_read_the_imports(imports: Imports):
    key = begun_by_the_map(imports)
    imports.upload("code,city,runways\n")  # no batch comes of it

    imports.finalize(key)

    assert_fails(imports, key, "was replaced while it was imported")


def test_the_end_of_an_execution_behind_its_map_asks_for_the_file_too(imports: Imports):
    key = begun_by_the_map(imports)
    imports.upload("code,city,runways\n")
    imports.clients.step_functions.run_map(import_execution_name(key), "SUCCEEDED")

    imports.end_execution(key, "FAILED")

    assert_fails(imports, key, "was replaced while it was imported")


def test_a_file_whose_version_the_map_reads_is_not_asked_for(imports: Imports, requests):
    keep_versions(imports)
    key = begun_by_the_map(imports)
    imports.upload(file_of("New"))
    requests.operations.clear()

    imports.import_batch(key, rows_of("Old"))
    imports.finalize(key)

    assert "HeadObject" not in requests.operations
    assert imports.job(key).status is ImportStatus.COMPLETED


def test_an_execution_that_was_started_without_an_etag_goes_on(imports: Imports):
    key = begun_by_the_map(imports)
    del imports.execution_input(key)["etag"]

    imports.import_batch(key, rows_of("Old"))
    imports.finalize(key)

    assert imports.job(key).status is ImportStatus.COMPLETED


def test_the_map_reads_the_version_that_was_looked_at(imports: Imports, settings):
    keep_versions(imports)
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


def test_a_record_that_comes_again_does_not_ask_for_the_file(imports: Imports):
    keep_versions(imports)
    imports.upload(file_of("Old", CODES[:50]))
    key = imports.make()
    imports.start(key)
    rows = [(code, "Old city", "1") for code in CODES[:50]]
    imports.import_batch(key, rows[:25])
    delete_file(imports)  # the map has read it

    imports.start(key)
    assert imports.job(key).status is ImportStatus.PROCESSING
    imports.import_batch(key, rows[25:], 26)
    imports.finalize(key)

    job = imports.job(key)
    assert (job.status, job.counts.succeeded) == (ImportStatus.COMPLETED, 50)


@pytest.mark.parametrize("mode", ProcessingMode)
def test_a_record_that_comes_twice_at_once_ends_no_import_that_was_begun(
    imports: Imports, requests, mode: ProcessingMode
):
    imports.upload(file_of("Old"))
    key = imports.make(mode)

    lost: list[bool] = []

    def begin_and_lose_the_file() -> None:
        lost.append(True)
        imports.start(key)
        delete_file(imports)

    # The first delivery has read the job, and looks at a file that is gone by then.
    requests.before_next("GetObject", begin_and_lose_the_file)
    imports.start(key)

    assert lost
    assert imports.job(key).status is ImportStatus.PROCESSING
    assert "mapIsOver" not in imports.services.import_records.read(key)
