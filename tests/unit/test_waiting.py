"""``cqrs wait``: one word for the end of all kinds of work, and a line that shows how it does."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest

import cli.watching.looks
from cli.terminal.output import Output
from cli.watching.live_line import live_line
from cqrs.approvals.keys import ApprovalKey
from cqrs.aws.item_store import Update
from cqrs.core.keys import ItemKey
from cqrs.imports.models import ImportStatus
from cqrs.services import Services
from cqrs.tasks.models import TaskStatus
from tests.unit.importing import Imports
from tests.unit.operating import Operator
from tests.unit.tasking import Tasks
from tests.unit.terminal import Terminal, writing_to
from tests.unit.test_approval_command_line import ask
from tests.unit.test_screen import on_terminal
from tests.unit.waiting_executions import WaitingExecutions

PK, SK = "NOTE#acme", "NOTE#a@b"
ITEM = ItemKey(PK, SK)


@pytest.fixture
def cqrs(services: Services, monkeypatch, capsys) -> Operator:
    return Operator(services, monkeypatch, capsys)


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Lets something happen between the first look and the second, instead of a pause."""

    def act(once: Callable[[], object]) -> None:
        left = [once]
        pause = SimpleNamespace(
            monotonic=time.monotonic, sleep=lambda _: left.pop()() if left else None
        )
        monkeypatch.setattr(cli.watching.looks, "time", pause)

    return act


class TestVersions:
    def test_the_newest_one_is_waited_for(self, cqrs, services, execute, meanwhile):
        key = services.commands.publish(PK, SK, attributes={"n": 1}, version=0).key
        meanwhile(execute(key).apply)

        ended = cqrs.run("--json", "wait", PK, SK)

        assert (ended.code, ended.err) == (0, "")
        assert ended.document["status"] == "FINISHED"
        assert ended.document["sk"] == f"{SK}@1"

    def test_one_that_has_failed_exits_with_1(self, cqrs, services, execute):
        key = services.commands.publish(PK, SK, version=0).key
        execute(key).fail("Broken", "It is.")

        ended = cqrs.run("wait", PK, f"{SK}@1")

        assert ended.code == 1
        assert re.search(r"status +FAILED", ended.out)
        assert ended.out.count(f"cqrs --env test explain '{PK}' '{SK}@1'") == 1

    def test_one_that_does_not_end_in_time_is_told(self, cqrs, services, meanwhile):
        services.commands.publish(PK, SK, version=0)
        services.commands.publish(PK, SK, name="more", version=1)
        meanwhile(lambda: time.sleep(1))

        ended = cqrs.run("wait", PK, SK, "--timeout", "1")

        assert (ended.code, ended.out) == (1, "")
        assert f"{PK} {SK}@2 is still under way after 1 s" in ended.err
        assert f"`cqrs --env test wait '{PK}' '{SK}@2'`" in ended.err
        assert f"`cqrs --env test explain '{PK}' '{SK}@2'`" in ended.err

    def test_one_whose_command_has_expired_was_applied(self, cqrs, services, clients, settings):
        services.commands.publish_sync(PK, SK, version=0)
        key = {"pk": {"S": PK}, "sk": {"S": f"{SK}@1"}}
        clients.dynamodb.delete_item(TableName=settings.commands_table, Key=key)

        ended = cqrs.run("--json", "wait", PK, f"{SK}@1")

        assert ended.code == 0
        assert ended.document["status"] == "FINISHED"
        assert "expired" in ended.document["note"]

    @pytest.mark.parametrize(
        ("sk", "says"),
        [(SK, "nothing of it was published"), (f"{SK}@3", "There is no version 3 of NOTE#acme")],
    )
    def test_one_that_nobody_has_published_is_not_waited_for(self, cqrs, sk, says):
        ended = cqrs.run("wait", PK, sk)

        assert (ended.code, ended.out) == (1, "")
        assert says in ended.err


