"""Every import job ends, and what is counted then is what was published."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cqrs.application import Application
from cqrs.aws.item_store import Put, Update
from cqrs.commands.models import CommandStatus
from cqrs.core.attribute_values import to_attribute_values
from cqrs.core.keys import CommandKey
from cqrs.errors import NotFoundError, TransientError, ValidationError
from cqrs.events.batches import REPLAYED
from cqrs.imports.executions import import_execution_name
from cqrs.imports.keys import ImportKey
from cqrs.imports.models import ImportJob, ImportStatus, ProcessingMode, PublishMode, RowCounts
from cqrs.resources import Queue, Table, dead_letter_queue
from cqrs.services import Services
from tests.unit.conftest import PREFIX
from tests.unit.crashing import Crash, Crasher
from tests.unit.importing import TENANT, Imports, csv_of, seconds_left
from tests.unit.sample_events import sqs_event, stream_event

DIRECT, STEP_FUNCTION = ProcessingMode.DIRECT, ProcessingMode.STEP_FUNCTION
ROWS = [("AAA", "Aville", "1"), ("BBB", "Bville", "2"), ("CCC", "Cville", "")]
MANY = [
    *ROWS,
    ("AAA", "Again", ""),
    ("no", "rejected", ""),
    ("DDD", "Dville", "2"),
    ("AAA", "Again", ""),
]
"""Rows of three chunks, as an item comes three times: one of them is bad, one says nothing new."""

CAUSE = "Ann cancelled it: the wrong file"


@pytest.fixture
def imports(settings, clients) -> Imports:
    return Imports(settings, clients)


def counts(total: int, succeeded: int, skipped: int = 0, failed: int = 0) -> RowCounts:
    return RowCounts(total, succeeded, skipped, failed)


def made(imports: Imports, content: str, mode: ProcessingMode = STEP_FUNCTION) -> ImportKey:
    imports.upload(content)
    return imports.make(mode)


def started(
    imports: Imports, mode: ProcessingMode = STEP_FUNCTION, rows: Any = tuple(MANY)
) -> ImportKey:
    key = made(imports, csv_of(*rows), mode)
    imports.start(key)
    return key


def cancel(imports: Imports, key: ImportKey) -> ImportJob:
    job: ImportJob = imports.application.imports.cancel(key, by="Ann", reason="the wrong file")
    return job


def changed(imports: Imports, key: ImportKey) -> None:
    """Deliver the record of a job's change."""
    image = to_attribute_values(imports.services.import_records.read(key))
    event = stream_event(image, table=f"{PREFIX}{Table.IMPORT_TMP}", event_name="MODIFY")
    assert imports.application.handle(event) == {"batchItemFailures": []}


def change(imports: Imports, job: ImportKey, /, *removed: str, **assigned: Any) -> None:
    """Let something other than the service write to a job's item."""
    table = imports.settings.import_tmp_table
    imports.services.store.update(Update(table, job.pk, job.sk, assigned, remove=removed))


def commands(imports: Imports) -> list[CommandStatus]:
    """Status of every command that was published."""
    answer = imports.clients.dynamodb.scan(TableName=imports.settings.commands_table)
    return [CommandStatus(item["status"]["S"]) for item in answer["Items"]]


def forget(imports: Imports) -> None:
    """Empty the tables of commands and data, for another round."""
    for name in ("commands_table", "data_table", "history_table"):
        table = getattr(imports.settings, name)
        for item in imports.clients.dynamodb.scan(TableName=table)["Items"]:
            key = {part: item[part] for part in ("pk", "sk")}
            imports.clients.dynamodb.delete_item(TableName=table, Key=key)


def letters(imports: Imports, source: Any) -> list[str]:
    """Reasons of a source's dead letters."""
    url = imports.settings.import_action_queue_url.replace(
        Queue.IMPORT_ACTION.value, dead_letter_queue(source)
    )
    answer = imports.clients.sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])
    return [
        message["MessageAttributes"]["reason"]["StringValue"]
        for message in answer.get("Messages", ())
    ]


def notified(imports: Imports) -> list[tuple[str, Any]]:
    """Status and counts of each notification since the last look."""
    url = imports.settings.notification_queue_url
    told = []
    while messages := imports.clients.sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=1000
    ).get("Messages"):
        contents = [json.loads(message["Body"])["content"] for message in messages]
        told += [(content["status"], content["counts"]) for content in contents]
    return told


def assert_counts_are_true(imports: Imports, job: ImportJob, *, failed_commands: int = 0) -> None:
    """Each published row is counted once, and nothing of it is left half done."""
    published = commands(imports)
    assert len(published) == job.counts.succeeded + failed_commands
    assert CommandStatus.PUBLISHED not in published
    total = job.counts
    assert total.total == total.succeeded + total.skipped + total.failed
    rejected = list(imports.application.imports.rejected_rows(job.key))
    assert len(rejected) == total.failed


def refuse(code: str) -> Callable[..., Any]:
    def refused(**_request: Any) -> Any:
        raise ClientError({"Error": {"Code": code, "Message": f"{code}, it says"}}, "Operation")

    return refused


def wide(columns: int) -> str:
    names = ["code", "city", *(f"column_{number:05d}" for number in range(columns - 2))]
    return csv_of(["AAA", "Aville", *[""] * (columns - 2)], columns=names)


