"""Tasks from their making to their end, with the events that AWS would send between."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from cqrs.application import Application
from cqrs.aws.item_store import Put
from cqrs.errors import TransientError, UnsupportedEventError
from cqrs.resources import Queue, Table
from cqrs.storage.large_values import INLINE_BYTES
from cqrs.tasks.executions import task_execution_name
from cqrs.tasks.keys import TaskKey
from cqrs.tasks.models import TaskStatus
from tests.unit.crashing import Crash, Crasher
from tests.unit.execution import state_event
from tests.unit.sample_events import sqs_event
from tests.unit.tasking import TENANT, Tasks, execution_ended, iteration, task_record


@pytest.fixture
def tasks(settings, clients) -> Tasks:
    return Tasks.of_squares(settings, clients)


def test_a_single_task_is_queued_and_worked_off(tasks: Tasks):
    key = tasks.service.create_task("square", {"n": 12}, TENANT)
    assert tasks.service.get(key).status is TaskStatus.CREATED

    message = tasks.queue(key)
    assert tasks.service.get(key).status is TaskStatus.QUEUED
    tasks.deliver_message(message)

    task = tasks.service.get(key)
    assert (task.status, task.result, task.input) == (TaskStatus.COMPLETED, {"n": 144}, {"n": 12})
    assert task.created_at <= task.started_at <= task.finished_at


def test_a_single_task_that_fails_keeps_its_error(tasks: Tasks):
    key = tasks.service.create_task("square", {"n": -1}, TENANT)
    tasks.deliver_message(tasks.queue(key))

    task = tasks.service.get(key)
    assert (task.status, task.error) == (TaskStatus.FAILED, "ArithmeticError")
    assert task.cause == "no negative numbers"


def test_a_single_task_delivered_twice_runs_once(tasks: Tasks):
    ran = []
    tasks.application.task("count")(lambda task: ran.append(task.key))
    key = tasks.service.create_task("count", None, TENANT)
    message = tasks.queue(key)
    tasks.deliver_stream_record(key)
    tasks.deliver_message(message)
    before = tasks.item(key)

    tasks.deliver_message(message)

    assert ran == [key]
    assert tasks.item(key) == before


def test_a_fault_of_aws_leaves_a_single_task_to_the_next_delivery(tasks: Tasks):
    def handler(_task):
        raise TransientError("DynamoDB is throttled")

    tasks.application.task("unlucky")(handler)
    key = tasks.service.create_task("unlucky", None, TENANT)

    with pytest.raises(TransientError):
        tasks.deliver_message(tasks.queue(key))

    assert tasks.service.get(key).status is TaskStatus.PROCESSING


def test_a_single_task_that_never_ends_is_failed_with_its_last_delivery(tasks: Tasks):
    tried = []

    def handler(task):
        tried.append(task.key)
        raise TransientError("DynamoDB is throttled")

    tasks.application.task("unlucky")(handler)
    key = tasks.service.create_task("unlucky", None, TENANT)
    message = tasks.queue(key)
    for receive_count in (1, 2, 3, 4):
        with pytest.raises(TransientError):
            tasks.deliver_message(message, receive_count)

    assert tasks.deliver_message(message, 5) == {"batchItemFailures": []}

    task = tasks.service.get(key)
    assert (task.status, task.error, len(tried)) == (TaskStatus.FAILED, "TooManyTries", 4)
    assert "begun 4 times" in task.cause


def test_a_task_whose_message_was_received_for_nothing_is_begun_all_the_same(tasks: Tasks):
    key = tasks.service.create_task("square", {"n": 3}, TENANT)
    message = tasks.queue(key)

    # Lambda was throttled four times; the fifth is the first that the function sees.
    assert tasks.deliver_message(message, 5) == {"batchItemFailures": []}

    task = tasks.service.get(key)
    assert (task.status, task.result) == (TaskStatus.COMPLETED, {"n": 9})


def test_sub_tasks_succeed_and_fail_on_their_own(tasks: Tasks):
    key = tasks.service.create_step_function_task("square", [{"n": n} for n in (1, -2, 3)], TENANT)
    sub_tasks = tasks.fan_out(key)
    assert sub_tasks == [key.sub_task(1), key.sub_task(2), key.sub_task(3)]
    assert tasks.service.get(key).status is TaskStatus.PROCESSING

    assert [tasks.iterate(sub_task) for sub_task in sub_tasks] == [
        "COMPLETED",
        "FAILED",
        "COMPLETED",
    ]

    page = tasks.service.sub_tasks(key)
    assert [task.result for task in page.tasks] == [{"n": 1}, None, {"n": 9}]
    assert [task.error for task in page.tasks] == [None, "ArithmeticError", None]
    assert tasks.service.get(key).counters.to_mapping() == {
        "total": 3,
        "succeeded": 2,
        "failed": 1,
        "running": 0,
    }


@pytest.mark.parametrize(
    ("numbers", "status"), [((1, 2), TaskStatus.COMPLETED), ((1, -2), TaskStatus.FAILED)]
)
def test_the_last_sub_task_closes_its_task(tasks: Tasks, numbers, status):
    key = tasks.service.create_step_function_task("square", [{"n": n} for n in numbers], TENANT)
    first, second = tasks.fan_out(key)
    tasks.iterate(first)
    tasks.deliver_stream_record(key)
    assert tasks.service.get(key).status is TaskStatus.PROCESSING

    tasks.iterate(second)
    tasks.deliver_stream_record(key)

    task = tasks.service.get(key)
    assert (task.status, task.finished_at is not None) == (status, True)


def test_a_sub_task_that_runs_is_counted_as_running(tasks: Tasks):
    seen = []

    def look(task):
        seen.append(tasks.service.get(task.key.parent).counters.running)

    tasks.application.task("look")(look)
    key = tasks.service.create_step_function_task("look", [1], TENANT)
    (sub_task,) = tasks.fan_out(key)
    tasks.iterate(sub_task)

    assert seen == [1]
    assert tasks.service.get(key).counters.running == 0


def test_an_iterator_that_is_repeated_counts_once(tasks: Tasks):
    key = tasks.service.create_step_function_task("square", [{"n": 1}, {"n": -1}], TENANT)
    good, bad = tasks.fan_out(key)
    for sub_task in (good, bad, good, bad):
        tasks.iterate(sub_task)

    assert tasks.iterate(good) == tasks.iterate(bad) == "over"
    counters = tasks.service.get(key).counters
    assert (counters.succeeded, counters.failed) == (1, 1)


def test_an_iterator_that_died_runs_again(tasks: Tasks):
    key = tasks.service.create_step_function_task("square", [{"n": 5}], TENANT)
    (sub_task,) = tasks.fan_out(key)
    started = tasks.application.services.task_records.start_sub_task(sub_task, "x")
    assert started["status"] == "PROCESSING"

    assert tasks.iterate(sub_task) == "COMPLETED"

    again = tasks.service.get(sub_task)
    assert (again.result, again.started_at) == ({"n": 25}, started["startedAt"])


def test_two_iterators_of_one_sub_task_count_once(tasks: Tasks):
    """The second ends the sub-task while the first is in its handler."""

    def slow(task):
        if task.key not in seen:
            seen.append(task.key)
            assert tasks.iterate(task.key) == "COMPLETED"
        return len(seen)

    seen: list[TaskKey] = []
    tasks.application.task("slow")(slow)
    key = tasks.service.create_step_function_task("slow", [None], TENANT)
    (sub_task,) = tasks.fan_out(key)

    assert tasks.iterate(sub_task) == "over"

    assert tasks.service.get(key).counters.succeeded == 1


def test_the_large_result_of_a_run_that_comes_late_changes_nothing(tasks: Tasks):
    """The second run ends the sub-task while the first is in its handler."""

    def slow(task):
        runs.append(task.key)
        number = len(runs)
        if number == 1:
            assert tasks.iterate(task.key) == "COMPLETED"
        return {"run": number, "text": "x" * 200_000}

    runs: list[TaskKey] = []
    tasks.application.task("slow")(slow)
    (sub_task,) = tasks.fan_out(tasks.service.create_step_function_task("slow", [None], TENANT))

    assert tasks.iterate(sub_task) == "over"

    assert tasks.service.get(sub_task).result["run"] == 2


def test_a_message_delivered_twice_makes_one_set_of_sub_tasks_and_one_execution(
    tasks: Tasks, step_functions
):
    key = tasks.service.create_step_function_task("square", [{"n": n} for n in range(250)], TENANT)
    message = tasks.queue(key)
    tasks.deliver_message(message)
    done = [key.sub_task(1), key.sub_task(101)]
    for sub_task in done:
        tasks.iterate(sub_task)
    before = [tasks.item(sub_task) for sub_task in key.sub_tasks(250)]

    tasks.deliver_message(message)

    assert [tasks.item(sub_task) for sub_task in key.sub_tasks(250)] == before
    assert list(step_functions.started) == [task_execution_name(key)]


def test_a_message_delivered_twice_at_once_resets_no_sub_task(tasks: Tasks, requests):
    """The second delivery stores the sub-tasks and runs one, just before the first does."""
    key = tasks.service.create_step_function_task("square", [{"n": 4}, {"n": 5}], TENANT)
    message = tasks.queue(key)

    def overtake() -> None:
        tasks.deliver_message(message)
        tasks.iterate(key.sub_task(1))

    requests.before_next("TransactWriteItems", overtake)
    tasks.deliver_message(message)

    assert tasks.service.get(key.sub_task(1)).status is TaskStatus.COMPLETED
    assert tasks.service.get(key).counters.succeeded == 1


def test_every_change_of_a_task_is_told_with_its_counters(tasks: Tasks):
    key = tasks.service.create_step_function_task("square", [{"n": 2}, {"n": -2}], TENANT)
    sub_tasks = tasks.fan_out(key)
    for sub_task in sub_tasks:
        tasks.deliver_stream_record(key)
        tasks.iterate(sub_task)
    tasks.deliver_stream_record(key)
    tasks.deliver_stream_record(key)

    told = tasks.messages(Queue.NOTIFICATION)

    assert {(m["action"], m["pk"], m["sk"], m["tenant"]) for m in told} == {
        ("task-status", key.pk, key.sk, TENANT)
    }
    assert [
        (m["content"]["status"], m["content"]["counters"], m["content"].get("subTask"))
        for m in told
    ] == [
        ("PROCESSING", {"total": 2, "succeeded": 0, "failed": 0}, None),
        (
            "PROCESSING",
            {"total": 2, "succeeded": 1, "failed": 0},
            {"sk": sub_tasks[0].sk, "status": "COMPLETED"},
        ),
        (
            "PROCESSING",
            {"total": 2, "succeeded": 1, "failed": 1},
            {"sk": sub_tasks[1].sk, "status": "FAILED"},
        ),
        (
            "FAILED",
            {"total": 2, "succeeded": 1, "failed": 1},
            {"sk": sub_tasks[1].sk, "status": "FAILED"},
        ),
    ]


def test_large_inputs_and_results_go_to_the_bucket(tasks: Tasks, clients, settings):
    tasks.application.task("echo")(lambda task: task.input)
    large = "x" * INLINE_BYTES
    key = tasks.service.create_step_function_task("echo", [large, "small"], TENANT)
    assert "input" not in tasks.item(key)
    first, second = tasks.fan_out(key)
    assert {"input", "inputKey"}.isdisjoint(tasks.item(key))
    for sub_task in (first, second):
        tasks.iterate(sub_task)

    assert tasks.service.get(first).result == large
    assert {"input", "result"}.isdisjoint(tasks.item(first))
    assert tasks.service.get(second).result == "small"
    listed = clients.s3.list_objects_v2(Bucket=settings.bucket, Prefix="tasks/")["Contents"]
    assert len(listed) == 3


def test_a_result_that_is_not_json_fails_its_sub_task(tasks: Tasks):
    tasks.application.task("odd")(lambda _task: {1, 2})
    key = tasks.service.create_step_function_task("odd", [None], TENANT)
    (sub_task,) = tasks.fan_out(key)

    assert tasks.iterate(sub_task) == "FAILED"

    assert "use what JSON knows" in tasks.service.get(sub_task).cause


def test_a_fault_of_aws_is_raised_for_the_state_to_retry(tasks: Tasks):
    def handler(_task):
        raise TransientError("DynamoDB is throttled")

    tasks.application.task("unlucky")(handler)
    key = tasks.service.create_step_function_task("unlucky", [None], TENANT)
    (sub_task,) = tasks.fan_out(key)

    with pytest.raises(TransientError):
        tasks.iterate(sub_task)

    caught = {"Error": "TransientError", "Cause": "DynamoDB is throttled"}
    workflow = tasks.application.services.task_workflow
    assert workflow.fail_sub_task(iteration(sub_task, error=caught)) == "FAILED"
    failed = tasks.service.get(sub_task)
    assert (failed.error, tasks.service.get(key).counters.failed) == ("TransientError", 1)
    assert "DynamoDB is throttled" in failed.cause


@pytest.mark.parametrize("status", ["TIMED_OUT", "ABORTED", "FAILED"])
def test_what_an_ended_execution_left_is_failed(tasks: Tasks, settings, status):
    key = tasks.service.create_step_function_task("square", [{"n": n} for n in range(230)], TENANT)
    sub_tasks = tasks.fan_out(key)
    for sub_task in sub_tasks[:5]:
        tasks.iterate(sub_task)
    tasks.application.services.task_records.start_sub_task(sub_tasks[5], "x")

    tasks.clients.recorded.statuses[task_execution_name(key)] = status
    tasks.application.handle(
        execution_ended(settings.task_state_machine_arn, task_execution_name(key), status)
    )
    tasks.deliver_stream_record(key)

    task = tasks.service.get(key)
    assert task.status is TaskStatus.FAILED
    assert task.counters.to_mapping() == {
        "total": 230,
        "succeeded": 5,
        "failed": 225,
        "running": 0,
    }
    assert tasks.iterate(sub_tasks[5]) == "over"


def test_a_task_without_a_handler_fails_where_its_maker_looks(tasks: Tasks, settings, clients):
    stranger = Application(settings, clients)
    key = tasks.service.create_task("square", {"n": 1}, TENANT)
    message = tasks.queue(key)

    Tasks(stranger, clients).deliver_message(message)

    failed = tasks.service.get(key)
    assert failed.status is TaskStatus.FAILED
    assert "'square'" in failed.cause
    assert "Known are none" in failed.cause


@pytest.mark.parametrize(
    "body",
    ["{}", '{"pk": "TASK#acme", "sk": 3}', '{"pk": "AIRPORT#acme", "sk": "AIRPORT#JFK"}', "[1]"],
)
def test_a_message_that_names_no_task_is_set_aside(tasks: Tasks, clients, body):
    event = sqs_event(body, queue=f"test-cqrs-{Queue.TASK_ACTION}")

    assert tasks.application.handle(event) == {"batchItemFailures": []}

    url = f"{tasks.application.services.settings.task_action_queue_url}-dlq"
    (letter,) = clients.sqs.receive_message(QueueUrl=url)["Messages"]
    assert letter["Body"] == body


def test_a_record_that_is_no_task_is_set_aside(tasks: Tasks, settings, clients):
    event = task_record({"pk": "TASK#acme", "sk": "x", "kind": "SINGLE"}, "INSERT")

    assert tasks.application.handle(event) == {"batchItemFailures": []}

    url = f"{settings.task_action_queue_url.rpartition('/')[0]}/test-cqrs-{Table.TASKS}-dlq"
    (letter,) = clients.sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert "not written by TaskService" in letter["MessageAttributes"]["reason"]["StringValue"]


@pytest.mark.parametrize("given", ["x", {}, {"pk": "TASK#a", "sk": "b"}, None])
def test_an_iterator_without_a_key_is_told(tasks: Tasks, given):
    with pytest.raises(UnsupportedEventError, match="needs pk and sk"):
        tasks.application.services.task_workflow.iterator(
            state_event("iterator", given, execution_input=[])
        )


def test_an_iterator_of_a_task_that_has_no_sub_tasks_is_told(tasks: Tasks):
    key = tasks.service.create_task("square", {"n": 1}, TENANT)
    with pytest.raises(UnsupportedEventError, match="not a sub-task"):
        tasks.iterate(key)


def test_sub_tasks_expire_with_their_task(tasks: Tasks, settings):
    store = tasks.application.services.store
    store.put(
        Put(
            settings.data_table,
            {"pk": f"SETTINGS#{TENANT}", "sk": "TTL", "version": 1, "attributes": {"tasks": 3}},
        )
    )
    key = tasks.service.create_step_function_task("square", [{"n": 1}], TENANT)
    (sub_task,) = tasks.fan_out(key)

    assert tasks.item(key)["ttl"] == tasks.item(sub_task)["ttl"] > 0


def test_a_parent_that_was_deleted_does_not_stop_its_sub_tasks(tasks: Tasks, settings):
    key = tasks.service.create_step_function_task("square", [{"n": 1}], TENANT)
    (sub_task,) = tasks.fan_out(key)
    tasks.application.services.clients.dynamodb.delete_item(
        TableName=settings.tasks_table, Key={"pk": {"S": key.pk}, "sk": {"S": key.sk}}
    )

    assert tasks.iterate(sub_task) == "over"
    tasks.clients.recorded.statuses[task_execution_name(key)] = "TIMED_OUT"
    tasks.application.handle(
        execution_ended(settings.task_state_machine_arn, task_execution_name(key), "TIMED_OUT")
    )


def test_a_change_that_is_told_twice_closes_a_task_once(tasks: Tasks):
    key = tasks.service.create_step_function_task("square", [{"n": 1}], TENANT)
    (sub_task,) = tasks.fan_out(key)
    tasks.iterate(sub_task)
    counted = tasks.item(key)
    tasks.deliver_stream_record(key)
    closed = tasks.item(key)

    tasks.application.handle(task_record(counted, "MODIFY"))

    assert tasks.item(key) == closed


CHANGES = {"UpdateItem", "TransactWriteItems", "SendMessage"}


def surely(step: Callable[[], Any]) -> Any:
    """Repeat a step as Lambda, SQS and Step Functions do after a crash."""
    while True:
        try:
            return step()
        except Crash:
            continue


@pytest.mark.parametrize("position", range(11))
@pytest.mark.parametrize("moment", ["before-call", "after-call"])
def test_a_crash_at_any_request_counts_no_sub_task_twice(
    tasks: Tasks, clients, step_functions, moment, position
):
    key = tasks.service.create_step_function_task("square", [{"n": 1}, {"n": -1}], TENANT)
    crasher = Crasher((clients.dynamodb, clients.sqs), moment, position, CHANGES)
    created = task_record(tasks.item(key), "INSERT")
    surely(lambda: tasks.application.handle(created))
    for message in tasks.messages(Queue.TASK_ACTION):
        surely(lambda message=message: tasks.deliver_message(message))
    assert list(step_functions.started) == [task_execution_name(key)]
    for number in (1, 2):
        surely(lambda number=number: tasks.iterate(key.sub_task(number)))
        changed = task_record(tasks.item(key), "MODIFY")
        surely(lambda changed=changed: tasks.application.handle(changed))

    assert crasher.crashed
    task = tasks.service.get(key)
    assert task.status is TaskStatus.FAILED
    assert (task.counters.succeeded, task.counters.failed) == (1, 1)
    told = [message["content"]["counters"] for message in tasks.messages(Queue.NOTIFICATION)]
    assert {"total": 2, "succeeded": 1, "failed": 1} in told


WOULD_END = "(this would end the process, and other work with it: raise an Exception instead)"


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("error", "name", "cause"),
    [
        (ValueError("half \ud800 of it"), "ValueError", "half \\ud800 of it"),
        (SystemExit("over and out"), "HandlerLeft", f"SystemExit: over and out {WOULD_END}"),
        (asyncio.CancelledError("halt"), "HandlerLeft", f"CancelledError: halt {WOULD_END}"),
        (
            BaseExceptionGroup("both", [GeneratorExit()]),
            "HandlerLeft",
            f"BaseExceptionGroup: both (1 sub-exception) {WOULD_END}",
        ),
        (Unspeakable(), "Unspeakable", "(its message cannot be read: RuntimeError)"),
    ],
)
def test_whatever_a_handler_raises_fails_its_sub_task_at_once(tasks: Tasks, error, name, cause):
    def handler(_task):
        raise error

    tasks.application.task("odd")(handler)
    key = tasks.service.create_step_function_task("odd", [None], TENANT)
    (sub_task,) = tasks.fan_out(key)

    assert tasks.iterate(sub_task) == "FAILED"

    failed = tasks.service.get(sub_task)
    assert (failed.error, failed.cause) == (name, cause)


def test_a_message_that_names_a_sub_task_is_set_aside(tasks: Tasks, clients):
    key = tasks.service.create_step_function_task("square", [{"n": 1}], TENANT)
    (sub_task,) = tasks.fan_out(key)

    assert tasks.deliver_message(sub_task.to_mapping()) == {"batchItemFailures": []}

    url = f"{tasks.application.services.settings.task_action_queue_url}-dlq"
    (letter,) = clients.sqs.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(letter["Body"]) == sub_task.to_mapping()
    assert tasks.service.get(sub_task).status is TaskStatus.CREATED


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("total", "three"),
        ("total", 0),
        ("total", -5),
        ("succeeded", None),
        ("succeeded", -1),
        ("kind", "HUGE"),
        ("input", 5),
    ],
)
def test_a_damaged_task_fails_and_its_other_changes_are_set_aside(
    tasks: Tasks, clients, settings, name, value
):
    key = tasks.service.create_step_function_task("square", [{"n": 1}], TENANT)
    item = {**tasks.item(key), name: value}
    tasks.application.services.store.put(Put(settings.tasks_table, item))

    assert tasks.application.handle(task_record(item, "INSERT")) == {"batchItemFailures": []}
    (received,) = clients.sqs.receive_message(QueueUrl=settings.task_action_queue_url)["Messages"]
    tasks.deliver_message(json.loads(received["Body"]))

    assert (tasks.item(key)["status"], tasks.item(key)["error"]) == ("FAILED", "ValidationError")
    changed = task_record(tasks.item(key), "MODIFY")
    assert tasks.application.handle(changed) == {"batchItemFailures": []}
    url = f"{settings.task_action_queue_url.rpartition('/')[0]}/test-cqrs-{Table.TASKS}-dlq"
    letters = clients.sqs.receive_message(QueueUrl=url).get("Messages", [])
    assert len(letters) == (1 if name in {"total", "succeeded"} else 0)


def test_a_record_of_a_sub_task_queues_nothing(tasks: Tasks, clients, settings):
    key = tasks.service.create_step_function_task("square", [{"n": 1}], TENANT)
    (sub_task,) = tasks.fan_out(key)

    record = task_record(tasks.item(sub_task), "INSERT")
    assert tasks.application.handle(record) == {"batchItemFailures": []}

    assert tasks.service.get(sub_task).status is TaskStatus.CREATED
    assert "Messages" not in clients.sqs.receive_message(QueueUrl=settings.task_action_queue_url)


def test_a_task_whose_input_is_damaged_is_failed(tasks: Tasks, settings):
    key = tasks.service.create_step_function_task("square", [{"n": 1}], TENANT)
    message = tasks.queue(key)
    damaged = {**tasks.item(key), "input": "not a list"}
    tasks.application.services.store.put(Put(settings.tasks_table, damaged))

    tasks.deliver_message(message)

    failed = tasks.service.get(key)
    assert (failed.status, failed.error) == (TaskStatus.FAILED, "ValidationError")
    assert "its input is not a list of 1 items" in failed.cause
