"""The function's metrics for CloudWatch, through its log."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest

from cqrs.application import Application
from cqrs.approvals.keys import ApprovalKey
from cqrs.approvals.models import WaitingState
from cqrs.core.observability import count, metrics
from cqrs.imports.models import ProcessingMode
from cqrs.metrics import MEANINGS, Metric
from cqrs.services import Services
from cqrs.states import CheckResult, CommandState
from cqrs.tasks.keys import TaskKey
from tests.unit.execution import CommandExecution, state_event
from tests.unit.importing import Imports, csv_of
from tests.unit.sample_events import direct_event, state_payload
from tests.unit.waiting_executions import WaitingExecutions

PK, SK = "AIRPORT#acme", "AIRPORT#JFK"
CONTEXT = SimpleNamespace(
    function_name="test-cqrs-main",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:ap-northeast-1:123456789012:function:test-cqrs-main",
    aws_request_id="da658bd3-2d6f-4e7b-8ec2-937234644fdc",
    get_remaining_time_in_millis=lambda: 60_000,
)


@pytest.fixture(autouse=True)
def _nothing_told():
    metrics.clear_metrics()
    yield
    metrics.clear_metrics()


def told() -> dict[str, list[float]]:
    """The metrics since the last look."""
    found = {name: metric["Value"] for name, metric in metrics.metric_set.items()}
    metrics.clear_metrics()
    return found


def publish(services, number=1):
    return [
        services.commands.publish(PK, SK, attributes={"n": version}, version=version - 1).key
        for version in range(1, number + 1)
    ]


def test_every_metric_says_what_it_means():
    assert set(MEANINGS) == set(Metric)


def test_an_applied_command_is_counted_and_its_wait_measured(services, execute):
    (key,) = publish(services)
    execution = execute(key)
    assert execution.goes_ahead()
    assert told() == {"CommandWaitTime": [0.0]}
    execution.apply(until=CommandState.FINISH)
    told()
    execution.call(CommandState.FINISH)

    assert told() == {"CommandsFinished": [1]}


def test_the_wait_of_a_command_that_expires_is_measured_once(services, settings):
    expiring = Services(replace(settings, commands_ttl_days=1), services.clients)
    (key,) = publish(services)
    execution = CommandExecution(
        expiring.command_workflow, settings.resource_prefix, key, key.to_mapping()
    )
    assert execution.check() == CheckResult.GO
    assert told() == {}

    execution.call(CommandState.SET_TTL_COMMAND)

    assert told() == {"CommandWaitTime": [0.0]}


def test_the_wait_is_the_time_from_the_executions_start_to_the_commands_turn(services, settings):
    (key,) = publish(services)
    payload = state_payload(state=CommandState.SET_TTL_COMMAND)
    payload["context"]["Execution"]["Input"] = key.to_mapping()
    payload["context"]["State"]["EnteredTime"] = "2026-01-01T00:01:02.500Z"

    Application(settings, services.clients).handle(payload)

    assert told() == {"CommandWaitTime": [62_500.0]}


def test_a_wait_that_timed_out_is_counted_and_a_first_look_is_not(services, execute):
    first, second = publish(services, 2)
    waiter = execute(second)
    answer = waiter.call(CommandState.CHECK_VERSION, waiter.key.to_mapping())
    assert answer["result"] == 1
    assert told() == {}

    waiter.call(CommandState.CHECK_VERSION, answer)
    assert told() == {"CommandWaitsTimedOut": [1]}

    execute(first).apply()
    told()
    waiter.call(CommandState.CHECK_VERSION, answer)
    assert told() == {"CommandWaitsTimedOut": [1], "CommandWaitTime": [0.0]}


def test_a_command_that_fails_and_those_behind_it_are_counted(services, execute):
    first, second = publish(services, 2)
    execute(first).fail("KeyError", "no country")
    assert told() == {"CommandsFailed": [1]}

    execute(second).check()
    assert told() == {"CommandsFailed": [1]}


def test_an_imports_rows_are_counted_once_at_its_end(settings, clients, monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda _: None)
    imports = Imports(settings, clients)
    imports.upload(csv_of(("AAA", "Aville", "1"), ("BBBB", "Bville", "2"), ("CCC", "Cville", "")))
    for expected in (
        {"RowsImported": [2], "RowsRejected": [1]},
        {"RowsSkipped": [2], "RowsRejected": [1]},
    ):
        key = imports.make(ProcessingMode.DIRECT)
        imports.start(key)
        imports.work_off_queue()
        assert told() == expected

    imports.services.import_closer.close_if_done(key)
    assert told() == {}


def test_an_import_that_cannot_start_is_counted_as_failed(settings, clients):
    imports = Imports(settings, clients)
    imports.start(imports.make(ProcessingMode.DIRECT, key="missing.csv"))

    assert told() == {"ImportJobsFailed": [1]}


def test_an_import_that_is_cancelled_has_not_failed(settings, clients):
    imports = Imports(settings, clients)
    imports.upload(csv_of(("AAA", "Aville", "1")))
    key = imports.make()
    imports.start(key)
    imports.import_batch(key, [("AAA", "Aville", "1")])

    imports.application.imports.cancel(key, by="Ann")

    assert told() == {"RowsImported": [1]}


def test_a_sub_task_is_counted_once_as_finished_or_failed(settings, clients):
    application = Application(settings, clients)

    @application.task("halving")
    def halve(task):
        return 100 // task.input

    key = application.tasks.create_step_function_task("halving", [5, 0], "acme")
    records = application.services.task_records
    records.create_sub_tasks(records.read(key), key, [5, 0])
    for number, expected in ((1, {"SubTasksFinished": [1]}), (2, {"SubTasksFailed": [1]})):
        sub_task: TaskKey = key.sub_task(number)
        event = state_event("iterator", sub_task.to_mapping(), execution_input=None)
        application.services.task_workflow.iterator(event)
        assert told() == expected
        application.services.task_workflow.iterator(event)
        assert told() == {}


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (lambda approvals, key: approvals.approve(key, "ann"), "ApprovalsAnswered"),
        (lambda approvals, key: approvals.close(key), "ApprovalsExpired"),
    ],
)
def test_a_request_is_counted_once_at_its_end(settings, clients, end, expected):
    clients.recorded = executions = WaitingExecutions()
    approvals = Application(settings, clients).approvals
    key = ApprovalKey.make("acme", "close-JFK")
    waiting = WaitingState("token", executions.wait("run", "token"), "000000#x#000000", 3600)
    approvals.create_approval_request(key, "Close JFK", {}, waiting)
    assert told() == {}

    end(approvals, key)
    assert told() == {expected: [1]}
    end(approvals, key)
    assert told() == {}


def test_an_invocation_writes_one_line_with_the_service_as_its_only_dimension(
    settings, clients, monkeypatch, capsys
):
    from app import application  # noqa: PLC0415 - it reads the environment at its first use
    from handler import handler  # noqa: PLC0415

    for name, value in settings.to_environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(metrics, "service", "test-cqrs-main")
    monkeypatch.setattr(metrics.provider, "service", "test-cqrs-main")

    def act(_event):
        count(Metric.COMMANDS_FINISHED)
        count(Metric.COMMANDS_FINISHED, 2)
        count(Metric.ROWS_IMPORTED, 7)

    monkeypatch.setitem(application.__dict__, "services", Application(settings, clients).services)
    monkeypatch.setattr(application._bus, "execute", act)
    handler(direct_event("anything"), CONTEXT)
    lines = [line for line in capsys.readouterr().out.splitlines() if "_aws" in line]

    (line,) = lines
    told_of = json.loads(line)
    (directive,) = told_of["_aws"]["CloudWatchMetrics"]
    assert directive["Dimensions"] == [["service"]]
    assert told_of["service"] == "test-cqrs-main"
    assert told_of["CommandsFinished"] == [1.0, 2.0]
    assert told_of["RowsImported"] == [7.0]

    monkeypatch.setattr(application._bus, "execute", lambda _: None)
    handler(direct_event("anything"), CONTEXT)
    assert "_aws" not in capsys.readouterr().out