def header_of(length: int) -> str:
    """A file whose first line has so many bytes."""
    names = "".join(f"{number:03}{496 * 'x'}," for number in range(length // 500))
    return f"code,city,{names}{500 * 'y'}"[:length] + "\nAAA,Aville,\n"


class TestNotSetOff:
    def test_a_header_of_16_384_columns_fails_by_the_state_machine(self, imports):
        key = made(imports, wide(16_384))
        imports.start(key)

        job = imports.job(key)
        assert (job.status, job.error) == (ImportStatus.FAILED, "ValidationError")
        assert job.cause.endswith("at most. Import it with mode DIRECT.")
        assert imports.clients.step_functions.started == {}

    def test_it_is_imported_in_the_function(self, imports):
        key = made(imports, wide(1_200), DIRECT)
        imports.start(key)
        imports.work_off_queue()

        assert imports.job(key).status is ImportStatus.COMPLETED
        assert imports.place("AAA").name == "Aville"

    @pytest.mark.parametrize(
        ("content", "takes_it"),
        [
            (header_of(10_240), True),
            (header_of(10_240).replace("\n", "\r\n"), True),
            (header_of(10_241), False),
            ("\ufeff" + header_of(10_237), True),
            ("\ufeff" + header_of(10_238), False),
            (header_of(10_240).replace("xxx", "東", 1), True),
            (header_of(10_240).replace("xx", "東", 1), False),
        ],
    )
    def test_a_header_is_measured_in_bytes(self, imports, content, takes_it):
        key = made(imports, content)
        imports.start(key)

        expected = ImportStatus.PROCESSING if takes_it else ImportStatus.FAILED
        assert imports.job(key).status is expected

    def test_the_longest_header_fits_into_an_executions_input(self, imports):
        names = [f"{number:02x}" for number in range(256)]
        quoted = ",".join(f'"{name}""\x01"' for name in names)
        key = made(imports, f"code,city,{quoted}\nAAA,A" + "," * 256 + "\n")
        imports.start(key)

        assert imports.job(key).status is ImportStatus.PROCESSING

    @pytest.mark.parametrize(
        ("code", "error"),
        [
            ("AccessDeniedException", "AccessDeniedException"),
            ("StateMachineDoesNotExist", "ConfigurationError"),
            ("InvalidExecutionInput", "ValidationError"),
        ],
    )
    def test_what_step_functions_refuses_fails_with_its_reason(
        self, imports, monkeypatch, code, error
    ):
        monkeypatch.setattr(imports.clients.step_functions, "start_execution", refuse(code))
        key = started(imports)

        job = imports.job(key)
        assert (job.status, job.error, job.counts) == (ImportStatus.FAILED, error, counts(0, 0))
        assert f"{code}, it says" in job.cause

    def test_a_queue_that_refuses_it_fails_it(self, imports, monkeypatch):
        monkeypatch.setattr(imports.clients.sqs, "send_message", refuse("AccessDenied"))
        key = started(imports, DIRECT)

        job = imports.job(key)
        assert (job.status, job.error) == (ImportStatus.FAILED, "AccessDenied")

    def test_what_time_may_mend_is_tried_again(self, imports, monkeypatch):
        key = made(imports, csv_of(*ROWS))
        with monkeypatch.context() as patch:
            patch.setattr(
                imports.clients.step_functions, "start_execution", refuse("ThrottlingException")
            )
            with pytest.raises(TransientError):
                imports.start(key)
        assert imports.job(key).status is ImportStatus.PROCESSING

        imports.start(key)

        assert list(imports.clients.step_functions.started) == [import_execution_name(key)]

    @pytest.mark.parametrize("name", ["bucket", "key", "mode", "publishMode", "createdAt"])
    def test_a_damaged_job_fails_with_what_is_wrong(self, imports, name):
        key = made(imports, csv_of(*ROWS))
        change(imports, key, name)
        imports.start(key)

        item = imports.services.import_records.read(key)
        assert (item["status"], item["error"]) == ("FAILED", "ValidationError")
        assert f"{key} is damaged: its attribute {name} is missing" in item["cause"]
        assert letters(imports, Table.IMPORT_TMP) == []

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            *(("encoding", value) for value in ("zlib", "hex", "nope", "CP932", "", 5, ["utf-8"])),
            ("etag", 5),
            ("versionId", {"a": 1}),
            ("offset", -1),
            ("nextOffset", "7"),
            ("nextRow", True),
            ("mapIsOver", False),
        ],
    )
    def test_a_job_with_what_is_not_read_fails_and_the_next_one_begins(self, imports, name, value):
        key, sound = made(imports, csv_of(*ROWS)), imports.make()
        change(imports, key, **{name: value})
        imports.start(key)
        imports.start(sound)

        item = imports.services.import_records.read(key)
        assert (item["status"], item["error"]) == ("FAILED", "ValidationError")
        assert f"{key} is damaged: " in item["cause"]
        assert name in item["cause"]
        assert letters(imports, Table.IMPORT_TMP) == []
        assert imports.services.import_records.read(sound)["status"] == "PROCESSING"

    def test_a_map_does_not_take_another_encoding(self, imports):
        key = imports.make(mode=ProcessingMode.STEP_FUNCTION)
        change(imports, key, encoding="cp932")
        imports.start(key)

        cause = imports.services.import_records.read(key)["cause"]
        assert "its mode STEP_FUNCTION does not take its encoding cp932" in cause

    @pytest.mark.parametrize("status", ["LOST", 3, ["CREATED"], None])
    def test_a_job_without_a_status_is_set_aside(self, imports, status):
        key = made(imports, csv_of(*ROWS))
        change(imports, key, status=status)

        for event in ("INSERT", "MODIFY"):
            image = to_attribute_values(imports.services.import_records.read(key))
            record = stream_event(image, table=f"{PREFIX}{Table.IMPORT_TMP}", event_name=event)
            assert imports.application.handle(record) == {"batchItemFailures": []}

            (reason,) = letters(imports, Table.IMPORT_TMP)
            assert "not written by ImportService" in reason or "is damaged" in reason

    def test_a_record_that_a_person_sends_again_says_why_it_fails_and_is_not_set_aside(
        self, imports
    ):
        key = made(imports, csv_of(*ROWS))
        change(imports, key, status="LOST")
        image = to_attribute_values(imports.services.import_records.read(key))
        event = stream_event(image, table=f"{PREFIX}{Table.IMPORT_TMP}")
        event["Records"][0]["eventID"] = REPLAYED

        with pytest.raises(ValidationError, match="is damaged"):
            imports.application.handle(event)

        assert letters(imports, Table.IMPORT_TMP) == []


