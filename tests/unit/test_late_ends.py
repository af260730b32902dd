"""The event of an execution's end says what was; the execution itself says what is."""

from __future__ import annotations

import pytest

import cqrs.aws.step_functions as step_functions_module
from cqrs.imports.models import ImportStatus
from cqrs.tasks.executions import task_execution_name
from cqrs.tasks.models import TaskStatus
from tests.unit.importing import Imports, csv_of
from tests.unit.tasking import TENANT, Tasks, execution_ended

ROWS = [("AAA", "Aville", "1"), ("BBB", "Bville", "2")]


@pytest.fixture
def pauses(monkeypatch):
    slept: list[float] = []
    monkeypatch.setattr(step_functions_module.time, "sleep", slept.append)
    return slept


@pytest.fixture
def tasks(settings, clients) -> Tasks:
    return Tasks.of_squares(settings, clients)


def test_a_task_whose_execution_was_redriven_goes_on(tasks: Tasks, settings, pauses):
    key = tasks.service.create_step_function_task("square", [{"n": 1}, {"n": 2}], TENANT)
    first, second = tasks.fan_out(key)
    name = task_execution_name(key)

    tasks.application.handle(execution_ended(settings.task_state_machine_arn, name, "FAILED"))

    assert sum(pauses) > 3
    assert tasks.service.get(first).status is TaskStatus.CREATED
    assert [tasks.iterate(sub_task) for sub_task in (first, second)] == ["COMPLETED"] * 2


def test_an_end_that_step_functions_tells_of_a_moment_late_is_seen(
    tasks: Tasks, settings, clients, monkeypatch
):
    key = tasks.service.create_step_function_task("square", [{"n": 1}], TENANT)
    (sub_task,) = tasks.fan_out(key)
    name = task_execution_name(key)

    def end_meanwhile(seconds: float) -> None:
        if seconds:
            clients.recorded.statuses[name] = "TIMED_OUT"

    monkeypatch.setattr(step_functions_module.time, "sleep", end_meanwhile)
    tasks.application.handle(execution_ended(settings.task_state_machine_arn, name, "TIMED_OUT"))

    assert tasks.service.get(sub_task).error == "ExecutionTimedOut"


@pytest.mark.usefixtures("pauses")
def test_an_import_whose_execution_was_redriven_goes_on(settings, clients):
    imports = Imports(settings, clients)
    imports.upload(csv_of(*ROWS))
    key = imports.make()
    imports.start(key)

    imports.application.handle(imports.end_event(key, "FAILED"))
    imports.import_batch(key, ROWS)
    imports.finalize(key)

    assert imports.job(key).status is ImportStatus.COMPLETED
