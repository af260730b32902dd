"""A service is away for a while, in the midst of work of every kind.

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

from cqrs.approvals.keys import ApprovalKey
from cqrs.imports.keys import ImportKey
from cqrs.imports.models import ProcessingMode, RowCounts
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


@dataclass(frozen=True, slots=True)
class Load:
    """The work that is under way: versions of items, sub-tasks, rows of each import."""

    items: int
    versions: int
    sub_tasks: int
    rows: int


SMALL = Load(items=20, versions=6, sub_tasks=60, rows=120)
LARGE = Load(items=100, versions=10, sub_tasks=1_000, rows=20_000)


def outage(stage: Stage, tenant: str, service: str, seconds: float, load: Load = SMALL) -> str:
    """Let a service be away while the second half of the commands is published."""
    weather, work = Weather(int(seconds), away=frozenset({service})), _Work(stage, tenant, load)
    work.begin()
    with ThreadPoolExecutor(CLIENTS) as pool:
        with stage.weather(weather):
            more = work.go_on(pool)
            Event().wait(seconds)
        for one in more:
            one.result()
    work.wait_until_ended()
    return work.told_without_failures(weather)


def throttling(stage: Stage, tenant: str, share: float, load: Load) -> str:
    """Let a share of all requests be throttled, from the first one to the end of all work."""
    weather = Weather(round(share * 100), share, {Kind.THROTTLED: 1})
    work = _Work(stage, tenant, load)
    with stage.weather(weather):
        work.begin()
        with ThreadPoolExecutor(CLIENTS) as pool:
            for one in work.go_on(pool):
                one.result()
        work.wait_until_ended()
    return work.told_without_failures(weather)


class _Work:
    def __init__(self, stage: Stage, tenant: str, load: Load) -> None:
        self._requests: list[ApprovalKey] = []
        self._begun = time.monotonic()
        self._pk = f"ORDERED#{tenant}"
        self._stage = stage
        self._tenant = tenant
        self._load = load
        self._closures = Closures(stage.deployed, f"{tenant}q")
        self._task: TaskKey
        self._imports: list[ImportKey] = []

    def begin(self) -> None:
        """Have work of every kind under way; half of all versions are published."""
        stage, load = self._stage, self._load
        self._requests = [runs.insist(partial(self._closures.ask, one)) for one in APPROVALS]
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(self._publish_first_half, range(load.items)))
        self._task = runs.make_task(stage, self._tenant, load.sub_tasks)
        content = as_csv(flights(load.rows))
        self._imports = [self._import(mode, content) for mode in ProcessingMode]

    def go_on(self, pool: ThreadPoolExecutor) -> list[Future[None]]:
        """Publish the other half of all versions, and answer the requests."""
        publishing = [
            pool.submit(self._publish_second_half, item) for item in range(self._load.items)
        ]
        return publishing + [pool.submit(self._approve, key) for key in self._requests]

    def wait_until_ended(self) -> None:
        """Wait for the end of all work."""
        runs.wait_until_ended(self._stage, self._pk)

        def ended() -> bool | None:
            services = self._stage.deployed.services
            jobs = [services.imports.get(key) for key in self._imports]
            done = [*jobs, services.tasks.get(self._task)]
            return True if all(one and one.status.is_final for one in done) else None

        wait_for(ended, "tasks and imports to end", runs.LONGEST_SECONDS, runs.POLL_SECONDS)
        for key in self._requests:
            assert self._closures.end(key, runs.LONGEST_SECONDS).status == "SUCCEEDED"

    def told_without_failures(self, weather: Weather) -> str:
        """See that nothing is FAILED, missing or left to repair, and tell what was done."""
        stage, load = self._stage, self._load
        self._nothing_failed()
        runs.all_is_applied(stage, self._tenant, load.items, load.versions)
        runs.nothing_is_left(stage, self._tenant)
        return (
            f"{load.items} items x {load.versions} versions, {load.sub_tasks} sub-tasks and two "
            f"imports of {load.rows} rows, nothing FAILED, {runs.told_of(weather)}, all done after "
            f"{time.monotonic() - self._begun:.0f} s"
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

    def _publish_first_half(self, item: int) -> None:
        self._publish(item, range(self._load.versions // 2))

    def _publish_second_half(self, item: int) -> None:
        self._publish(item, range(self._load.versions // 2, self._load.versions))

    def _approve(self, key: ApprovalKey) -> None:
        runs.insist(lambda: self._stage.services.approvals.approve(key, "ann"))

    def _publish(self, item: int, numbers: range) -> None:
        for number in numbers:
            says, sk = {"number": number}, f"ORDERED#{item}"
            publish = self._stage.services.commands.publish
            runs.insist(partial(publish, self._pk, sk, attributes=says))