class TestNotReadOn:
    """A message whose file or rest cannot be read."""

    def handed_over(self, imports: Imports) -> tuple[ImportKey, list[Any]]:
        """A job of which two rests are in the queue, and whose map is over."""
        rows = [(code, "City", "") for code in ("AAA", "BBB", "CCC", "DDD")]
        key = started(imports, rows=rows)
        for first in (1, 3):
            imports.services.deadline.begin(seconds_left(60, 1))
            imports.import_batch(key, rows[first - 1 : first + 1], first=first)
        imports.services.deadline.begin(None)
        imports.finalize(key)
        return key, imports.take_messages()

    def test_a_file_that_was_deleted_fails_its_job(self, imports, settings):
        key = started(imports, DIRECT)
        imports.clients.s3.delete_object(Bucket=settings.bucket, Key="in.csv")
        imports.work_off_queue()

        job = imports.job(key)
        assert (job.status, job.error) == (ImportStatus.FAILED, "NotFoundError")
        assert job.cause.startswith(f"s3://{settings.bucket}/in.csv does not exist")
        assert letters(imports, Queue.IMPORT_ACTION) == []

    @pytest.mark.parametrize("mode", [DIRECT, STEP_FUNCTION])
    def test_a_strategy_that_is_gone_fails_its_job(self, imports, settings, clients, mode):
        if mode is DIRECT:
            key = started(imports, DIRECT)
            messages = imports.take_messages()
        else:
            key, messages = self.handed_over(imports)
        without = Application(settings, clients)
        for message in messages:
            event = sqs_event(json.dumps(message), queue=f"{PREFIX}{Queue.IMPORT_ACTION}")
            assert without.handle(event) == {"batchItemFailures": []}

        job = imports.job(key)
        assert (job.status, job.error) == (ImportStatus.FAILED, "ValidationError")
        assert "No import strategy is registered for target 'places'" in job.cause

    @pytest.mark.parametrize("body", [None, b"not JSON", b"[3]", b'[{"number": 1}]', b"{}"])
    def test_a_rest_that_is_gone_fails_its_job_when_the_others_are_done(
        self, imports, settings, body
    ):
        key, (one, other) = self.handed_over(imports)
        place = {
            "Bucket": settings.bucket,
            "Key": f"import-copies/{key.ulid}/rest-{one['row']}.json",
        }
        if body is None:
            imports.clients.s3.delete_object(**place)
        else:
            imports.clients.s3.put_object(**place, Body=body)

        imports.deliver(one)
        assert imports.job(key).status is (ImportStatus.PROCESSING)
        imports.deliver(other)

        job = imports.job(key)
        assert job.status is ImportStatus.FAILED
        assert job.error == ("NotFoundError" if body is None else "ValidationError")
        assert "rest-" in job.cause
        assert "import-copies/" in job.cause
        assert job.counts == counts(2, 2)

    def test_a_rest_of_an_earlier_release_is_done(self, imports, settings):
        key, rests = self.handed_over(imports)
        s3, bucket = imports.clients.s3, settings.bucket
        for rest in rests:
            name = f"{key.ulid}/rest-{rest['row']}.json"
            body = s3.get_object(Bucket=bucket, Key=f"import-copies/{name}")["Body"].read()
            s3.put_object(Bucket=bucket, Key=f"imports/{name}", Body=body)
            s3.delete_object(Bucket=bucket, Key=f"import-copies/{name}")
            imports.deliver(rest)

        assert imports.job(key).status is ImportStatus.COMPLETED

    def test_a_rest_that_nobody_left_is_set_aside_and_fails_nothing(self, imports, settings):
        key, rests = self.handed_over(imports)

        imports.deliver({**rests[0], "row": 999})

        url = f"{settings.import_action_queue_url}-dlq"
        (letter,) = imports.clients.sqs.receive_message(QueueUrl=url)["Messages"]
        assert json.loads(letter["Body"])["row"] == 999
        for rest in rests:
            imports.deliver(rest)
        job = imports.job(key)
        assert (job.status, job.error, job.counts) == (ImportStatus.COMPLETED, None, counts(4, 4))

    @pytest.mark.parametrize("end", ["TIMED_OUT", "finalize"])
    def test_a_rest_that_its_batch_did_not_live_to_send_is_sent_at_the_end(
        self, imports, monkeypatch, end
    ):
        key = started(imports, rows=ROWS)
        imports.services.deadline.begin(seconds_left(60, 1))
        with monkeypatch.context() as patch, suppressed_crash():
            patch.setattr(imports.clients.sqs, "send_message", _die)
            imports.import_batch(key, ROWS)
        imports.services.deadline.begin(None)

        if end == "finalize":
            imports.finalize(key, {"Error": "E", "Cause": "another batch failed"})
        else:
            imports.end_execution(key, end)
        assert imports.job(key).status is ImportStatus.PROCESSING
        imports.work_off_queue()

        job = imports.job(key)
        # A failure that left no row undone is dropped.
        assert (job.status, job.counts) == (ImportStatus.COMPLETED, counts(3, 3))

    def test_a_batch_leaves_nothing_to_others_once_the_map_is_over(self, imports):
        key, _ = self.handed_over(imports)
        imports.services.deadline.begin(seconds_left(60, 1))

        left = imports.import_batch(key, [("EEE", "City", "")], first=5)

        assert left == {"rows": 1, "left": 0}
        assert imports.take_messages() == []

    def test_a_job_that_lost_its_columns_fails(self, imports):
        key = started(imports, DIRECT)
        change(imports, key, "columns")
        imports.work_off_queue()

        item = imports.services.import_records.read(key)
        assert item["status"] == "FAILED"
        assert "its attribute columns is not a list of texts" in item["cause"]

    def test_a_failure_that_is_noted_is_not_told_as_a_start(self, imports):
        key, _ = self.handed_over(imports)
        imports.services.import_records.note_failure(key, {"error": "E", "cause": "c"})
        notified(imports)

        changed(imports, key)

        assert notified(imports) == []

    @pytest.mark.parametrize(
        "message", [{"part": "file", "row": 1}, {"part": "file", "row": 1, "offset": "x"}, {}]
    )
    def test_a_message_that_says_nothing_ends_no_job(self, imports, message):
        key = started(imports, DIRECT)

        imports.deliver({**key.to_mapping(), **message})

        assert imports.job(key).status is ImportStatus.PROCESSING
        (reason,) = letters(imports, Queue.IMPORT_ACTION)
        assert "must have part" in reason


