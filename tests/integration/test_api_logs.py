"""The log of steps over HTTP: what a handler failed with, and for nobody of another tenant."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cqrs.roles import Role
from tests.integration.deployed import Deployed, wait_for
from tests.integration.http_client import HttpClient, People, send, skip_without_api
from tests.integration.overlay import with_modules
from tests.integration.unreliable.deployment import FAULTY

MODULE = Path(__file__).parent / "unreliable" / f"{FAULTY}.py"
COMMAND = "/items/FAULTY/1/commands/1"

Client = Callable[..., HttpClient]


@pytest.fixture(scope="module", autouse=True)
def faulty(deployed: Deployed) -> Iterator[None]:
    """Handlers that fail, beside the application's own."""
    skip_without_api(deployed)
    with with_modules(deployed, [MODULE]):
        yield


@pytest.fixture
def client(deployed: Deployed, tenant: str) -> Client:
    people = People(deployed)
    return lambda *roles, **more: people.client(tenant, *roles, **more)


@pytest.fixture
def publisher(client: Client) -> HttpClient:
    """A person who publishes and repairs."""
    return client("publisher", "operator")


def log_of(client: HttpClient, place: str, **query: str) -> list[dict[str, Any]]:
    """The lines of all pages."""
    found: list[dict[str, Any]] = []
    more = dict(query)
    while True:
        told = "&".join(f"{name}={value}" for name, value in more.items())
        answer = client.get(f"{place}/log?{told}")
        assert answer.status == 200, answer.text
        found += answer.body["lines"]
        if answer.body["cursor"] is None:
            return found
        more["cursor"] = answer.body["cursor"]


def failures_of(client: HttpClient, place: str, message: str) -> list[dict[str, Any]]:
    """The lines about a failure, once they are there."""

    def told() -> list[dict[str, Any]] | None:
        return [one for one in log_of(client, place) if one["message"] == message] or None

    return wait_for(told, f"a failure in the log of {place}", 60)


def execution_of(client: HttpClient, place: str) -> str:
    """The path of the execution of a command, a task or an import, once it is over."""
    (one,) = wait_for(
        lambda: client.get(f"{place}/executions").body["executions"] or None, "the execution"
    )
    path = f"/executions/{one['machine']}/{one['name']}"
    client.end_of(f"/v1/tenants/{client.tenant}{path}", "RUNNING")
    return path


def at_fault(line: dict[str, Any]) -> None:
    """See that a line tells which code is at fault."""
    code = MODULE.read_text(encoding="utf-8").splitlines()
    place, _, function = line["keys"]["fault"].partition(" in ")
    file, _, number = place.partition(":")
    assert (file, function) == (f"app/{FAULTY}.py", "rows_of")
    assert code[int(number) - 1].endswith("# the line at fault")
    assert f'File "{file}", line {number}, in rows_of' in line["traceback"]


def publish_one_that_fails(client: HttpClient) -> None:
    published = client.put("/items/FAULTY/1", {"attributes": {"seats": 3}})
    assert published.status == 202, published.text


class TestOfACommand:
    def test_a_failed_handler_s_traceback_is_read(self, publisher: HttpClient):
        publish_one_that_fails(publisher)
        execution = execution_of(publisher, COMMAND)

        line, *_ = failures_of(publisher, execution, "Handler failed")

        at_fault(line)
        assert line["level"] == "ERROR"
        assert line["traceback"].endswith("KeyError: 'rows'")
        assert line["state"] == "sync_data"
        assert line["execution"] == execution.rpartition("/")[2]
        assert line["keys"]["command"] == f"FAULTY#{publisher.tenant} FAULTY#1@1"
        assert line["keys"]["handler"] == "sync handler seat_map"
        # The prints of a handler could be anybody's.
        told = json.dumps(log_of(publisher, execution))
        assert "counting the seats" not in told
        of_command = failures_of(publisher, COMMAND, "Handler failed")
        assert line["id"] in {one["id"] for one in of_command}

    def test_who_does_not_repair_reads_no_code(self, publisher: HttpClient, client: Client):
        publish_one_that_fails(publisher)
        reader = client("reader")
        execution = execution_of(reader, COMMAND)

        line, *_ = failures_of(reader, execution, "Handler failed")

        assert (line["level"], line["traceback"]) == ("ERROR", None)

    def test_lines_come_by_state_time_and_page(self, publisher: HttpClient):
        publish_one_that_fails(publisher)
        execution = execution_of(publisher, COMMAND)
        failures_of(publisher, execution, "Handler failed")
        whole = log_of(publisher, execution)

        states = publisher.get(f"{execution}/states").body["states"]
        (check,) = [one for one in states if one["state"] == "check_version"]
        stay = {"since": check["entered"], "until": check["exited"]}
        of_check = log_of(publisher, execution, state="check_version", **stay)
        in_pieces = log_of(publisher, execution, limit="1")

        assert [one["at"] for one in whole] == sorted(one["at"] for one in whole)
        assert {one["state"] for one in of_check} == {"check_version"}
        assert {one["state"] for one in whole} >= {"check_version", "sync_data", "fail_command"}
        assert sorted(one["id"] for one in in_pieces) == sorted(one["id"] for one in whole)
        assert log_of(publisher, execution, until="2020-01-01T00:00:00Z") == []

    def test_nobody_of_another_tenant_reads_it(self, publisher: HttpClient, client: Client):
        publish_one_that_fails(publisher)
        execution = execution_of(publisher, COMMAND)
        failures_of(publisher, execution, "Handler failed")
        theirs = client(*Role, of="elsewhere")
        elsewhere = HttpClient(theirs.api_url, "elsewhere", theirs.token)

        for place in (execution, COMMAND):
            assert theirs.get(f"{place}/log").problem == (403, "tenant")
            assert elsewhere.get(f"{place}/log").problem == (404, "not-found")

    def test_each_tenant_reads_its_own_of_equal_items(
        self, deployed: Deployed, publisher: HttpClient, tenant: str
    ):
        other = People(deployed).client(f"{tenant}-other", "publisher")
        for one in (publisher, other):
            publish_one_that_fails(one)

        for one in (publisher, other):
            failures_of(one, COMMAND, "Handler failed")
            commands = {line["keys"]["command"] for line in log_of(one, COMMAND)}
            assert commands == {f"FAULTY#{one.tenant} FAULTY#1@1"}


def test_a_failed_sub_task_s_traceback_is_read(publisher: HttpClient):
    made = publisher.post("/tasks", {"type": "faulty", "items": [{}, {"rows": "3"}]})
    execution = execution_of(publisher, f"/tasks/{made.body['id']}")

    (line,) = failures_of(publisher, execution, "Task failed")

    at_fault(line)
    assert (line["level"], line["state"]) == ("WARNING", "iterator")


def test_a_failed_row_s_traceback_is_read(publisher: HttpClient):
    link = publisher.post("/uploads", {"file": "faulty.csv"}).body
    put = send(link["method"], link["url"], "id,name\n1,one\n", **link["headers"])
    assert put.status == 200, put.text
    body = {"target": "faulty", "upload": link["upload"], "mode": "STEP_FUNCTION"}
    made = publisher.post("/imports", body)
    assert made.status < 300, made.text
    execution = execution_of(publisher, f"/imports/{made.body['id']}")

    line, *_ = failures_of(publisher, execution, "Row failed")

    assert line["state"] == "csv_rows_handler"
    assert "rows_of" in line["traceback"]
