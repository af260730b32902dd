"""Lists of the command line: items and executions, in pages, and nothing in them for nothing."""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cli.scaffolding.names import Name
from cli.scaffolding.read_models import read_model
from cqrs import Application, Entry, ItemState
from cqrs.services import Services
from tests.unit.operating import Operator

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def cqrs(services, monkeypatch, capsys) -> Operator:
    return Operator(services, monkeypatch, capsys)


class TestItems:
    @pytest.fixture
    def cqrs(self, services, cqrs) -> Operator:
        for number in (1, 2, 3):
            services.commands.publish_sync("NOTE#acme", f"NOTE#{number}", name="", version=0)
        services.commands.publish_sync("NOTE#other", "NOTE#1", version=0)
        return cqrs

    def test_they_are_listed_page_by_page(self, cqrs):
        first = cqrs.run("--json", "list", "NOTE", "--tenant", "acme", "--limit", "2").document
        rest = cqrs.run("--json", "list", "NOTE", "--tenant", "acme", "--cursor", first["cursor"])

        assert [item["sk"] for item in first["items"]] == ["NOTE#1", "NOTE#2"]
        assert [item["sk"] for item in rest.document["items"]] == ["NOTE#3"]
        assert rest.document["cursor"] is None

    def test_columns_without_a_value_are_left_out(self, cqrs):
        heading = cqrs.run("list", "NOTE", "--tenant", "acme").out.splitlines()[0].split()

        assert heading == ["sk", "version", "updated_at", "attributes"]

    def test_a_deleted_one_is_marked(self, cqrs, services):
        services.commands.publish_sync("NOTE#acme", "NOTE#2", version=1, is_deleted=True)

        rows = cqrs.run("list", "NOTE", "--tenant", "acme").out.splitlines()
        assert ["deleted" in row for row in rows] == [True, False, True, False]

    def test_a_prefix_narrows_them(self, cqrs):
        arguments = ("list", "NOTE", "--tenant", "acme", "--prefix", "NOTE#2")
        assert [item["sk"] for item in cqrs.items(*arguments)] == ["NOTE#2"]

    def test_lines_of_json_can_be_read_one_by_one(self, cqrs):
        ended = cqrs.run("--json-lines", "list", "NOTE", "--tenant", "acme", "--limit", "2")

        lines = [json.loads(line)["sk"] for line in ended.out.splitlines()]
        assert lines == ["NOTE#1", "NOTE#2"]
        assert set(json.loads(ended.err)) == {"cursor"}

    def test_an_error_is_a_line_too(self, cqrs):
        ended = cqrs.run("list", "NOTE", "--tenant", "a#b", "--json-lines")

        assert ended.code == 2
        (line,) = ended.out.splitlines()
        assert json.loads(line)["error"] == "Usage"

    @pytest.mark.parametrize(
        "arguments",
        [
            ("--tenant", "a#b"),
            ("--tenant", "acme", "--cursor", "x"),
            ("--tenant", "acme", "--limit", "0"),
        ],
    )
    def test_wrong_usage_exits_with_2(self, cqrs, arguments):
        ended = cqrs.run("list", "NOTE", *arguments)

        assert (ended.code, ended.out) == (2, "")


class TestEntries:
    """Entries of a read model, by a process that does not know the application."""

    @pytest.fixture
    def cqrs(self, settings, clients, monkeypatch, capsys) -> Operator:
        application = Application(settings, clients)

        @application.read_model("books_by_author", item_types=["BOOK"])
        def show(book: ItemState) -> Entry:
            author = book.attributes["author"]
            return Entry(f"BOOKS_BY_AUTHOR_{author}#acme", book.sk, {"of": author}, book.name)

        for number, author in enumerate(("one", "one", "two"), 1):
            application.commands.publish_sync(
                "BOOK#acme", f"BOOK#{number}", name=f"B{number}", attributes={"author": author}
            )
        return Operator(Services(settings, clients), monkeypatch, capsys)

    def test_the_next_step_of_a_new_one_lists_what_was_published(self, cqrs):
        part = read_model(Name.of("books_by_author"), None, None, {})
        _, *arguments = shlex.split(part.commands[-1])

        assert cqrs.items(*arguments) == [
            {"sk": "BOOK#1", "name": "B1", "attributes": {"of": "one"}},
            {"sk": "BOOK#2", "name": "B2", "attributes": {"of": "one"}},
        ]

    def test_they_are_listed_page_by_page(self, cqrs):
        of = ("--json", "read-model", "entries", "books_by_author", "BOOKS_BY_AUTHOR_one#acme")

        first = cqrs.run(*of, "--limit", "1").document
        rest = cqrs.run(*of, "--cursor", first["cursor"]).document

        assert [entry["sk"] for entry in first["items"]] == ["BOOK#1"]
        assert [entry["sk"] for entry in rest["items"]] == ["BOOK#2"]
        assert rest["cursor"] is None
        assert cqrs.run(*of, "--cursor", "x").code == 2

    def test_a_partition_without_any_is_told_and_so_is_a_name_that_is_none(self, cqrs):
        of = ("read-model", "entries")

        assert "shows nothing under A#b" in cqrs.run(*of, "books_by_author", "A#b").out
        assert cqrs.run(*of, "books_by_autor", "A#b").code == 1


