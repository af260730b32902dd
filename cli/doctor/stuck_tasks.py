"""Tasks that do not move, found through the index of those that are not over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from cli.deployed.connection import Connection
from cli.doctor.finding import Finding, examined, is_recent, still_since
from cli.doctor.unfinished_items import unfinished_entries
from cli.letters.replays import CHANGED, NEW, replay_end, replay_record
from cli.suggestions import command_line
from cqrs.aws.step_functions import RUNNING, execution_arn
from cqrs.core.attribute_values import Item
from cqrs.core.clock import iso
from cqrs.errors import ValidationError
from cqrs.resources import Queue, Table
from cqrs.storage.attempts import RESTARTED_AT, attempt_of
from cqrs.tasks.executions import execution_input, task_execution_name
from cqrs.tasks.indexes import UNFINISHED_TASKS
from cqrs.tasks.keys import TaskKey
from cqrs.tasks.models import Counters, TaskKind, TaskStatus

PROBLEM = "task that does not move"


def stuck_tasks(connection: Connection) -> Iterator[Finding]:
    """Look for tasks that nothing works on, or has begun to work on, for long."""
    since, table = still_since(connection), connection.settings.tasks_table
    for entry in unfinished_entries(connection, table, UNFINISHED_TASKS, iso(since)):
        yield from examined("task", table, entry, _examine(connection, entry, since))


def _examine(connection: Connection, entry: Item, since: datetime) -> Iterator[Finding]:
    key = TaskKey.from_mapping(entry)
    if key.is_sub_task:
        raise ValidationError(f"{key} is listed as not over, as a task is, but it is a sub-task.")
    item = connection.services.task_records.read(key)
    if item is None or TaskStatus(item["status"]).is_final:
        return
    made = item.get(RESTARTED_AT, item["createdAt"])
    if is_recent(made, f"Task {key}", since):
        return
    if item["status"] == TaskStatus.CREATED:
        detail = f"CREATED since {made}, and not queued"
        yield _told_again(connection, key, item, detail, NEW)
    elif item["status"] == TaskStatus.QUEUED:
        yield _of_the_queue(connection, key, f"QUEUED; made at {made}")
    elif is_recent(item["startedAt"], f"Task {key}", since):
        return
    elif item["kind"] == TaskKind.STEP_FUNCTION:
        yield from _by_its_execution(connection, key, item, since)
    else:
        yield from _single(connection, key, item, since)


def _single(connection: Connection, key: TaskKey, item: Item, since: datetime) -> Iterator[Finding]:
    environment = connection.environment
    tries = environment.queues.max_receive_count
    patience = timedelta(seconds=tries * environment.queue_visibility_seconds)
    if not is_recent(item["startedAt"], f"Task {key}", since - patience):
        yield _of_the_queue(connection, key, f"begun at {item['startedAt']}, and not over")


def _by_its_execution(
    connection: Connection, key: TaskKey, item: Item, since: datetime
) -> Iterator[Finding]:
    counters = Counters.from_item(item)
    ended = f"{counters.ended:,} of {counters.total:,} sub-tasks over"
    if counters.ended >= counters.total:
        yield _told_again(connection, key, item, f"{ended}, and it is not", CHANGED)
        return
    machine = connection.settings.task_state_machine_arn
    name = task_execution_name(key, attempt_of(item))
    found = connection.services.step_functions.describe(execution_arn(machine, name))
    if found is None:
        yield _told_again(connection, key, item, f"{ended}, and it has no execution", NEW)
    elif found.status == RUNNING or (found.stopped is not None and found.stopped > since):
        return
    else:
        detail = f"{ended}, and its execution is {found.status}"
        given = execution_input(key.sub_tasks(counters.total))
        fix = partial(replay_end, connection, machine, name, found.status, given)
        fails = command_line(connection, "doctor", "--fix")
        again = command_line(connection, "task", "retry", str(key))
        yield Finding(PROBLEM, str(key), detail, f"{fails} ends it, then {again}", fix)


def _told_again(
    connection: Connection, key: TaskKey, item: Item, detail: str, change: str
) -> Finding:
    """A task that a record of its table's stream moves on."""
    fix = partial(replay_record, connection, Table.TASKS, item, change)
    return Finding(PROBLEM, str(key), detail, command_line(connection, "doctor", "--fix"), fix)


def _of_the_queue(connection: Connection, key: TaskKey, detail: str) -> Finding:
    """A task whose message waits in its queue, or has become a dead letter."""
    redrive = command_line(connection, "redrive", Queue.TASK_ACTION.value)
    return Finding(PROBLEM, str(key), detail, f"{redrive}, if it is a dead letter; else wait")
