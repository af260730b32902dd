"""Tasks that failed and are run again, whatever comes late of the attempt before."""

from __future__ import annotations

from typing import Any

import pytest

from cqrs.aws.item_store import Put
from cqrs.errors import NotFoundError, TransientError, ValidationError
from cqrs.resources import Queue
from cqrs.tasks.executions import task_execution_name
from cqrs.tasks.keys import TaskKey
from cqrs.tasks.models import Counters, TaskStatus
from tests.unit.crashing import Crash, Crasher
from tests.unit.execution import state_event
from tests.unit.tasking import TENANT, Tasks, execution_ended, task_record


@pytest.fixture
def tasks(settings, clients) -> Tasks:
    return Tasks.of_squares(settings, clients)


@pytest.fixture
def mended(tasks: Tasks) -> list[bool]:
    """The handler refuses its input until something is in this list."""
    cause_is_mended: list[bool] = []

    def half(task):
        if task.input % 2 and not cause_is_mended:
            raise ArithmeticError("odd")
        return task.input / 2

    tasks.application.task("half")(half)
    return cause_is_mended


def failed_task(tasks: Tasks, numbers: list[int]) -> TaskKey:
    """A task of which the odd numbers have failed."""
    key = tasks.service.create_step_function_task("half", numbers, TENANT)
    for sub_task in tasks.fan_out(key):
        tasks.iterate(sub_task)
    tasks.deliver_stream_record(key)
    assert tasks.service.get(key).status is TaskStatus.FAILED
    return key


def run_again(tasks: Tasks, key: TaskKey, attempt: int = 1) -> list[TaskKey]:
    """Bring a task that is retried to its execution; the keys that the execution gets."""
    tasks.deliver_stream_record(key)
    for message in tasks.messages(Queue.TASK_ACTION):
        assert tasks.deliver_message(message) == {"batchItemFailures": []}
    started = tasks.clients.step_functions.started[task_execution_name(key, attempt)]
    return [TaskKey(entry["pk"], entry["sk"]) for entry in started]


def iterate(tasks: Tasks, sub_task: TaskKey, attempt: int = 1) -> str:
    name = task_execution_name(sub_task.parent, attempt)
    event = state_event("iterator", sub_task.to_mapping(), execution_input=None, name=name)
    return tasks.application.services.task_workflow.iterator(event)


def test_only_what_failed_runs_again_and_the_task_is_completed(tasks: Tasks, mended):
    key = failed_task(tasks, [2, 3, 4, 5])
    before = [tasks.item(key.sub_task(number)) for number in (1, 3)]
    mended.append(True)

    task = tasks.service.retry(key)

    assert (task.status, task.attempt, task.error) == (TaskStatus.CREATED, 1, None)
    assert run_again(tasks, key) == [key.sub_task(2), key.sub_task(4)]
    begun = tasks.service.get(key)
    assert (begun.status, begun.counters.succeeded, begun.counters.failed) == ("PROCESSING", 2, 0)
    assert tasks.service.get(key.sub_task(2)).error is None
    assert [iterate(tasks, key.sub_task(number)) for number in (2, 4)] == ["COMPLETED"] * 2
    tasks.deliver_stream_record(key)
    ended = tasks.service.get(key)
    assert (ended.status, ended.counters.succeeded, ended.counters.failed) == ("COMPLETED", 4, 0)
    assert [tasks.item(key.sub_task(number)) for number in (1, 3)] == before


@pytest.mark.usefixtures("mended")
def test_one_that_fails_again_may_be_retried_again(tasks: Tasks):
    key = failed_task(tasks, [1, 2])
    for attempt in (1, 2):
        tasks.service.retry(key)
        assert run_again(tasks, key, attempt) == [key.sub_task(1)]
        iterate(tasks, key.sub_task(1), attempt)
        tasks.deliver_stream_record(key)

        task = tasks.service.get(key)
        assert (task.status, task.attempt, task.counters.failed) == ("FAILED", attempt, 1)


def test_more_than_a_transaction_takes_run_again(tasks: Tasks):
    key = tasks.service.create_step_function_task("square", [{"n": 1}] * 150, TENANT)
    sub_tasks = tasks.fan_out(key)
    tasks.application.services.task_canceller.give_up(key, 0, "Refused", "by a test")

    tasks.service.retry(key)

    assert run_again(tasks, key) == sub_tasks
    assert tasks.service.get(key).counters.failed == 0