class TestCancel:
    @pytest.mark.parametrize("mode", [DIRECT, STEP_FUNCTION])
    def test_a_job_that_was_not_begun_ends_and_is_not_begun(self, imports, mode):
        key = made(imports, csv_of(*ROWS), mode)

        job = cancel(imports, key)
        imports.start(key)

        assert (job.status, job.error, job.cause) == (ImportStatus.CANCELLED, "Cancelled", CAUSE)
        assert imports.job(key) == job
        assert imports.clients.step_functions.started == {}
        assert imports.work_off_queue() == 0

    def test_an_execution_is_stopped_and_its_end_changes_nothing(self, imports):
        key = started(imports)
        imports.import_batch(key, MANY[:3])

        job = cancel(imports, key)
        assert (job.status, job.counts) == (ImportStatus.CANCELLED, counts(3, 3))
        name = import_execution_name(key)
        assert imports.clients.step_functions.statuses[name] == "ABORTED"
        assert imports.clients.step_functions.ends[name] == {"error": "Cancelled", "cause": CAUSE}

        imports.end_execution(key, "ABORTED")
        imports.finalize(key, {"Error": "States.Runtime", "Cause": "late"})
        assert imports.import_batch(key, MANY[3:], first=4) == {"rows": 4, "left": 0}

        assert imports.job(key) == job
        assert_counts_are_true(imports, job)

    def test_a_file_is_not_read_on(self, imports, requests):
        key = started(imports, DIRECT)
        (message,) = imports.take_messages()
        transactions = iter([lambda: None, lambda: cancel(imports, key)])

        def act() -> None:
            if (step := next(transactions, None)) is not None:
                requests.before_next("TransactWriteItems", act)
                step()

        requests.before_next("TransactWriteItems", act)
        imports.deliver(message)

        job = imports.job(key)
        assert (job.status, job.counts) == (ImportStatus.CANCELLED, counts(3, 3))
        assert_counts_are_true(imports, job)
        imports.deliver(message)
        assert imports.job(key) == job

    def test_rests_are_not_waited_for_and_do_nothing_afterwards(self, imports):
        key = started(imports)
        imports.services.deadline.begin(seconds_left(60, 1))
        imports.import_batch(key, MANY)
        imports.services.deadline.begin(None)

        job = cancel(imports, key)
        assert (job.status, job.counts) == (ImportStatus.CANCELLED, counts(0, 0))
        assert imports.work_off_queue() == 1
        imports.services.import_records.hand_back(key, 1)

        assert imports.job(key) == job
        assert commands(imports) == []

    def test_a_batch_leaves_nothing_to_others_after_the_end(self, imports):
        key = started(imports)
        cancel(imports, key)
        imports.services.deadline.begin(seconds_left(60, 1))

        assert imports.import_batch(key, MANY) == {"rows": 7, "left": 0}
        assert imports.take_messages() == []

    @pytest.mark.parametrize("end", ["COMPLETED", "FAILED"])
    def test_a_job_that_is_over_is_refused_with_its_status(self, imports, end):
        key = started(imports, rows=ROWS)
        imports.import_batch(key, list(ROWS) if end == "COMPLETED" else [])
        imports.finalize(key, {"Error": "E", "Cause": "c"} if end == "FAILED" else None)
        before = imports.job(key)

        with pytest.raises(ValidationError, match=f"is over already: it is {end}"):
            cancel(imports, key)

        assert imports.job(key) == before

    def test_the_first_cancellation_holds(self, imports):
        key = started(imports)
        job = cancel(imports, key)

        again = imports.application.imports.cancel(key, by="Bob")

        assert again == job
        assert again.cause == CAUSE

    def test_without_a_reason_it_says_who(self, imports):
        key = imports.make()

        assert imports.application.imports.cancel(key, by="Ann").cause == "Ann cancelled it."

    @pytest.mark.parametrize(
        ("by", "reason", "says"),
        [
            ("", "", "by is empty"),
            (" ", "", "by is empty"),
            (None, "", "by is None"),
            ("Ann", 3, "reason is 3"),
            ("Ann", "x" * 1001, "reason has 1001 characters"),
        ],
    )
    def test_words_that_are_none_are_refused(self, imports, by, reason, says):
        key = imports.make()

        with pytest.raises(ValidationError, match=says):
            imports.application.imports.cancel(key, by=by, reason=reason)

        assert imports.job(key).status is ImportStatus.CREATED

    def test_a_job_that_is_not_there_is_told(self, imports):
        with pytest.raises(NotFoundError, match="There is no import"):
            cancel(imports, ImportKey.make(TENANT, "places"))

    def test_a_failure_that_was_noted_gives_way(self, imports):
        key = started(imports)
        imports.services.import_records.note_failure(key, {"error": "E", "cause": "c"})

        assert cancel(imports, key).error == "Cancelled"

    def test_it_is_told_once_it_is_over(self, imports):
        key = started(imports)
        imports.import_batch(key, MANY[:3])
        notified(imports)
        cancel(imports, key)

        changed(imports, key)

        ((status, told),) = notified(imports)
        assert (status, told["total"]) == ("CANCELLED", 3)

    def test_an_execution_that_nobody_may_stop_keeps_no_job_open(self, imports, monkeypatch):
        key = started(imports)
        monkeypatch.setattr(
            imports.clients.step_functions, "stop_execution", refuse("AccessDeniedException")
        )

        assert cancel(imports, key).status is ImportStatus.CANCELLED

    def test_an_execution_that_is_started_meanwhile_is_stopped(self, imports, monkeypatch):
        key = made(imports, csv_of(*ROWS))
        step_functions = imports.clients.step_functions
        start = step_functions.start_execution

        def start_late(**request: Any) -> None:
            cancel(imports, key)
            start(**request)

        monkeypatch.setattr(step_functions, "start_execution", start_late)
        imports.start(key)

        assert imports.job(key).status is ImportStatus.CANCELLED
        assert step_functions.statuses[import_execution_name(key)] == "ABORTED"

    def test_a_start_that_died_behind_its_execution_is_stopped_by_its_repeat(
        self, imports, monkeypatch
    ):
        key = made(imports, csv_of(*ROWS))
        with monkeypatch.context() as patch:
            patch.setattr(imports.services.import_canceller, "go_on", _die)
            with pytest.raises(Crash):
                imports.start(key)
        imports.services.import_records.note_cancellation(key, CAUSE)

        imports.start(key)

        name = import_execution_name(key)
        assert imports.clients.step_functions.statuses[name] == "ABORTED"
        assert imports.job(key).status is ImportStatus.CANCELLED

    def test_a_process_without_the_application_leaves_the_end_to_the_function(
        self, imports, settings, clients
    ):
        key = started(imports)
        service = Services(settings, clients).imports

        job = service.cancel(key, by="Ann", reason="the wrong file")
        assert (job.status, job.cause) == (ImportStatus.PROCESSING, CAUSE)
        changed(imports, key)

        job = imports.job(key)
        assert (job.status, job.cause) == (ImportStatus.CANCELLED, CAUSE)
        assert service.cancel(key, by="Ann") == job

    def test_a_job_that_is_being_closed_meanwhile_is_cancelled_all_the_same(
        self, imports, monkeypatch
    ):
        key = started(imports)
        records = imports.services.import_records
        close = records.close
        noted = iter([lambda: records.note_cancellation(key, CAUSE)])

        def close_late(*arguments: Any) -> bool:
            next(noted, lambda: None)()
            return bool(close(*arguments))

        monkeypatch.setattr(records, "close", close_late)
        imports.finalize(key, {"Error": "E", "Cause": "c"})

        job = imports.job(key)
        assert (job.status, job.error, job.cause) == (ImportStatus.CANCELLED, "Cancelled", CAUSE)


