"""Work that others have filled to the brim: it ends, and what is behind it goes on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cqrs.application import Application
from cqrs.approvals.keys import ApprovalKey
from cqrs.approvals.models import ApprovalStatus, WaitingState
from cqrs.aws.item_store import Put, Update
from cqrs.commands.models import CommandStatus
from cqrs.core.attribute_values import plain_value
from cqrs.core.keys import CommandKey, ItemKey
from cqrs.errors import ItemTooLarge
from cqrs.tasks.models import TaskStatus
from tests.unit.importing import Imports, csv_of
from tests.unit.tasking import TENANT, Tasks
from tests.unit.waiting_executions import WaitingExecutions

KEY = ItemKey("AIRPORT#acme", "AIRPORT#JFK").at(1)
ITEM_BYTES = 400 * 1024


@pytest.fixture
def fill(services):
    """Put an item of which one attribute is as long as DynamoDB lets it be."""

    def put(table: str, item: dict[str, Any], filled: str, value: Any) -> None:
        low, high = 300_000, ITEM_BYTES
        while high - low > 1:
            middle = (low + high) // 2
            try:
                services.store.put(Put(table, {**item, filled: value("f" * middle)}))
                low = middle
            except ItemTooLarge:
                high = middle

    return put


@pytest.fixture
def put_full(settings, fill):
    """Put a command on which there is no room for a byte."""

    def put(filled: str, value: Any, **changes: Any) -> CommandKey:
        item = {
            **KEY.to_mapping(),
            "version": 1,
            "name": "x",
            "isDeleted": False,
            "tenantCode": "acme",
            "status": "PUBLISHED",
            "syncMode": "ASYNC",
            "requestId": "r",
            "createdAt": "2026-11-26T05:00:00.000Z",
            "attributes": {"country": "Japan"},
            **changes,
        }
        fill(settings.commands_table, item, filled, value)
        return KEY

    return put


def item_of(services, settings) -> dict[str, Any]:
    return services.store.get(settings.commands_table, KEY.pk, KEY.sk)


def test_one_full_of_attributes_is_applied_as_it_is(services, put_full, execute):
    # The data item has this time twice, so it has no room either.
    key = put_full("attributes", lambda text: {"long": text}, createdAt="2026".ljust(200))
    long = services.commands.get(key).attributes["long"]

    execute(key).apply()

    command = services.commands.get(key)
    assert command.status is CommandStatus.FINISHED
    assert command.attributes == {"long": long} == services.data.get(KEY.pk, KEY.base).attributes
    assert len(long) > 390_000


@pytest.mark.parametrize("filled", ["filler", "odd name!", "name", "createdBy"])
def test_one_full_of_anything_else_ends_and_is_kept_whole(
    services, settings, clients, put_full, filled
):
    key = put_full(filled, lambda text: text)
    before = item_of(services, settings)

    services.ordering.fail(key, 0, "Refused", "because")

    after = item_of(services, settings)
    assert (after["status"], after["error"], after[filled]) == ("FAILED", "Refused", None)
    assert after["attributesKey"]
    assert whole_item(clients, settings, after["wholeItemKey"])[filled] == before[filled]
    assert services.attributes.load(after) == {"country": "Japan"}


def whole_item(clients, settings, key: str) -> dict[str, Any]:
    kept = clients.s3.get_object(Bucket=settings.bucket, Key=key)["Body"].read()
    return plain_value(json.loads(kept))


def test_the_next_one_can_leave_its_token(services, put_full, step_functions):
    put_full("filler", lambda text: text)
    second = KEY.item.at(2)

    services.ordering.await_predecessor(second, 0, "token")
    services.ordering.finish(KEY)

    assert step_functions.answers["token"][0] == "success"


def test_one_that_failed_may_be_started_again(services, put_full):
    put_full("filler", lambda text: text, status="FAILED", error="e", cause="c")

    (restart,) = services.repair.retry(KEY)

    assert restart.attempt == 1


def test_a_full_state_is_kept_in_the_history(services, settings, fill, execute):
    execute(services.commands.publish(KEY.pk, KEY.base, attributes={}).key).apply()
    state = services.store.get(settings.data_table, KEY.pk, KEY.base)
    fill(settings.data_table, state, "attributes", lambda text: {"long": text})
    full = services.data.get(KEY.pk, KEY.base)

    services.history.copy_before(KEY.item.at(2))

    assert services.history.get(KEY.pk, KEY.base, 1).attributes == full.attributes


def test_one_that_is_gone_meanwhile_is_told_as_too_large(services, settings):
    action = Update(settings.commands_table, "a#b", "c@1", assign={"x": "f" * ITEM_BYTES})

    with pytest.raises(ItemTooLarge):
        services.command_store.update(action)


@pytest.fixture
def tasks(settings, clients) -> Tasks:
    return Tasks.of_squares(settings, clients)


@pytest.mark.parametrize("filled", ["input", "filler"])
def test_a_full_task_fails(tasks, settings, fill, filled):
    key = tasks.service.create_task("square", {"n": 1}, TENANT)
    fill(settings.tasks_table, tasks.item(key), filled, lambda text: text)
    before = tasks.item(key)

    tasks.application.services.task_records.fail(key, 0, "Refused", "because")

    task = tasks.service.get(key)
    assert (task.status, task.error) == (TaskStatus.FAILED, "Refused")
    assert task.input == (before["input"] if filled == "input" else {"n": 1})


def test_a_full_task_can_be_cancelled(tasks, settings, fill):
    key = tasks.service.create_task("square", {"n": 1}, TENANT)
    fill(settings.tasks_table, tasks.item(key), "filler", lambda text: text)

    tasks.service.cancel(key, by="me", reason="full")

    assert tasks.service.get(key).status is TaskStatus.CANCELLED


def test_a_full_sub_task_fails_with_the_others(tasks, settings, fill):
    key = tasks.service.create_step_function_task("square", [{"n": 1}, {"n": 2}], TENANT)
    first, second = tasks.fan_out(key)
    fill(settings.tasks_table, tasks.item(second), "filler", lambda text: text)

    records = tasks.application.services.task_records
    assert records.fail_sub_tasks([first, second], 0, "Refused", "because")

    statuses = {tasks.service.get(sub_task).status for sub_task in (first, second)}
    assert statuses == {TaskStatus.FAILED}
    assert tasks.service.get(key).counters.failed == 2


@pytest.fixture
def imports(settings, clients) -> Imports:
    imports = Imports(settings, clients)
    imports.upload(csv_of(("KIX", "Osaka", "2")))
    return imports


def test_a_full_import_is_worked_on(imports, settings, fill):
    key = imports.make()
    fill(settings.import_tmp_table, imports.services.import_records.read(key), "filler", str)

    imports.start(key)

    assert imports.job(key).status == "PROCESSING"
    assert imports.execution_input(key)


def test_a_full_import_that_runs_can_be_cancelled(imports, settings, fill):
    key = imports.make()
    imports.start(key)
    fill(settings.import_tmp_table, imports.services.import_records.read(key), "filler", str)

    imports.application.imports.cancel(key, by="Ann", reason="full")

    job = imports.job(key)
    assert (job.status, job.cause) == ("CANCELLED", "Ann cancelled it: full")


@pytest.fixture
def request_(settings, clients):
    """The services of an approval request that an execution waits for."""
    clients.recorded = executions = WaitingExecutions()
    application = Application(settings, clients)
    key = ApprovalKey.make(TENANT, "close-JFK")
    wait = WaitingState("token", executions.wait("run", "token"), "000000#2026-01-01T00:00:00Z#0")
    application.approvals.create_approval_request(key, "Close JFK", {"n": 1}, wait)
    return application.services, key


def filled_request(request_, settings, fill, filled: str, value: Any) -> None:
    services, key = request_
    item = services.store.get(settings.approvals_table, key.pk, key.sk)
    fill(settings.approvals_table, item, filled, value)


def test_a_full_request_can_be_answered_and_shows_its_subject(request_, settings, fill):
    services, key = request_
    filled_request(request_, settings, fill, "filler", str)

    answered = services.approvals.approve(key, by="Ann")

    assert (answered.status, answered.subject) == (ApprovalStatus.APPROVED, {"n": 1})


def test_a_subject_that_fills_a_request_tells_where_it_lies(request_, settings, clients, fill):
    services, key = request_
    filled_request(request_, settings, fill, "subject", lambda text: {"long": text})
    before = services.approvals.get_request(key)

    rejected = services.approvals.reject(key, by="Ann", reason="no")

    assert rejected.status is ApprovalStatus.REJECTED
    place = rejected.subject["wholeItemKey"]
    assert whole_item(clients, settings, place)["subject"] == before.subject
