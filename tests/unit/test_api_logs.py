"""The log of executions and commands over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cqrs.api import log_pages
from cqrs.application import Application
from cqrs.aws.item_store import Update
from cqrs.core.clock import iso, seconds_since
from cqrs.core.keys import CommandKey
from cqrs.resources import StateMachine
from cqrs.settings import Settings
from cqrs.storage.paging import cursor_of
from tests.unit.calling import TENANT, Answer, Caller, with_api
from tests.unit.conftest import PREFIX
from tests.unit.logged import FAULT, INVOCATION, Logs, failed_line, milliseconds, moment

GROUP = f"/aws/lambda/{PREFIX}main"
WORKFLOW = "price-adjustment"
NAME = "monthly-0a1b"
LOG = f"/executions/{WORKFLOW}/{NAME}/log"
OTHERS = "globex"

Write = Callable[..., None]


@pytest.fixture
def known(settings, clients) -> Settings:
    return replace(with_api(settings, clients), workflows=WORKFLOW)


@pytest.fixture
def logs(clients) -> Logs:
    made = Logs()
    clients.logs = made
    return made


@pytest.fixture
def application(known, clients, logs) -> Application:  # noqa: ARG001 - its log is there
    return Application(known, clients)


@pytest.fixture
def reader(application) -> Caller:
    return Caller(application, "reader")


@pytest.fixture
def run(application, step_functions) -> str:
    """An execution that began at the beginning of the log, and ended a minute later."""
    start(application, step_functions, WORKFLOW, {"tenant": TENANT})
    return NAME


def start(application: Any, step_functions: Any, machine: str, given: Any) -> None:
    arn = application.services.settings.state_machine_arn(machine)
    application.step_functions.start(arn, NAME, given)
    step_functions.ends[NAME] = {"startDate": moment(0), "stopDate": moment(60)}


@pytest.fixture
def write(logs) -> Write:
    def written(seconds: float, message: str = "Looked", **keys: Any) -> None:
        about = {"execution": NAME, "state": "look", "tenant": TENANT, **keys}
        told = {name: value for name, value in about.items() if value is not None}
        at = moment(seconds).strftime("%Y-%m-%d %H:%M:%S,%f")[:-3] + "+0000"
        logs.write(GROUP, seconds, {"level": "INFO", "message": message, "timestamp": at, **told})

    return written


def told(answer: Answer) -> list[str]:
    assert answer.status == 200, answer
    return [line["message"] for line in answer.body["lines"]]


@pytest.mark.usefixtures("run")
class TestOfAnExecution:
    @pytest.mark.parametrize(
        ("role", "traceback"),
        [
            ("reader", None),
            ("publisher", None),
            ("operator", "  File \"app/seats.py\", line 12, in rows_of\nKeyError: 'x'"),
        ],
    )
    def test_a_line_has_all_that_the_logger_wrote_of_the_work(
        self, application, logs, role, traceback
    ):
        about = {"execution": NAME, "state": "look", "tenant": TENANT, "command": "NOTE#acme N@1"}
        logs.write(GROUP, 1.25, failed_line(1.25, **about))

        (line,) = Caller(application, role).ask("GET", LOG).body["lines"]

        keys = line.pop("keys")
        assert line.pop("id")
        assert line == {
            "at": iso(moment(1.25)),
            "level": "ERROR",
            "message": "Handler failed",
            "execution": NAME,
            "state": "look",
            "invocation": INVOCATION,
            "traceback": traceback,
        }
        assert keys == {
            "command": "NOTE#acme N@1",
            "handler": "sync handler seat_map",
            "error": "KeyError",
            "reason": "'rows'",
            "fault": FAULT,
            "code": 'return int(attributes["rows"])',
        }

    @pytest.mark.parametrize(
        "keys",
        [
            {"tenant": OTHERS},
            {"tenant": None},
            {"tenant": [TENANT]},
            {"tenant": f"{TENANT}x"},
            {"execution": "monthly"},
            {"execution": None, "request": NAME},
            {"execution": "other", "note": f"{NAME} of {TENANT}"},
            {"_aws": {}},
            {"item": f"NOTE#{OTHERS} NOTE#1"},
            {"item": f"NOTE#{OTHERS} NOTE#{TENANT} x"},
            {"command": f"NOTE#{TENANT}x NOTE#1@1"},
            {"task": f"TASK#{OTHERS}/square#{TENANT}/1"},
            {"job": f"CSV_IMPORT#{OTHERS}/airports#1"},
            {"approval": f"APPROVAL#{OTHERS}/1"},
        ],
    )
    def test_a_line_of_somebody_or_something_else_stays_inside(self, reader, write, keys):
        """Names of executions are one room for all machines, and texts have names in them."""
        write(1)
        write(2, "Secret", **keys)

        assert told(reader.ask("GET", LOG)) == ["Looked"]

    @pytest.mark.parametrize(
        "keys",
        [
            {"item": f"NOTE#{TENANT} NOTE#{OTHERS} 1"},
            {"item": f"SALES ORDER#{TENANT} 1", "task": f"TASK#{TENANT}/square#1"},
            {"item": f"A#B#{TENANT} 1"},
            {"item": "KIX", "task": 5, "job": ["a"], "approval": None, "command": "close"},
        ],
    )
    def test_other_keys_that_a_handler_gives_change_nothing(self, reader, write, keys):
        write(1, **keys)

        assert told(reader.ask("GET", LOG)) == ["Looked"]

    def test_what_was_printed_stays_inside_as_nobody_knows_whose_it_is(self, reader, write, logs):
        logs.write(GROUP, 1, f"START RequestId: {INVOCATION} Version: 1\n")
        write(1.1, function_request_id=INVOCATION)
        logs.write(GROUP, 1.2, f"printed of {NAME} by {TENANT}\n")
        logs.write(GROUP, 1.3, json.dumps([NAME, TENANT]))

        assert told(reader.ask("GET", LOG)) == ["Looked"]

    def test_another_tenant_does_not_see_it(self, application, write):
        write(1)
        write(2, tenant=OTHERS)
        other = Caller(application, "administrator", **{"custom:tenants": OTHERS})

        hidden = other.ask("GET", f"/v1/tenants/{OTHERS}{LOG}")
        missing = other.ask("GET", f"/v1/tenants/{OTHERS}{LOG.replace(NAME, 'none')}")

        assert (hidden.status, hidden.kind) == (404, "not-found")
        assert hidden.body["detail"] == missing.body["detail"].replace("none", NAME)
        assert other.ask("GET", LOG).status == 403
        assert Caller(application, "approver").ask("GET", LOG).status == 403

    def test_one_state_alone(self, reader, write, logs):
        write(1, "Begun", state="begin")
        write(2)
        write(3, "look at it", state="end")

        assert told(reader.ask("GET", LOG, state="look")) == ["Looked"]
        assert logs.asked[-1]["filterPattern"] == f'"{NAME}" "look"'
        assert told(reader.ask("GET", LOG, state='say "no"')) == []
        assert logs.asked[-1]["filterPattern"] == f'"{NAME}"'

    def test_a_part_of_its_time(self, reader, write):
        for second in range(5):
            write(second, f"line {second}")

        def between(first: float, last: float) -> list[str]:
            return lines_of_all(reader, since=iso(moment(first)), until=iso(moment(last)))

        assert between(1, 3) == ["line 1", "line 2", "line 3"]
        assert between(3.5, 9) == ["line 4"]
        assert between(9, 1) == []

    def test_a_line_s_own_time_counts(self, reader, write):
        """MiniStack gives all lines of an invocation the time of its end."""
        own = moment(1).strftime("%Y-%m-%d %H:%M:%S,000+0000")
        write(3, timestamp=own)

        assert told(reader.ask("GET", LOG, since=iso(moment(2)))) == []
        assert told(reader.ask("GET", LOG, until=iso(moment(2)))) == ["Looked"]

    def test_no_more_of_the_log_is_searched_than_the_execution_took(self, reader, write, logs):
        write(1)

        reader.ask("GET", LOG)
        reader.ask("GET", LOG, since="2020-01-01T00:00:00Z", until="2099-01-01T00:00:00Z")

        first, second = logs.asked
        assert first == second
        assert first["startTime"] == milliseconds(-60)
        # A call goes on for the function's timeout; the clocks may be a minute apart.
        assert first["endTime"] == milliseconds(60 + 2 * (60 + 60))

    def test_nothing_is_asked_of_a_time_that_is_over_before_it_begins(self, reader, logs):
        assert told(reader.ask("GET", LOG, until="2020-01-01T00:00:00Z")) == []
        assert logs.asked == []

    def test_of_one_that_runs_there_is_no_last_line_yet(self, reader, write, logs, step_functions):
        step_functions.ends[NAME] = {"startDate": moment(0)}
        write(500, "Late")

        assert told(reader.ask("GET", LOG)) == ["Late"]
        assert "endTime" not in logs.asked[0]

    @pytest.mark.parametrize("name", ["since", "until"])
    @pytest.mark.parametrize("text", ["yesterday", "2026-01-01T00:00:00", ""])
    def test_a_time_that_is_none_is_refused(self, reader, name, text):
        refused = reader.ask("GET", LOG, **{name: text})

        assert (refused.status, refused.body["detail"].startswith(f"{name} is")) == (400, True)

    def test_the_first_hour_of_all_is_a_time_that_is_none(self, reader):
        assert reader.ask("GET", LOG, since="0001-01-01T00:00:00+14:00").status == 400

    def test_nothing_was_logged(self, reader):
        answer = reader.ask("GET", LOG)

        assert (answer.body["lines"], answer.body["cursor"]) == ([], None)
        assert seconds_since(answer.body["read_at"]) < 60


def lines_of_all(reader: Caller, **query: str) -> list[str]:
    """The lines of all pages."""
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = reader.ask("GET", LOG, **query, **({"cursor": cursor} if cursor else {}))
        found += told(answer)
        cursor = answer.body["cursor"]
    return found


@pytest.mark.usefixtures("run")
class TestPages:
    def test_they_are_told_one_after_the_other(self, reader, write, logs):
        for second in range(5):
            write(second, f"line {second}")

        assert lines_of_all(reader) == [f"line {second}" for second in range(5)]
        logs.asked.clear()
        assert lines_of_all(reader, limit="1") == [f"line {second}" for second in range(5)]
        # A full page may have another one behind it.
        assert [asked["limit"] for asked in logs.asked] == [1, 1, 1, 1, 1, 2]

    def test_an_answer_asks_for_some_pages_and_leaves_the_others(self, reader, write, logs):
        for second in range(20):
            write(second, tenant=OTHERS)
        write(21, "The last")

        first = reader.ask("GET", LOG)

        assert (first.body["lines"], len(logs.asked)) == ([], log_pages.MOST_REQUESTS)
        assert first.body["cursor"]
        assert lines_of_all(reader) == ["The last"]

    def test_an_answer_looks_for_some_time(self, reader, write, logs, monkeypatch):
        monkeypatch.setattr(log_pages, "LOOK_SECONDS", 0)
        for second in range(5):
            write(second, tenant=OTHERS)

        first = reader.ask("GET", LOG)

        assert (first.body["lines"], len(logs.asked)) == ([], 1)
        assert first.body["cursor"]

    def test_a_page_goes_on_in_the_time_of_the_first(self, reader, write, logs, step_functions):
        step_functions.ends[NAME] = {"startDate": moment(0)}
        for second in range(5):
            write(second)
        cursor = reader.ask("GET", LOG).body["cursor"]
        step_functions.ends[NAME] = {"startDate": moment(0), "stopDate": moment(60)}

        reader.ask("GET", LOG, cursor=cursor)

        first, second = logs.asked
        assert second == {**first, "nextToken": "2"}

    @pytest.mark.parametrize(
        "place",
        [
            ["alarms", 0, None, "2", 0],
            ["log", 0, None, "foreign", 0],
            ["log", 0, None, "", 0],
            ["log", 5, 1, "2", 0],
            ["log", -1, None, "2", 0],
            ["log", 0, 10**18, "2", 0],
            ["log", 0, None, "\ud800", 0],
            ["log", 0, None, "", 10_000],
            ["log", "0", None, "2", 0],
        ],
    )
    def test_a_foreign_cursor_is_refused(self, reader, write, place):
        write(1)

        refused = reader.ask("GET", LOG, cursor=cursor_of(place))

        assert (refused.status, "does not belong" in refused.body["detail"]) == (400, True)

    def test_another_execution_s_cursor_shows_no_other_lines(self, reader, write):
        for second in range(5):
            write(second, "Secret", execution="other", tenant=OTHERS)
        cursor = cursor_of(["log", 0, None, "2", 0])

        assert told(reader.ask("GET", LOG, cursor=cursor)) == []

    def test_throttling_is_told_at_once(self, reader, clients):
        clients.logs = throttled = Throttled()

        answer = reader.ask("GET", LOG)

        assert (answer.status, answer.kind) == (503, "busy")
        assert answer.headers["retry-after"] == "2"
        assert throttled.times == 1, "the SDK tries again by itself"

    def test_a_missing_permission_is_the_services_fault(self, reader, clients):
        clients.logs = Logs(GROUP)

        answer = reader.ask("GET", LOG)

        assert (answer.status, answer.kind) == (500, "fault")


class Throttled:
    """CloudWatch Logs, of which others ask too much."""

    def __init__(self) -> None:
        self.times = 0

    def filter_log_events(self, **_request: Any) -> dict[str, Any]:
        self.times += 1
        told = {"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}
        raise ClientError(told, "FilterLogEvents")


def test_rows_of_an_import_are_worked_on_by_other_executions(
    application, reader, step_functions, write
):
    key = {"pk": f"CSV_IMPORT#{TENANT}", "sk": "airports#01ARZ3NDEKTSV4RRFFQ69G5FAV"}
    start(application, step_functions, StateMachine.IMPORT_CSV, key)
    job = f"{key['pk']}/{key['sk']}"
    write(1, "Row failed", execution="child", state="csv_rows_handler", job=job)
    write(2, "Another", execution="child", job=f"{job}0")
    write(3, "Secret", execution="child", job=job, tenant=OTHERS)

    assert told(reader.ask("GET", f"/executions/import-csv/{NAME}/log")) == ["Row failed"]


@pytest.mark.parametrize("machine", ["command-express", "none"])
def test_a_machine_without_executions_to_ask_for_has_no_log(reader, machine):
    assert reader.ask("GET", f"/executions/{machine}/{NAME}/log").status == 404


class TestOfACommand:
    KEY = CommandKey(f"NOTE#{TENANT}", "NOTE#1", 1)
    LOG = "/items/NOTE/1/commands/1/log"

    @pytest.fixture(params=["standard", "express"])
    def reader(self, request, known, clients, logs) -> Caller:  # noqa: ARG002 - its log is there
        application = Application(replace(known, command_lane=request.param), clients)
        application.commands.publish(self.KEY.pk, self.KEY.base)
        self.change(application, createdAt=iso(moment(0)))
        return Caller(application, "reader")

    def change(self, application: Application, **assigned: Any) -> None:
        services = application.services
        table = services.settings.commands_table
        services.store.update(Update(table, self.KEY.pk, self.KEY.sk, assign=assigned))

    def test_its_lines_are_told_in_either_lane(self, reader, write):
        write(1, command=str(self.KEY), execution="NOTE-1-v1-0a1b-5c6d", state="sync_data")

        (line,) = reader.ask("GET", self.LOG).body["lines"]

        assert (line["execution"], line["state"]) == ("NOTE-1-v1-0a1b-5c6d", "sync_data")
        assert told(reader.ask("GET", self.LOG, state="finish")) == []

    @pytest.mark.parametrize(
        "keys",
        [
            {"command": f"NOTE#{TENANT} NOTE#1@11"},
            {"command": f"NOTE#{OTHERS} NOTE#1@1", "tenant": OTHERS},
            {"tenant": OTHERS},
            {"command": None, "item": f"NOTE#{TENANT} NOTE#1@1"},
        ],
    )
    def test_a_line_of_another_one_stays_inside(self, reader, write, keys):
        write(1, "Secret", **{"command": str(self.KEY), **keys})

        assert told(reader.ask("GET", self.LOG)) == []

    def test_those_of_its_latest_attempt_are_told(self, reader, write, logs):
        write(1, "First", command=str(self.KEY))
        write(301, "Second", command=str(self.KEY))
        ended = {"restartedAt": iso(moment(300)), "finishedAt": iso(moment(310))}
        self.change(reader.application, **ended)

        assert told(reader.ask("GET", self.LOG)) == ["Second"]
        assert logs.asked[0]["startTime"] == milliseconds(300 - 60)

    def test_what_is_not_there_has_no_log(self, application, reader):
        assert reader.ask("GET", self.LOG.replace("NOTE/1", "NOTE/2")).status == 404
        other = Caller(application, "administrator", **{"custom:tenants": OTHERS})
        assert other.ask("GET", f"/v1/tenants/{OTHERS}{self.LOG}").status == 404
        assert other.ask("GET", self.LOG).status == 403