def _die(*_arguments: Any, **_named: Any) -> None:
    raise Crash


def fail_on_two_runways(command: Any) -> None:
    if command.attributes.get("runways") == 2:
        raise ValidationError("two runways are too many")


HANDLERS = pytest.mark.parametrize("handlers", [0, 1], ids=["built-in handler", "own handler"])
MOMENTS = pytest.mark.parametrize("moment", ["before-call", "after-call"])


@contextmanager
def at_request(imports: Imports, moment: str, position: int, act: Callable[[], Any]) -> Iterator:
    """Let somebody else act at the n-th request to DynamoDB."""
    events, left, done = imports.clients.dynamodb.meta.events, position, []

    def count(**_details: Any) -> None:
        nonlocal left
        left -= 1
        if left == -1:
            done.append(True)
            act()

    events.register(moment, count)
    yield done
    events.unregister(moment, count)


class TestFrozenCounts:
    """A job that ends at any moment of a batch: what was published is counted, and no more."""

    @pytest.fixture(autouse=True)
    def few_counters(self, monkeypatch):
        """Each is closed as any other."""
        monkeypatch.setattr("cqrs.imports.keys.COUNTER_SHARDS", 3)

    @HANDLERS
    @MOMENTS
    @pytest.mark.parametrize("end", ["cancelled", "failed"])
    def test_an_end_at_any_request_of_a_batch(self, imports, handlers, moment, end):
        if handlers:
            imports.application.sync_handler("picky")(fail_on_two_runways)
        rows = [MANY[0], MANY[1], MANY[3]] if handlers else MANY
        position, acted, seen = 0, True, set()
        while acted:
            forget(imports)
            key = started(imports, rows=rows)

            def end_it(key: ImportKey = key) -> None:
                if end == "cancelled":
                    cancel(imports, key)
                else:
                    imports.end_execution(key, "TIMED_OUT")

            with at_request(imports, moment, position, end_it) as done:
                imports.import_batch(key, rows)
            acted = bool(done)
            end_it() if not acted else None

            job = imports.job(key)
            complete = job.counts.total == len(rows)
            if end == "cancelled":
                assert job.status is ImportStatus.CANCELLED, position
            elif not complete:
                assert job.status is ImportStatus.FAILED, position
            failed = sum(status is CommandStatus.FAILED for status in commands(imports))
            assert_counts_are_true(imports, job, failed_commands=failed)
            seen.add(job.counts.total)
            imports.import_batch(key, rows)
            assert imports.job(key) == job
            position += 1
        # An end came before each of the chunks, and behind the last.
        assert seen == ({0, 2, 3} if handlers else {0, 3, 6, 7})

    @HANDLERS
    @MOMENTS
    def test_a_cancellation_that_dies_at_any_request(self, imports, handlers, moment):
        if handlers:
            imports.application.sync_handler("picky")(fail_on_two_runways)
        finishers = (
            lambda key: cancel(imports, key),
            lambda key: changed(imports, key),
            lambda key: imports.end_execution(key, "ABORTED"),
        )
        position, crashed = 0, True
        while crashed:
            forget(imports)
            key = started(imports)
            with suppressed_crash(), at_request(imports, "before-call", 4, _die):
                imports.import_batch(key, [MANY[1], MANY[3], MANY[3]])
            aws = (imports.clients.dynamodb, imports.clients.sqs, imports.clients.s3)
            crasher = Crasher(aws, moment, position)
            with suppressed_crash():
                cancel(imports, key)
            crasher.disarm()
            crashed = crasher.crashed

            if "cancelledAt" not in imports.services.import_records.read(key):
                assert imports.job(key).status is ImportStatus.PROCESSING
                cancel(imports, key)
            # The parameters shift who finishes what dies at a request.
            finishers[(position + handlers + (moment == "after-call")) % 3](key)

            job = imports.job(key)
            assert (job.status, job.cause) == (ImportStatus.CANCELLED, CAUSE), position
            failed = sum(status is CommandStatus.FAILED for status in commands(imports))
            assert_counts_are_true(imports, job, failed_commands=failed)
            position += 1
        # Reading, noting and reading, closing three counters, counting and ending, at least.
        assert position > 9

    @MOMENTS
    @pytest.mark.parametrize("error", [None, {"Error": "E", "Cause": "c"}])
    def test_a_finalize_that_dies_at_any_request(self, imports, moment, error):
        position, crashed = 0, True
        while crashed:
            forget(imports)
            key = started(imports)
            rows = MANY if error is None else MANY[:5]
            imports.import_batch(key, rows)
            aws = (imports.clients.dynamodb, imports.clients.sqs, imports.clients.s3)
            crasher = Crasher(aws, moment, position)
            with suppressed_crash():
                imports.finalize(key, error)
            crasher.disarm()
            crashed = crasher.crashed
            imports.finalize(key, error)

            job = imports.job(key)
            expected = ImportStatus.FAILED if error else ImportStatus.COMPLETED_WITH_ERRORS
            assert (job.status, job.counts.total) == (expected, len(rows)), position
            assert job.errors_key is not None
            position += 1
        assert position > 9

    def test_an_open_chunk_is_settled_by_whoever_closes_its_job(self, imports):
        imports.application.sync_handler("picky")(fail_on_two_runways)
        key = started(imports)
        # Its process dies behind the transaction that publishes the chunk.
        with suppressed_crash(), at_request(imports, "before-call", 2, _die):
            imports.import_batch(key, ROWS)
        assert commands(imports) == [CommandStatus.PUBLISHED] * 3

        job = cancel(imports, key)

        assert job.counts == counts(3, 2, failed=1)
        assert sorted(commands(imports)) == ["FAILED", "FINISHED", "FINISHED"]
        (rejected,) = imports.application.imports.rejected_rows(key)
        assert (rejected.number, rejected.raw) == (2, "BBB,Bville,2")
        assert "two runways" in imports.errors(key)

    def test_rows_that_a_handler_refuses_are_told_in_the_order_of_the_file(self, imports):
        imports.application.sync_handler("picky")(fail_on_two_runways)
        rows = [("BBB", "Bville", "2"), ("no", "rejected", "")]
        key = started(imports, rows=rows)

        imports.import_batch(key, rows)

        rejected = imports.application.imports.rejected_rows(key)
        assert [row.number for row in rejected] == [1, 2]

    def test_an_open_chunk_of_many_large_rows_is_settled_too(self, imports):
        imports.application.sync_handler("refusing")(_refuse_all)
        rows = [(code, "x" * 30_000, "") for code in CODES]
        key = started(imports, rows=rows)
        with suppressed_crash(), at_request(imports, "before-call", 2, _die):
            imports.import_batch(key, rows)

        job = cancel(imports, key)

        assert job.counts == counts(25, 0, failed=25)
        rejected = imports.application.imports.rejected_rows(key)
        assert [row.raw for row in rejected] == [",".join(row) for row in rows]

    def test_a_handler_that_takes_the_time_leaves_the_end_to_a_repeat(self, imports):
        imports.application.sync_handler("picky")(fail_on_two_runways)
        key = started(imports)
        with suppressed_crash(), at_request(imports, "before-call", 2, _die):
            imports.import_batch(key, ROWS)
        imports.services.deadline.begin(seconds_left(60, 5))

        with pytest.raises(TransientError, match="try again"):
            cancel(imports, key)

        imports.services.deadline.begin(None)
        assert cancel(imports, key).counts == counts(3, 2, failed=1)

    def test_a_command_that_is_gone_from_the_bucket_keeps_no_job_open(self, imports, monkeypatch):
        imports.application.sync_handler("picky")(fail_on_two_runways)
        key = started(imports)
        with suppressed_crash(), at_request(imports, "before-call", 2, _die):
            imports.import_batch(key, ROWS)
        get = imports.services.commands.get

        def lost(command: CommandKey) -> Any:
            if "AAA" in command.sk:
                raise NotFoundError("its attributes are gone")
            return get(command)

        monkeypatch.setattr(imports.services.commands, "get", lost)

        assert cancel(imports, key).counts == counts(3, 1, failed=2)


