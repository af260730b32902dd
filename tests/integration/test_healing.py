"""The healer on the deployed stack: what a crash left behind goes on without a person."""

from __future__ import annotations

from typing import Any

import pytest

from cqrs.aws.item_store import Put, Update
from cqrs.commands.models import CommandStatus
from cqrs.deployment.healing import HEAL_EVENT
from cqrs.imports.keys import ImportKey
from cqrs.imports.models import ImportStatus, ProcessingMode, PublishMode
from cqrs.imports.records import ImportRecords, NewJob
from cqrs.storage.unfinished_work import UNFINISHED, shard_of
from cqrs.tasks.keys import TaskKey
from cqrs.tasks.models import TaskSnapshot
from tests.integration.deployed import Deployed, wait_for
from tests.integration.importing.unseen import store_unseen
from tests.integration.left_behind import change, end_silently, leave_behind

SK = "NOTE#1"
LONG_AGO = "2020-01-01T00:00:00.000Z"


@pytest.fixture
def pk(tenant: str) -> str:
    return f"NOTE#{tenant}"


def heal(deployed: Deployed) -> dict[str, Any]:
    """Let the function heal until it has looked at everything."""
    total = {"healed": 0, "left": 0}
    while True:
        answer, error = deployed.invoke(HEAL_EVENT)
        assert error is None, answer
        assert answer["status"] == "ok", answer
        result = answer["result"]
        assert result["is_first"]
        total = {name: total[name] + result[name] for name in total}
        if result["is_complete"]:
            return total


def test_lost_starts_lost_ends_and_lost_signals_are_mended(deployed: Deployed, pk):
    services = deployed.services
    # Its stream record was never handled.
    unstarted = leave_behind(deployed, pk, SK, LONG_AGO)
    behind = services.commands.publish(pk, SK, attributes={"n": 2}, version=1)
    # Its predecessor was applied, and nobody told it.
    told_nobody = leave_behind(deployed, pk, "NOTE#2")
    waiting = services.commands.publish(pk, "NOTE#2", attributes={"n": 2}, version=1)
    deployed.running(waiting.key, waiting.request_id)
    wait_for(lambda: deployed.stored_command(told_nobody.key).get("successorToken"), "the token")
    end_silently(deployed, told_nobody, "FINISHED")
    change(deployed, pk, waiting.key.sk, "SET createdAt = :value", LONG_AGO)

    assert heal(deployed)["healed"] >= 2

    for key in (unstarted.key, behind.key, waiting.key):
        assert deployed.end_of(key).status is CommandStatus.FINISHED
    assert "attempt" not in deployed.stored_command(waiting.key)
    assert services.data.get(pk, SK).attributes == {"n": 2}


@pytest.mark.usefixtures("stops")
def test_an_execution_whose_end_nobody_told_gets_another_attempt(deployed: Deployed, pk):
    services = deployed.services
    first = leave_behind(deployed, pk, SK)
    second = services.commands.publish(pk, SK, attributes={"n": 2}, version=1)
    running = deployed.running(second.key, second.request_id)
    services.clients.step_functions.stop_execution(executionArn=running)
    assert deployed.end_of(second.key).error == "ExecutionAborted"
    table = services.settings.commands_table
    lost = {"status": "PUBLISHED", UNFINISHED: shard_of(*second.key.address)}
    services.store.update(Update(table, pk, second.key.sk, lost))
    for key in (first.key, second.key):
        change(deployed, pk, key.sk, "SET createdAt = :value", LONG_AGO)

    heal(deployed)

    for key in (first.key, second.key):
        assert deployed.end_of(key).status is CommandStatus.FINISHED
        assert deployed.stored_command(key)["attempt"] == 1


