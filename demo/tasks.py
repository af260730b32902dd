"""Use case 2: one task with a sub-task for each airport, two of which cannot succeed.

Source: guide, "Use case 2: parallel batch processing".
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence

from rich.console import Console

from app.route_distances import ROUTE_DISTANCES
from cli.suggestions import follow_up
from cli.watching.task_progress import watch_task
from cqrs.core.attribute_values import Item
from cqrs.resources import Queue
from cqrs.tasks.models import RESULT, Counters, TaskSnapshot, TaskStatus
from demo.checks import Bound, Check, print_checks
from demo.distances import is_right
from demo.heading import print_heading
from demo.run import Run
from demo.stored import dead_letters, messages, partition, with_status
from demo.waiting import POLL_SECONDS, Patience

UNKNOWN_AIRPORTS = ("NOWHERE", "ATLANTIS")
LONGEST_STANDSTILL_SECONDS = 60.0


def demonstrate_tasks(run: Run, console: Console) -> bool:
    """Make a task, follow it, count; True if every count is right."""
    origins = [*(airport.iata for airport in run.airports), *UNKNOWN_AIRPORTS]
    print_heading(
        console,
        "Tasks",
        f"{len(origins)} sub-tasks, of which {len(UNKNOWN_AIRPORTS)} must fail, "
        f"tenant {run.tenant}",
    )
    started = time.monotonic()
    tasks = run.connection.services.tasks
    key = tasks.create_step_function_task(
        ROUTE_DISTANCES, [{"origin": origin} for origin in origins], run.tenant
    )
    later = follow_up(run.connection, "task", "status", keys=[str(key)])
    task = watch_task(tasks, key, console, later)
    ended = time.monotonic()
    checks = _count(run, task, len(origins))
    print_checks(console, "The task and its end", checks, f"ended after {ended - started:.1f} s")
    console.print(f"Look at it: .venv/bin/cqrs task status '{key}'", soft_wrap=True)
    return all(check.holds for check in checks)


def _count(run: Run, task: TaskSnapshot, total: int) -> list[Check]:
    services, settings = run.connection.services, run.connection.settings
    sub_tasks = list(
        partition(services.store, settings.tasks_table, task.key.pk, task.key.sub_tasks_prefix)
    )
    results = [item[RESULT] for item in sub_tasks if RESULT in item]
    counters = task.counters or Counters(0, 0, 0)
    airports, unknown = len(run.airports), len(UNKNOWN_AIRPORTS)
    return [
        Check("task FAILED, as sub-tasks of it did", int(task.status is TaskStatus.FAILED), 1),
        Check("counted as total", counters.total, total),
        Check("counted as succeeded", counters.succeeded, airports),
        Check("counted as failed", counters.failed, unknown),
        Check("counted as running", counters.running or 0, 0),
        Check("sub-tasks COMPLETED", with_status(sub_tasks, TaskStatus.COMPLETED), airports),
        Check("sub-tasks FAILED", with_status(sub_tasks, TaskStatus.FAILED), unknown),
        Check("of these, unknown airports", _unknown(sub_tasks), unknown),
        Check("results as computed here", _right(run, results), airports),
        Bound("sub-tasks at a time", _most_at_a_time(sub_tasks), _concurrency(run) or total),
        Check("notifications left", _notifications(run), 0),
        Check("messages in dead-letter queues", dead_letters(run.connection), 0),
    ]


def _unknown(sub_tasks: Sequence[Item]) -> int:
    failed = (item for item in sub_tasks if item["status"] == TaskStatus.FAILED)
    return sum(
        item["error"] == "NotFoundError" and item["input"]["origin"] in UNKNOWN_AIRPORTS
        for item in failed
    )


def _right(run: Run, results: Sequence[Item]) -> int:
    right = {result["origin"] for result in results if is_right(result, run.airports)}
    return len(right)


def _most_at_a_time(sub_tasks: Sequence[Item]) -> int:
    """The most sub-tasks that were at work at one moment."""
    changes: Counter[str] = Counter()
    for item in sub_tasks:
        if "startedAt" not in item or "finishedAt" not in item:
            continue  # it never ran, which other checks tell
        changes[item["startedAt"]] += 1
        changes[item["finishedAt"]] -= 1
    running = most = 0
    for moment in sorted(changes):
        running += changes[moment]
        most = max(most, running)
    return most


def _concurrency(run: Run) -> int:
    return run.connection.environment.task.max_concurrency


def _notifications(run: Run) -> int:
    """Messages that nobody has taken, once the function had time to."""
    patience = Patience(LONGEST_STANDSTILL_SECONDS)
    while True:
        left = messages(run.connection, Queue.NOTIFICATION)
        if not left or patience.is_over(left):
            return left
        time.sleep(POLL_SECONDS)