CODES = [f"{first}{second}A" for first in "ABCDE" for second in "ABCDE"]


def _refuse_all(_command: Any) -> None:
    raise ValidationError("refused")


@contextmanager
def suppressed_crash() -> Iterator[None]:
    try:
        yield
    except Crash:
        return


class TestDamaged:
    @pytest.mark.parametrize(
        ("removed", "assigned"),
        [
            (("bucket",), {}),
            (("mode",), {}),
            (("publishMode",), {}),
            (("createdAt",), {}),
            ((), {"mode": "FAST"}),
            ((), {"status": "LOST"}),
            ((), {"status": 3}),
            ((), {"bucket": 7}),
            ((), {"bucket": "arn:aws:s3:ap-northeast-1:000000000000:accesspoint/x"}),
            ((), {"key": ["a"]}),
            ((), {"columns": 5}),
            ((), {"columns": [1]}),
            ((), {"startedAt": 2026}),
            ((), {"cause": {"a": 1}}),
        ],
    )
    def test_it_does_not_hide_the_others(self, imports, removed, assigned):
        sound, damaged = imports.make(), imports.make()
        change(imports, damaged, *removed, **assigned)
        name = removed[0] if removed else next(iter(assigned))

        page = imports.application.imports.list(TENANT)

        assert [job.key for job in page.jobs] == [sound]
        (told,) = page.damaged
        assert told.key == str(damaged)
        assert f"{damaged} is damaged: " in told.problem
        assert name in told.problem or "FAST" in told.problem or "LOST" in told.problem
        with pytest.raises(ValidationError, match="is damaged"):
            imports.job(damaged)

    def test_a_set_is_told_too(self, imports):
        key = imports.make()
        imports.clients.dynamodb.update_item(
            TableName=imports.settings.import_tmp_table,
            Key=to_attribute_values(key.to_mapping()),
            UpdateExpression="SET #status = :set",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":set": {"SS": ["CREATED"]}},
        )

        (told,) = imports.application.imports.list(TENANT).damaged
        assert "its attribute status is not text" in told.problem

    @pytest.mark.parametrize("value", ["many", 2.5, ["a"]])
    def test_damaged_counters_are_told(self, imports, value):
        key = started(imports)
        imports.import_batch(key, ROWS)
        table = imports.settings.import_tmp_table
        counters = key.counters(1)
        imports.services.store.update(Update(table, key.pk, counters, {"succeeded": value}))

        (told,) = imports.application.imports.list(TENANT).damaged
        assert f"The counter {key.pk} {counters} of the import_tmp table is damaged" in told.problem

    def test_one_that_is_damaged_can_be_cancelled_and_ends(self, imports):
        key = started(imports)
        change(imports, key, "bucket")

        with pytest.raises(ValidationError, match="is damaged: its attribute bucket is missing"):
            cancel(imports, key)

        assert imports.services.import_records.read(key)["status"] == "CANCELLED"

    def test_asynchronous_rows_are_counted_when_they_are_published(self, imports):
        imports.upload(csv_of(*ROWS))
        key = imports.make(DIRECT, publish_mode=PublishMode.ASYNC)
        imports.start(key)
        imports.work_off_queue()

        assert imports.job(key).counts == counts(3, 3)


