"""Commands whose own invocation of the function is ended on its way: they look again."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

import cli.groups.cancellation
import cli.groups.imports
import cli.groups.tasks
from cli.deployed.function import FunctionFailed
from cqrs.imports.models import ImportStatus
from cqrs.tasks.models import TaskStatus
from tests.unit.importing import Imports
from tests.unit.operating import Operator
from tests.unit.tasking import TENANT, Tasks

KILLED = "Runtime.ExitError: RequestId: 1 Error: Runtime exited"
CAUSE = "Ann cancelled it."


class Lambda:
    """A function whose invocations end behind what a test lets them do."""

    def __init__(self) -> None:
        self.before: Callable[[], Any] = lambda: None
        self.later: Callable[[], Any] = lambda: None

    def invoke_action(self, *_arguments: Any) -> Any:
        self.before()
        raise FunctionFailed(KILLED)

    def sleep(self, _seconds: float) -> None:
        """Let others do their part while the command line waits."""
        self.later()


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> Lambda:
    made = Lambda()
    for module in (cli.groups.imports, cli.groups.tasks, cli.groups.cancellation):
        monkeypatch.setattr(module, "invoke_action", made.invoke_action)
    clock = SimpleNamespace(sleep=made.sleep, monotonic=iter(range(10_000)).__next__)
    monkeypatch.setattr("cli.watching.looks.time", clock)
    return made


@pytest.fixture
def imports(settings, clients) -> Imports:
    return Imports(settings, clients)


@pytest.fixture
def tasks(settings, clients) -> Tasks:
    return Tasks.of_squares(settings, clients)


@pytest.fixture
def import_line(imports, monkeypatch, capsys) -> Operator:
    return Operator(imports.services, monkeypatch, capsys)


@pytest.fixture
def task_line(tasks, monkeypatch, capsys) -> Operator:
    return Operator(tasks.application.services, monkeypatch, capsys)


def said(text: str) -> str:
    return " ".join(text.split())


class TestImportCancel:
    def test_one_that_was_noted_is_waited_for(self, import_line, imports, function):
        key = imports.make()
        records = imports.services.import_records
        function.before = lambda: records.note_cancellation(key, CAUSE)
        function.later = lambda: imports.services.import_canceller.go_on(key)

        ended = import_line.run("import", "cancel", str(key), "--by", "Ann")

        assert (ended.code, imports.job(key).status) == (0, ImportStatus.CANCELLED)
        assert "It is cancelled." in ended.out

    def test_one_that_does_not_end_is_told_with_what_to_do(self, import_line, imports, function):
        key = imports.make()
        records = imports.services.import_records
        function.before = lambda: records.note_cancellation(key, CAUSE)

        ended = import_line.run("import", "cancel", str(key), "--by", "Ann")

        assert ended.code == 1
        assert f"Look again with `cqrs --env test import status '{key}'`" in said(ended.err)

    @pytest.mark.usefixtures("function")
    def test_one_that_was_not_noted_is_to_be_cancelled_again(self, import_line, imports):
        key = imports.make()

        ended = import_line.run("import", "cancel", str(key), "--by", "Ann")

        assert ended.code == 1
        assert f"{KILLED}. {key} is CREATED and not cancelled: give the same" in said(ended.err)
        assert imports.job(key).status is ImportStatus.CREATED

    def test_one_that_ended_otherwise_says_so(self, import_line, imports, function):
        key = imports.make()
        closer = imports.services.import_closer
        function.before = lambda: closer.end_of_batches(key, ("Broken", "it broke"))

        ended = import_line.run("import", "cancel", str(key), "--by", "Ann")

        assert ended.code == 1
        assert f"{key} is over: it is FAILED." in said(ended.err)


class TestTaskCancel:
    def test_one_that_was_noted_is_waited_for(self, task_line, tasks, function):
        key = tasks.service.create_task("square", 2, TENANT)
        services = tasks.application.services
        function.before = lambda: services.task_records.note_cancellation(key, CAUSE)
        function.later = lambda: services.task_canceller.go_on(key, tasks.item(key))

        ended = task_line.run("task", "cancel", str(key), "--by", "Ann")

        assert (ended.code, tasks.service.get(key).status) == (0, TaskStatus.CANCELLED)

    @pytest.mark.usefixtures("function")
    def test_one_that_was_not_noted_is_to_be_cancelled_again(self, task_line, tasks):
        key = tasks.service.create_task("square", 2, TENANT)

        ended = task_line.run("task", "cancel", str(key), "--by", "Ann")

        assert ended.code == 1
        assert f"{key} is CREATED and not cancelled: give the same" in said(ended.err)


class TestTaskRetry:
    @pytest.fixture
    def failed(self, tasks):
        key = tasks.service.create_task("square", 2, TENANT)
        tasks.application.services.task_records.fail(key, 0, "Broken", "it broke")
        return key

    def test_one_that_was_started_again_is_shown(self, task_line, tasks, failed, function):
        function.before = lambda: tasks.service.retry(failed)

        ended = task_line.run("--json", "task", "retry", str(failed))

        assert (ended.code, ended.document["status"]) == (0, TaskStatus.CREATED)

    @pytest.mark.usefixtures("function")
    def test_one_that_was_not_is_to_be_retried_again(self, task_line, failed):
        ended = task_line.run("task", "retry", str(failed))

        assert ended.code == 1
        assert f"{KILLED}. {failed} is still FAILED: give the same command" in said(ended.err)


@pytest.mark.usefixtures("function")
@pytest.mark.parametrize(
    ("command", "advice"),
    [
        (
            ("task", "create", "square", "--tenant", "acme", "--input", "1"),
            "`cqrs --env test task list --tenant acme` shows whether it was made",
        ),
        (
            ("import", "s3://bucket/in.csv", "--target", "places", "--tenant", "acme"),
            "`cqrs --env test import list --tenant acme` shows whether it was made",
        ),
    ],
    ids=["task", "import"],
)
def test_whether_something_was_made_is_to_be_looked_up(import_line, command, advice):
    ended = import_line.run(*command)

    assert ended.code == 1
    assert f"{KILLED}. {advice}" in said(ended.err)