class Executions:
    """Step Functions with a list of executions, in pages."""

    def __init__(self, *statuses: str) -> None:
        self.asked: list[dict[str, Any]] = []
        self._statuses = statuses

    def list_executions(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        begin = int(request.get("nextToken", 0))
        end = begin + request["maxResults"]
        page = [
            {"name": f"run-{n}", "status": status, "startDate": NOW - timedelta(minutes=n)}
            for n, status in enumerate(self._statuses)
            if status == request.get("statusFilter", status)
        ]
        more = {"nextToken": str(end)} if end < len(page) else {}
        return {"executions": page[begin:end], **more}


class TestExecutions:
    @pytest.fixture
    def executions(self, clients) -> Executions:
        clients.recorded = Executions("RUNNING", "FAILED", "RUNNING")
        return clients.recorded

    @pytest.fixture
    def cqrs(self, settings, clients, executions, monkeypatch, capsys) -> Operator:
        assert clients.recorded is executions
        return Operator(Services(settings, clients), monkeypatch, capsys)

    @pytest.mark.parametrize(
        ("command", "name"),
        [
            (("workflow", "list", "country-report"), "id"),
            (("workflow", "list"), "id"),
            (("executions", "--machine", "country-report"), "name"),
        ],
        ids=["workflow", "workflows", "machine"],
    )
    def test_they_are_listed_by_status(self, cqrs, executions, command, name):
        rows = cqrs.items(*command, "--status", "RUNNING")

        assert [row[name].rpartition("/")[2] for row in rows] == ["run-0", "run-2"]
        assert executions.asked[0]["stateMachineArn"].endswith("country-report")

    @pytest.mark.parametrize(
        "command", [("workflow", "list", "country-report"), ("executions",)], ids=" ".join
    )
    def test_a_list_goes_on_where_the_page_before_has_ended(self, cqrs, command):
        first = cqrs.run("--json", *command, "--limit", "2").document
        rest = cqrs.run("--json", *command, "--cursor", first["cursor"]).document

        assert len(first["items"]) == 2
        assert [row["name"] for row in rest["items"]] == ["run-2"]
        assert rest["cursor"] is None

    def test_no_column_of_ends_is_shown_while_none_has_ended(self, cqrs):
        heading = cqrs.run("workflow", "list").out.splitlines()[0].split()

        assert heading == ["id", "status", "started"]

    def test_a_cursor_needs_its_workflow(self, cqrs):
        assert cqrs.run("workflow", "list", "--cursor", "2").code == 2

    def test_an_empty_list_says_what_to_do(self, cqrs, executions):
        executions._statuses = ()

        assert cqrs.run("workflow", "list").out == (
            "No executions. `cqrs workflow start WORKFLOW --input JSON` starts one.\n"
        )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("task", "list"), "No tasks. `cqrs task create TYPE --tenant TENANT` makes one.\n"),
        (("import", "list"), "No imports. `cqrs import FILE --target "),
        (("approvals", "list"), "No pending requests. Nobody has to approve "),
    ],
    ids=lambda given: given[0],
)
def test_nothing_to_list_is_told_with_what_to_do(cqrs, arguments, told):
    assert cqrs.run(*arguments, "--tenant", "acme").out.startswith(told)


def test_a_record_has_no_line_for_nothing(cqrs, services):
    services.commands.publish_sync("NOTE#acme", "NOTE#1", version=0)

    lines = cqrs.run("get", "NOTE#acme", "NOTE#1").out.splitlines()
    assert all(len(line.split(maxsplit=1)) == 2 for line in lines)
    assert "ttl" in cqrs.run("--json", "get", "NOTE#acme", "NOTE#1").document
