"""Imports whose invocations have little time: none of their rows is left out."""

from __future__ import annotations

import json

import pytest

from cli.import_errors import errors_of
from cqrs.aws.item_store import QueryPage
from cqrs.imports.keys import ImportKey
from cqrs.imports.models import ImportStatus, ProcessingMode
from cqrs.resources import Queue
from tests.unit.importing import Imports, csv_of, seconds_left
from tests.unit.sample_events import sqs_event

COUNT = 100
LETTERS = "ABCDEFGHIJ"
ROWS = [(f"{LETTERS[n // 10]}{LETTERS[n % 10]}X", f"City {n}", "1") for n in range(COUNT)]


@pytest.fixture
def imports(settings, clients) -> Imports:
    return Imports(settings, clients)


def begun(imports: Imports, mode: ProcessingMode = ProcessingMode.STEP_FUNCTION) -> ImportKey:
    imports.upload(csv_of(*ROWS))
    key = imports.make(mode)
    imports.start(key)
    return key


def leave_rest(imports: Imports, key: ImportKey, first: int, last: int) -> None:
    """Let a batch of the map have time for one chunk."""
    imports.services.deadline.begin(seconds_left(60, 59, 1))
    imports.import_batch(key, ROWS[first - 1 : last], first)
    imports.services.deadline.begin(None)


def assert_complete(imports: Imports, key: ImportKey) -> None:
    job = imports.job(key)
    assert (job.status, job.counts.total, job.counts.succeeded) == (
        ImportStatus.COMPLETED,
        COUNT,
        COUNT,
    )
    assert all(imports.place(code) is not None for code, *_ in ROWS)


def test_a_rest_for_which_another_one_left_no_time_is_done_later(imports: Imports):
    key = begun(imports)
    leave_rest(imports, key, 1, 50)
    leave_rest(imports, key, 51, 100)
    imports.finalize(key)
    records = [
        {
            **sqs_event(json.dumps(body), queue=f"test-cqrs-{Queue.IMPORT_ACTION}")["Records"][0],
            "messageId": str(number),
        }
        for number, body in enumerate(imports.take_messages())
    ]
    assert len(records) == 2

    imports.application.handle({"Records": records}, seconds_left(60, 59, 50, 14))
    assert imports.job(key).status is ImportStatus.PROCESSING
    imports.work_off_queue()

    assert_complete(imports, key)


def test_a_rest_that_was_read_slowly_is_done_later(imports: Imports):
    key = begun(imports)
    leave_rest(imports, key, 1, 100)
    imports.finalize(key)
    (body,) = imports.take_messages()

    imports.deliver(body, seconds_left(60, 14))
    assert imports.job(key).status is ImportStatus.PROCESSING
    imports.work_off_queue()

    assert_complete(imports, key)


@pytest.mark.parametrize("timeout", [5, 8, 10])
@pytest.mark.parametrize("mode", ProcessingMode)
def test_a_function_without_the_time_for_an_import_fails_it_with_that_reason(
    imports: Imports, timeout: int, mode: ProcessingMode
):
    key = begun(imports, mode)
    if mode is ProcessingMode.DIRECT:
        (body,) = imports.take_messages()
        imports.deliver(body, seconds_left(timeout - 0.1))
    else:
        imports.services.deadline.begin(seconds_left(timeout - 0.1))
        with pytest.raises(Exception, match="needs 15 s or more") as refused:
            imports.import_batch(key, ROWS)
        error = {"Error": type(refused.value).__name__, "Cause": str(refused.value)}
        imports.services.deadline.begin(None)
        imports.finalize(key, error)

    job = imports.job(key)
    assert (job.status, job.error) == (ImportStatus.FAILED, "ConfigurationError")
    assert "Raise timeout_seconds of [function]" in (job.cause or "")
    assert imports.take_messages() == []


