"""Imports from their making to their end, with the events that AWS would send between."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError
from moto.core.botocore_stubber import MockRawResponse

from cqrs.aws.item_store import Put
from cqrs.aws.map_runs import EXCEEDED_TOLERANCE
from cqrs.commands.models import CommandStatus
from cqrs.core.keys import ItemKey
from cqrs.errors import UnsupportedEventError, ValidationError
from cqrs.execution_events import ERRORS
from cqrs.imports.execution_failures import ADVICE
from cqrs.imports.executions import import_execution_name
from cqrs.imports.limits import DIRECT_BYTES
from cqrs.imports.models import ImportedItem, ImportStatus, ProcessingMode, PublishMode, RowCounts
from tests.unit.conftest import REGION
from tests.unit.crashing import Crash, Crasher
from tests.unit.execution import state_event
from tests.unit.importing import TENANT, Imports, csv_of, seconds_left

DIRECT = ProcessingMode.DIRECT
HERE = {"LocationConstraint": REGION}
ROWS = [("AAA", "Aville", "1"), ("BBB", "Bville", "2"), ("CCC", "Cville", "")]


@pytest.fixture
def imports(settings, clients) -> Imports:
    return Imports(settings, clients)


def import_directly(imports: Imports, content: str | bytes, **options: Any):
    """Import a file in the function, and return the job at its end."""
    imports.upload(content)
    key = imports.make(DIRECT, **options)
    imports.start(key)
    imports.work_off_queue()
    return imports.job(key)


def counts(total: int, succeeded: int, skipped: int = 0, failed: int = 0) -> RowCounts:
    return RowCounts(total, succeeded, skipped, failed)


def many(number: int) -> list[tuple[str, str, str]]:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    codes = [
        letters[n // 676 % 26] + letters[n // 26 % 26] + letters[n % 26] for n in range(number)
    ]
    return [(code, f"City {code}", "1") for code in codes]


def bucket_that_denies(s3: Any, bucket: str) -> None:
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=HERE)
    deny(s3, bucket)


def deny(s3: Any, bucket: str) -> None:
    """Let nobody read the objects of a bucket."""
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": [f"arn:aws:s3:::{bucket}/*"],
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))


def started(imports: Imports):
    """A job by the state machine whose execution runs."""
    imports.upload(csv_of(*ROWS))
    key = imports.make()
    imports.start(key)
    return key


class TestByTheStateMachine:
    def test_a_job_is_started_with_what_its_batches_need(self, imports, settings):
        imports.upload(csv_of(*ROWS))
        key = imports.make()
        assert imports.job(key).status is ImportStatus.CREATED

        imports.start(key)
        imports.start(key)

        assert imports.job(key).status is ImportStatus.PROCESSING
        assert list(imports.clients.step_functions.started) == [import_execution_name(key)]
        assert imports.execution_input(key) == {
            **key.to_mapping(),
            "bucket": settings.bucket,
            "key": "in.csv",
            "publishMode": "SYNC",
            "versionId": "null",
            "etag": imports.services.import_records.read(key)["etag"],
            "columns": ["code", "city", "runways"],
        }

    def test_batches_are_imported_and_counted_and_the_job_is_closed(self, imports):
        imports.upload(csv_of(*ROWS, ("X", "Short", "")))
        key = imports.make()
        imports.start(key)

        imports.import_batch(key, ROWS[:2])
        assert imports.job(key).counts == counts(2, 2)
        imports.import_batch(key, [ROWS[2], ("X", "Short", "")], first=3)
        imports.finalize(key)

        job = imports.job(key)
        assert job.status is ImportStatus.COMPLETED_WITH_ERRORS
        assert job.counts == counts(4, 3, failed=1)
        assert job.created_at <= job.started_at <= job.finished_at
        assert imports.place("BBB").attributes == {"city": "Bville", "runways": 2}
        assert imports.errors(key) == (
            "\ufeffrow,reason,code,city,runways\r\n"
            "4,code is 'X'; it has three letters.,X,Short,\r\n"
        )

    def test_a_batch_that_is_repeated_changes_nothing(self, imports):
        imports.upload(csv_of(*ROWS))
        key = imports.make()
        imports.start(key)
        rows = [*ROWS, ("AAA", "Again", ""), ("no", "Rejected", "")]
        imports.import_batch(key, rows)
        before = imports.place("AAA")

        imports.import_batch(key, rows)

        assert imports.job(key).counts == counts(5, 4, failed=1)
        assert imports.place("AAA") == before
        assert before.version == 2

    def test_a_failed_map_fails_its_job_with_the_reason(self, imports):
        imports.upload(csv_of(*ROWS))
        key = imports.make()
        imports.start(key)
        imports.import_batch(key, ROWS[:1])

        imports.finalize(key, {"Error": "States.ItemReaderFailed", "Cause": "no such key"})

        job = imports.job(key)
        assert (job.status, job.error) == (ImportStatus.FAILED, "States.ItemReaderFailed")
        assert job.cause == f"no such key. {ADVICE}"
        assert job.counts == counts(1, 1)

    @pytest.mark.parametrize("status", ["TIMED_OUT", "ABORTED", "FAILED"])
    def test_an_execution_that_ends_early_fails_its_job(self, imports, status):
        key = started(imports)

        imports.end_execution(key, status)

        job = imports.job(key)
        assert (job.status, job.error) == (ImportStatus.FAILED, ERRORS[status])
        assert job.cause == (
            f"Execution {import_execution_name(key)} ended as {status} before all rows were "
            f"imported. {ADVICE}"
        )

    def test_a_byte_order_mark_is_no_part_of_the_first_columns_name(self, imports):
        imports.upload("\ufeff" + csv_of(*ROWS))
        key = imports.make()
        imports.start(key)
        event = imports.batch(key, [])
        event.input["Items"] = [{"row": {"\ufeffcode": "AAA", "city": "A"}, "index": 0}]

        imports.services.import_workflow.csv_rows_handler(event)

        assert imports.place("AAA").name == "A"

    def test_a_byte_order_mark_may_keep_the_quotes_of_the_first_columns_name(self, imports):
        imports.upload('\ufeff"code",city\nAAA,A\n')
        key = imports.make()
        imports.start(key)
        event = imports.batch(key, [])
        event.input["Items"] = [{"row": {'\ufeff"code"': "AAA", "city": "A"}, "index": 0}]

        imports.services.import_workflow.csv_rows_handler(event)

        assert imports.place("AAA").name == "A"

    @pytest.mark.parametrize("given", [None, {}, {"Items": []}, {"Items": [], "BatchInput": {}}])
    def test_a_batch_without_a_job_is_told(self, imports, given):
        with pytest.raises(UnsupportedEventError, match=r"BatchInput\.Attributes"):
            imports.services.import_workflow.csv_rows_handler(
                state_event("csv_rows_handler", given, execution_input=given)
            )


class TestFailures:
    """A job's words about an execution that failed, and its status then."""

    @pytest.mark.parametrize("told", [True, False])
    def test_the_executions_own_error_is_told(self, imports, told):
        key = started(imports)

        imports.end_execution(
            key, "FAILED", "States.ItemReaderFailed", "codec can't decode byte 0xff.", told=told
        )

        job = imports.job(key)
        assert (job.status, job.error) == (ImportStatus.FAILED, "States.ItemReaderFailed")
        assert job.cause == (
            f"Execution {import_execution_name(key)} ended as FAILED before all rows were "
            f"imported: codec can't decode byte 0xff. {ADVICE}"
        )

    def test_a_failed_batch_is_told_with_its_rows_and_its_error(self, imports):
        key = started(imports)
        report = json.dumps({"errorMessage": "it broke", "errorType": "Broken"})
        batch = {"Items": [{"index": 10, "row": {}}, {"index": 11, "row": {}}]}
        failed = {"input": batch, "error": "Lambda.Unknown", "cause": report}
        imports.clients.step_functions.run_map(import_execution_name(key), "FAILED", failed)

        imports.finalize(key, {"Error": EXCEEDED_TOLERANCE, "Cause": "The threshold"})

        job = imports.job(key)
        assert (job.status, job.error) == (ImportStatus.FAILED, EXCEEDED_TOLERANCE)
        assert job.cause == (
            f"The batch of rows 11 to 12 failed with Lambda.Unknown: it broke. {ADVICE}"
        )

    def test_a_failed_batch_is_told_where_the_execution_failed_too(self, imports):
        key = started(imports)
        failed = {"input": None, "error": "Lambda.Unknown", "cause": "it broke"}
        imports.clients.step_functions.run_map(import_execution_name(key), "FAILED", failed)

        imports.end_execution(key, "FAILED", "Lambda.ServiceException", "unavailable")

        job = imports.job(key)
        assert job.error == "Lambda.ServiceException"
        assert job.cause.endswith(
            f"unavailable: The batch failed with Lambda.Unknown: it broke. {ADVICE}"
        )

    @pytest.mark.parametrize("operation", ["list_map_runs", "describe_map_run", "list_executions"])
    def test_a_job_is_closed_although_nothing_more_can_be_found_out(
        self, imports, monkeypatch, operation
    ):
        key = started(imports)
        imports.clients.step_functions.run_map(import_execution_name(key), "FAILED")

        def deny(**_request):
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, operation)

        monkeypatch.setattr(imports.clients.step_functions, operation, deny)

        imports.finalize(key, {"Error": EXCEEDED_TOLERANCE, "Cause": "The threshold"})

        assert imports.job(key).cause == f"The threshold. {ADVICE}"

    @pytest.mark.parametrize("is_finalized", [True, False], ids=["finalized", "timed out"])
    def test_a_map_that_succeeded_although_a_batch_failed_is_not_believed(
        self, imports, is_finalized
    ):
        key = started(imports)
        imports.import_batch(key, ROWS[:2])
        batch = {"Items": [{"index": 2, "row": {}}]}
        failed = {"input": batch, "error": "Lambda.Unknown", "cause": "it broke"}
        imports.clients.step_functions.run_map(import_execution_name(key), "SUCCEEDED", failed)

        if is_finalized:
            imports.finalize(key)
        else:
            imports.end_execution(key, "TIMED_OUT")

        job = imports.job(key)
        assert (job.status, job.counts) == (ImportStatus.FAILED, counts(2, 2))
        assert "The batch of rows 3 to 3 failed with Lambda.Unknown: it broke." in job.cause

    def test_the_advice_stays_where_the_cause_is_long(self, imports):
        key = started(imports)

        imports.finalize(key, {"Error": "Long", "Cause": "x" * 10_000})

        assert imports.job(key).cause.endswith(f"xxx. {ADVICE}")

    def test_a_job_whose_rows_are_all_counted_has_not_failed(self, imports):
        key = started(imports)
        imports.import_batch(key, ROWS)

        imports.finalize(key, {"Error": EXCEEDED_TOLERANCE, "Cause": "The threshold"})

        job = imports.job(key)
        assert (job.status, job.counts) == (ImportStatus.COMPLETED, counts(3, 3))
        assert (job.error, job.cause) == (None, None)

    def test_rows_that_were_rejected_count_too(self, imports):
        imports.upload(csv_of(*ROWS, ("X", "Short", "")))
        key = imports.make()
        imports.start(key)
        imports.import_batch(key, [*ROWS, ("X", "Short", "")])

        imports.end_execution(key, "TIMED_OUT")

        job = imports.job(key)
        assert (job.status, job.error) == (ImportStatus.COMPLETED_WITH_ERRORS, None)

    @pytest.mark.parametrize(
        "file",
        [
            csv_of(*ROWS, ("DDD", "Dville", "4")),
            csv_of(*ROWS[:2], ("CCC", "C\\ville", "")),
            csv_of(*ROWS[:2]) + "CCC\n",
            None,
        ],
        ids=["a row more", "a backslash", "an odd row", "gone"],
    )
    def test_a_job_whose_rows_may_not_all_be_counted_has_failed(self, imports, settings, file):
        key = started(imports)
        imports.import_batch(key, ROWS)
        if file is None:
            imports.clients.s3.delete_object(Bucket=settings.bucket, Key="in.csv")
        else:
            imports.upload(file)

        imports.end_execution(key, "TIMED_OUT")

        job = imports.job(key)
        assert (job.status, job.error) == (ImportStatus.FAILED, "ExecutionTimedOut")
        assert job.counts == counts(3, 3)

    def test_a_file_too_large_to_count_leaves_a_job_failed(self, imports, monkeypatch):
        monkeypatch.setattr("cqrs.imports.row_totals.DIRECT_BYTES", 10)
        key = started(imports)
        imports.import_batch(key, ROWS)

        imports.end_execution(key, "TIMED_OUT")

        assert imports.job(key).status is ImportStatus.FAILED

    def test_an_execution_that_failed_behind_its_map_has_imported_all(self, imports, monkeypatch):
        monkeypatch.setattr("cqrs.imports.row_totals.DIRECT_BYTES", 10)
        key = started(imports)
        imports.import_batch(key, ROWS)
        imports.clients.step_functions.run_map(import_execution_name(key), "SUCCEEDED")

        imports.end_execution(key, "FAILED", "Lambda.Unknown", "finalize died")

        assert imports.job(key).status is ImportStatus.COMPLETED