def test_what_runs_or_failed_or_is_young_is_left_alone(deployed: Deployed, pk):
    services, table = deployed.services, deployed.services.settings.commands_table
    young = leave_behind(deployed, pk, SK)
    waiting = services.commands.publish(pk, SK, attributes={"n": 2}, version=1)
    running = deployed.running(waiting.key, waiting.request_id)
    change(deployed, pk, waiting.key.sk, "SET createdAt = :value", LONG_AGO)
    failed = leave_behind(deployed, pk, "NOTE#2", LONG_AGO)
    services.store.update(
        Update(table, pk, failed.key.sk, {"status": "FAILED", "error": "KeyError", "cause": "x"})
    )

    heal(deployed)

    for key, status in (
        (young.key, "PUBLISHED"),
        (waiting.key, "PUBLISHED"),
        (failed.key, "FAILED"),
    ):
        command = deployed.stored_command(key)
        assert (command["status"], command.get("attempt", 0)) == (status, 0)
    assert services.step_functions.status(running) == "RUNNING"
    change(deployed, pk, young.key.sk, "SET createdAt = :value", LONG_AGO)
    heal(deployed)
    assert deployed.end_of(waiting.key).status is CommandStatus.FINISHED


def test_a_second_run_finds_nothing_of_it(deployed: Deployed, pk):
    commands = [leave_behind(deployed, pk, f"NOTE#{n}", LONG_AGO) for n in range(5)]
    heal(deployed)
    for command in commands:
        assert deployed.end_of(command.key).status is CommandStatus.FINISHED

    heal(deployed)

    assert [deployed.stored_command(command.key)["attempt"] for command in commands] == [1] * 5


def test_a_task_that_was_never_queued_is_worked_off(deployed: Deployed, tenant):
    services = deployed.services
    key = services.tasks.create_task("route_distances", {"origin": "XXX"}, tenant)
    end_of_task(deployed, key)
    stand_still_as_new(
        deployed, services.settings.tasks_table, key, remove=("finishedAt", "error", "cause")
    )

    heal(deployed)

    assert end_of_task(deployed, key).error == "NotFoundError"


def test_an_import_whose_record_was_lost_is_done(deployed: Deployed, tenant):
    services, object_key = deployed.services, f"uploads/{tenant}.csv"
    bucket = services.settings.bucket
    header = "iata,name,city,state,country,latitude,longitude"
    rows = f"{header}\nXXA,A,Aville,S,X,1.5,2.5\nXXB,B,Bville,S,X,3.5,4.5\n"
    services.clients.s3.put_object(Bucket=bucket, Key=object_key, Body=rows.encode())
    key = ImportKey.make(tenant, "airports")
    job = NewJob(bucket, object_key, ProcessingMode.DIRECT, PublishMode.ASYNC)
    kept = _Kept()
    records = ImportRecords(kept, services.settings, services.large_values, services.time_to_live)  # type: ignore[arg-type]
    records.create(key, job)
    store_unseen(services, {**kept.item, "createdAt": LONG_AGO})

    heal(deployed)

    ended = wait_for(
        lambda: ((found := services.imports.get(key)) and found.status.is_final and found) or None,
        "the end of the import",
    )
    assert (ended.status, ended.counts.succeeded) == (ImportStatus.COMPLETED, 2)


class _Kept:
    """Keeps an item that would be stored."""

    item: dict[str, Any]

    def put(self, action: Put) -> None:
        self.item = dict(action.item)


def end_of_task(deployed: Deployed, key: TaskKey) -> TaskSnapshot:
    def ended() -> TaskSnapshot | None:
        task = deployed.services.tasks.get(key)
        assert task is not None
        return task if task.status.is_final else None

    return wait_for(ended, f"the end of {key}")


def stand_still_as_new(
    deployed: Deployed, table: str, key: TaskKey, remove: tuple[str, ...]
) -> None:
    """Let work be as its making left it, long ago."""
    new = {
        "status": "CREATED",
        "createdAt": LONG_AGO,
        UNFINISHED: shard_of(key.pk, key.sk),
        "listedAs": f"CREATED#{key.ulid}",
    }
    deployed.services.store.update(Update(table, key.pk, key.sk, new, remove=remove))
