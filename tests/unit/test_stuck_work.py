"""``cqrs doctor`` on imports and tasks that do not move, and what ``--fix`` does about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import cli.deployed.replays
from cli.deployed.function import Answer
from cqrs.aws.clients import Clients
from cqrs.aws.item_store import Update
from cqrs.commands.models import Command
from cqrs.core.keys import CommandKey, ItemKey
from cqrs.errors import TransientError
from cqrs.imports.executions import import_execution_name
from cqrs.imports.models import ImportStatus, ProcessingMode
from cqrs.imports.records import FileAsRead
from cqrs.storage.unfinished_work import UNFINISHED, shard_of
from cqrs.tasks.executions import task_execution_name
from cqrs.tasks.keys import TaskKey
from cqrs.tasks.models import TaskStatus
from tests.unit.importing import TENANT, Imports, csv_of, seconds_left
from tests.unit.operating import Operator
from tests.unit.test_doctor import LONG_AGO, minutes_ago

ROWS = [("AAA", "Aville", "1"), ("BBB", "Bville", "2"), ("CCC", "Cville", "")]


@pytest.fixture
def imports(settings: Any, clients: Clients) -> Imports:
    imports = Imports(settings, clients)
    imports.application.task("square")(lambda task: task.input["n"] ** 2)
    imports.upload(csv_of(*ROWS))
    return imports


@pytest.fixture
def cqrs(imports, monkeypatch: pytest.MonkeyPatch, capsys) -> Operator:
    """A command line whose function is the application."""
    invoked(monkeypatch, lambda _services, event: Answer(imports.application.handle(event)))
    return Operator(imports.services, monkeypatch, capsys)


def invoked(monkeypatch: pytest.MonkeyPatch, answer: Callable[[Any, Any], Answer]) -> None:
    monkeypatch.setattr(cli.deployed.replays, "invoke", answer)


def age(services: Any, table: str, key: Any, **times: Any) -> None:
    """Let an item be old, as if nothing had happened to it since."""
    services.store.update(Update(table, key.pk, key.sk, {"createdAt": LONG_AGO, **times}))


def age_import(imports: Imports, key: Any, *, first_row: int | None = None) -> None:
    table, started = imports.settings.import_tmp_table, imports.job(key).started_at
    age(imports.services, table, key, **({"startedAt": LONG_AGO} if started else {}))
    if first_row is not None:
        counters = Update(table, key.pk, key.counters(first_row), {"movedAt": LONG_AGO})
        imports.services.store.update(counters)


def commands_of(imports: Imports) -> list[CommandKey]:
    """Those that rows were published as."""
    keys = [ItemKey(f"PLACE#{TENANT}", f"PLACE#{code}").at(1) for code, *_ in ROWS]
    return [key for key in keys if imports.services.commands.get(key) is not None]


def only(cqrs: Operator, *options: str) -> dict[str, Any]:
    (row,) = cqrs.items("doctor", *options, code=0 if options else 1)
    return row


class TestImports:
    def test_one_that_was_made_just_now_has_time(self, cqrs, imports):
        imports.make()

        assert cqrs.items("doctor") == []

    @pytest.mark.parametrize("mode", list(ProcessingMode))
    def test_one_that_was_never_begun_is_begun(self, cqrs, imports, mode):
        key = imports.make(mode)
        age_import(imports, key)

        row = only(cqrs)
        assert (row["problem"], row["subject"]) == ("import that does not move", str(key))
        assert row["detail"] == f"CREATED since {LONG_AGO}, and not begun"
        assert row["repair"] == "cqrs --env test doctor --fix"
        assert row["explain"] == f"cqrs --env test explain '{key}'"

        assert only(cqrs, "--fix")["fixed"]
        assert imports.job(key).status is ImportStatus.PROCESSING
        assert cqrs.items("doctor") == []

    def test_one_in_the_function_goes_on_from_where_it_was(self, cqrs, imports):
        key = imports.make(ProcessingMode.DIRECT)
        imports.start(key)
        imports.take_messages()
        age_import(imports, key)

        row = only(cqrs)
        assert row["detail"] == f"0 rows counted, and none since {LONG_AGO}"
        assert only(cqrs, "--fix")["fixed"]
        imports.work_off_queue()

        assert imports.job(key).status is ImportStatus.COMPLETED
        assert cqrs.items("doctor") == []

    def test_one_whose_rows_are_counted_moves(self, cqrs, imports):
        key = imports.make()
        imports.start(key)
        imports.import_batch(key, ROWS[:1])
        age_import(imports, key)
        imports.clients.step_functions.fail(import_execution_name(key), "Broken", "it broke")

        assert cqrs.items("doctor") == []

        age_import(imports, key, first_row=1)
        assert only(cqrs)["detail"] == "1 row counted, and its execution is FAILED"

    def test_one_without_an_execution_gets_one(self, cqrs, imports):
        key = imports.make()
        imports.services.import_records.start(key, FileAsRead("e", "v", ("code", "city"), 10))
        age_import(imports, key)

        assert only(cqrs)["detail"] == "0 rows counted, and it has no execution"
        assert only(cqrs, "--fix")["fixed"]
        assert import_execution_name(key) in imports.clients.step_functions.started

    def test_one_whose_execution_failed_is_closed(self, cqrs, imports):
        key = imports.make()
        imports.start(key)
        imports.clients.step_functions.fail(import_execution_name(key), "Broken", "it broke")
        age_import(imports, key)

        assert only(cqrs, "--fix")["fixed"]

        job = imports.job(key)
        assert (job.status, job.error) == (ImportStatus.FAILED, "Broken")
        assert "it broke" in job.cause

    def test_one_whose_execution_runs_is_left(self, cqrs, imports):
        key = imports.make()
        imports.start(key)
        age_import(imports, key)

        for options in ((), ("--fix",)):
            (row,) = cqrs.items("doctor", *options, code=1)
            assert row["detail"] == "0 rows counted, while its execution runs"
            assert "cqrs --env test executions --machine import-csv" in row["repair"]

    def test_one_whose_rest_is_not_done_is_left(self, cqrs, imports):
        key = imports.make()
        imports.start(key)
        imports.services.import_records.hand_over(key, 1)
        imports.services.import_closer.end_of_batches(key)
        age_import(imports, key, first_row=1)

        row = only(cqrs)
        assert row["detail"] == "0 rows counted; 1 rest of a batch is not done"
        assert row["repair"].startswith("cqrs --env test redrive import-action-queue, or cqrs")
        assert "import cancel" in row["repair"]

    @pytest.mark.parametrize("mode", list(ProcessingMode))
    def test_rows_whose_message_comes_again_are_no_findings(self, cqrs, imports, mode):
        def unlucky(_command: Command) -> None:
            raise TransientError("DynamoDB is away")

        imports.application.sync_handler("unlucky")(unlucky)
        key = imports.make(mode)
        imports.start(key)
        messages, time_for_a_chunk = imports.take_messages(), seconds_left(60, 59, 1)
        if messages:
            imports.deliver(messages[0], time_for_a_chunk)
        else:
            imports.services.deadline.begin(time_for_a_chunk)
            imports.import_batch(key, ROWS)
        assert len(imports.take_messages()) == 1
        for command in commands_of(imports):
            age(imports.services, imports.settings.commands_table, command)

        assert cqrs.items("doctor") == []
        age_import(imports, key, first_row=1)
        assert only(cqrs)["problem"] == "import that does not move"

    def test_rows_that_an_import_has_left_behind_are_findings(self, cqrs, imports):
        imports.application.sync_handler("unlucky")(lambda _command: None)
        (key,) = [imports.services.commands.publish_sync(f"PLACE#{TENANT}", "PLACE#AAA").key]
        table = imports.settings.commands_table
        unfinished = {"status": "PUBLISHED", UNFINISHED: shard_of(*key.address)}
        imports.services.store.update(Update(table, key.pk, key.sk, unfinished))

        assert cqrs.items("doctor") == []  # its publisher may be at work
        age(imports.services, table, key)
        assert only(cqrs)["problem"] == "command without an execution"

    def test_one_that_is_over_is_no_finding(self, cqrs, imports):
        key = imports.make()
        age_import(imports, key)
        imports.services.import_closer.end_of_batches(key, ("Broken", "it broke"))

        assert cqrs.items("doctor") == []

    def test_one_that_cannot_be_read_is_a_finding_of_its_own(self, cqrs, imports):
        key = imports.make()
        age(imports.services, imports.settings.import_tmp_table, key, status="LOST")

        row = only(cqrs)
        assert row["problem"] == "import that cannot be read"
        assert "LOST" in row["detail"]

    @pytest.mark.parametrize("mode", list(ProcessingMode))
    def test_one_whose_end_was_interrupted_is_ended(self, cqrs, imports, mode):
        key = imports.make(mode)
        imports.start(key)
        imports.services.import_records.note_cancellation(key, "Ann cancelled it.")
        imports.services.import_records.close_counters(key)
        age_import(imports, key)

        assert only(cqrs)["detail"] == "0 rows counted, and its end is half done"
        assert only(cqrs, "--fix")["fixed"]

        assert imports.job(key).status is ImportStatus.CANCELLED
        assert cqrs.items("doctor") == []

    def test_one_that_is_damaged_is_named_and_ended(self, cqrs, imports):
        key = imports.make()
        table = imports.settings.import_tmp_table
        imports.services.store.update(
            Update(table, key.pk, key.sk, {"createdAt": LONG_AGO}, remove=("bucket",))
        )

        row = only(cqrs)
        assert row["problem"] == "import that cannot be read"
        assert "its attribute bucket is missing" in row["detail"]
        assert only(cqrs, "--fix")["fixed"]

        assert imports.services.import_records.read(key)["status"] == "FAILED"
        assert cqrs.items("doctor") == []

    @pytest.mark.parametrize("name", ["startedAt", "status", "mode"])
    def test_a_number_in_place_of_text_blinds_nothing(self, cqrs, imports, name):
        damaged, other = imports.make(), imports.make()
        age_import(imports, other)
        age(imports.services, imports.settings.import_tmp_table, damaged, **{name: 5})

        rows = {row["subject"]: row for row in cqrs.items("doctor", code=1)}

        assert f"its attribute {name} is not text" in rows[f"{damaged.pk} {damaged.sk}"]["detail"]
        assert rows[str(other)]["problem"] == "import that does not move"

    def test_what_the_function_refuses_is_not_fixed(self, cqrs, imports, monkeypatch):
        key = imports.make()
        age_import(imports, key)
        invoked(monkeypatch, lambda *_: Answer(None, "Broken: no such code"))

        (row,) = cqrs.items("doctor", "--fix", code=1)

        assert not row["fixed"]
        assert "not fixed: FunctionFailed: " in row["detail"]
        assert "Broken: no such code" in row["detail"]


class TestTasks:
    @pytest.fixture
    def many(self, imports) -> TaskKey:
        """A task of two sub-tasks that are stored."""
        key = imports.application.tasks.create_step_function_task(
            "square", [{"n": 1}, {"n": 2}], TENANT
        )
        self.store_sub_tasks(imports, key)
        return key

    @staticmethod
    def store_sub_tasks(imports: Imports, key: TaskKey) -> None:
        records = imports.services.task_records
        records.create_sub_tasks(records.read(key), key, [{"n": 1}, {"n": 2}])
        records.start_sub_tasks(key, 0)

    def status(self, imports: Imports, key: TaskKey) -> TaskStatus:
        return imports.application.tasks.get(key).status

    def age(self, imports: Imports, key: TaskKey, **times: str) -> None:
        age(imports.services, imports.settings.tasks_table, key, **times)

    def test_one_that_was_never_queued_is_queued(self, cqrs, imports):
        key = imports.application.tasks.create_task("square", {"n": 1}, TENANT)
        assert cqrs.items("doctor") == []
        self.age(imports, key)

        row = only(cqrs)
        assert (row["problem"], row["subject"]) == ("task that does not move", str(key))
        assert only(cqrs, "--fix")["fixed"]
        assert self.status(imports, key) is TaskStatus.QUEUED

    def test_one_that_waits_for_its_turn_is_left(self, cqrs, imports):
        key = imports.application.tasks.create_task("square", {"n": 1}, TENANT)
        imports.services.task_records.queue(key)
        made = minutes_ago(50)
        self.age(imports, key, createdAt=made)

        (row,) = cqrs.items("doctor", "--fix", code=1)
        assert row["detail"] == f"QUEUED; made at {made}"
        assert row["repair"].startswith("cqrs --env test redrive task-action-queue")
        assert row["repair"].endswith(f"cqrs --env test task cancel '{key}'")

    def test_one_that_has_waited_for_long_is_sent_again(self, cqrs, imports):
        key = imports.application.tasks.create_task("square", {"n": 1}, TENANT)
        imports.services.task_records.queue(key)
        self.age(imports, key)

        assert only(cqrs, "--fix")["fixed"]
        assert imports.task_messages() == [key.to_mapping()]

    @pytest.mark.parametrize(("minutes", "found"), [(1, 0), (10, 0), (50, 1)])
    def test_a_single_one_has_the_time_of_all_its_tries(self, cqrs, imports, minutes, found):
        key = imports.application.tasks.create_task("square", {"n": 1}, TENANT)
        imports.services.task_records.start(key, 0)
        self.age(imports, key, startedAt=minutes_ago(minutes))

        assert len(cqrs.items("doctor", code=found)) == found

    def test_one_without_an_execution_is_queued_again(self, cqrs, imports, many):
        self.age(imports, many, startedAt=LONG_AGO)

        assert only(cqrs)["detail"] == "0 of 2 sub-tasks over, and it has no execution"
        assert only(cqrs, "--fix")["fixed"]

    def test_one_whose_execution_runs_is_no_finding(self, cqrs, imports, many):
        self.age(imports, many, startedAt=LONG_AGO)
        imports.clients.step_functions.statuses[task_execution_name(many)] = "RUNNING"

        assert cqrs.items("doctor") == []

    def test_sub_tasks_left_by_an_execution_are_failed(self, cqrs, imports, many):
        self.age(imports, many, startedAt=LONG_AGO)
        imports.clients.step_functions.statuses[task_execution_name(many)] = "ABORTED"

        assert only(cqrs)["detail"] == "0 of 2 sub-tasks over, and its execution is ABORTED"
        assert only(cqrs, "--fix")["fixed"]

        assert imports.application.tasks.get(many).counters.failed == 2

    def test_one_whose_sub_tasks_are_all_over_is_closed(self, cqrs, imports, many):
        for sub_task in many.sub_tasks(2):
            imports.services.task_records.start_sub_task(sub_task, "x")
            imports.services.task_records.complete_sub_task(sub_task, "x", 1)
        self.age(imports, many, startedAt=LONG_AGO)

        assert only(cqrs)["detail"] == "2 of 2 sub-tasks over, and it is not"
        assert only(cqrs, "--fix")["fixed"]
        assert self.status(imports, many) is TaskStatus.COMPLETED
        assert cqrs.items("doctor") == []

    @pytest.mark.parametrize("moment", ["9999-01-01T00:00:00Z", "zzz"])
    def test_one_whose_time_lies_ahead_is_found(self, cqrs, imports, moment):
        key = imports.application.tasks.create_task("square", {"n": 1}, TENANT)
        self.age(imports, key, createdAt=moment)

        row = only(cqrs)

        is_time = moment.startswith("9999")
        assert row["problem"] == (
            "task that does not move" if is_time else "task that cannot be read"
        )

    @pytest.mark.parametrize("failed", [0, 1])
    def test_one_that_was_set_back_is_counted_again(self, cqrs, imports, many, failed):
        records = imports.services.task_records
        first, second = many.sub_tasks(2)
        for sub_task in (first, second):
            records.start_sub_task(sub_task, "x")
        records.complete_sub_task(first, "x", 1)
        if failed:
            records.fail_sub_tasks([second], 0, "KeyError", "gone")
        else:
            records.complete_sub_task(second, "x", 4)
        table = imports.settings.tasks_table
        set_back = {"succeeded": 0, "failed": 0, "startedAt": LONG_AGO, "createdAt": LONG_AGO}
        imports.services.store.update(Update(table, many.pk, many.sk, set_back))
        imports.clients.step_functions.statuses[task_execution_name(many)] = "SUCCEEDED"

        assert only(cqrs)["detail"] == "0 of 2 sub-tasks over, and its execution is SUCCEEDED"
        assert only(cqrs, "--fix")["fixed"]

        task = imports.application.tasks.get(many)
        assert task.status is (TaskStatus.FAILED if failed else TaskStatus.COMPLETED)
        assert (task.counters.succeeded, task.counters.failed) == (2 - failed, failed)
