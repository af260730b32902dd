"""A service is away for a while, in the midst of work.

Nothing may come of it but a delay. No command, sub-task or row is FAILED, no letter is set aside,
and nothing is left for an operator to repair.
"""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import Any, Protocol

from cqrs.approvals.keys import ApprovalKey
from cqrs.imports.keys import ImportKey
from cqrs.imports.models import ProcessingMode, RowCounts
from cqrs.storage.large_attributes import INLINE_BYTES
from cqrs.tasks.keys import TaskKey
from tests.faults import runs
from tests.faults.stage import Stage
from tests.faults.weather import Kind, Weather
from tests.integration.closures import Closures
from tests.integration.deployed import wait_for
from tests.integration.importing.flights_file import as_csv, flights

APPROVALS = ("Q01", "Q02", "Q03")
CLIENTS = 20
"""Publishers at a time."""

ONE_IN_FOUR = 4
"""So many items have one whose attributes lie in the bucket, if any has."""

Futures = list[Future[None]]


@dataclass(frozen=True, slots=True)
class Load:
    """The work that is under way: versions of items, sub-tasks, rows of each import."""

    items: int
    versions: int
    sub_tasks: int
    rows: int


SMALL = Load(items=20, versions=6, sub_tasks=60, rows=120)
LARGE = Load(items=100, versions=10, sub_tasks=1_000, rows=20_000)


class Work(Protocol):
    """Work that an outage comes into."""

    def begin(self) -> None:
        """Have work under way; half of all versions are published."""

    def go_on(self, pool: ThreadPoolExecutor) -> Futures:
        """Publish the other half, and do what people do meanwhile."""

    def wait_until_ended(self) -> None:
        """Wait for the end of all work."""

    def told(self) -> str:
        """See that nothing is FAILED, missing or left to repair, and tell what was done."""


def outage(stage: Stage, work: Work, service: str, seconds: float) -> str:
    """Let a service be away while the second half of the commands is published."""
    begun = time.monotonic()
    weather = Weather(int(seconds), away=frozenset({service}))
    work.begin()
    with ThreadPoolExecutor(CLIENTS) as pool:
        with stage.weather(weather):
            more = work.go_on(pool)
            Event().wait(seconds)
        for one in more:
            one.result()
    work.wait_until_ended()
    return _told(work, weather, begun)


def throttling(stage: Stage, work: Work, share: float) -> str:
    """Let a share of all requests be throttled, from the first one to the end of all work."""
    begun = time.monotonic()
    weather = Weather(round(share * 100), share, {Kind.THROTTLED: 1})
    with stage.weather(weather):
        work.begin()
        with ThreadPoolExecutor(CLIENTS) as pool:
            for one in work.go_on(pool):
                one.result()
        work.wait_until_ended()
    return _told(work, weather, begun)


def _told(work: Work, weather: Weather, begun: float) -> str:
    done = time.monotonic() - begun
    return f"{work.told()}, nothing FAILED, {runs.told_of(weather)}, all done after {done:.0f} s"


