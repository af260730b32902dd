"""Batches of the map that failed: ``finalize`` begins those again that time mends."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from cqrs.aws.map_results import MapResults
from cqrs.errors import PERMANENT_ERRORS, ValidationError
from cqrs.imports.executions import import_execution_name
from cqrs.imports.keys import ImportKey
from cqrs.imports.models import ImportStatus
from tests.unit.execution import state_event
from tests.unit.importing import Imports, csv_of, seconds_left

ROWS = [(f"A{letter}{other}", "é, “ville”", "1") for letter in "ABCDEF" for other in "XY"]
FOLDER = "import-results/5d1c4c1e"
MANIFEST = f"{FOLDER}/manifest.json"


@pytest.fixture
def imports(settings, clients) -> Imports:
    return Imports(settings, clients)


@pytest.fixture
def key(imports: Imports) -> ImportKey:
    imports.upload(csv_of(*[(code, f'"{city}"', runways) for code, city, runways in ROWS]))
    made = imports.make()
    imports.start(made)
    return made


def child(imports: Imports, key: ImportKey, first: int, last: int, **ended: str) -> dict[str, Any]:
    """A child as ResultWriter writes it (Step Functions guide, "ResultWriter (Map)")."""
    batch = imports.batch(key, ROWS[first - 1 : last], first).input
    arn = "arn:aws:states:ap-northeast-1:123456789012:express:import/import-csv:x:y"
    return {
        "ExecutionArn": arn,
        "Input": json.dumps(batch, ensure_ascii=False),
        "InputDetails": {"Included": True},
        "Name": "x",
        "StartDate": "2026-01-01T00:00:00.000Z",
        "StateMachineArn": "arn:aws:states:ap-northeast-1:123456789012:stateMachine:import",
        "Status": "FAILED",
        "StopDate": "2026-01-01T00:05:00.000Z",
        **ended,
    }


def write_results(
    imports: Imports,
    failed: Sequence[Sequence[dict[str, Any]]],
    pending: Sequence[Sequence[dict[str, Any]]] = (),
) -> None:
    files: dict[str, list[dict[str, Any]]] = {"SUCCEEDED": [], "FAILED": [], "PENDING": []}
    for status, lists in (("FAILED", failed), ("PENDING", pending)):
        for number, children in enumerate(lists):
            place = f"{FOLDER}/{status}_{number}.json"
            imports.upload(json.dumps(children, ensure_ascii=False), place)
            files[status].append({"Key": place, "Size": 1})
    manifest = {"DestinationBucket": "b", "MapRunArn": "arn", "ResultFiles": files}
    imports.upload(json.dumps(manifest), MANIFEST)


def finalize(imports: Imports, key: ImportKey) -> None:
    started_with = imports.execution_input(key)
    details = {"Bucket": imports.settings.bucket, "Key": MANIFEST}
    given = {**started_with, "result": {"MapRunArn": "arn", "ResultWriterDetails": details}}
    event = state_event(
        "finalize", given, execution_input=started_with, name=import_execution_name(key)
    )
    imports.services.import_workflow.finalize(event)


def assert_complete(imports: Imports, key: ImportKey) -> None:
    job = imports.job(key)
    assert (job.status, job.error) == (ImportStatus.COMPLETED, None)
    assert (job.counts.total, job.counts.succeeded) == (12, 12)
    assert all(
        (imports.place(code) or [0]) and imports.place(code).version == 1 for code, *_ in ROWS
    )


OF_TIME = [
    {"Status": "FAILED", "Error": "Throttled", "Cause": "too many"},
    {"Status": "FAILED", "Error": "TransientError", "Cause": "away"},
    {"Status": "FAILED", "Error": "Lambda.TooManyRequestsException", "Cause": "Rate exceeded"},
    {"Status": "FAILED", "Error": "States.Timeout", "Cause": ""},
    {"Status": "TIMED_OUT"},
    {"Status": "ABORTED"},
]


@pytest.mark.parametrize("ended", OF_TIME, ids=lambda ended: ended.get("Error", ended["Status"]))
def test_a_batch_that_failed_for_the_moment_is_begun_again(imports, key, ended):
    imports.import_batch(key, ROWS[:4], 1)
    imports.import_batch(key, ROWS[8:], 9)
    write_results(imports, [[child(imports, key, 5, 8, **ended)]])

    finalize(imports, key)
    assert imports.job(key).status is ImportStatus.PROCESSING
    imports.work_off_queue()

    assert_complete(imports, key)


def test_all_files_of_results_are_gone_through(imports, key):
    one, two = OF_TIME[0], OF_TIME[4]
    write_results(
        imports,
        [
            [child(imports, key, 1, 3, **one), child(imports, key, 4, 6, **two)],
            [child(imports, key, 7, 9, **one)],
        ],
        [[child(imports, key, 10, 12, Status="PENDING")]],
    )

    finalize(imports, key)
    imports.work_off_queue()

    assert_complete(imports, key)


@pytest.mark.parametrize("error", [*PERMANENT_ERRORS[:5], KeyError])
def test_a_batch_that_no_repeat_mends_fails_its_import_with_the_reason(imports, key, error):
    imports.import_batch(key, ROWS[:4], 1)
    cause = json.dumps({"errorMessage": "the strategy is gone", "errorType": error.__name__})
    write_results(
        imports,
        [
            [
                child(imports, key, 5, 8, Error=error.__name__, Cause=cause),
                child(imports, key, 9, 12, **OF_TIME[0]),
            ]
        ],
    )

    finalize(imports, key)
    imports.work_off_queue()

    job = imports.job(key)
    assert (job.status, job.counts.succeeded) == (ImportStatus.FAILED, 8)
    assert (
        f"The batch of rows 5 to 8 failed with {error.__name__}: the strategy is gone" in job.cause
    )
    assert "import the file again" in job.cause


def test_batches_without_failures_close_the_import_at_once(imports, key):
    imports.import_batch(key, ROWS, 1)
    write_results(imports, [])

    finalize(imports, key)

    assert imports.take_messages() == []
    assert_complete(imports, key)


def test_a_batch_that_had_done_and_left_a_part_counts_each_row_once(imports, key, monkeypatch):
    monkeypatch.setattr("cqrs.imports.chunks.importer.CHUNK_ROWS", 2)
    imports.services.deadline.begin(seconds_left(60, 59, 1))
    assert imports.import_batch(key, ROWS[:8], 1)["left"] == 6
    imports.services.deadline.begin(None)
    imports.import_batch(key, ROWS[8:], 9)
    write_results(imports, [[child(imports, key, 1, 8, **OF_TIME[4])]])

    finalize(imports, key)
    imports.work_off_queue()

    assert_complete(imports, key)


def test_a_repeated_finalize_and_doubled_messages_change_nothing(imports, key):
    write_results(imports, [[child(imports, key, 1, 6), child(imports, key, 7, 12)]])
    write_results(
        imports,
        [[child(imports, key, 1, 6, **OF_TIME[0]), child(imports, key, 7, 12, **OF_TIME[0])]],
    )
    finalize(imports, key)
    finalize(imports, key)
    kept = []
    for _ in range(20):
        bodies = imports.take_messages()
        kept += bodies
        for body in (*bodies, *bodies):
            imports.deliver(body)
    finalize(imports, key)
    for body in kept:
        imports.deliver(body)

    assert_complete(imports, key)


def test_more_batches_than_there_is_time_for_are_left_to_the_next_invocation(imports, key):
    write_results(
        imports, [[child(imports, key, n, n, **OF_TIME[0]) for n in range(1, 13)] for _ in "a"]
    )
    finalize(imports, key)
    (message,) = imports.take_messages()
    places, rests = [], []
    while message is not None:
        places.append((message["file"], message["offset"]))
        imports.deliver(message, seconds_left(60, 60, 60, 60, 10))
        sent = imports.take_messages()
        rests += [body for body in sent if body["part"] == "rest"]
        message = next((body for body in sent if body["part"] == "batches"), None)
        assert message is None or "hops" not in message
    assert len(places) > 3
    assert places == sorted(set(places))
    assert sorted(body["row"] for body in rests) == list(range(1, 13))
    for body in rests:
        imports.deliver(body)

    assert_complete(imports, key)


def test_rows_of_another_file_are_not_begun_again(imports, key, monkeypatch):
    write_results(imports, [[child(imports, key, 1, 12, **OF_TIME[0])]])
    monkeypatch.setattr(
        imports.services.execution_failures, "of_file", lambda _given: ("ValidationError", "other")
    )

    finalize(imports, key)

    assert imports.take_messages() == []
    assert imports.job(key).status is ImportStatus.FAILED


@pytest.mark.parametrize("has_manifest", [False, True])
def test_a_map_without_results_is_asked_for_its_items(imports, key, has_manifest):
    if has_manifest:
        write_results(imports, [])
    name = import_execution_name(key)
    started = imports.batch(key, ROWS[4:8], 5).input
    imports.clients.step_functions.run_map(
        name, "SUCCEEDED", {"input": started, "error": "KeyError", "cause": "x"}
    )

    finalize(imports, key)

    assert imports.job(key).status is ImportStatus.FAILED
    assert "of rows 5 to 8" in imports.job(key).cause


@pytest.mark.parametrize("piece", [1, 7, 64, 10_000])
def test_results_are_read_in_pieces_and_from_any_child_on(imports, key, monkeypatch, piece):
    monkeypatch.setattr("cqrs.aws.map_results.PIECE_BYTES", piece)
    write_results(imports, [[child(imports, key, n, n, **OF_TIME[0]) for n in range(1, 4)]])
    results = MapResults(imports.services.objects)
    (file,) = results.unsuccessful(MANIFEST)

    found = list(results.children(file, 0))

    cities = [one.input["Items"][0]["row"]["city"] for one, _ in found]
    assert cities == ["é, “ville”"] * 3
    for place, (_, end) in enumerate(found, 1):
        assert [one for one, _ in results.children(file, end)] == [one for one, _ in found[place:]]


def test_results_that_are_none_are_told(imports, key):
    write_results(imports, [[child(imports, key, 1, 2)]])
    imports.upload('[{"Status": "FAILED"}, {"Status": ', f"{FOLDER}/FAILED_0.json")
    results = MapResults(imports.services.objects)

    with pytest.raises(ValidationError, match="holds no results of a Map Run"):
        list(results.children(f"{FOLDER}/FAILED_0.json", 0))
