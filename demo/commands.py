"""Use case 1: commands on airports, three versions of each, published without waiting.

Source: guide, "Use case 1: data synchronisation".
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from rich.console import Console
from rich.progress import Progress

from app.airports_by_country import READ_MODEL, partition_of
from cqrs.commands.executions import command_execution_name
from cqrs.commands.models import FIRST, PublishResult
from demo.airports import Airport
from demo.checks import Check, print_checks
from demo.heading import print_heading
from demo.progress import progress_bars
from demo.run import Run
from demo.stored import dead_letters, partition, with_status
from demo.waiting import POLL_SECONDS, Patience

VERSIONS = 3
PUBLISHERS = 4
LONGEST_STANDSTILL_SECONDS = 120.0


def demonstrate_commands(run: Run, console: Console) -> bool:
    """Publish, wait, count; True if every count is right."""
    print_heading(
        console,
        "Commands",
        f"{len(run.airports)} airports, {VERSIONS} versions of each, tenant {run.tenant}",
    )
    started = time.monotonic()
    with progress_bars(console) as progress:
        results = _publish_all(run, progress)
        published = time.monotonic()
        executions = {command_execution_name(result.key, result.request_id) for result in results}
        statuses = _wait_for_end(run, executions, progress)
    ended = time.monotonic()
    checks = _count(run, statuses)
    footer = f"published in {published - started:.1f} s, all applied after {ended - started:.1f} s"
    print_checks(console, "The environment's content now", checks, footer)
    return all(check.holds for check in checks)


def _publish_all(run: Run, progress: Progress) -> list[PublishResult]:
    bar = progress.add_task("published", total=len(run.airports) * VERSIONS)
    steps: list[Callable[[Run, Airport], PublishResult]] = [_create, _locate, _review]
    results: list[PublishResult] = []
    with ThreadPoolExecutor(PUBLISHERS) as pool:
        for step in steps:
            for result in pool.map(lambda airport, step=step: step(run, airport), run.airports):
                results.append(result)
                progress.advance(bar)
    return results


def _create(run: Run, airport: Airport) -> PublishResult:
    return run.connection.services.commands.publish(
        run.pk,
        run.sort_key(airport),
        name=airport.name,
        attributes={"city": airport.city, "state": airport.state, "country": airport.country},
        version=FIRST,
    )


def _locate(run: Run, airport: Airport) -> PublishResult:
    return run.connection.services.commands.publish_partial_update(
        run.pk,
        run.sort_key(airport),
        attributes={"latitude": airport.latitude, "longitude": airport.longitude},
        version=1,
    )


def _review(run: Run, airport: Airport) -> PublishResult:
    return run.connection.services.commands.publish_partial_update(
        run.pk, run.sort_key(airport), attributes={"reviewed": True}, version=2
    )


def _wait_for_end(run: Run, executions: set[str], progress: Progress) -> Counter[str]:
    """Follow the executions until none is under way, or nothing moves any more."""
    bar = progress.add_task("applied", total=len(executions))
    patience = Patience(LONGEST_STANDSTILL_SECONDS)
    while True:
        applied = sum(item.version for item in run.connection.services.data.list_all(run.pk))
        progress.update(bar, completed=applied)
        if applied >= len(executions) or patience.is_over(applied):
            break
        if not _statuses(run, executions)["RUNNING"]:
            break
        time.sleep(POLL_SECONDS)
    while True:
        statuses = _statuses(run, executions)
        if not statuses["RUNNING"] or patience.is_over(statuses):
            progress.update(bar, completed=statuses["SUCCEEDED"])
            return statuses
        time.sleep(POLL_SECONDS)


def _statuses(run: Run, executions: set[str]) -> Counter[str]:
    machine = run.connection.settings.command_state_machine_arn
    pages = run.connection.services.clients.step_functions.get_paginator("list_executions")
    counted: Counter[str] = Counter()
    for page in pages.paginate(stateMachineArn=machine, PaginationConfig={"PageSize": 1000}):
        counted.update(
            found["status"] for found in page["executions"] if found["name"] in executions
        )
    # One that has not started yet is under way, too.
    counted["RUNNING"] += len(executions) - counted.total()
    return counted


def _count(run: Run, statuses: Counter[str]) -> list[Check]:
    services, settings = run.connection.services, run.connection.settings
    commands = list(partition(services.store, settings.commands_table, run.pk))
    items = list(services.data.list_all(run.pk))
    history = list(partition(services.store, settings.history_table, run.pk))
    airports = len(run.airports)
    total = airports * VERSIONS
    return [
        Check("executions SUCCEEDED", statuses["SUCCEEDED"], total),
        Check("executions FAILED", statuses["FAILED"], 0),
        Check("executions still RUNNING", statuses["RUNNING"], 0),
        Check("commands FINISHED", with_status(commands, "FINISHED"), total),
        Check(
            f"data items at version {VERSIONS}",
            sum(item.version == VERSIONS for item in items),
            airports,
        ),
        Check("states in history", len(history), total - airports),
        Check("airports listed by country", _listed(run), airports),
        Check("messages in dead-letter queues", dead_letters(run.connection), 0),
    ]


def _listed(run: Run) -> int:
    partitions = {partition_of(airport.country, run.tenant) for airport in run.airports}
    models = run.connection.services.read_models
    return sum(1 for pk in partitions for _ in models.list_all(READ_MODEL, pk))
