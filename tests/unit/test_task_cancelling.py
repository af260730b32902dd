"""Tasks that somebody ends, whatever they were at and wherever the call that ends them dies."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from cqrs.aws.item_store import Put
from cqrs.errors import NotFoundError, ValidationError
from cqrs.resources import Queue
from cqrs.tasks.executions import task_execution_name
from cqrs.tasks.keys import TaskKey
from cqrs.tasks.limits import MAX_SUB_TASKS
from cqrs.tasks.models import TaskStatus
from tests.unit.crashing import Crash, Crasher
from tests.unit.tasking import TENANT, Tasks, execution_ended

WHY = {"by": "ann", "reason": "wrong file"}
CAUSE = "ann cancelled it: wrong file"


@pytest.fixture
def tasks(settings, clients) -> Tasks:
    return Tasks.of_squares(settings, clients)


def squares(tasks: Tasks, count: int) -> TaskKey:
    items = [{"n": number} for number in range(count)]
    return tasks.service.create_step_function_task("square", items, TENANT)


def notified(tasks: Tasks) -> list[Any]:
    return [message["content"] for message in tasks.messages(Queue.NOTIFICATION)]


def test_a_task_ends_with_its_execution_and_its_counters_are_exact(tasks: Tasks, clients):
    key = squares(tasks, 230)
    sub_tasks = tasks.fan_out(key)
    for sub_task in sub_tasks[:5]:
        tasks.iterate(sub_task)
    tasks.application.services.task_records.start_sub_task(sub_tasks[5], "x")

    task = tasks.service.cancel(key, **WHY)

    assert (task.status, task.error, task.cause) == (TaskStatus.CANCELLED, "Cancelled", CAUSE)
    assert task.counters.to_mapping() == {
        "total": 230,
        "succeeded": 5,
        "failed": 225,
        "running": 0,
    }
    left = tasks.service.get(sub_tasks[5])
    assert (left.status, left.error, left.cause) == (TaskStatus.FAILED, "Cancelled", CAUSE)
    assert clients.recorded.statuses[task_execution_name(key)] == "ABORTED"


def test_a_handler_that_runs_meanwhile_changes_nothing_at_its_end(tasks: Tasks):
    key = squares(tasks, 1)
    (sub_task,) = tasks.fan_out(key)
    cancelled = []

    def cancel_meanwhile(_task):
        cancelled.append(tasks.service.cancel(key, **WHY))
        return "late"

    tasks.application.services.task_handlers._handlers["square"] = cancel_meanwhile
    assert tasks.iterate(sub_task) == "over"
    tasks.deliver_stream_record(key)

    task = tasks.service.get(key)
    assert cancelled
    assert (task.status, task.counters.failed) == (TaskStatus.CANCELLED, 1)
    assert tasks.service.get(sub_task).result is None


def test_the_event_of_the_stopped_execution_ends_it_in_the_same_words(tasks: Tasks, settings):
    key = squares(tasks, 3)
    sub_tasks = tasks.fan_out(key)
    tasks.application.services.task_records.note_cancellation(key, CAUSE)

    machine, name = settings.task_state_machine_arn, task_execution_name(key)
    tasks.clients.recorded.statuses[name] = "ABORTED"
    tasks.application.handle(execution_ended(machine, name, "ABORTED"))
    tasks.deliver_stream_record(key)

    assert tasks.service.get(key).status is TaskStatus.CANCELLED
    assert {tasks.service.get(sub_task).error for sub_task in sub_tasks} == {"Cancelled"}


@pytest.mark.parametrize("is_queued", [False, True])
def test_a_task_that_was_not_begun_never_begins(tasks: Tasks, clients, is_queued):
    key = squares(tasks, 3)
    message = tasks.queue(key) if is_queued else key.to_mapping()

    assert tasks.service.cancel(key, **WHY).status is TaskStatus.CANCELLED
    tasks.deliver_message(message)

    assert tasks.service.get(key).status is TaskStatus.CANCELLED
    assert not clients.recorded.started


@pytest.mark.parametrize("moment", ["before the sub-tasks", "before the execution"])
def test_a_task_that_is_just_being_begun_has_no_execution(tasks: Tasks, clients, requests, moment):
    key = squares(tasks, 3)
    message = tasks.queue(key)
    request = "TransactWriteItems" if moment == "before the sub-tasks" else "UpdateItem"
    requests.before_next(request, lambda: tasks.service.cancel(key, **WHY))

    tasks.deliver_message(message)
    tasks.deliver_stream_record(key)
    tasks.deliver_stream_record(key)

    assert tasks.service.get(key).status is TaskStatus.CANCELLED
    assert not clients.recorded.started


def test_a_single_task_is_over_at_once_and_its_late_result_is_dropped(tasks: Tasks):
    key = tasks.service.create_task("square", {"n": 2}, TENANT)
    message = tasks.queue(key)

    def cancel_meanwhile(_task):
        tasks.service.cancel(key, **WHY)
        return "late"

    tasks.application.services.task_handlers._handlers["square"] = cancel_meanwhile
    tasks.deliver_message(message)

    task = tasks.service.get(key)
    assert (task.status, task.cause, task.result) == (TaskStatus.CANCELLED, CAUSE, None)


def test_the_end_is_told_once_with_the_counters_as_they_stay(tasks: Tasks):
    key = squares(tasks, 3)
    tasks.fan_out(key)
    tasks.deliver_stream_record(key)
    tasks.service.cancel(key, **WHY)
    tasks.deliver_stream_record(key)

    told = [content for content in notified(tasks) if content["status"] == "CANCELLED"]
    assert [content["counters"] for content in told] == [{"total": 3, "succeeded": 0, "failed": 3}]
    assert (told[0]["error"], told[0]["cause"]) == ("Cancelled", CAUSE)


def test_one_that_comes_too_late_is_told_so(tasks: Tasks):
    key = squares(tasks, 2)
    for sub_task in tasks.fan_out(key):
        tasks.iterate(sub_task)

    tasks.service.cancel(key, **WHY)
    tasks.deliver_stream_record(key)

    assert tasks.service.get(key).status is TaskStatus.COMPLETED
    with pytest.raises(ValidationError, match=r"is over already: it is COMPLETED"):
        tasks.service.cancel(key, **WHY)


def test_a_repeat_answers_as_before_and_keeps_the_first_cause(tasks: Tasks):
    key = tasks.service.create_task("square", {"n": 2}, TENANT)
    tasks.service.cancel(key, **WHY)

    again = tasks.service.cancel(key, by="bob", reason="me too")

    assert (again.status, again.cause) == (TaskStatus.CANCELLED, CAUSE)


def test_what_cannot_be_cancelled_is_named(tasks: Tasks):
    key = squares(tasks, 1)
    missing = TaskKey.make("TASK", TENANT, "square")

    with pytest.raises(ValidationError, match=r"is a sub-task: cancel the whole task"):
        tasks.service.cancel(key.sub_task(1), **WHY)
    with pytest.raises(NotFoundError, match=r"There is no task"):
        tasks.service.cancel(missing, **WHY)
    for by, reason in (("", "x"), (5, "x"), ("ann", 5), ("a" * 257, ""), ("ann", "\ud800")):
        with pytest.raises(ValidationError, match=r"^(by|reason) "):
            tasks.service.cancel(key, by=by, reason=reason)
    assert tasks.service.get(key).status is TaskStatus.CREATED


def test_a_damaged_sub_task_does_not_keep_the_others_under_way(tasks: Tasks, settings):
    key = squares(tasks, 3)
    first, second, third = tasks.fan_out(key)
    item = {**tasks.item(second), "status": {"odd"}}
    tasks.application.services.store.put(Put(settings.tasks_table, item))

    tasks.service.cancel(key, **WHY)

    assert {tasks.service.get(each).status for each in (first, third)} == {TaskStatus.FAILED}


def change_item(tasks: Tasks, settings: Any, key: TaskKey, **changed: Any) -> None:
    tasks.application.services.store.put(Put(settings.tasks_table, {**tasks.item(key), **changed}))


def lose(settings: Any, clients: Any, key: TaskKey) -> None:
    clients.dynamodb.delete_item(
        TableName=settings.tasks_table, Key={"pk": {"S": key.pk}, "sk": {"S": key.sk}}
    )


class TestIncompleteSubTasks:
    """A table may lose items of a task (a restore, an expiry), and others may add to them."""

    @pytest.fixture(params=["gone", "surplus", "damaged", "without counters", "of a million"])
    def key(self, tasks: Tasks, settings, clients, request) -> TaskKey:
        key = squares(tasks, 3)
        first, second, _third = tasks.fan_out(key)
        tasks.iterate(first)
        if request.param == "gone":
            lose(settings, clients, second)
        elif request.param == "surplus":
            change_item(tasks, settings, second, sk=key.sub_task(4).sk)
            change_item(tasks, settings, second, sk=key.sub_task(5).sk)
        elif request.param == "damaged":
            change_item(tasks, settings, second, status=["CREATED"])
        elif request.param == "of a million":
            change_item(tasks, settings, key, total=10**30)
        else:
            change_item(tasks, settings, key, failed=b"\x01")
        return key

    def test_a_task_of_them_is_cancelled(self, tasks: Tasks, key):
        with suppress(ValidationError):  # damaged counters are told after it
            tasks.service.cancel(key, **WHY)
        tasks.deliver_stream_record(key)

        item = tasks.item(key)
        assert (item["status"], item["cause"]) == ("CANCELLED", CAUSE)

    @pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED", "TIMED_OUT"])
    def test_a_task_of_them_ends_with_its_execution(self, tasks: Tasks, key, settings, status):
        name = task_execution_name(key)
        tasks.clients.step_functions.statuses[name] = status
        tasks.application.handle(execution_ended(settings.task_state_machine_arn, name, status))

        item = tasks.item(key)
        assert item["status"] == "FAILED"
        assert item.get("error") in {None, "SubTasksMissing"}


def test_a_success_closes_only_what_nobody_else_will(tasks: Tasks, settings):
    key = squares(tasks, 2)
    for sub_task in tasks.fan_out(key):
        tasks.iterate(sub_task)
    ended = execution_ended(settings.task_state_machine_arn, task_execution_name(key), "SUCCEEDED")

    tasks.application.handle(ended)
    tasks.application.handle(ended)
    tasks.deliver_stream_record(key)

    task = tasks.service.get(key)
    assert (task.status, task.counters.succeeded) == (TaskStatus.COMPLETED, 2)


@pytest.mark.parametrize("moment", ["before-call", "after-call"])
@pytest.mark.parametrize("position", range(8))
def test_a_call_that_dies_is_finished_by_what_comes_next(
    tasks: Tasks, clients, settings, moment, position
):
    key = squares(tasks, 150)
    tasks.iterate(tasks.fan_out(key)[0])
    crasher = Crasher([clients.dynamodb], moment, position)
    try:
        tasks.service.cancel(key, **WHY)
    except Crash:
        assert crasher.crashed
    crasher.disarm()

    name = task_execution_name(key)
    for _ in range(3):  # the changes of the task, and the end of its execution
        tasks.deliver_stream_record(key)
        if clients.recorded.statuses[name] == "ABORTED":
            ended = execution_ended(settings.task_state_machine_arn, name, "ABORTED")
            tasks.application.handle(ended)

    task = tasks.service.get(key)
    if "cancelledCause" not in tasks.item(key):
        assert (moment, position) == ("before-call", 0)
        assert task.status is TaskStatus.PROCESSING
        return
    assert task.status is TaskStatus.CANCELLED
    assert (task.counters.succeeded, task.counters.failed) == (1, 149)


def test_sub_tasks_that_were_stored_end_with_a_task_that_never_began(tasks: Tasks, requests):
    """It is cancelled when the first of its two transactions is written."""
    key = squares(tasks, 150)
    message = tasks.queue(key)

    def cancel_before_the_second() -> None:
        requests.before_next("TransactWriteItems", lambda: tasks.service.cancel(key, **WHY))

    requests.before_next("TransactWriteItems", cancel_before_the_second)
    tasks.deliver_message(message)

    task = tasks.service.get(key)
    stored = [*tasks.service.sub_tasks(key).tasks]
    assert (task.status, task.counters.failed) == (TaskStatus.CANCELLED, 99)
    assert {sub_task.status for sub_task in stored} == {TaskStatus.FAILED}
    assert tasks.application.services.task_records.left_over(key, MAX_SUB_TASKS) == []


def test_sub_tasks_that_were_stored_end_with_a_task_that_cannot_begin(tasks: Tasks, monkeypatch):
    key = squares(tasks, 3)
    message = tasks.queue(key)

    def refuse(*_given: Any) -> bool:
        raise ValidationError("no such machine")

    monkeypatch.setattr(tasks.application.services.step_functions, "start", refuse)
    tasks.deliver_message(message)

    task = tasks.service.get(key)
    assert (task.status, task.cause, task.counters.failed) == ("FAILED", "no such machine", 3)
    assert tasks.application.services.task_records.left_over(key, MAX_SUB_TASKS) == []
