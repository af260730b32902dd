"""Executions and custom workflows over HTTP."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cqrs.application import Application
from cqrs.commands.executions import command_execution_name, execution_input
from cqrs.core.keys import CommandKey
from cqrs.settings import Settings
from cqrs.tasks.executions import execution_input as task_input
from cqrs.tasks.executions import task_execution_name
from cqrs.tasks.keys import TaskKey
from tests.unit.calling import TENANT, Caller, with_api

START = datetime(2026, 1, 1, tzinfo=UTC)
WORKFLOW = "price-adjustment"
RUNS = f"/workflows/{WORKFLOW}/executions"


@pytest.fixture
def known(settings, clients) -> Settings:
    return replace(with_api(settings, clients), workflows=f"{WORKFLOW} country-report")


@pytest.fixture
def application(known, clients) -> Application:
    made = Application(known, clients)
    made.task("square")(lambda task: task.input["n"] ** 2)
    return made


@pytest.fixture
def publisher(application) -> Caller:
    return Caller(application, "publisher")


def of_tenant(application: Application, tenant: str, *roles: str) -> Caller:
    return Caller(application, *(roles or ("publisher",)), **{"custom:tenants": tenant})


class TestWorkflows:
    def test_they_are_listed(self, publisher):
        listed = publisher.ask("GET", "/workflows").body["workflows"]
        assert listed == [{"name": WORKFLOW}, {"name": "country-report"}]

    def test_one_is_started_for_the_tenant(self, publisher, step_functions):
        started = publisher.ask("POST", RUNS, {"input": {"percent": 10}})

        assert (started.status, started.body["started"]) == (202, True)
        name = started.body["name"]
        assert step_functions.started == {name: {"tenant": TENANT, "percent": 10}}
        read = publisher.ask("GET", started.headers["location"]).body
        assert (read["name"], read["machine"], read["status"]) == (name, WORKFLOW, "RUNNING")
        assert (read["input"], read["input_is_cut"]) == ('{"tenant": "acme", "percent": 10}', False)

    def test_a_name_starts_once_in_a_tenant(self, application, publisher, step_functions):
        body = {"input": {}, "name": "monthly"}
        first, again = (publisher.ask("POST", RUNS, body).body for _ in range(2))
        other = of_tenant(application, "globex").ask("POST", f"/v1/tenants/globex{RUNS}", body)

        assert (first["started"], again["started"]) == (True, False)
        assert again["name"] == first["name"] != other.body["name"]
        assert other.body["started"] is True
        assert len(step_functions.started) == 2

    def test_a_name_that_another_input_has_is_refused(self, publisher, step_functions):
        given = {"percent": 10.5, "of": [1, {"a": None}]}
        first = publisher.ask("POST", RUNS, {"input": given, "name": "monthly"})

        answer = publisher.ask("POST", RUNS, {"input": {"percent": 11}, "name": "monthly"})

        assert (answer.status, answer.kind) == (409, "execution-exists")
        assert answer.headers["location"] == first.headers["location"]
        assert "'monthly'" in answer.body["detail"]
        assert len(step_functions.started) == 1
        again = publisher.ask("POST", RUNS, {"input": given, "name": "monthly"})
        assert (again.status, again.body["started"]) == (202, False)

    def test_a_request_that_is_repeated_starts_once(self, publisher, step_functions):
        key = {"idempotency-key": "k" * 20}
        first, again = (publisher.ask("POST", RUNS, {"input": {}}, headers=key) for _ in range(2))
        assert first.body == again.body
        publisher.ask("POST", RUNS, {"input": {}})
        assert len(step_functions.started) == 2

    @pytest.mark.parametrize(
        "given",
        [
            {"tenant": "globex"},
            {"tenant": 5},
            {"tenant": ""},
            {"pk": "NOTE#globex"},
            {"pk": 7},
            {"tenant": TENANT, "pk": "NOTE#globex"},
        ],
    )
    def test_none_is_started_with_the_input_of_another_tenant(
        self, publisher, step_functions, given
    ):
        answer = publisher.ask("POST", RUNS, {"input": given})
        assert (answer.status, answer.kind) == (403, "tenant")
        assert step_functions.started == {}

    @pytest.mark.parametrize(
        ("name", "status"),
        [("other", 404), ("command-handler", 404), ("task-handler", 404), ("~", 400)],
    )
    def test_nothing_else_is_started(self, publisher, step_functions, name, status):
        path = f"/workflows/{name}/executions"
        assert publisher.ask("POST", path, {"input": {}}).status == status
        assert step_functions.started == {}

    def test_an_empty_name_is_none(self, publisher, step_functions):
        answer = publisher.ask("POST", RUNS, {"input": {}, "name": ""})
        assert (answer.status, answer.kind) == (400, "body")
        assert step_functions.started == {}

    def test_an_input_that_is_too_large_is_refused(self, publisher):
        answer = publisher.ask("POST", RUNS, {"input": {"text": "x" * 300_000}})
        assert (answer.status, answer.kind) == (400, "validation")
        assert "262,144" in answer.body["detail"]

    def test_only_the_tenants_executions_are_listed(self, application, publisher):
        for tenant in ("globex", TENANT, "globex", TENANT, TENANT):
            caller = of_tenant(application, tenant)
            caller.ask("POST", f"/v1/tenants/{tenant}{RUNS}", {"input": {}})

        first = publisher.ask("GET", RUNS, limit="3").body
        second = publisher.ask("GET", RUNS, limit="3", cursor=first["cursor"]).body

        assert (len(first["executions"]), len(second["executions"])) == (2, 1)
        assert second["cursor"] is None
        assert publisher.ask("GET", RUNS, status="FAILED").body["executions"] == []
        assert publisher.ask("GET", RUNS, status="OVER").status == 400
        assert publisher.ask("GET", RUNS, cursor="x").status == 400

    def test_what_was_started_without_a_tenant_is_nobodys(self, application, publisher):
        machine = application.services.settings.state_machine_arn(WORKFLOW)
        for number, given in enumerate(({}, [], None, "acme", {"tenant": ["acme"]}, [["acme"]])):
            application.step_functions.start(machine, f"run-{number}", given)
            assert publisher.ask("GET", f"/executions/{WORKFLOW}/run-{number}").status == 404
        assert publisher.ask("GET", RUNS).body["executions"] == []


class TestOfCommandsTasksAndImports:
    @pytest.fixture
    def command(self, application) -> Any:
        application.commands.publish("NOTE#acme", "NOTE#1")
        return application.commands.get(CommandKey("NOTE#acme", "NOTE#1", 1))

    @pytest.fixture
    def started(self, application, command) -> str:
        name = command_execution_name(command.key, command.request_id)
        machine = application.services.settings.command_state_machine_arn
        given = execution_input(command.key, command.request_id)
        application.step_functions.start(machine, name, given)
        return name

    def test_those_of_a_command_are_found(self, publisher, started):
        listed = publisher.ask("GET", "/items/NOTE/1/commands/1/executions").body

        (one,) = listed["executions"]
        assert (one["name"], one["attempt"], listed["lane"]) == (started, 0, "standard")
        place = f"/executions/{one['machine']}/{one['name']}"
        assert publisher.ask("GET", place).body["status"] == "RUNNING"
        assert publisher.ask("GET", "/items/NOTE/2/commands/1/executions").status == 404

    def test_another_tenant_does_not_see_it(self, application, started):
        other = of_tenant(application, "globex", "administrator")
        place = f"/executions/command-handler/{started}"
        for path in (place, f"{place}/states"):
            hidden = other.ask("GET", f"/v1/tenants/globex{path}")
            missing = other.ask("GET", f"/v1/tenants/globex{path.replace(started, 'none')}")
            assert (hidden.status, hidden.kind) == (404, "not-found")
            told = missing.body["detail"].replace("none", started)
            assert hidden.body["detail"] == told, "nobody learns whether it is there"
            assert other.ask("GET", path).status == 403

    @pytest.mark.usefixtures("command")
    def test_an_express_one_is_told_as_far_as_it_is_known(self, known, clients):
        express = Application(replace(known, command_lane="express"), clients)
        reader = Caller(express, "reader")

        listed = reader.ask("GET", "/items/NOTE/1/commands/1/executions").body

        (one,) = listed["executions"]
        assert (listed["lane"], one["name"], one["status"]) == ("express", None, "RUNNING")
        told = reader.ask("GET", "/executions/command-express/x/states")
        assert (told.status, told.kind) == (404, "no-history")

    def test_those_of_a_task_are_found(self, application, publisher):
        items = {"type": "square", "items": [{"n": 1}]}
        task_id = publisher.ask("POST", "/tasks", items).body["id"]
        single = publisher.ask("POST", "/tasks", {"type": "square", "input": {"n": 1}}).body["id"]
        _, kind, ulid = task_id.split(".")
        key = TaskKey(f"SFN_TASK#{TENANT}", f"{kind}#{ulid}")
        machine = application.services.settings.task_state_machine_arn
        given = task_input(key.sub_tasks(1))
        application.step_functions.start(machine, task_execution_name(key), given)

        (one,) = publisher.ask("GET", f"/tasks/{task_id}/executions").body["executions"]

        assert one["machine"] == "task-handler"
        assert publisher.ask("GET", f"/executions/task-handler/{one['name']}").status == 200
        assert publisher.ask("GET", f"/tasks/{single}/executions").body == {"executions": []}
        assert publisher.ask("GET", "/tasks/x/executions").status == 404

    def test_those_of_all_tenants_take_every_tenant(self, application, started):
        operator = of_tenant(application, "*", "operator")
        place = "/v1/environment/executions/command-handler"
        (one,) = operator.ask("GET", place).body["executions"]
        assert one["name"] == started
        assert operator.ask("GET", "/v1/environment/executions/command-express").status == 404
        assert operator.ask("GET", "/v1/environment/executions/main").status == 404


def event(number: int, kind: str, before: int | None, **details: Any) -> dict[str, Any]:
    name = f"{kind[0].lower()}{kind[1:]}EventDetails"
    for ending in ("StateEntered", "StateExited"):
        name = f"{ending[0].lower()}{ending[1:]}EventDetails" if kind.endswith(ending) else name
    at = START + timedelta(seconds=number)
    back = {} if before is None else {"previousEventId": before}
    return {"id": number, "type": kind, "timestamp": at, **back, name: details}


class TestStates:
    @pytest.fixture
    def run(self, publisher, step_functions) -> Any:
        name = publisher.ask("POST", RUNS, {"input": {}}).body["name"]

        def told(events: list[dict[str, Any]], **query: str) -> dict[str, Any]:
            step_functions.histories[name] = events
            place = f"/executions/{WORKFLOW}/{name}/states"
            answer = publisher.ask("GET", place, **query)
            assert answer.status == 200, answer
            body: dict[str, Any] = answer.body
            return body

        return told

    def test_the_way_of_a_task_that_was_tried_again(self, run):
        told = run(
            [
                event(1, "ExecutionStarted", 0, input="{}"),
                event(2, "TaskStateEntered", 1, name="look", input='{"n": 1}'),
                event(3, "TaskScheduled", 2, parameters='{"taskToken": "secret"}'),
                event(4, "TaskFailed", 3, error="Busy", cause='{"errorMessage": "in a while"}'),
                event(5, "TaskScheduled", 4, parameters='{"taskToken": "secret"}'),
                event(6, "TaskSucceeded", 5, output='"raw"'),
                event(7, "TaskStateExited", 6, name="look", output='{"n": 2}'),
                event(8, "TaskStateEntered", 7, name="wait", input="{}"),
                event(9, "TaskScheduled", 8, parameters='{"taskToken": "secret"}'),
            ]
        )

        first, second = told["states"]
        assert (first["state"], first["type"], first["status"]) == ("look", "Task", "SUCCEEDED")
        assert (first["input"], first["output"]) == ('{"n": 1}', '{"n": 2}')
        assert first["entered"] == "2026-01-01T00:00:02.000Z"
        assert first["exited"] == "2026-01-01T00:00:07.000Z"
        assert (first["failed_tries"], first["error"], first["cause"]) == (1, "Busy", "in a while")
        assert (second["state"], second["status"], second["exited"]) == ("wait", "RUNNING", None)
        assert "secret" not in str(told)
        assert (told["cursor"], told["is_complete"], told["status"]) == (None, True, "RUNNING")

    def test_branches_that_mix_are_told_apart(self, run):
        told = run(
            [
                event(1, "MapStateEntered", 0, name="each", input="[]"),
                event(2, "MapIterationStarted", 1, name="each", index=0),
                event(3, "MapIterationStarted", 1, name="each", index=1),
                event(4, "TaskStateEntered", 2, name="do", input="0"),
                event(5, "TaskStateEntered", 3, name="do", input="1"),
                event(6, "TaskStateExited", 4, name="do", output='"a"'),
                event(7, "MapIterationSucceeded", 6, name="each", index=0),
                event(8, "TaskFailed", 5, error="Odd", cause="no"),
                event(9, "TaskStateExited", 8, name="do", output='"b"'),
                event(10, "MapIterationSucceeded", 9, name="each", index=1),
                event(11, "MapStateExited", 10, name="each", output="[]"),
            ]
        )

        shown = [
            (one["state"], one["status"], one["output"], one["iteration"]) for one in told["states"]
        ]
        assert shown == [
            ("each", "SUCCEEDED", "[]", None),
            ("do", "SUCCEEDED", '"a"', 0),
            ("do", "CAUGHT", '"b"', 1),
        ]

    def test_a_map_whose_item_failed_is_caught(self, run):
        told = run(
            [
                event(1, "MapStateEntered", 0, name="each", input="[]"),
                event(2, "MapStateStarted", 1, length=2),
                event(3, "MapIterationStarted", 2, name="each", index=0),
                event(4, "TaskStateEntered", 3, name="do", input="0"),
                event(5, "MapIterationStarted", 2, name="each", index=1),
                event(6, "TaskStateEntered", 5, name="do", input="1"),
                event(7, "TaskFailed", 6, error="Odd", cause="no"),
                event(8, "MapIterationFailed", 7, name="each", index=1),
                event(9, "MapIterationAborted", 4, name="each", index=0),
                event(10, "MapStateFailed", 8),
                event(11, "MapStateExited", 10, name="each", output="[]"),
                event(12, "SucceedStateEntered", 11, name="done", input="{}"),
                event(13, "SucceedStateExited", 12, name="done", output="{}"),
                event(14, "ExecutionSucceeded", 13, output="{}"),
            ]
        )

        shown = [(one["state"], one["status"], one["failed_tries"]) for one in told["states"]]
        assert shown == [
            ("each", "CAUGHT", 0),
            ("do", "ABORTED", 0),
            ("do", "FAILED", 1),
            ("done", "SUCCEEDED", 0),
        ]

    def test_what_was_under_way_ends_with_the_execution(self, run):
        told = run(
            [
                event(1, "TaskStateEntered", None, name="one", input="{}"),
                event(2, "TaskFailed", None, error="Odd", cause="no"),
                event(3, "ExecutionFailed", None, error="Odd", cause="no"),
            ]
        )
        (one,) = told["states"]
        assert (one["status"], one["error"], one["exited"]) == ("FAILED", "Odd", None)

        told = run(
            [
                event(1, "WaitStateEntered", None, name="pause", input="{}"),
                event(2, "ExecutionAborted", None, error="Enough"),
            ]
        )
        assert [(o["status"], o["error"]) for o in told["states"]] == [("ABORTED", "Enough")]

    def test_a_fail_state_fails(self, run):
        told = run(
            [
                event(1, "FailStateEntered", 0, name="failed", input="{}"),
                event(2, "ExecutionFailed", 1, error="NoPrice", cause="none of TEA"),
            ]
        )
        (one,) = told["states"]
        assert (one["status"], one["cause"]) == ("FAILED", "none of TEA")

    def test_values_are_cut_and_pages_go_on(self, run):
        events = [
            event(number, "PassStateEntered", number - 1, name=f"s{number}", input='"12345678"')
            for number in range(1, 6)
        ]
        first = run(events, limit="3", characters="4")
        second = run(events, limit="3", cursor=first["cursor"])

        assert [one["state"] for one in first["states"] + second["states"]] == [
            "s1", "s2", "s3", "s4", "s5",
        ]  # fmt: skip
        assert (first["states"][0]["input"], first["states"][0]["input_is_cut"]) == ('"123', True)
        assert second["cursor"] is None

    def test_a_long_history_is_read_in_part(self, run, monkeypatch):
        monkeypatch.setattr("cqrs.api.calls.executions.MOST_EVENTS", 2)
        events = [
            event(number, "PassStateEntered", number - 1, name="s", input="1")
            for number in range(1, 6)
        ]
        told = run(events)
        assert (len(told["states"]), told["is_complete"]) == (2, False)

    @pytest.mark.parametrize("cursor", ["x", "-1", "1e3", "9" * 20])
    def test_a_cursor_that_is_none_is_told(self, publisher, cursor):
        name = publisher.ask("POST", RUNS, {"input": {}}).body["name"]
        answer = publisher.ask("GET", f"/executions/{WORKFLOW}/{name}/states", cursor=cursor)
        assert (answer.status, answer.kind) == (400, "validation")


def test_a_definition_names_no_resources(publisher, step_functions):
    arn = "arn:aws:lambda:ap-northeast-1:123456789012:function:main"
    task = {"Type": "Task", "Parameters": {"FunctionName": arn}, "Next": "each"}
    inner = {"StartAt": "do", "States": {"do": dict(task)}}
    step_functions.states = {
        "Parameters": task,
        "each": {"Type": "Map", "ItemProcessor": inner, "ItemReader": {"Bucket": arn}},
        "both": {"Type": "Parallel", "Branches": [inner]},
    }

    told = publisher.ask("GET", "/machines/command-handler/definition").body

    states = told["definition"]["States"]
    assert set(states) == set(step_functions.states)
    assert states["Parameters"] == {"Type": "Task", "Next": "each"}
    assert states["each"]["ItemProcessor"]["States"]["do"]["Next"] == "each"
    assert arn not in str(states)
    assert publisher.ask("GET", "/machines/main/definition").status == 404
