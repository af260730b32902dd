"""Values in the bucket stay as the item that refers to them was written."""

from __future__ import annotations

from typing import Any

import pytest

from cqrs.storage.large_values import INLINE_BYTES, LargeValues
from cqrs.tasks.models import Task, TaskStatus
from tests.unit.tasking import TENANT, Tasks, iteration

LARGE = "x" * INLINE_BYTES


@pytest.fixture
def values(services) -> LargeValues:
    return services.large_values


@pytest.fixture
def tasks(settings, clients) -> Tasks:
    return Tasks.of_squares(settings, clients)


def test_each_write_has_an_object_of_its_own(values: LargeValues):
    first = values.place("result", [LARGE, 1], "tasks/one")
    second = values.place("result", [LARGE, 2], "tasks/one")

    assert values.load(first, "result") == [LARGE, 1]
    assert values.load(second, "result") == [LARGE, 2]


@pytest.mark.parametrize(
    ("tenant", "sk"),
    [("a/../b", "A#@1"), ("\ufb01", "A#e\u0301"), ("a b", "A#x y@2@3"), ("a", "A#../../b")],
    ids=["path", "combining", "version-marks", "upwards"],
)
def test_large_versions_of_keys_that_look_like_paths_stay_apart(services, tenant: str, sk: str):
    pk = f"A#{tenant}"
    for version in (1, 2):
        services.commands.publish_sync(pk, sk, attributes={"text": LARGE, "made": version})

    data, history = services.data.get(pk, sk), services.history.list(pk, sk).items
    assert (data.version, data.attributes) == (2, {"text": LARGE, "made": 2})
    assert [(past.version, past.attributes) for past in history] == [
        (1, {"text": LARGE, "made": 1}),
    ]


def test_keys_that_a_path_would_make_one_keep_large_values_apart(services):
    places = [("A#a", "A#x"), ("A#a", "A#./x"), ("A#a/.", "A#x"), ("A#a", "A#x/")]
    for number, (pk, sk) in enumerate(places):
        services.commands.publish_sync(pk, sk, attributes={"text": LARGE, "of": number})

    kept = [services.data.get(pk, sk).attributes["of"] for pk, sk in places]
    assert kept == list(range(len(places)))


def test_the_result_of_a_task_that_is_over_stays(tasks: Tasks):
    key = tasks.service.create_task("square", {"n": 1}, TENANT)
    records = tasks.application.services.task_records
    records.start(key, 0)
    records.complete(key, 0, [LARGE, "first"])

    records.complete(key, 0, [LARGE, "second"])

    task = tasks.service.get(key)
    assert (task.status, task.result[1]) == (TaskStatus.COMPLETED, "first")


def test_the_result_of_a_sub_task_is_that_of_the_run_which_was_counted(tasks: Tasks):
    key = tasks.service.create_step_function_task("square", [{"n": 1}], TENANT)
    (sub_task,) = tasks.fan_out(key)
    workflow, runs = tasks.application.services.task_workflow, []

    def overlapping(_task: Task) -> Any:
        runs.append(len(runs))
        run = runs[-1]
        if run == 0:  # Step Functions repeats a call that still goes on
            assert workflow.iterator(iteration(sub_task)) == "COMPLETED"
        return [LARGE, run]

    tasks.application.services.task_handlers._handlers["square"] = overlapping
    assert workflow.iterator(iteration(sub_task)) == "over"

    task = tasks.service.get(sub_task)
    assert (task.status, task.result[1]) == (TaskStatus.COMPLETED, 1)
    assert tasks.service.get(key).counters.succeeded == 1


def test_an_archived_object_hides_no_other_item_and_a_new_version_replaces_it(services, clients):
    pk = "A#acme"
    for sk, text in (("A#1", LARGE), ("A#2", "small")):
        services.commands.publish_sync(pk, sk, attributes={"text": text})
    table = services.settings.data_table
    key = services.store.get(table, pk, "A#1")["attributesKey"]
    clients.s3.put_object(
        Bucket=services.settings.bucket, Key=key, Body=b"{}", StorageClass="GLACIER"
    )

    page = services.data.list(pk)

    assert [item.key.sk for item in page.items] == ["A#2"]
    (damaged,) = page.damaged
    assert "InvalidObjectState" in damaged.problem
    assert key in damaged.problem
    services.commands.publish_sync(pk, "A#1", attributes={"text": "new"})
    assert services.data.get(pk, "A#1").attributes == {"text": "new"}
