"""``cqrs explain`` and ``cqrs logs``, on logs and histories as AWS has them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli.explaining import excerpts
from cqrs.approvals.keys import ApprovalKey
from cqrs.approvals.models import WaitingState
from cqrs.aws.item_store import Update
from cqrs.commands.executions import command_execution_name, execution_input
from cqrs.core.clock import iso
from cqrs.core.keys import CommandKey
from cqrs.core.log_keys import REFUSED, TASK
from cqrs.item_types.registry import ItemTypes
from cqrs.services import Services
from cqrs.tasks.executions import task_execution_name
from cqrs.tasks.keys import TaskKey
from tests.unit.logged import (
    DEFINITION,
    FAULT,
    INVOCATION,
    REFUSAL,
    REFUSED_AT,
    History,
    Logs,
    failed_history,
    failed_line,
    moment,
    until_now,
)
from tests.unit.operating import ENVIRONMENT, Operator
from tests.unit.tasking import Tasks

FUNCTION = "/aws/lambda/test-cqrs-main"
EXPRESS = "/aws/vendedlogs/states/test-cqrs-command-express"
PK, SK = "AIRPORT#acme", "AIRPORT#JFK"
FIRST = CommandKey(PK, SK, 1)
SECOND = CommandKey(PK, SK, 2)
RETRY = f"cqrs --env test retry '{PK}' '{SK}@1'"


@pytest.fixture
def logs(clients) -> Logs:
    made = Logs()
    clients.logs = made
    return made


@pytest.fixture
def cqrs(services, logs, monkeypatch, capsys) -> Operator:  # noqa: ARG001 - the logs are read
    return Operator(services, monkeypatch, capsys)


def publish(services: Services, key: CommandKey) -> str:
    """Publish a command, ten minutes ago; the name of its execution."""
    result = services.commands.publish(key.pk, key.base, attributes={"n": key.version})
    made = iso(moment(0))
    table = services.settings.commands_table
    services.store.update(Update(table, key.pk, key.sk, assign={"createdAt": made}))
    return command_execution_name(key, result.request_id)


def run(services: Services, clients: Any, key: CommandKey, name: str) -> None:
    command = services.repair.find(key)
    assert command is not None
    given = execution_input(key, command.request_id)
    arn = services.settings.command_state_machine_arn
    clients.recorded.start_execution(stateMachineArn=arn, name=name, input=json.dumps(given))


def fail(services: Services, clients: Any, logs: Logs, key: CommandKey) -> str:
    """Let a command fail in its second sync handler."""
    name = publish(services, key)
    run(services, clients, key, name)
    clients.recorded.fail(name, "SyncHandlerFailed", "Sync handler seat_map: KeyError: 'rows'")
    clients.recorded.histories[name] = failed_history(key.to_mapping()).events
    clients.recorded.definitions["test-cqrs-command-handler"] = DEFINITION
    services.ordering.fail(key, 0, "SyncHandlerFailed", "Sync handler seat_map: KeyError: 'rows'")
    about = {"command": str(key), "execution": name, "state": "sync_data", "tenant": "acme"}
    logs.write(FUNCTION, 0.4, f"START RequestId: {INVOCATION} Version: 1\n")
    logs.write(FUNCTION, 0.45, "counting the seats\n")
    logs.write(FUNCTION, 0.5, failed_line(0.5, **about))
    logs.write(FUNCTION, 0.6, f"END RequestId: {INVOCATION}\n")
    logs.write(FUNCTION, 0.7, {"message": "Status changed", "level": "INFO", "item": "B#acme B#1"})
    return name


class TestFailedCommand:
    """A command that failed in a sync handler."""

    @pytest.fixture(autouse=True)
    def failed(self, services, clients, logs) -> str:
        return fail(services, clients, logs, FIRST)

    def test_one_command_tells_the_line_at_fault_and_what_to_do(self, cqrs):
        ended = cqrs.run("explain", PK, f"{SK}@1")

        assert ended.code == 0
        assert f"at {FAULT}" in ended.out
        assert "counting the seats" in ended.out
        assert "Status changed" not in ended.out
        assert ended.out.rstrip().endswith(RETRY)

    @pytest.fixture
    def clone(self, tmp_path, monkeypatch) -> Callable[[str], None]:
        """Puts a line at the place of the fault into the clone that the command works in."""
        file = tmp_path / "lambda_src" / "app" / "seats.py"
        file.parent.mkdir(parents=True)
        monkeypatch.chdir(tmp_path)
        return lambda line: file.write_text("\n" * 11 + f"    {line}\n") and None

    def test_the_place_is_one_that_an_editor_opens(self, cqrs, clone):
        clone('return int(attributes["rows"])')
        out = cqrs.run("explain", PK, f"{SK}@1").out

        assert f"at lambda_src/{FAULT}\n" in out
        assert f"Mend lambda_src/{FAULT}, which says" in out

    def test_code_that_was_changed_since_is_not_to_be_mended(self, cqrs, clone):
        clone('return int(attributes.get("rows", 0))')
        out = cqrs.run("explain", PK, f"{SK}@1").out

        assert f"at lambda_src/{FAULT}  (this line was changed since, in this clone)" in out
        assert "Mend" not in out
        assert "If that is deployed:" in out
        assert out.rstrip().endswith(RETRY)

    def test_the_key_may_be_given_as_doctor_prints_it(self, cqrs):
        assert cqrs.run("explain", str(FIRST)).out.startswith(f"command {FIRST}: FAILED")

    def test_programs_get_the_same(self, cqrs, failed):
        told = cqrs.run("--json", "explain", PK, f"{SK}@1").document

        assert (told["kind"], told["status"]) == ("command", "FAILED")
        (fault,) = told["faults"]
        assert (fault["fault"], fault["times"]) == (FAULT, 1)
        (execution,) = told["executions"]
        assert execution["id"] == f"command-handler/{failed}"
        assert [one["outcome"] for one in execution["states"]][-1] == "failed"
        assert told["to_do"][-1] == RETRY

    def test_what_happened_is_told_in_order(self, cqrs):
        told = cqrs.run("--json", "explain", PK, f"{SK}@1").document["moments"]

        assert [one["at"] for one in told] == sorted(one["at"] for one in told)
        assert [one["what"] for one in told][:3] == [
            "published",
            "execution started",
            "check_version",
        ]

    def test_the_machine_is_drawn(self, cqrs):
        out = cqrs.run("explain", PK, f"{SK}@1", "--graph").out

        assert "x     sync_data" in out
        assert "==> fail_command  (on States.ALL)" in out

    @pytest.fixture
    def refuse(self, clients, monkeypatch) -> Callable[[str], None]:
        """Refuses an operation of Step Functions."""

        def refused(**_request: Any) -> None:
            refusal = {"Error": {"Code": "AccessDeniedException", "Message": "no"}}
            raise ClientError(refusal, "GetExecutionHistory")

        return lambda operation: monkeypatch.setattr(clients.recorded, operation, refused)

    def test_a_definition_that_may_not_be_read_is_no_hindrance(self, cqrs, refuse):
        refuse("describe_state_machine")

        assert "cannot be read" in cqrs.run("explain", PK, f"{SK}@1", "--graph").out

    def test_whoever_may_not_read_histories_is_told_so_and_the_line_at_fault(self, cqrs, refuse):
        refuse("get_execution_history")
        out = cqrs.run("explain", PK, f"{SK}@1").out

        assert f"at {FAULT}" in out
        assert "you may not" in out

    def test_without_logs_the_rest_is_told(self, cqrs, logs):
        logs.refused = (FUNCTION,)
        out = cqrs.run("explain", PK, f"{SK}@1").out

        assert "Sync handler seat_map" in out
        assert "docs/permissions.md" in out
        assert RETRY in out

    def test_one_behind_it_names_the_one_that_failed_by_itself(self, cqrs, services, clients):
        name = publish(services, SECOND)
        run(services, clients, SECOND, name)
        services.ordering.fail(SECOND, 0, "PredecessorFailed", f"{FIRST} failed")

        told = cqrs.run("--json", "explain", PK, f"{SK}@2").document

        assert told["faults"][0]["fault"] == FAULT
        assert [one["key"] for one in told["waits"]] == [str(FIRST), str(SECOND)]
        assert told["to_do"][-1] == RETRY

    def test_of_an_item_the_first_that_failed_is_told(self, cqrs):
        told = cqrs.run("--json", "explain", PK, SK).document

        assert (told["kind"], told["facts"]) == ("item", {"version": 0})
        assert told["faults"][0]["fault"] == FAULT
        assert told["to_do"][-1] == RETRY

    @pytest.mark.parametrize("form", ["command-handler/{}", "{}"])
    def test_an_execution_is_known_by_its_name(self, cqrs, failed, form):
        told = cqrs.run("--json", "explain", form.format(failed)).document

        assert (told["kind"], told["status"]) == ("execution", "FAILED")
        assert told["to_do"][-1] == f"cqrs --env test explain '{PK}' '{SK}@1'"

    def test_an_invocation_is_known_by_its_id(self, cqrs):
        told = cqrs.run("--json", "explain", INVOCATION).document

        assert (told["kind"], told["facts"]["command"]) == ("request", str(FIRST))
        assert told["faults"][0]["fault"] == FAULT
        assert f"cqrs --env test explain '{PK}' '{SK}@1'" in told["to_do"]

    def test_its_logs_are_in_one_order(self, cqrs):
        items = cqrs.items("logs", "--command", str(FIRST))

        assert [item["at"] for item in items] == sorted(item["at"] for item in items)
        assert {item["source"] for item in items} == {"command-handler", "function"}
        told = [item["message"] for item in items]
        assert told.index("counting the seats") < told.index("Handler failed")
        assert "Status changed" not in told

    @pytest.mark.parametrize(
        ("options", "told"),
        [
            (("--level", "ERROR", "--tenant", "acme"), ["Handler failed"]),
            (("--state", "sync_data"), ["counting the seats", "Handler failed"]),
            (("--request", INVOCATION), ["counting the seats", "Handler failed"]),
            (("--limit", "1"), ["Status changed"]),
            (("--since", "1m"), []),
        ],
    )
    def test_lines_are_chosen(self, cqrs, options, told):
        assert [item["message"] for item in cqrs.items("logs", *options)] == told

    def test_an_execution_s_logs(self, cqrs, failed):
        items = cqrs.items("logs", "--execution", failed, "--level", "ERROR")

        assert [item["message"] for item in items] == [
            "Handler failed",
            "TaskFailed",
            "TaskFailed",
            "MapIterationFailed",
            "MapStateFailed",
            "ExecutionFailed",
        ]

    def test_what_comes_is_shown_once_until_somebody_has_seen_enough(self, cqrs, logs, monkeypatch):
        looks: list[float] = []

        def pause(_seconds: float) -> None:
            looks.append(1)
            if len(looks) == 3:
                raise KeyboardInterrupt
            logs.write(FUNCTION, until_now(), f"look {len(looks)}")

        monkeypatch.setattr(excerpts, "time", SimpleNamespace(sleep=pause))
        ended = cqrs.run("logs", "--follow")

        assert ended.code == 130
        assert [line.rpartition("  ")[2] for line in ended.out.splitlines()][-2:] == [
            "look 1",
            "look 2",
        ]
        assert ended.out.count("counting the seats") == 1
        (told,) = ended.err.splitlines()
        assert told == "Following the logs of test at AWS, account 123456789012; Ctrl-C ends it."


class TestRefusalInAState:
    """A state of a workflow that refuses its input, as the emulator tells it."""

    @pytest.fixture(autouse=True)
    def refused(self, settings, clients, logs) -> None:
        arn = settings.state_machine_arn("country-report")
        clients.recorded.start_execution(stateMachineArn=arn, name="stock", input="{}")
        clients.recorded.fail("stock", "ValidationError", "No stock is counted yet.")
        history = History()
        history.add(0, "ExecutionStarted", input="{}")
        history.add(0.1, "TaskStateEntered", name="check")
        history.add(0.6, "TaskFailed", error="ValidationError", cause="No stock is counted yet.")
        history.add(0.7, "ExecutionFailed", error="ValidationError", cause="No stock")
        clients.recorded.histories["stock"] = history.events
        logs.write(FUNCTION, 0.2, f"START RequestId: {INVOCATION} Version: 1")
        called = {"message": "Called", "level": "DEBUG", "execution": "stock", "state": "check"}
        logs.write(FUNCTION, 0.3, {**called, "function_request_id": INVOCATION})
        for line in ("counting", "counting", *REFUSAL.splitlines()):
            logs.write(FUNCTION, 0.5, line)
        logs.write(FUNCTION, 0.6, f"END RequestId: {INVOCATION}")
        for events in logs.groups.values():
            for event in events:
                del event["eventId"]  # as the emulator does

    def test_it_is_explained_with_its_line(self, cqrs):
        told = cqrs.run("--json", "explain", "country-report/stock").document

        (fault,) = told["faults"]
        assert (fault["error"], fault["fault"]) == ("ValidationError", REFUSED_AT)
        assert fault["handler"] == "state check"
        assert told["to_do"][0].startswith(f"{REFUSED_AT} refused this: mend what it was given")
        printed = [one["what"] for one in told["moments"] if one["detail"] == "printed"]
        assert printed == ["counting", "counting"]
        assert told["unknown"] == []

    @pytest.mark.parametrize("of", [(), ("--execution", "country-report/stock")])
    def test_its_line_of_the_log_is_one_of_level_error(self, cqrs, of):
        items = cqrs.items("logs", "--level", "WARNING", *of)

        (line,) = [item for item in items if item["source"] == "function"]
        assert (line["level"], line["keys"]["state"]) == ("ERROR", "check")
        assert line["keys"]["traceback"].endswith("No stock is counted yet.\nCount it.")

    def test_its_status_leads_to_what_happened(self, cqrs):
        out = cqrs.run("workflow", "status", "country-report/stock").out

        assert out.endswith("See what happened: cqrs --env test explain country-report/stock\n")


def test_an_execution_that_waits_for_a_person_names_the_question(cqrs, services, clients):
    arn = services.settings.state_machine_arn("country-report")
    given = json.dumps({"tenant": "acme"})
    key = ApprovalKey.make("acme", "close-JFK")
    for name, one in (("run", key), ("other", ApprovalKey.make("acme", "close-KIX"))):
        clients.recorded.start_execution(stateMachineArn=arn, name=name, input=given)
        execution = f"{arn.replace(':stateMachine:', ':execution:')}:{name}"
        waiting = WaitingState(f"token-{name}", execution, "000000#2026-01-01#000000")
        services.approvals.create_approval_request(one, "Close it?", {}, waiting)

    told = cqrs.run("--json", "explain", "country-report/run").document

    assert told["now"] == f"It is under way. Somebody has to answer {key}."
    assert told["to_do"][:2] == [
        f"cqrs --env test approvals show '{key}'",
        f"cqrs --env test approvals approve '{key}'",
    ]
    assert "KIX" not in str(told["to_do"])


def test_sub_tasks_that_failed_are_told_of_the_map(settings, clients, logs, monkeypatch, capsys):  # noqa: ARG001
    tasks = Tasks.of_squares(settings, clients)
    key = tasks.service.create_step_function_task("square", [{"n": 1}, {"n": -1}], "acme")
    for sub_task in tasks.fan_out(key):
        tasks.iterate(sub_task)
    tasks.deliver_stream_record(key)
    history = History()
    history.add(0, "ExecutionStarted", input="[]")
    whole = history.add(0.1, "MapStateEntered", name="map_state")
    for _ in range(2):
        history.add(0.2, "TaskSucceeded", whole)  # as the emulator tells it
    history.add(0.3, "MapStateExited", whole, name="map_state")
    history.add(0.4, "ExecutionSucceeded")
    name = task_execution_name(key)
    clients.recorded.histories[name] = history.events
    clients.recorded.statuses[name] = "SUCCEEDED"
    cqrs = Operator(tasks.application.services, monkeypatch, capsys)

    told = cqrs.run("--json", "explain", str(key)).document

    (moment_of_map,) = [one for one in told["moments"] if one["what"] == "map_state"]
    assert moment_of_map["detail"].endswith(", 1 succeeded, 1 failed")
    assert told["executions"][0]["states"][0]["items"]["failed"] == 1


def test_a_command_that_waits_names_the_one_before_it(cqrs, services, clients):
    run(services, clients, FIRST, publish(services, FIRST))
    publish(services, SECOND)
    third = CommandKey(PK, SK, 3)
    result = services.commands.publish(PK, SK, attributes={"n": 3})
    services.command_starter.start(third, result.request_id)

    told = cqrs.run("--json", "explain", PK, f"{SK}@3").document

    assert told["now"] == f"{third} waits behind {SECOND}, whose end starts it."
    assert told["to_do"][0] == f"cqrs --env test explain '{PK}' '{SK}@2'"
    assert [one["status"] for one in told["waits"]] == ["PUBLISHED"] * 3


def test_a_command_that_nothing_works_on_is_for_doctor(cqrs, services):
    publish(services, FIRST)

    told = cqrs.run("--json", "explain", PK, f"{SK}@1").document

    assert "nobody works on it" in told["now"]
    assert told["to_do"][0] == "cqrs --env test doctor --fix"


def test_a_command_of_the_express_lane_is_told_by_the_log_of_its_machine(
    settings, clients, logs, monkeypatch, capsys
):
    services = Services(replace(settings, command_lane="express"), clients, item_types=ItemTypes())
    publish(services, FIRST)
    services.ordering.fail(FIRST, 0, "SyncHandlerFailed", "Sync handler seat_map: KeyError: 'rows'")
    arn = "arn:aws:states:ap-northeast-1:123456789012:express:test-cqrs-command-express:run:{}"
    other = failed_history({"pk": "AIRPORT#other", "sk": f"{SK}@1"})
    for history, run_id in ((failed_history(FIRST.to_mapping()), "1"), (other, "2")):
        for event in history.logged(arn.format(run_id)):
            logs.write(EXPRESS, 1, event)
    cqrs = Operator(services, monkeypatch, capsys)

    told = cqrs.run("--json", "explain", PK, f"{SK}@1").document

    (execution,) = told["executions"]
    assert execution["id"] == "command-express/run"
    assert execution["states"][0]["state"] == "check_version"
    assert told["facts"]["applied by"] == "express lane"


def test_a_command_that_was_never_published(cqrs):
    ended = cqrs.run("explain", PK, f"{SK}@7")

    assert ended.code == 1
    assert f"There is no command {PK} {SK}@7" in ended.err + ended.out


def test_a_task_names_the_line_at_fault(cqrs, services, logs):
    services.task_handlers.register("resize", len)
    key = services.tasks.create_task("resize", {}, "acme")
    seconds = until_now()
    line = failed_line(seconds, **{TASK: str(key), "message": "Task failed"})
    logs.write(FUNCTION, seconds, line)

    told = cqrs.run("--json", "explain", str(key)).document

    assert told["faults"][0]["fault"] == FAULT
    assert (told["status"], told["to_do"][0]) == (
        "CREATED",
        f"cqrs --env test logs --follow --task '{key}'",
    )


@pytest.mark.parametrize(
    "key", [TaskKey.make("TASK", "acme", "none"), "CSV_IMPORT#acme/none#01ARZ3NDEKTSV4RRFFQ69G5FAV"]
)
def test_work_that_is_not_there(cqrs, key):
    ended = cqrs.run("explain", str(key))

    assert ended.code == 1
    assert "There is no" in ended.err + ended.out


@pytest.mark.parametrize("key", [(), ("AIRPORT#acme",), ("",), ("a", "b", "c")])
def test_what_names_nothing_is_wrong_usage(cqrs, key):
    assert cqrs.run("explain", *key).code == 2


def test_an_id_that_nobody_knows(cqrs):
    ended = cqrs.run("explain", "8c61be12c4074692990e4d7600b7bbcd")

    assert ended.code == 1
    assert "--since" in ended.err + ended.out


def test_the_request_id_of_a_command_leads_to_its_key(cqrs, services):
    made = services.commands.publish(PK, SK, attributes={"n": 1})
    told = cqrs.run("explain", made.request_id).err

    assert "By the request_id of a command" in told
    assert "cqrs --env test explain PK SK@VERSION" in told


ACCESS_LOG = "/aws/vendedlogs/apigateway/test-cqrs-http-api"
ASKED = "JKJaXmPLvHcESHA="


class TestApiRequest:
    """A request to the HTTP API, by the id that its answer has."""

    @pytest.fixture(autouse=True)
    def api(self, monkeypatch) -> None:
        api = ENVIRONMENT.api.model_copy(update={"enabled": True})
        changed = ENVIRONMENT.model_copy(update={"api": api})
        monkeypatch.setattr("tests.unit.operating.ENVIRONMENT", changed)

    def accessed(self, logs: Logs, status: str) -> None:
        said = {"requestId": ASKED, "method": "PUT", "path": "/v1/x", "status": status}
        logs.write(ACCESS_LOG, 1, said)

    def called(self, logs: Logs, **line: Any) -> None:
        about = {"request": ASKED, "operation": "put-item", "function_request_id": INVOCATION}
        logs.write(FUNCTION, 0.1, {"message": "Called", "level": "DEBUG", **about})
        if line:
            logs.write(FUNCTION, 0.2, {**line, **about})

    def test_it_is_known_by_the_access_log(self, cqrs, logs):
        self.accessed(logs, "201")
        told = cqrs.run("--json", "explain", ASKED).document

        assert [one["what"] for one in told["moments"]] == ["PUT /v1/x: 201"]
        assert (told["status"], told["now"]) == ("201", "The API answered PUT /v1/x with 201.")

    @pytest.mark.parametrize("has_access_log", [True, False])
    def test_a_refusal_has_its_status_and_reason(self, cqrs, logs, has_access_log):
        if has_access_log:
            self.accessed(logs, "404")
        refused = {"message": REFUSED, "level": "DEBUG", "status": 404, "reason": "Nothing there."}
        self.called(logs, **refused)
        told = cqrs.run("--json", "explain", ASKED).document

        asked = "PUT /v1/x" if has_access_log else "put-item"
        assert (told["status"], told["facts"]["operation"]) == ("404", "put-item")
        assert told["now"] == f"The API answered {asked} with 404: Nothing there."

    def test_one_of_which_no_line_tells_the_end(self, cqrs, logs):
        self.called(logs)
        told = cqrs.run("--json", "explain", ASKED).document

        assert (told["status"], told["facts"]["operation"]) == ("called", "put-item")
        assert told["now"].startswith("No line says how it ended")

    def test_after_a_fault_it_is_sent_again(self, cqrs, logs):
        self.called(logs, **failed_line(0.2, message="A request failed"))
        told = cqrs.run("--json", "explain", ASKED).document

        assert told["faults"][0]["fault"] == FAULT
        assert told["to_do"][-1].endswith("and deploy; then send the request again.")


@pytest.mark.parametrize(("sk", "is_told"), [(f"{SK}@x", True), (f"{SK}@0", True), (SK, False)])
def test_a_key_that_looks_like_a_commands_is_told_to_be_an_items(cqrs, sk, is_told):
    told = cqrs.run("explain", PK, sk).err

    assert "Nothing was published of" in told
    assert ("that of a command ends in @ and a version of 1 or more" in told) is is_told


@pytest.mark.parametrize(
    ("options", "missing"),
    [
        (("--command", f"{PK} {SK}@9"), f"command {PK} {SK}@9"),
        (("--command", f"{PK} {SK}"), f"item {PK} {SK}"),
        (("--task", "TASK#acme/a#01ARZ3NDEKTSV4RRFFQ69G5FAV"), "task TASK#acme/a#01ARZ3NDEKTSV4"),
        (("--import", "CSV_IMPORT#acme/a#01ARZ3NDEKTSV4RRFFQ69G5FAV"), "import CSV_IMPORT#acme/a"),
        (("--execution", "nobody"), "execution nobody"),
        (("--execution", "task-handler/nobody"), "execution task-handler/nobody"),
        (("--execution", "nothing/nobody"), "execution nothing/nobody"),
    ],
)
def test_a_thing_that_is_not_there_is_told_before_the_logs_are_read(cqrs, options, missing):
    ended = cqrs.run("logs", *options)

    assert ended.code == 0
    assert f"There is no {missing}" in ended.err
    assert "No such line since" in ended.out
    assert json.loads(cqrs.run("--json", "logs", *options).err)["missing"].startswith(missing)


def test_the_id_of_a_request_that_no_line_has_is_explained(cqrs):
    told = cqrs.run("logs", "--request", "nobody").out

    assert "A request that succeeded may have written no line." in told


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            ("--command", f"{PK} {SK}@1", "--task", "TASK#acme/a#01ARZ3NDEKTSV4RRFFQ69G5FAV"),
            "give one of --command, --task",
        ),
        (("--task", f"{PK} {SK}@1"), "write the id of a task, as TASK#acme/resize#01ARZ"),
        (("--task", "nope"), "write the id of a task, as TASK#acme/resize#01ARZ"),
        (("--import", "nope"), "write the id of an import, as CSV_IMPORT#acme/airports#01ARZ"),
        (("--command", "nope"), "write 'PK SK@VERSION' of a command"),
        (("--level", "LOUD"), "it must be one of DEBUG"),
        (("--since", "5x"), "write 2h, 3d, or 2026-01-31"),
    ],
)
def test_logs_that_nobody_can_mean_are_wrong_usage(cqrs, options, told):
    ended = cqrs.run("logs", *options)

    assert ended.code == 2
    assert told in " ".join(ended.err.split())


def test_the_logs_of_an_item_that_is_published_and_not_there_yet(cqrs, services):
    publish(services, FIRST)

    assert "There is no" not in cqrs.run("logs", "--command", f"{PK} {SK}").err