def test_an_end_that_has_no_time_for_all_rejected_rows_lists_those_it_can(imports: Imports):
    bad = [(f"bad{n}", "City", "1") for n in range(60)]
    imports.upload(csv_of(*bad))
    key = imports.make()
    imports.start(key)
    imports.import_batch(key, bad)
    imports.services.deadline.begin(seconds_left(*[60] * 31, 5))

    imports.finalize(key)

    job = imports.job(key)
    assert (job.status, job.counts.failed) == (ImportStatus.COMPLETED_WITH_ERRORS, 60)
    listed = job.errors_listed
    assert listed is not None
    assert 0 < listed < 60
    in_bucket = b"".join(imports.services.objects.stream(job.errors_key, 0, 10_000)).decode()
    assert len(in_bucket.splitlines()) == 1 + listed
    whole = (
        b"".join(errors_of(imports.services, job, "cqrs import status"))
        .decode("utf-8-sig")
        .splitlines()
    )
    assert whole[0] == "row,reason,code,city,runways"
    assert [line.split(",")[0] for line in whole[1:]] == [str(n) for n in range(1, 61)]


def test_the_errors_file_is_that_of_the_invocation_which_ended_the_import(
    imports: Imports, monkeypatch: pytest.MonkeyPatch
):
    bad = [(f"bad{n}", "City", "1") for n in range(60)]
    imports.upload(csv_of(*bad))
    key = imports.make()
    imports.start(key)
    imports.import_batch(key, bad)
    imports.services.deadline.begin(seconds_left(*[60] * 31, 5))
    put_pieces = imports.services.objects.put_pieces
    others = iter([True])

    def overtaken(*stored):
        """Let another invocation, which has time, end the import before this one writes."""
        if next(others, False):
            pieces = list(stored[1])
            imports.services.deadline.begin(None)
            imports.services.import_closer.close_if_done(key)
            stored = (stored[0], pieces, *stored[2:])
        put_pieces(*stored)

    monkeypatch.setattr(imports.services.objects, "put_pieces", overtaken)

    imports.finalize(key)

    job = imports.job(key)
    assert (job.counts.failed, job.errors_listed) == (60, None)
    in_bucket = b"".join(imports.services.objects.stream(job.errors_key, 0, 10_000)).decode()
    assert len(in_bucket.splitlines()) == 1 + 60


def test_a_rest_that_hands_over_a_rest_while_the_counters_are_read_is_waited_for(
    imports: Imports, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("cqrs.imports.chunks.importer.CHUNK_ROWS", 1)
    monkeypatch.setattr("cqrs.imports.keys.COUNTER_SHARDS", 3)
    monkeypatch.setattr("tests.unit.test_import_deadlines.COUNT", 3)
    monkeypatch.setattr("tests.unit.test_import_deadlines.ROWS", ROWS[:3])
    key = begun(imports)
    imports.import_batch(key, ROWS[2:3], 3)
    imports.services.deadline.begin(seconds_left(60, 1))
    imports.import_batch(key, ROWS[:2])
    imports.services.deadline.begin(None)
    (body,) = imports.take_messages()
    first, second = key.counters(1), key.counters(2)
    assert second < first
    query = imports.services.import_store.query
    torn = iter([True])

    def query_in_two_moments(*place, **how):
        """Read the counter of row 2, then let row 1 be done and row 2 be left, and read on."""
        early = query(*place, **how)
        if how["sk_prefix"] != key.counters_prefix or not next(torn, False):
            return early
        imports.deliver(body, seconds_left(60, 59, 1))
        imports.services.deadline.begin(None)
        late = query(*place, **how)
        items = [item for item in early.items if item["sk"] <= second]
        items += [item for item in late.items if item["sk"] > second]
        return QueryPage(items, late.last_key)

    monkeypatch.setattr(imports.services.import_store, "query", query_in_two_moments)
    imports.finalize(key)

    assert imports.job(key).status is ImportStatus.PROCESSING
    imports.work_off_queue()
    assert_complete(imports, key)