class TestDirect:
    def test_a_file_is_imported(self, imports):
        job = import_directly(imports, csv_of(*many(60)))

        assert (job.status, job.counts) == (ImportStatus.COMPLETED, counts(60, 60))
        for code in ("AAA", "ACH"):
            assert (imports.place(code).version, imports.place(code).name) == (1, f"City {code}")

    def test_what_is_there_already_is_skipped_and_what_changed_gets_a_version(self, imports):
        import_directly(imports, csv_of(*ROWS))

        job = import_directly(imports, csv_of(ROWS[0], ("BBB", "Newville", "2"), ROWS[2]))

        assert job.counts == counts(3, 1, skipped=2)
        assert imports.place("BBB").version == 2
        kept = imports.services.history.list(f"PLACE#{TENANT}", "PLACE#BBB").items
        assert [state.name for state in kept] == ["Bville"]

    def test_rows_of_one_item_apply_in_their_order(self, imports):
        rows = [("AAA", f"Name {number}", "") for number in range(5)]
        job = import_directly(imports, csv_of(*rows))

        assert job.counts == counts(5, 5)
        assert (imports.place("AAA").version, imports.place("AAA").name) == (5, "Name 4")

    def test_quotes_keep_commas_and_line_ends_and_quotes(self, imports):
        job = import_directly(imports, 'code,city\r\nAAA,"A, ""the\r\nbest"" one"\r\n\r\nBBB,B\r\n')

        assert job.counts == counts(2, 2)
        assert imports.place("AAA").name == 'A, "the\r\nbest" one'

    def test_an_inch_mark_is_text_and_takes_no_other_row_with_it(self, imports):
        rows = [
            (code, f'{number}" pipe' if number % 3 == 0 else "pipe", "")
            for number, (code, *_) in enumerate(many(30))
        ]
        job = import_directly(
            imports,
            "code,city,runways\n"
            + "".join(f"{code},{city},{runways}\n" for code, city, runways in rows),
        )

        assert job.counts == counts(30, 30)
        assert imports.place(rows[3][0]).name == '3" pipe'

    def test_a_marked_header_may_be_quoted(self, imports):
        job = import_directly(imports, '\ufeff"code","city"\r\nAAA,A\r\n')

        assert job.counts == counts(1, 1)

    def test_a_carriage_return_outside_of_quotes_rejects_its_row(self, imports):
        job = import_directly(imports, "code,city\nAAA,A\rBBB,B\nCCC,C\n")

        assert job.counts == counts(2, 1, failed=1)

    def test_a_backslash_is_text(self, imports):
        job = import_directly(imports, 'code,city\nAAA,C:\\Files\\\nBBB,"a\\b\\"\n')

        assert job.counts == counts(2, 2)
        assert imports.place("AAA").name == "C:\\Files\\"
        assert imports.place("BBB").name == "a\\b\\"

    def test_a_last_line_without_an_end_counts(self, imports):
        assert import_directly(imports, "code,city\nAAA,A\nBBB,B").counts == counts(2, 2)

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            (b"BBB,B,1,extra", "It has 4 fields, and the header has 3."),
            (b"BBB", "It has 1 field, and the header has 3."),
            (b"BB\xff,B,1", "It is not UTF-8: byte 0xff is not a character of it."),
            (b'BBB,"B" x,1', "It is not CSV"),
            (b"BBBB,B,1", "code is 'BBBB'; it has three letters."),
            (b"BBB,B,many", "The row could not be understood: ValueError"),
            (b"\x00\x00\x00,B,x", "ValueError"),
        ],
    )
    def test_a_bad_row_is_rejected_with_its_number_and_reason(self, imports, line, reason):
        content = b"code,city,runways\nAAA,A,1\n" + line + b"\nCCC,C,3\n"
        job = import_directly(imports, content)

        assert job.counts == counts(3, 2, failed=1)
        (rejected,) = imports.application.imports.rejected_rows(job.key)
        assert rejected.number == 2
        assert reason in rejected.reason

    def test_a_quote_that_is_not_closed_rejects_what_is_behind_it(self, imports):
        job = import_directly(imports, 'code,city\nAAA,A\nBBB,"B\nCCC,C\n')

        assert job.counts == counts(2, 1, failed=1)
        (rejected,) = imports.application.imports.rejected_rows(job.key)
        assert "none closes it" in rejected.reason
        assert "2 lines in all" in rejected.reason

    @pytest.mark.parametrize(
        ("made", "reason"),
        [
            (lambda _row: None, "made NoneType of the row, and it must make an ImportedItem"),
            (dict, "made dict of the row"),
            (lambda _row: ImportedItem("PLACE", ""), "It says no id"),
            (lambda _row: ImportedItem("PL#ACE", "A"), "of type 'PL#ACE'"),
            (lambda _row: sys.exit(3), "SystemExit: 3 (this would end the process"),
        ],
    )
    def test_a_strategy_that_makes_no_item_rejects_its_rows(self, imports, made, reason):
        strategy = type("Strategy", (), {"transform": lambda _self, row: made(row)})
        imports.application.import_strategy("odd")(strategy)

        job = import_directly(imports, "code,city\nAAA,A\n", target="odd")

        assert job.counts == counts(1, 0, failed=1)
        (rejected,) = imports.application.imports.rejected_rows(job.key)
        assert reason in rejected.reason

    def test_a_strategy_that_changes_a_row_is_given_it_once_more_as_it_was(self, imports):
        class Popping:
            def transform(self, row):
                return ImportedItem("PLACE", row.pop("code"), "", {"city": row["city"]})

        imports.application.import_strategy("popping")(Popping)
        rows = "".join(f"A{number},City\n" for number in range(60))

        job = import_directly(imports, f"code,city\n{rows}", target="popping")

        assert job.counts == counts(60, 60)

    def test_a_row_of_several_hundred_kilobytes_is_imported(self, imports):
        large = "x" * 700_000
        job = import_directly(imports, f"code,city\nAAA,A\nBBB,{large[:3000]}\nCCC,C\n")
        assert job.counts == counts(3, 3)

        class Notes:
            def transform(self, row):
                return ImportedItem("NOTE", row["code"], "", {"text": row["city"]})

        imports.application.import_strategy("notes")(Notes)
        job = import_directly(imports, f"code,city\nAAA,A\nBBB,{large}\n", target="notes")
        assert job.counts == counts(2, 2)
        note = imports.services.data.get(f"NOTE#{TENANT}", "NOTE#BBB")
        assert note.attributes == {"text": large}

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            ("", "is empty"),
            ("\ufeff\n", "is empty"),
            ("code,city\n", "has a header and no rows"),
            ("code,city\n\n\n", "has a header and no rows"),
            ("code,runways\nAAA,1\n", "lacks the column 'city'; it has 'code', 'runways'"),
            ("code,city,code\nAAA,A,B\n", "two columns called 'code'"),
            ("code;city\nAAA;A\n", "separated by semicolons: save it with commas"),
            ("Code,city \nAAA,A\n", "Rename 'Code' to 'code', 'city ' to 'city'."),
            ("code,city\rAAA,A\r", "end with a carriage return alone"),
            ("\ncode,city\nAAA,A\n", "The first line"),
            (b"c\xf6de,city\nAAA,A\n", "is not CSV in UTF-8"),
            ('"code,city\nAAA,A\n' + "x" * 300_000, "does not end within"),
        ],
    )
    @pytest.mark.parametrize("mode", list(ProcessingMode))
    def test_a_file_that_cannot_be_imported_fails_its_job(self, imports, content, reason, mode):
        imports.upload(content)
        key = imports.make(mode)
        imports.start(key)

        job = imports.job(key)
        assert job.status is ImportStatus.FAILED
        assert reason in job.cause
        assert imports.clients.step_functions.started == {}
        assert imports.work_off_queue() == 0

    @pytest.mark.parametrize("mode", list(ProcessingMode))
    def test_a_file_of_nothing_but_blank_lines_fails_its_job(self, imports, mode):
        imports.upload("code,city\n" + "\n" * 300_000)
        key = imports.make(mode)
        imports.start(key)
        if mode is ProcessingMode.DIRECT:
            imports.work_off_queue()
        else:
            imports.services.import_closer.end_of_batches(key)

        job = imports.job(key)
        assert (job.status, job.error) == (ImportStatus.FAILED, "ValidationError")
        assert job.cause == "in.csv has a header and no rows."

    def test_a_file_that_is_not_there_fails_its_job(self, imports, settings):
        key = imports.make(key="lost.csv")
        imports.start(key)

        job = imports.job(key)
        assert (job.status, job.error) == (ImportStatus.FAILED, "NotFoundError")
        assert job.cause.startswith(f"s3://{settings.bucket}/lost.csv does not exist")

    @pytest.mark.parametrize("mode", list(ProcessingMode))
    @pytest.mark.parametrize(
        ("is_there", "reason"), [(False, "there is no such bucket"), (True, "access is denied")]
    )
    def test_a_bucket_that_is_not_listed_fails_its_job(
        self, imports, settings, mode, is_there, reason
    ):
        if is_there:
            bucket_that_denies(imports.clients.s3, "elsewhere")
        key = imports.make(mode, key="a/in.csv", bucket="elsewhere")
        imports.start(key)

        job = imports.job(key)
        assert (job.status, job.error) == (ImportStatus.FAILED, "ConfigurationError")
        assert job.cause.startswith(f"s3://elsewhere/a/in.csv cannot be read: {reason}. ")
        assert settings.bucket in job.cause
        assert "source_buckets of [import_csv]" in job.cause
        assert "is this environment deployed" not in job.cause

    def test_a_denial_as_s3_words_it_fails_the_job(self, imports):
        # moto's denials have another code than S3's own (S3 API reference, "Error responses").
        body = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"

        def deny_it(request: Any, **_details: Any) -> AWSResponse:
            return AWSResponse(request.url, 403, {}, MockRawResponse(body))

        imports.clients.s3.meta.events.register_first("before-send.s3.GetObject", deny_it)
        key = imports.make(bucket="elsewhere")
        imports.start(key)

        assert "s3://elsewhere/in.csv cannot be read: access is denied" in imports.job(key).cause

    def test_an_own_bucket_that_denies_is_told_without_another_to_list(self, imports, settings):
        imports.upload(csv_of(*ROWS))
        deny(imports.clients.s3, settings.bucket)
        key = imports.make()
        imports.start(key)

        job = imports.job(key)
        assert (job.status, job.error) == (ImportStatus.FAILED, "ConfigurationError")
        assert f"s3://{settings.bucket}/in.csv cannot be read: access is denied" in job.cause
        assert "source_buckets" not in job.cause

    def test_an_environment_without_its_bucket_is_asked_whether_it_is_deployed(
        self, imports, settings
    ):
        imports.clients.s3.delete_bucket(Bucket=settings.bucket)
        key = imports.make()
        imports.start(key)

        assert "is this environment deployed?" in imports.job(key).cause

    def test_another_bucket_that_lets_the_function_read_is_imported_from(self, imports):
        s3 = imports.clients.s3
        s3.create_bucket(Bucket="elsewhere", CreateBucketConfiguration=HERE)
        s3.put_object(Bucket="elsewhere", Key="in.csv", Body=csv_of(*ROWS).encode())
        key = imports.make(DIRECT, bucket="elsewhere")
        imports.start(key)
        imports.work_off_queue()

        assert imports.job(key).counts == counts(3, 3)

    def test_a_file_too_large_for_this_mode_is_told_the_limit(self, imports):
        imports.upload(b"code,city\n" + b"AAA,A\n" * (DIRECT_BYTES // 6))
        key = imports.make(DIRECT)
        imports.start(key)

        assert f"{DIRECT_BYTES:,}" in imports.job(key).cause
        assert "STEP_FUNCTION" in imports.job(key).cause

    def test_cells_that_a_spreadsheet_would_run_are_made_harmless(self, imports):
        job = import_directly(imports, 'code,city,runways\n=1+1,"+cmd|x",-5\n@SUM,-2,\n')

        assert imports.errors(job.key).splitlines()[1:] == [
            "1,code is '=1+1'; it has three letters.,'=1+1,'+cmd|x,-5",
            "2,code is '@SUM'; it has three letters.,'@SUM,-2,",
        ]

    def test_rejected_rows_too_large_for_an_item_go_to_the_bucket(self, imports):
        rows = [("WRONG", "x" * 200_000, "") for _ in range(8)]
        job = import_directly(imports, csv_of(*rows))

        assert job.counts == counts(8, 0, failed=8)
        found = list(imports.application.imports.rejected_rows(job.key))
        assert [row.number for row in found] == list(range(1, 9))
        assert len(imports.errors(job.key)) > 8 * 200_000


class TestOutOfTime:
    """An invocation whose time is over before its rows are."""

    def test_a_file_is_read_on_by_the_next_invocation(self, imports):
        imports.upload(csv_of(*many(100)))
        key = imports.make(DIRECT)
        imports.start(key)
        invocations = 0
        while messages := imports.take_messages():
            (message,) = messages
            # Each gets one chunk done, and is told that its time is over then.
            imports.deliver(message, seconds_left(60, 59, 1))
            invocations += 1

        job = imports.job(key)
        assert (job.status, job.counts) == (ImportStatus.COMPLETED, counts(100, 100))
        assert invocations == 4

    def test_characters_and_line_ends_of_several_bytes_are_whole_after_each_rest(self, imports):
        city = "Z\u00fc\U0001d4b3\r\n{code}\u00e9"
        codes = [code for code, *_ in many(100)]
        rows = "".join(f'{code},"{city.format(code=code)}",\r\n' for code in codes)
        imports.upload(f"\ufeffcode,city,runways\r\n{rows}")
        key = imports.make(DIRECT)
        imports.start(key)
        rests = 0
        while messages := imports.take_messages():
            (message,) = messages
            imports.deliver(message, seconds_left(60, 59, 1))
            rests += 1

        assert rests == 4
        assert imports.job(key).counts == counts(100, 100)
        kept = {code: imports.place(code).attributes["city"] for code in codes}
        assert kept == {code: city.format(code=code) for code in codes}

    def test_the_rest_of_a_batch_is_done_from_the_queue_before_the_job_is_closed(self, imports):
        rows = many(60)
        imports.upload(csv_of(*rows))
        key = imports.make()
        imports.start(key)
        imports.services.deadline.begin(seconds_left(60, 59, 1))

        assert imports.import_batch(key, rows) == {"rows": 60, "left": 35}
        imports.services.deadline.begin(None)
        imports.finalize(key)
        assert imports.job(key).status is ImportStatus.PROCESSING
        assert imports.job(key).counts == counts(25, 25)

        assert imports.work_off_queue() == 1

        job = imports.job(key)
        assert (job.status, job.counts) == (ImportStatus.COMPLETED, counts(60, 60))

    def test_a_batch_leaves_to_the_queue_what_its_express_execution_has_no_time_for(self, imports):
        rows = many(60)
        imports.upload(csv_of(*rows))
        key = imports.make()
        imports.start(key)
        # A function may take longer than the five minutes of an Express execution.
        imports.services.deadline.begin(lambda: 900_000)
        late = imports.batch(key, rows, seconds_ago=295)

        assert imports.services.import_workflow.csv_rows_handler(late) == {"rows": 60, "left": 60}
        imports.services.deadline.begin(None)
        imports.finalize(key)
        assert imports.work_off_queue() == 1

        job = imports.job(key)
        assert (job.status, job.counts) == (ImportStatus.COMPLETED, counts(60, 60))

    def test_a_batch_that_is_no_express_execution_has_the_invocations_time(self, imports):
        rows = many(60)
        imports.upload(csv_of(*rows))
        key = imports.make()
        imports.start(key)
        late = imports.batch(key, rows, seconds_ago=295)
        usual = late.context.execution.id.replace(":express:", ":execution:")
        execution = replace(late.context.execution, id=usual)
        late = replace(late, context=replace(late.context, execution=execution))

        assert imports.services.import_workflow.csv_rows_handler(late) == {"rows": 60, "left": 0}

    def test_an_invocation_ends_well_before_it_would_be_cut_off(self, imports):
        """Long before, as one that ends near its timeout raises the alarm of slow ones."""
        imports.upload(csv_of(*many(100)))
        key = imports.make(DIRECT)
        imports.start(key)
        (message,) = imports.take_messages()

        imports.deliver(message, seconds_left(60, 30, 29, 14.5))

        assert imports.job(key).counts == counts(25, 25)

    def test_a_rest_may_be_handed_over_again(self, imports):
        rows = many(100)
        imports.upload(csv_of(*rows))
        key = imports.make()
        imports.start(key)
        imports.services.deadline.begin(seconds_left(60, 59, 1))
        imports.import_batch(key, rows)
        imports.finalize(key)
        handed_over = 0
        while messages := imports.take_messages():
            handed_over += len(messages)
            for message in messages:
                imports.deliver(message, seconds_left(60, 59, 1))

        job = imports.job(key)
        assert (job.status, job.counts) == (ImportStatus.COMPLETED, counts(100, 100))
        assert handed_over == 3

    def test_a_batch_repeated_after_it_handed_over_sends_the_rest_again(self, imports):
        rows = many(60)
        imports.upload(csv_of(*rows))
        key = imports.make()
        imports.start(key)
        imports.services.deadline.begin(seconds_left(60, 59, 1))
        imports.import_batch(key, rows)
        imports.services.deadline.begin(None)

        assert imports.import_batch(key, rows) == {"rows": 60, "left": 35}
        imports.finalize(key)
        assert imports.work_off_queue() == 2

        job = imports.job(key)
        assert (job.status, job.counts) == (ImportStatus.COMPLETED, counts(60, 60))


def fail_on_two_runways(command):
    if command.attributes.get("runways") == 2:
        raise ValidationError("two runways are too many")


class TestSyncHandlers:
    def test_they_see_every_row_before_the_chunk_is_counted(self, imports):
        seen = []
        imports.application.sync_handler("seen")(lambda c: seen.append((c.sk, c.version)))

        job = import_directly(imports, csv_of(*ROWS, ("AAA", "Again", "")))

        assert job.counts == counts(4, 4)
        assert seen == [
            ("PLACE#AAA", 1),
            ("PLACE#BBB", 1),
            ("PLACE#CCC", 1),
            ("PLACE#AAA", 2),
        ]
        for code in ("AAA", "BBB", "CCC"):
            command = imports.services.commands.get(
                ItemKey(f"PLACE#{TENANT}", f"PLACE#{code}").at(1)
            )
            assert command.status is CommandStatus.FINISHED

    def test_one_that_fails_rejects_its_row_only(self, imports):
        imports.application.sync_handler("picky")(fail_on_two_runways)
        job = import_directly(imports, csv_of(*ROWS))

        assert job.counts == counts(3, 2, failed=1)
        (rejected,) = imports.application.imports.rejected_rows(job.key)
        assert (rejected.number, rejected.raw) == (2, "BBB,Bville,2")
        assert "two runways are too many" in rejected.reason

    @pytest.mark.parametrize("publish_mode", list(PublishMode))
    def test_a_row_whose_command_failed_is_rejected_again_and_not_skipped(
        self, imports, publish_mode
    ):
        imports.application.sync_handler("broken")(fail_on_two_runways)
        import_directly(imports, csv_of(*ROWS))

        again = import_directly(imports, csv_of(*ROWS), publish_mode=publish_mode)

        assert again.counts == counts(3, 0, skipped=2, failed=1)
        (rejected,) = imports.application.imports.rejected_rows(again.key)
        assert rejected.number == 2
        assert f"The command PLACE#{TENANT} PLACE#BBB@1 of its item failed" in rejected.reason
        assert imports.place("BBB").version == 1


class TestAsynchronously:
    def test_each_row_becomes_a_command_for_the_state_machine(self, imports):
        job = import_directly(
            imports, csv_of(*ROWS, ("AAA", "Again", "")), publish_mode=PublishMode.ASYNC
        )

        assert job.counts == counts(4, 4)
        key = ItemKey(f"PLACE#{TENANT}", "PLACE#AAA")
        second = imports.services.commands.get(key.at(2))
        assert (second.status, second.content.name) == (CommandStatus.PUBLISHED, "Again")
        assert imports.place("AAA") is None


class TestOtherWriters:
    def test_a_row_whose_items_command_failed_is_refused(self, imports):
        commands = imports.services.commands
        key = commands.publish(f"PLACE#{TENANT}", "PLACE#BBB", name="bad").key
        imports.services.ordering.fail(key, 0, "KeyError", "gone")

        job = import_directly(imports, csv_of(*ROWS))

        (rejected,) = imports.application.imports.rejected_rows(job.key)
        assert "PLACE#BBB@1 of its item failed" in rejected.reason
        assert job.counts == counts(3, 2, failed=1)

    @pytest.mark.parametrize("is_gone", [True, False], ids=["deleted", "an earlier version"])
    def test_an_item_that_was_set_back_is_refused_and_the_others_go_on(self, imports, is_gone):
        import_directly(imports, csv_of(*ROWS))
        table, store = imports.settings.data_table, imports.services.store
        before = store.get(table, f"PLACE#{TENANT}", "PLACE#BBB")
        if is_gone:
            imports.clients.dynamodb.delete_item(
                TableName=table, Key={"pk": {"S": before["pk"]}, "sk": {"S": before["sk"]}}
            )
        else:
            import_directly(imports, csv_of(("BBB", "Later", "")))
            store.put(Put(table, before))

        job = import_directly(imports, csv_of(("AAA", "New", ""), ("BBB", "New", "")))

        assert job.counts == counts(2, 1, failed=1)
        (rejected,) = imports.application.imports.rejected_rows(job.key)
        assert "PLACE#BBB was set back: its data is at version" in rejected.reason
        assert imports.place("AAA").name == "New"

    def test_an_item_that_changes_in_between_gets_the_next_version(self, imports, requests):
        import_directly(imports, csv_of(*ROWS))
        commands = imports.services.commands
        requests.before_next(
            "TransactWriteItems",
            lambda: commands.publish_sync(f"PLACE#{TENANT}", "PLACE#AAA", name="faster"),
        )

        job = import_directly(imports, csv_of(("AAA", "Slower", ""), ROWS[1]))

        assert job.counts == counts(2, 1, skipped=1)
        assert (imports.place("AAA").version, imports.place("AAA").name) == (3, "Slower")

    def test_a_row_that_says_what_its_item_says_is_not_skipped_while_it_changes(
        self, imports, requests
    ):
        import_directly(imports, csv_of(*ROWS))
        commands = imports.services.commands
        requests.before_next(
            "TransactWriteItems",
            lambda: commands.publish_sync(f"PLACE#{TENANT}", "PLACE#AAA", name="other"),
        )

        job = import_directly(imports, csv_of(ROWS[0]))

        assert job.counts == counts(1, 1)
        assert imports.place("AAA").name == "Aville"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"target": "unknown"}, "Known are places"),
        ({"target": "a#b"}, "import target 'a#b'"),
        ({"tenant": "a#b"}, "must have no #"),
        ({"tenant": " "}, "tenant is ' '"),
        ({"bucket": ""}, "bucket is ''"),
        ({"bucket": "arn:aws:s3:ap-northeast-1:000000000000:accesspoint/x"}, "bucket is 'arn:aws"),
        ({"bucket": "b/../c"}, "the name of a bucket"),
        ({"bucket": "B\u00fccket"}, "the name of a bucket"),
        ({"key": None}, "key is None"),
        ({"key": "x" * 1025}, "longer than 1024"),
        ({"mode": "FAST"}, "must be DIRECT or STEP_FUNCTION"),
        ({"publish_mode": "NOW"}, "must be SYNC or ASYNC"),
    ],
)
def test_what_cannot_be_a_job_is_refused_and_nothing_is_written(imports, arguments, reason):
    given = {"bucket": "files", "key": "k.csv", "target": "places", "tenant": TENANT, **arguments}

    with pytest.raises(ValidationError, match=reason):
        imports.application.imports.create_csv_import(**given)

    assert imports.clients.dynamodb.scan(TableName=imports.settings.import_tmp_table)["Count"] == 0