class Commands:
    """Versions of items.

    Parameters
    ----------
    items, versions
        How many.
    seconds
        How long their end is waited for.
    are_large
        Whether one item in four has attributes that lie in the bucket.
    """

    def __init__(
        self,
        stage: Stage,
        tenant: str,
        load: Load,
        *,
        seconds: float = runs.LONGEST_SECONDS,
        are_large: bool = False,
    ) -> None:
        self._stage = stage
        self._tenant = tenant
        self._pk = f"ORDERED#{tenant}"
        self._load = load
        self._seconds = seconds
        self._are_large = are_large

    def begin(self) -> None:
        with ThreadPoolExecutor(CLIENTS) as pool:
            for one in self._publish(pool, range(self._load.versions // 2)):
                one.result()

    def go_on(self, pool: ThreadPoolExecutor) -> Futures:
        return self._publish(pool, range(self._load.versions // 2, self._load.versions))

    def wait_until_ended(self) -> None:
        runs.wait_until_ended(self._stage, self._pk, self._seconds)

    def told(self) -> str:
        items, versions = self._load.items, self._load.versions
        runs.all_is_applied(self._stage, self._tenant, items, versions)
        runs.nothing_is_left(self._stage, self._tenant)
        return f"{items} items x {versions} versions"

    def _publish(self, pool: ThreadPoolExecutor, numbers: range) -> Futures:
        items = range(self._load.items)
        return [pool.submit(self._publish_versions, item, numbers) for item in items]

    def _publish_versions(self, item: int, numbers: range) -> None:
        publish = self._stage.services.commands.publish
        for number in numbers:
            says = self._said(item, number)
            runs.insist(partial(publish, self._pk, f"ORDERED#{item}", attributes=says))

    def _said(self, item: int, number: int) -> dict[str, Any]:
        is_large = self._are_large and item % ONE_IN_FOUR == 0
        return {"number": number, **({"text": "x" * INLINE_BYTES} if is_large else {})}


class AllKinds:
    """Commands, a task, imports in both modes, and approvals."""

    def __init__(self, stage: Stage, tenant: str, load: Load) -> None:
        self._commands = Commands(stage, tenant, load)
        self._requests: list[ApprovalKey] = []
        self._stage = stage
        self._tenant = tenant
        self._load = load
        self._closures = Closures(stage.deployed, f"{tenant}q")
        self._task: TaskKey
        self._imports: list[ImportKey] = []

    def begin(self) -> None:
        self._requests = [runs.insist(partial(self._closures.ask, one)) for one in APPROVALS]
        self._commands.begin()
        self._task = runs.make_task(self._stage, self._tenant, self._load.sub_tasks)
        content = as_csv(flights(self._load.rows))
        self._imports = [self._import(mode, content) for mode in ProcessingMode]

    def go_on(self, pool: ThreadPoolExecutor) -> Futures:
        answers = [pool.submit(self._approve, key) for key in self._requests]
        return self._commands.go_on(pool) + answers

    def wait_until_ended(self) -> None:
        self._commands.wait_until_ended()

        def ended() -> bool | None:
            services = self._stage.deployed.services
            jobs = [services.imports.get(key) for key in self._imports]
            done = [*jobs, services.tasks.get(self._task)]
            return True if all(one and one.status.is_final for one in done) else None

        wait_for(ended, "tasks and imports to end", runs.LONGEST_SECONDS, runs.POLL_SECONDS)
        for key in self._requests:
            assert self._closures.end(key, runs.LONGEST_SECONDS).status == "SUCCEEDED"

    def told(self) -> str:
        self._nothing_failed()
        load = self._load
        return (
            f"{self._commands.told()}, {load.sub_tasks} sub-tasks and two imports of "
            f"{load.rows} rows"
        )

    def _nothing_failed(self) -> None:
        """Compare what tasks and imports count with their parts, all of which succeeded."""
        task = self._stage.deployed.services.tasks.get(self._task)
        assert task is not None
        assert task.counters is not None
        size = self._load.sub_tasks
        counted = task.counters.to_mapping()
        assert counted == {"total": size, "succeeded": size, "failed": 0, "running": 0}
        parts = Counter(sub.status.value for sub in runs.sub_tasks(self._stage, self._task))
        assert parts == {"COMPLETED": size}
        for key in self._imports:
            job = self._stage.deployed.services.imports.get(key)
            assert job is not None
            rows = self._load.rows
            assert job.counts == RowCounts(total=rows, succeeded=rows), (job.error, job.counts)
            stored = runs.commands_of(self._stage, f"FLIGHT#{key.tenant}")
            assert Counter(one["status"] for one in stored) == {"FINISHED": rows}

    def _import(self, mode: ProcessingMode, content: bytes) -> ImportKey:
        tenant = f"{self._tenant}{mode[0].lower()}"
        place = runs.put_file(self._stage, tenant, content)
        services = self._stage.services
        return runs.insist(
            lambda: services.imports.create_csv_import(*place, "flights", tenant, mode)
        )

    def _approve(self, key: ApprovalKey) -> None:
        runs.insist(lambda: self._stage.services.approvals.approve(key, "ann"))
