"""A service is away for a while, in the midst of work of every kind."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event

from cqrs.approvals.keys import ApprovalKey
from cqrs.imports.keys import ImportKey
from cqrs.imports.models import ProcessingMode
from cqrs.tasks.keys import TaskKey
from tests.faults import runs
from tests.faults.stage import Stage
from tests.faults.weather import Weather
from tests.integration.closures import Closures
from tests.integration.command_line import CommandLine
from tests.integration.deployed import wait_for
from tests.integration.importing.airports_file import airports

ITEMS, VERSIONS = 20, 6
SUB_TASKS = 60
ROWS = 120
APPROVALS = ("Q01", "Q02", "Q03")


def outage(stage: Stage, tenant: str, service: str, seconds: float) -> str:
    """Go through it, mend what is FAILED as an operator would, and look for what is missing."""
    begun = time.monotonic()
    work = _Work(stage, tenant)
    work.begin()
    weather = Weather(int(seconds), away=frozenset({service}))
    with ThreadPoolExecutor(ITEMS + len(APPROVALS)) as pool:
        with stage.weather(weather):
            more = [pool.submit(work.publish, item) for item in range(ITEMS)]
            more += [pool.submit(work.approve, key) for key in work.requests]
            Event().wait(seconds)
        for publisher in more:
            publisher.result()
    runs.wait_until_ended(stage, work.pk)
    failed = work.retry_what_failed()
    counts = work.ended_counts()
    runs.all_is_applied(stage, tenant, ITEMS, VERSIONS)
    runs.nothing_is_left(stage, tenant)
    return (
        f"away for {seconds:.0f} s ({weather.counts['requests']} requests): {failed} of "
        f"{ITEMS * VERSIONS} commands FAILED and were retried, {counts}, "
        f"all done after {time.monotonic() - begun:.0f} s"
    )


class _Work:
    def __init__(self, stage: Stage, tenant: str) -> None:
        self.pk = f"ORDERED#{tenant}"
        self.requests: list[ApprovalKey] = []
        self._stage = stage
        self._tenant = tenant
        self._closures = Closures(stage.deployed, f"{tenant}q")
        self._task: TaskKey
        self._imports: list[ImportKey] = []

    def begin(self) -> None:
        """Have work of every kind under way; half of all versions are published."""
        stage, calm = self._stage, Weather()
        self.requests = [self._closures.ask(airport) for airport in APPROVALS]
        for item in range(ITEMS):
            self._publish(item, range(VERSIONS // 2))
        self._task = runs.make_task(stage, self._tenant, SUB_TASKS)
        self._imports = [
            runs.upload_and_import(stage, calm, f"{self._tenant}{mode[0].lower()}", mode, rows)
            for mode, rows in (
                (ProcessingMode.DIRECT, airports()[:ROWS]),
                (ProcessingMode.STEP_FUNCTION, airports()[:ROWS]),
            )
        ]

    def publish(self, item: int) -> None:
        """Publish the other half of an item's versions."""
        self._publish(item, range(VERSIONS // 2, VERSIONS))

    def approve(self, key: ApprovalKey) -> None:
        """Answer a request."""
        runs.insist(lambda: self._stage.services.approvals.approve(key, "ann"))

    def retry_what_failed(self) -> int:
        """Retry failed chains by the command line; how many commands had failed."""
        failed = self._failed()
        first = dict.fromkeys(sk.partition("@")[0] for sk in failed)
        cqrs = CommandLine(self._stage.deployed.endpoint)
        for item in first:
            sk = min(sk for sk in failed if sk.partition("@")[0] == item)
            ended = cqrs.run("retry", self.pk, sk)
            assert ended.returncode == 0, ended.stdout + ended.stderr
        runs.wait_until_ended(self._stage, self.pk)
        return len(failed)

    def ended_counts(self) -> str:
        """Wait for the other work, giving letters back, and compare its counts with its parts."""

        def ended() -> bool | None:
            services = self._stage.deployed.services
            jobs = [services.imports.get(key) for key in self._imports]
            task = services.tasks.get(self._task)
            runs.redrive_once(self._stage)
            done = [*jobs, task]
            return True if all(one and one.status.is_final for one in done) else None

        wait_for(ended, "tasks and imports to end", runs.LONGEST_SECONDS, runs.POLL_SECONDS)
        runs.redrive_until_none_is_left(self._stage)
        for key in self.requests:
            assert self._closures.end(key, runs.LONGEST_SECONDS).status == "SUCCEEDED"
        return f"{self._task_counts()}, {self._import_counts()}"

    def _task_counts(self) -> str:
        task = self._stage.deployed.services.tasks.get(self._task)
        assert task is not None
        assert task.counters is not None
        told = task.counters.to_mapping()
        parts = Counter(sub.status.value for sub in runs.sub_tasks(self._stage, self._task))
        assert (told["total"], told["running"]) == (SUB_TASKS, 0)
        assert (told["succeeded"], told["failed"]) == (parts["COMPLETED"], parts["FAILED"])
        assert parts.total() == told["succeeded"] + told["failed"] == SUB_TASKS
        return f"{told['failed']} of {SUB_TASKS} sub-tasks FAILED"

    def _import_counts(self) -> str:
        failed = 0
        for key in self._imports:
            job = self._stage.deployed.services.imports.get(key)
            assert job is not None
            pk = f"AIRPORT#{key.tenant}"
            statuses = Counter(c["status"] for c in runs.commands_of(self._stage, pk))
            assert job.counts.total == job.counts.succeeded + job.counts.failed == ROWS, job
            assert statuses["FINISHED"] == job.counts.succeeded
            assert statuses.keys() <= {"FINISHED", "FAILED"}
            failed += job.counts.failed
        return f"{failed} of {2 * ROWS} rows rejected"

    def _failed(self) -> list[str]:
        stored = runs.commands_of(self._stage, self.pk)
        return [command["sk"] for command in stored if command["status"] == "FAILED"]

    def _publish(self, item: int, numbers: range) -> None:
        for number in numbers:
            says, sk = {"number": number}, f"ORDERED#{item}"
            publish = self._stage.services.commands.publish
            runs.insist(partial(publish, self.pk, sk, attributes=says))
