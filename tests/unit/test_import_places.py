"""A file that the function reads goes on from where it was left, and from nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from cqrs.aws.item_store import Put, Update
from cqrs.imports.keys import ImportKey
from cqrs.imports.models import ImportStatus, ProcessingMode, PublishMode, RowCounts
from tests.unit.importing import TENANT, Imports, csv_of, seconds_left
from tests.unit.test_import_deadlines import COUNT, ROWS, assert_complete


@pytest.fixture
def imports(settings, clients) -> Imports:
    return Imports(settings, clients)


@pytest.fixture
def key(imports: Imports) -> ImportKey:
    """An import whose first message waits."""
    imports.upload(csv_of(*ROWS))
    made = imports.make(ProcessingMode.DIRECT)
    imports.start(made)
    return made


def read_a_part(imports: Imports) -> tuple[Any, Any]:
    """Let the first message have time for one chunk: it, and the one that goes on."""
    (first,) = imports.take_messages()
    imports.deliver(first, seconds_left(60, 59, 1))
    (following,) = imports.take_messages()
    assert 1 < following["row"] <= COUNT
    return first, following


def letters(imports: Imports) -> str:
    url = imports.settings.import_action_queue_url.replace("queue", "queue-dlq")
    found = imports.clients.sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])
    return str(found.get("Messages", ""))


@pytest.mark.parametrize(
    "elsewhere",
    [{"offset": 1_000_000_000, "row": COUNT + 1}, {"row": COUNT + 1}, {"offset": 1_000_000_000}],
)
def test_a_message_that_no_import_sent_ends_none(imports: Imports, key: ImportKey, elsewhere: Any):
    _, following = read_a_part(imports)

    imports.deliver({**following, **elsewhere})

    assert "has left no rows" in letters(imports)
    assert imports.job(key).status is ImportStatus.PROCESSING
    imports.deliver(following)
    imports.work_off_queue()
    assert_complete(imports, key)


@pytest.mark.parametrize("offset", [1_000_000_000, None], ids=["far", "at the end"])
def test_a_place_behind_the_file_fails_its_import(imports: Imports, key: ImportKey, offset: Any):
    _, following = read_a_part(imports)
    place = {**following, "offset": offset or len(csv_of(*ROWS).encode())}
    forged = {"nextOffset": place["offset"], "nextRow": place["row"]}
    imports.services.store.update(Update(imports.settings.import_tmp_table, key.pk, key.sk, forged))

    imports.deliver(place)

    job = imports.job(key)
    assert (job.status, job.counts.total) == (ImportStatus.FAILED, following["row"] - 1)
    assert f"left at row {following['row']}" in str(job.cause)


def test_a_mark_beyond_the_last_row_fails_its_import(imports: Imports, key: ImportKey):
    _, following = read_a_part(imports)
    table, pk, sk = imports.services.import_records.chunk_address(key, following["row"])
    imports.services.store.put(Put(table, {"pk": pk, "sk": sk, "through": COUNT + 1}))

    imports.deliver(following)

    job = imports.job(key)
    assert (job.status, job.counts.total) == (ImportStatus.FAILED, following["row"] - 1)
    assert f"the last row is {COUNT}" in str(job.cause)


@pytest.mark.parametrize("cells", [",", '"",""', " , "])
def test_rows_of_empty_cells_are_passed_over_as_far_as_the_time_goes(imports: Imports, cells: str):
    imports.upload(f"{csv_of(*ROWS)}{35_000 * (cells + chr(10))}ZZZ,Zville,\n")
    key = imports.make(ProcessingMode.DIRECT)
    imports.start(key)
    first_blank, places = COUNT + 1, []

    for _ in range(3):
        (message,) = imports.take_messages()
        places.append(message["row"])
        imports.deliver(message, seconds_left(60, 60, 60, 1))
    imports.work_off_queue()

    assert places[0] == 1
    assert places[1] < first_blank or places[1] % 10_000 == 0
    assert places == sorted(set(places))
    job = imports.job(key)
    assert (job.status, job.counts) == (
        ImportStatus.COMPLETED,
        RowCounts(COUNT + 1, COUNT + 1),
    )
    assert imports.place("ZZZ").name == "Zville"


@pytest.mark.parametrize("name", ["!%d", "00!%d"])
def test_what_lies_among_the_counters_of_an_import_counts_nothing(
    imports: Imports, key: ImportKey, name: str
):
    counters = {"total": 5, "succeeded": 5, "skipped": 0, "failed": 0}
    for number in range(120):
        stray = {"pk": key.pk, "sk": f"{key.counters_prefix}{name % number}", **counters}
        imports.services.store.put(Put(imports.settings.import_tmp_table, stray))

    imports.work_off_queue()

    assert_complete(imports, key)


def test_a_message_about_the_file_of_a_map_reads_nothing(imports: Imports):
    imports.upload(csv_of(*ROWS))
    key = imports.make(ProcessingMode.STEP_FUNCTION)
    imports.start(key)
    item = imports.services.import_records.read(key)
    place = {"offset": item["nextOffset"], "row": item["nextRow"]}

    imports.deliver({**key.to_mapping(), "part": "file", **place})

    assert "has left no rows" in letters(imports)
    assert imports.job(key).status is ImportStatus.PROCESSING
    assert imports.job(key).counts.total == 0


def test_a_repeat_goes_on_from_the_place_that_was_reached(imports: Imports, key: ImportKey):
    first, following = read_a_part(imports)

    imports.deliver(first)

    assert imports.take_messages() == [following]
    imports.deliver(following)
    imports.work_off_queue()
    assert_complete(imports, key)


def test_a_job_of_a_version_that_noted_no_place_goes_on(imports: Imports, key: ImportKey):
    _, following = read_a_part(imports)
    imports.services.store.update(
        Update(
            imports.settings.import_tmp_table, key.pk, key.sk, {}, remove=("nextOffset", "nextRow")
        )
    )

    imports.deliver(following)
    imports.work_off_queue()

    assert_complete(imports, key)


@pytest.mark.parametrize(
    ("suffix", "content", "says"),
    [
        ("chunk", {}, "its through is None"),
        ("chunk", {"through": 0}, "its through is 0"),
        ("handed_over", {}, "nothing that reads a whole file leaves"),
        ("counters", {"closed": True}, "A counter of the import is closed"),
    ],
)
def test_a_mark_of_something_else_fails_its_import(
    imports: Imports, key: ImportKey, suffix: str, content: Any, says: str
):
    sort_keys = {
        "chunk": key.chunk(1),
        "handed_over": imports.services.import_records.handed_over_address(key, 1)[2],
        "counters": key.counters(1),
    }
    table = imports.settings.import_tmp_table
    imports.services.store.put(Put(table, {"pk": key.pk, "sk": sort_keys[suffix], **content}))

    imports.work_off_queue(at_most=5)

    job = imports.job(key)
    assert job.status is ImportStatus.FAILED
    assert says in str(job.cause)


@pytest.mark.parametrize("publish_mode", list(PublishMode))
def test_a_row_of_an_item_with_a_document_too_deep_is_rejected(
    imports: Imports, publish_mode: PublishMode
):
    pk, sk = f"PLACE#{TENANT}", "PLACE#BBB"
    large = {"text": "x" * 400_000}
    imports.services.commands.publish_sync(pk, sk, name="Bville", attributes=large)
    for table in (imports.settings.data_table, imports.settings.commands_table):
        at = sk if table == imports.settings.data_table else f"{sk}@1"
        place = imports.services.store.get(table, pk, at)["attributesKey"]
        imports.clients.s3.put_object(
            Bucket=imports.settings.bucket, Key=place, Body=b"[" * 400 + b"]" * 400
        )
    imports.upload(csv_of(("AAA", "Aville", "1"), ("BBB", "Bville", "2"), ("CCC", "Cville", "")))
    key = imports.make(ProcessingMode.DIRECT, publish_mode=publish_mode)
    imports.start(key)

    imports.work_off_queue()

    job = imports.job(key)
    assert job.status is ImportStatus.COMPLETED_WITH_ERRORS
    assert (job.counts.succeeded, job.counts.failed) == (2, 1)
    assert "400 lists and objects deep" in imports.errors(key)
