"""Tasks on the deployed stack.

``TASK_RUNS`` and ``TASK_SUB_TASKS`` set the size; `make test-reliability` runs the large one.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cqrs.aws.step_functions import execution_arn
from cqrs.states import TaskState
from cqrs.tasks.executions import task_execution_name
from cqrs.tasks.keys import TaskKey
from cqrs.tasks.models import TaskSnapshot, TaskStatus
from tests.integration.command_line import CommandLine
from tests.integration.deployed import Deployed, wait_for
from tests.integration.unreliable.deployment import FAULTY, unreliable_function

RUNS = int(os.environ.get("TASK_RUNS", "1"))
SUB_TASKS = int(os.environ.get("TASK_SUB_TASKS", "100"))
LONGEST_SECONDS = 600.0

DEFAULT_CONCURRENCY = 2
"""Of the local environment, which does not set one."""


@pytest.fixture(scope="module", autouse=True)
def unreliable(deployed: Deployed) -> Iterator[None]:
    with unreliable_function(deployed, FAULTY):
        yield


@pytest.fixture
def concurrency(deployed: Deployed) -> Iterator[Callable[[int], None]]:
    """Changes how many sub-tasks of new tasks run at once."""
    client = deployed.services.clients.step_functions
    machine = deployed.services.settings.task_state_machine_arn
    original = client.describe_state_machine(stateMachineArn=machine)["definition"]

    def change(number: int) -> None:
        definition = json.loads(original)
        definition["States"][TaskState.MAP_STATE]["MaxConcurrency"] = number
        client.update_state_machine(stateMachineArn=machine, definition=json.dumps(definition))

    yield change
    client.update_state_machine(stateMachineArn=machine, definition=original)


def end_of(deployed: Deployed, key: TaskKey, seconds: float = LONGEST_SECONDS) -> TaskSnapshot:
    def ended() -> TaskSnapshot | None:
        task = deployed.services.tasks.get(key)
        assert task is not None
        return task if task.status.is_final else None

    return wait_for(ended, f"the end of {key}", seconds)


def sub_tasks_of(deployed: Deployed, key: TaskKey) -> list[TaskSnapshot]:
    found: list[TaskSnapshot] = []
    cursor = None
    while True:
        page = deployed.services.tasks.sub_tasks(key, cursor=cursor)
        found += page.tasks
        cursor = page.cursor
        if cursor is None:
            return found


def most_at_once(tasks: list[TaskSnapshot]) -> int:
    """How many ran at the same time, at the most."""
    starts = [(task.started_at, 1) for task in tasks]
    ends = [(task.finished_at, -1) for task in tasks]
    # An end and a start in the same millisecond do not overlap: -1 sorts before 1.
    running = most = 0
    for _, step in sorted([*starts, *ends]):
        running += step
        most = max(most, running)
    return most


@pytest.mark.parametrize("run", range(RUNS))
@pytest.mark.parametrize("at_once", [DEFAULT_CONCURRENCY, 40])
def test_the_counters_are_those_of_the_sub_tasks(
    deployed: Deployed, tenant: str, concurrency, capsys, at_once: int, run: int
):
    if at_once != DEFAULT_CONCURRENCY:
        concurrency(at_once)
    started = time.monotonic()
    key = deployed.services.tasks.create_step_function_task(
        "coin_tosses", [{"tosses": number % 10} for number in range(SUB_TASKS)], tenant
    )

    task = end_of(deployed, key)

    seconds = time.monotonic() - started
    sub_tasks = sub_tasks_of(deployed, key)
    counted = Counter(sub_task.status for sub_task in sub_tasks)
    assert task.counters is not None
    assert task.counters.to_mapping() == {
        "total": SUB_TASKS,
        "succeeded": counted[TaskStatus.COMPLETED],
        "failed": counted[TaskStatus.FAILED],
        "running": 0,
    }
    assert counted.total() == task.counters.ended == SUB_TASKS
    assert task.status is (TaskStatus.FAILED if task.counters.failed else TaskStatus.COMPLETED)
    for sub_task in sub_tasks:
        if sub_task.status is TaskStatus.COMPLETED:
            assert 0 <= sub_task.result <= sub_task.input["tosses"]
        else:
            assert (sub_task.error, sub_task.cause) == ("LookupError", "the coin rolled away")
    assert 1 < most_at_once(sub_tasks) <= at_once
    with capsys.disabled():
        sys.stdout.write(
            f"\nrun {run + 1}: {SUB_TASKS} sub-tasks, {at_once} at once: {seconds:.0f} s, "
            f"{task.counters.failed} failed, at most {most_at_once(sub_tasks)} seen at once\n"
        )


def test_a_single_task_runs_in_the_deployed_function(deployed: Deployed, tenant: str):
    key = deployed.services.tasks.create_task("coin_tosses", {"tosses": 3}, tenant)

    task = end_of(deployed, key, 30)

    assert task.result in range(4) if task.status is TaskStatus.COMPLETED else task.error
    listed = deployed.services.tasks.list(tenant)
    assert [entry.key for entry in listed.tasks] == [key]
    assert [e.key for e in deployed.services.tasks.list(tenant, "coin_tosses", task.status).tasks]


def test_notifications_tell_of_a_task_until_its_end(deployed: Deployed, tenant: str):
    key = deployed.services.tasks.create_step_function_task(
        "coin_tosses", [{"tosses": 1}] * 5, tenant
    )
    task = end_of(deployed, key)

    def all_told() -> list[dict[str, Any]] | None:
        told = notifications_of(deployed, tenant)
        # A standard queue may deliver the last one before others.
        return told if len(told) == len(expected) else None

    expected = [("QUEUED", 0)]
    expected += [("PROCESSING", ended) for ended in range(6)]
    expected += [(task.status.value, 5)]
    told = wait_for(all_told, "all notifications")
    assert {content["id"] for content in told} == {str(key)}
    assert sorted(
        (content["status"], content["counters"]["succeeded"] + content["counters"]["failed"])
        for content in told
    ) == sorted(expected)


def notifications_of(deployed: Deployed, tenant: str) -> list[dict[str, Any]]:
    items = deployed.services.store.query(
        deployed.services.settings.data_table, f"TOLD#{tenant}", limit=100
    ).items
    return [item["content"] for item in items]


def test_an_execution_that_is_stopped_leaves_no_sub_task_open(deployed: Deployed, tenant: str):
    key = deployed.services.tasks.create_step_function_task(
        "coin_tosses", [{"tosses": 1}] * 300, tenant
    )
    execution = execution_arn(
        deployed.services.settings.task_state_machine_arn, task_execution_name(key)
    )
    wait_for(
        lambda: ((counters := _counters(deployed, key)) and counters["succeeded"] > 3) or None,
        "the first sub-tasks",
    )
    deployed.services.clients.step_functions.stop_execution(executionArn=execution)

    task = end_of(deployed, key, 60)

    assert task.status is TaskStatus.FAILED
    counted = Counter(sub_task.status for sub_task in sub_tasks_of(deployed, key))
    assert _counters(deployed, key) == {
        "total": 300,
        "succeeded": counted[TaskStatus.COMPLETED],
        "failed": counted[TaskStatus.FAILED],
        "running": 0,
    }
    assert counted.total() == 300
    errors = Counter(sub_task.error for sub_task in sub_tasks_of(deployed, key))
    # Emulator difference: LocalStack ends an execution that is stopped as FAILED.
    assert errors["ExecutionFailed" if deployed.is_localstack else "ExecutionAborted"] > 0


def _counters(deployed: Deployed, key: TaskKey) -> dict[str, Any]:
    task = deployed.services.tasks.get(key)
    assert task is not None
    assert task.counters is not None
    return task.counters.to_mapping()


def test_one_command_leads_from_a_failure_to_the_line_at_fault(deployed: Deployed, tenant: str):
    cqrs = CommandLine(deployed.endpoint)
    pk, sk = f"FAULTY#{tenant}", "FAULTY#1"
    refused = cqrs.run("publish", pk, sk, "--attributes", '{"seats": 3}', "--sync")
    assert refused.returncode == 1
    task = deployed.services.tasks.create_task("faulty", {}, tenant)
    end_of(deployed, task, 30)

    told = wait_for(lambda: told_fault(cqrs, pk, f"{sk}@1"), "the log of the handler", 30)
    of_task = wait_for(lambda: told_fault(cqrs, str(task)), "the log of the task", 30)

    assert at_fault(told) == at_fault(of_task)
    assert "KeyError: 'rows' in sync handler seat_map" in told
    assert told.splitlines()[-1].strip() == f"cqrs retry '{pk}' '{sk}@1'"
    printed = cqrs.json("logs", "--command", f"{pk} {sk}@1", "--since", "10m")["items"]
    assert f"counting the seats of {sk}" in [line["message"] for line in printed]


def told_fault(cqrs: CommandLine, *key: str) -> str:
    """The output of ``cqrs explain``, once the log has the error."""
    out = cqrs.run("explain", *key).stdout
    return out if "KeyError" in out and "faulty.py" in out else ""


def at_fault(out: str) -> str:
    """The line of code that is named, which has the handlers' mistake."""
    (line,) = [line for line in out.splitlines() if line.startswith("at app/")]
    code = (Path(__file__).parent / "unreliable" / f"{FAULTY}.py").read_text().splitlines()
    place = re.fullmatch(rf"at app/{FAULTY}\.py:([0-9]+) in rows_of", line)
    assert place is not None, line
    assert code[int(place[1]) - 1].endswith("# the line at fault")
    return line


def test_no_dead_letters_are_left(deployed: Deployed):
    assert deployed.dead_letters() == 0
