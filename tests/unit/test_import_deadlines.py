"""Imports whose invocations have little time: none of their rows is left out."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from cqrs.imports.keys import ImportKey
from cqrs.imports.models import ImportStatus, ProcessingMode
from cqrs.resources import Queue
from tests.unit.importing import Imports, csv_of
from tests.unit.sample_events import sqs_event

COUNT = 100
LETTERS = "ABCDEFGHIJ"
ROWS = [(f"{LETTERS[n // 10]}{LETTERS[n % 10]}X", f"City {n}", "1") for n in range(COUNT)]


@pytest.fixture
def imports(settings, clients) -> Imports:
    return Imports(settings, clients)


def seconds(*left: float) -> Callable[[], int]:
    """What Lambda's context answers, one after the other; the last one for good."""
    remaining = list(left)
    return lambda: int((remaining.pop(0) if len(remaining) > 1 else remaining[0]) * 1000)


def begun(imports: Imports, mode: ProcessingMode = ProcessingMode.STEP_FUNCTION) -> ImportKey:
    imports.upload(csv_of(*ROWS))
    key = imports.make(mode)
    imports.start(key)
    return key


def leave_rest(imports: Imports, key: ImportKey, first: int, last: int) -> None:
    """Let a batch of the map have time for one chunk."""
    imports.services.deadline.begin(seconds(60, 59, 1))
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

    imports.application.handle({"Records": records}, seconds(60, 59, 50, 40, 30, 14))
    assert imports.job(key).status is ImportStatus.PROCESSING
    imports.work_off_queue()

    assert_complete(imports, key)


def test_a_rest_that_was_read_slowly_is_done_later(imports: Imports):
    key = begun(imports)
    leave_rest(imports, key, 1, 100)
    imports.finalize(key)
    (body,) = imports.take_messages()

    imports.deliver(body, seconds(60, 14))
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
        imports.deliver(body, seconds(timeout - 0.1))
    else:
        imports.services.deadline.begin(seconds(timeout - 0.1))
        with pytest.raises(Exception, match="needs 15 s or more") as refused:
            imports.import_batch(key, ROWS)
        error = {"Error": type(refused.value).__name__, "Cause": str(refused.value)}
        imports.services.deadline.begin(None)
        imports.finalize(key, error)

    job = imports.job(key)
    assert (job.status, job.error) == (ImportStatus.FAILED, "ConfigurationError")
    assert "raise timeout_seconds of [function]" in (job.cause or "")
    assert imports.take_messages() == []