def test_a_single_task_runs_again(tasks: Tasks, mended):
    key = tasks.service.create_task("half", 3, TENANT)
    tasks.deliver_message(tasks.queue(key))
    assert tasks.service.get(key).status is TaskStatus.FAILED
    mended.append(True)

    tasks.service.retry(key)
    tasks.deliver_stream_record(key)
    (message,) = tasks.messages(Queue.TASK_ACTION)
    tasks.deliver_message(message)

    task = tasks.service.get(key)
    assert (task.status, task.result, task.error, task.attempt) == ("COMPLETED", 1.5, None, 1)


def test_a_retried_single_task_has_all_its_tries(tasks: Tasks):
    def handler(_task):
        raise TransientError("DynamoDB is throttled")

    tasks.application.task("unlucky")(handler)
    key = tasks.service.create_task("unlucky", None, TENANT)
    message = tasks.queue(key)
    for receive_count in (1, 2, 3, 4):
        with pytest.raises(TransientError):
            tasks.deliver_message(message, receive_count)
    tasks.deliver_message(message, 5)
    assert tasks.service.get(key).error == "TooManyTries"

    tasks.service.retry(key)

    tasks.deliver_message(message, 5)
    assert tasks.service.get(key).status is TaskStatus.PROCESSING


@pytest.mark.usefixtures("mended")
def test_a_second_call_starts_nothing(tasks: Tasks):
    key = failed_task(tasks, [1])
    tasks.service.retry(key)
    before = tasks.item(key)

    assert tasks.service.retry(key).attempt == 1
    assert tasks.item(key) == before


@pytest.mark.usefixtures("mended")
@pytest.mark.parametrize("word", ["iterator", "closing record", "end of the execution"])
def test_what_comes_late_of_the_attempt_before_changes_nothing(tasks: Tasks, settings, word):
    key = tasks.service.create_step_function_task("half", [1], TENANT)
    (sub_task,) = tasks.fan_out(key)
    tasks.iterate(sub_task)
    closing = task_record(tasks.item(key), "MODIFY")
    tasks.deliver_stream_record(key)
    tasks.service.retry(key)
    assert run_again(tasks, key) == [sub_task]
    before = tasks.item(key), tasks.item(sub_task)

    first = task_execution_name(key)
    if word == "iterator":
        assert iterate(tasks, sub_task, attempt=0) == "over"
    elif word == "closing record":
        tasks.application.handle(closing)
    else:
        tasks.clients.recorded.statuses[first] = "TIMED_OUT"
        machine = settings.task_state_machine_arn
        tasks.application.handle(execution_ended(machine, first, "TIMED_OUT"))

    assert (tasks.item(key), tasks.item(sub_task)) == before


def test_a_task_is_run_again_while_the_end_of_its_execution_is_still_told(
    tasks: Tasks, settings, requests
):
    key = tasks.service.create_step_function_task("square", [{"n": 2}], TENANT)
    (sub_task,) = tasks.fan_out(key)
    first, machine = task_execution_name(key), settings.task_state_machine_arn
    tasks.clients.recorded.statuses[first] = "TIMED_OUT"

    def run_it_again() -> None:
        assert tasks.item(sub_task)["status"] == TaskStatus.FAILED
        tasks.deliver_stream_record(key)
        tasks.service.retry(key)
        assert run_again(tasks, key) == [sub_task]

    # It looks for what is left, fails that, and looks again.
    requests.before_next("Query", lambda: requests.before_next("Query", run_it_again))
    tasks.application.handle(execution_ended(machine, first, "TIMED_OUT"))

    assert iterate(tasks, sub_task) == TaskStatus.COMPLETED
    tasks.deliver_stream_record(key)
    assert tasks.service.get(key).status is TaskStatus.COMPLETED


def test_a_handler_of_the_attempt_before_that_ends_late_does_not_count(tasks: Tasks):
    key = tasks.service.create_task("square", {"n": 2}, TENANT)
    message = tasks.queue(key)

    def fail_and_retry_meanwhile(_task):
        tasks.application.services.task_records.fail(key, 0, "Refused", "by another receiver")
        tasks.service.retry(key)
        return "late"

    tasks.application.services.task_handlers._handlers["square"] = fail_and_retry_meanwhile
    tasks.deliver_message(message)

    task = tasks.service.get(key)
    assert (task.status, task.result, task.attempt) == (TaskStatus.CREATED, None, 1)


@pytest.mark.usefixtures("mended")
def test_a_retry_is_told_with_its_attempt_and_true_counts(tasks: Tasks):
    key = failed_task(tasks, [1, 2])
    tasks.deliver_stream_record(key)
    tasks.messages(Queue.NOTIFICATION)

    tasks.service.retry(key)
    run_again(tasks, key)
    tasks.deliver_stream_record(key)

    told = [message["content"] for message in tasks.messages(Queue.NOTIFICATION)]
    assert [(one["status"], one["attempt"], one["counters"]) for one in told] == [
        ("CREATED", 1, {"total": 2, "succeeded": 1, "failed": 1}),
        ("PROCESSING", 1, {"total": 2, "succeeded": 1, "failed": 0}),
    ]
    assert "error" not in told[0]
    assert "subTask" not in told[0]