def test_without_a_mode_it_is_the_state_machines(imports):
    key = imports.make(mode=None)

    assert imports.job(key).mode is ProcessingMode.STEP_FUNCTION


class TestListing:
    def test_jobs_are_listed_with_their_counts_the_newest_first(self, imports):
        done = import_directly(imports, csv_of(*ROWS, ("X", "Short", "")))
        imports.upload(csv_of(*ROWS))
        under_way = imports.make()
        imports.start(under_way)
        imports.import_batch(under_way, ROWS[:2])
        new = imports.make()

        page = imports.application.imports.list(TENANT)

        assert [(job.key, job.status) for job in page.jobs] == [
            (new, ImportStatus.CREATED),
            (under_way, ImportStatus.PROCESSING),
            (done.key, ImportStatus.COMPLETED_WITH_ERRORS),
        ]
        assert [job.counts for job in page.jobs] == [counts(0, 0), counts(2, 0, 2), done.counts]
        assert page.jobs[2] == done
        assert page.cursor is None

    def test_a_status_and_a_tenant_narrow_the_list(self, imports):
        done = import_directly(imports, csv_of(*ROWS))
        imports.make()
        listed = imports.application.imports.list

        assert [job.key for job in listed(TENANT, ImportStatus.COMPLETED).jobs] == [done.key]
        assert listed(TENANT, ImportStatus.FAILED).jobs == []
        assert listed("other").jobs == []

    def test_pages_hold_each_job_once(self, imports):
        made = [imports.make() for _ in range(5)]
        cursor, found = None, []
        while True:
            page = imports.application.imports.list(TENANT, limit=2, cursor=cursor)
            found += [job.key for job in page.jobs]
            cursor = page.cursor
            if cursor is None:
                break

        assert sorted(found) == sorted(made)
        assert [key.ulid for key in found] == sorted((key.ulid for key in made), reverse=True)

    def test_a_job_that_has_moved_on_is_not_listed_as_it_was(self, imports, requests):
        key = imports.make()
        fail = imports.services.import_closer.end_of_batches
        requests.before_next("BatchGetItem", lambda: fail(key, ("Gone", "gone")))

        assert imports.application.imports.list(TENANT, ImportStatus.CREATED).jobs == []

    @pytest.mark.parametrize(
        ("given", "reason"),
        [
            ({"limit": 0}, "limit is 0; it must be 1 to 100"),
            ({"cursor": "x"}, "The cursor 'x' does not belong to this list"),
            ({"tenant": "a#b"}, "must have no #"),
        ],
    )
    def test_what_cannot_be_listed_is_refused(self, imports, given, reason):
        with pytest.raises(ValidationError, match=reason):
            imports.application.imports.list(**{"tenant": TENANT, **given})