def put_part(imports: Imports, key: ImportKey, sk: str, **attributes: Any) -> None:
    """Let something other than the service write an item of a job."""
    item = {"pk": key.pk, "sk": sk, **attributes}
    imports.services.store.put(Put(imports.settings.import_tmp_table, item))


def change_part(imports: Imports, key: ImportKey, sk: str, *removed: str, **assigned: Any) -> None:
    table = imports.settings.import_tmp_table
    imports.services.store.update(Update(table, key.pk, sk, assigned, remove=removed))


def empty_bucket(imports: Imports) -> int:
    """Remove what jobs have put into the bucket."""
    keys = list(imports.services.objects.keys("imports/"))
    for key in keys:
        imports.services.objects.remove(key)
    return len(keys)


class TestDamagedParts:
    """Others may damage what belongs to a job, or empty its bucket; the job ends all the same."""

    @pytest.fixture
    def opened(self, imports) -> ImportKey:
        """A job with a chunk whose process died before its sync handlers had run."""
        imports.application.sync_handler("picky")(fail_on_two_runways)
        key = started(imports, rows=ROWS)
        with suppressed_crash(), at_request(imports, "before-call", 2, _die):
            imports.import_batch(key, ROWS)
        return key

    @pytest.mark.parametrize("name", ["total", "succeeded", "opened", "handedOver"])
    @pytest.mark.parametrize("value", ["many", 2.5, ["a"]])
    def test_a_counter(self, imports, name, value):
        for end, status in ((cancel, "CANCELLED"), (Imports.finalize, "FAILED")):
            key = started(imports, rows=ROWS)
            imports.import_batch(key, ROWS)
            change_part(imports, key, key.counters(1), **{name: value})

            end(imports, key)

            job = imports.job(key)
            assert job.status == status
            assert job.error == ("Cancelled" if status == "CANCELLED" else "CountersDamaged")
            assert job.counts == counts(0, 0)
            assert f"The counter {key.pk} {key.counters(1)}" in job.cause

    def test_a_counter_that_is_none_of_the_imports(self, imports):
        key = started(imports, rows=ROWS)
        imports.import_batch(key, ROWS)
        put_part(imports, key, f"{key.counters_prefix}zz", total=1.5)

        imports.finalize(key)

        job = imports.job(key)
        assert (job.status, job.counts, job.error) == (ImportStatus.COMPLETED, counts(3, 3), None)

    @pytest.mark.parametrize(
        ("removed", "assigned"),
        [
            ((), {"open": "x"}),
            ((), {"open": [{"pk": "PLACE#acme", "sk": "PLACE#AAA@1"}]}),
            ((), {"open": [{"pk": 1, "sk": "x", "row": 1}]}),
            ((), {"rows": [{"row": "x"}]}),
            ((), {"skipped": "x"}),
            (("skipped",), {}),
            (("rows",), {}),
        ],
    )
    def test_the_mark_of_an_open_chunk(self, imports, opened, removed, assigned):
        change_part(imports, opened, opened.chunk(1), *removed, **assigned)

        job = cancel(imports, opened)

        assert (job.status, job.counts) == (ImportStatus.CANCELLED, counts(3, 0, failed=3))
        (told,) = imports.application.imports.rejected_rows(opened)
        assert told.number == 1
        assert "It is not known what became of rows 1 to 3" in told.reason
        assert "is not known" in imports.errors(opened)

    @pytest.mark.parametrize("sk", ["xx", "", "\u0661"])
    def test_a_mark_that_tells_no_row(self, imports, opened, sk):
        put_part(imports, opened, f"{opened.chunks_prefix}{sk}", open=[])

        assert cancel(imports, opened).counts == counts(3, 2, failed=1)

    def test_an_open_chunk_that_is_gone_from_the_bucket(self, imports):
        imports.application.sync_handler("refusing")(_refuse_all)
        rows = [(code, "x" * 30_000, "") for code in CODES]
        key = started(imports, rows=rows)
        with suppressed_crash(), at_request(imports, "before-call", 2, _die):
            imports.import_batch(key, rows)
        assert empty_bucket(imports)

        job = cancel(imports, key)

        assert (job.status, job.counts.failed) == (ImportStatus.CANCELLED, job.counts.total)
        assert "does not exist" in imports.errors(key)

    @pytest.mark.parametrize(
        "content",
        [
            {},
            {"rows": 5},
            {"rows": [5]},
            {"rows": [{"row": "x"}]},
            {"rowsKey": "imports/none.json"},
        ],
    )
    def test_rejected_rows(self, imports, content):
        key = started(imports)
        imports.import_batch(key, MANY)
        put_part(imports, key, key.rejected(50), **content)

        imports.finalize(key)

        assert imports.job(key).status is ImportStatus.COMPLETED_WITH_ERRORS
        sound, damaged = imports.application.imports.rejected_rows(key)
        assert sound.number == 5
        assert "not known" in damaged.reason
        assert "no,rejected" in imports.errors(key)
        assert "not known" in imports.errors(key)