@pytest.mark.usefixtures("mended")
def test_a_retried_task_can_be_cancelled_before_it_begins(tasks: Tasks):
    key = failed_task(tasks, [1, 2])
    tasks.service.retry(key)

    task = tasks.service.cancel(key, by="ann")

    assert (task.status, task.counters.failed) == (TaskStatus.CANCELLED, 1)
    with pytest.raises(ValidationError, match=r"is CANCELLED: only one that FAILED"):
        tasks.service.retry(key)


@pytest.mark.usefixtures("mended")
def test_a_task_that_never_stored_its_sub_tasks_stores_them(tasks: Tasks):
    key = tasks.service.create_step_function_task("half", [2], TENANT)
    tasks.application.services.task_records.fail(key, 0, "AccessDenied", "no queue")

    tasks.service.retry(key)

    tasks._seen.add(str(key))
    assert run_again(tasks, key) == [key.sub_task(1)]
    assert iterate(tasks, key.sub_task(1)) == "COMPLETED"


def test_what_cannot_be_retried_is_told(tasks: Tasks, settings):
    key = tasks.service.create_step_function_task("square", [{"n": 1}], TENANT)
    (sub_task,) = tasks.fan_out(key)
    with pytest.raises(ValidationError, match=rf"is a sub-task: retry its task, {key}"):
        tasks.service.retry(sub_task)
    with pytest.raises(NotFoundError, match="There is no task"):
        tasks.service.retry(TaskKey.make("TASK", TENANT, "square"))
    assert tasks.service.retry(key).status is TaskStatus.PROCESSING
    tasks.iterate(sub_task)
    tasks.deliver_stream_record(key)
    with pytest.raises(ValidationError, match="is COMPLETED: only one that FAILED"):
        tasks.service.retry(key)
    damaged = {**tasks.item(key), "status": "FAILED", "attempt": "one"}
    tasks.application.services.store.put(Put(settings.tasks_table, damaged))
    with pytest.raises(ValidationError, match="its attempt is 'one'"):
        tasks.service.retry(key)


def surely(step: Any) -> Any:
    """Repeat a step as Lambda, SQS and people do after a crash."""
    while True:
        try:
            return step()
        except Crash:
            continue


@pytest.mark.parametrize("position", range(12))
@pytest.mark.parametrize("moment", ["before-call", "after-call"])
def test_a_crash_at_any_request_changes_no_end(tasks: Tasks, clients, mended, moment, position):
    key = failed_task(tasks, [1, 2, 3])
    mended.append(True)
    crasher = Crasher([clients.dynamodb], moment, position)

    surely(lambda: tasks.service.retry(key))
    restarted = surely(lambda: task_record(tasks.item(key), "MODIFY"))
    surely(lambda: tasks.application.handle(restarted))
    for message in tasks.messages(Queue.TASK_ACTION):
        surely(lambda message=message: tasks.deliver_message(message))
    for number in (1, 3):
        surely(lambda number=number: iterate(tasks, key.sub_task(number)))

    assert crasher.crashed
    tasks.deliver_stream_record(key)
    task = tasks.service.get(key)
    assert (task.status, task.attempt) == (TaskStatus.COMPLETED, 1)
    assert (task.counters.succeeded, task.counters.failed) == (3, 0)


@pytest.mark.parametrize("stray", ["!copy", "0003", "9999", "0001 (copy)"])
def test_what_lies_among_sub_tasks_and_is_none_is_neither_run_nor_counted(
    tasks: Tasks, settings, stray
):
    key = tasks.service.create_step_function_task("square", [{"n": -1}, {"n": -2}], TENANT)
    for sub_task in tasks.fan_out(key):
        iterate(tasks, sub_task)
    tasks.deliver_stream_record(key)
    copy = {**tasks.item(key.sub_task(1)), "sk": f"{key.sub_tasks_prefix}{stray}"}
    tasks.application.services.store.put(Put(settings.tasks_table, copy))

    tasks.service.retry(key)

    assert run_again(tasks, key) == [key.sub_task(1), key.sub_task(2)]
    assert tasks.service.get(key).counters == Counters(2, 0, 0, running=0)
    stored = tasks.item(TaskKey(copy["pk"], copy["sk"]))
    assert stored == copy