REPEATED = [*many(30), ("AAA", "Again", ""), ("no", "rejected", ""), ("AAB", "City AAB", "1")]
"""Rows of two chunks: new ones, one of an item that comes twice, a bad one, an unchanged one."""


@pytest.mark.parametrize("handlers", [0, 1], ids=["built-in handler", "own handler"])
@pytest.mark.parametrize("moment", ["before-call", "after-call"])
def test_a_crash_at_any_request_changes_no_count_and_writes_no_second_version(
    imports, handlers, moment
):
    if handlers:
        imports.application.sync_handler("own")(lambda _command: None)
    rows = REPEATED if not handlers else [*REPEATED[:3], *REPEATED[-3:]]
    expected = counts(len(rows), len(rows) - 2, skipped=1, failed=1)
    position, crashed = 0, True
    while crashed:
        tenant = f"t{position}"
        key = imports.application.imports.create_csv_import(
            imports.settings.bucket, "in.csv", "places", tenant
        )
        imports.upload(csv_of(*rows))
        imports.start(key)
        aws = (imports.clients.dynamodb, imports.clients.sqs, imports.clients.s3)
        crasher = Crasher(aws, moment, position)
        batch = imports.batch(key, rows)
        handle = imports.services.import_workflow.csv_rows_handler
        try:
            handle(batch)
        except Crash:
            handle(batch)
        crasher.disarm()
        crashed = crasher.crashed

        assert imports.job(key).counts == expected, position
        state = imports.services.data.get(f"PLACE#{tenant}", "PLACE#AAA")
        assert (state.version, state.name) == (2, "Again")
        for item in imports.services.data.list_all(f"PLACE#{tenant}"):
            assert item.version == (2 if item.key.sk == "PLACE#AAA" else 1), position
        assert len(list(imports.application.imports.rejected_rows(key))) == 1
        position += 1
    # Two requests a chunk, and with handlers what each command costs.
    assert position > (10 if handlers else 4)