@pytest.mark.parametrize(
    ("outcome", "code"), [(TaskStatus.COMPLETED, 0), (TaskStatus.FAILED, 1)], ids=str
)
def test_a_task_is_waited_for(settings, clients, monkeypatch, capsys, meanwhile, outcome, code):
    tasks = Tasks.of_squares(settings, clients)
    key = tasks.service.create_task("square", {"n": -1 if code else 1}, "acme")
    cqrs = Operator(tasks.application.services, monkeypatch, capsys)
    meanwhile(lambda: tasks.deliver_message(tasks.queue(key)))

    ended = cqrs.run("--json", "wait", str(key))

    assert (ended.code, ended.err) == (code, "")
    assert ended.document["status"] == outcome


def test_an_import_is_waited_for(settings, clients, monkeypatch, capsys):
    imports = Imports(settings, clients)
    imports.upload("code\n")
    key = imports.make()
    table = settings.import_tmp_table
    failed = {"status": ImportStatus.FAILED.value}
    imports.services.store.update(Update(table, key.pk, key.sk, failed))

    ended = Operator(imports.services, monkeypatch, capsys).run("--json", "wait", str(key))

    assert (ended.code, ended.document["status"]) == (1, "FAILED")


@pytest.mark.parametrize(("answer", "code"), [("approve", 0), ("reject", 1)])
def test_an_answer_is_waited_for(settings, clients, monkeypatch, capsys, meanwhile, answer, code):
    clients.recorded = WaitingExecutions()
    services = Services(settings, clients)
    key = ApprovalKey.make("acme", "close-JFK")
    ask(services, clients.recorded, key)
    meanwhile(lambda: getattr(services.approvals, answer)(key, "ann", "because"))

    ended = Operator(services, monkeypatch, capsys).run("--json", "wait", str(key))

    assert (ended.code, ended.document["answered_by"]) == (code, "ann")


@pytest.mark.parametrize(
    "words", [["x"], ["NOTE#acme"], ["A#a", "A#1", "3"], ["NOTE#acme/x"], ["acme", "x"]], ids=str
)
def test_a_name_of_nothing_that_ends_is_wrong_usage(cqrs, words):
    ended = cqrs.run("wait", *words)

    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("Usage: ")


class TestLiveLine:
    def test_it_tells_what_in_which_state_and_is_gone_at_the_end(self, monkeypatch):
        def wait(output: Output) -> None:
            with live_line(output.progress(), "NOTE#acme NOTE#1@2") as tell:
                tell("PUBLISHED \x1b[2J")
            output.note("done")

        shown = on_terminal(monkeypatch, wait, columns=100)

        assert "0:00:00 NOTE#acme NOTE#1@2: PUBLISHED \\x1b[2J" in shown
        # The line is erased before anything else is printed.
        assert re.search(r"\x1b\[2K[^\n]*done\n$", shown)

    @pytest.mark.parametrize("as_json", [False, True])
    def test_there_is_none_unless_a_person_watches(self, capsys, as_json):
        with live_line(Output(as_json).progress(), "x") as tell:
            tell("PUBLISHED")

        assert capsys.readouterr() == ("", "")

    def test_json_has_none_on_a_terminal_either(self, monkeypatch):
        def wait(_output: Output) -> None:
            with live_line(Output(as_json=True).progress(), "x") as tell:
                tell("PUBLISHED")

        assert on_terminal(monkeypatch, wait) == ""


def test_publish_tells_how_to_look_again_when_it_is_interrupted(cqrs, meanwhile):
    def interrupt() -> None:
        raise KeyboardInterrupt

    meanwhile(interrupt)
    ended = cqrs.run("publish", PK, SK, "--wait")

    assert ended.code == 130
    assert f"To watch it again: cqrs --env test wait '{PK}' '{SK}@1'" in ended.err


def test_publish_shows_what_it_waits_for(cqrs, execute, monkeypatch, meanwhile):
    meanwhile(lambda: execute(ITEM.at(1)).apply())
    terminal = Terminal(100)
    with monkeypatch.context() as patched, writing_to(terminal) as stream:
        patched.setenv("TERM", "xterm")
        patched.setattr("sys.stderr", stream)
        ended = cqrs.run("--json", "publish", PK, SK, "--wait")
        assert ended.document["status"] == "FINISHED"
        assert cqrs.run("publish", PK, SK, "--name", "n", "--wait", "--wait-seconds", "1").code == 1
    shown = terminal.received()

    assert f"{PK} {SK}@2: PUBLISHED" in shown
    assert f"{SK}@1: PUBLISHED" not in shown
