"""Work in bad weather, and what must have come of it.

Each run sets the weather, works through the proxy until all has ended, and looks past the proxy.
"""

from __future__ import annotations

import csv
import io
import json
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from tempfile import NamedTemporaryFile
from threading import Event
from typing import Any, TypeVar

from cqrs.approvals.keys import ApprovalKey
from cqrs.approvals.models import ApprovalStatus
from cqrs.aws.item_store import Put
from cqrs.core.attribute_values import Item
from cqrs.errors import TRANSIENT_ERRORS, CommandInProgress, TransientError
from cqrs.imports.keys import ImportKey
from cqrs.imports.models import ImportJob, ImportStatus, ProcessingMode, RowCounts
from cqrs.tasks.keys import TaskKey
from cqrs.tasks.models import TaskSnapshot, TaskStatus
from tests.faults.refusals import Refusal
from tests.faults.stage import Stage
from tests.faults.weather import Kind, LostOnce, Weather
from tests.integration.closures import Closures
from tests.integration.command_line import CommandLine
from tests.integration.deployed import wait_for
from tests.integration.importing.airports_file import airports
from tests.integration.unreliable.publishers import publish_all

LONGEST_SECONDS = 1800.0
POLL_SECONDS = 1.0
QUIET_SECONDS = 10.0
"""Longer than the time in which a request is begun again."""
PUBLISHERS = 4
Answer = TypeVar("Answer")


def commands(stage: Stage, weather: Weather, tenant: str, size: tuple[int, int]) -> str:
    """Publish versions of items from eight processes, on the latest ones."""
    items, versions = size
    pk, begun = f"ORDERED#{tenant}", time.monotonic()
    with stage.weather(weather):
        started_over = publish_all(
            stage.services.settings,
            stage.services.clients.dynamodb.meta.region_name,
            pk,
            items,
            versions,
            stage.proxy.endpoint_url,
        )
        published = time.monotonic() - begun
        wait_until_ended(stage, pk)
    all_is_applied(stage, tenant, items, versions)
    nothing_is_left(stage, tenant)
    return (
        f"{items} items x {versions} versions: published in {published:.0f} s, applied after "
        f"{time.monotonic() - begun:.0f} s, {started_over} publishes started over, "
        f"{told_of(weather)}"
    )


def publishes(stage: Stage, weather: Weather, tenant: str, size: tuple[int, int]) -> str:
    """Publish on known versions, each item by one publisher, so that each call makes one."""
    items, versions = size
    pk = f"SINGLE#{tenant}"

    def publish(item: int) -> None:
        for version in range(versions):
            made = stage.services.commands.publish(
                pk, f"SINGLE#{item}", attributes={"number": version}, version=version
            )
            assert (made.key.version, made.changed) == (version + 1, True)

    with stage.weather(weather), ThreadPoolExecutor(PUBLISHERS) as pool:
        list(pool.map(publish, range(items)))
        wait_until_ended(stage, pk)
    stored = Counter(command["sk"].partition("@")[0] for command in commands_of(stage, pk))
    assert stored == {f"SINGLE#{item}": versions for item in range(items)}
    nothing_is_left(stage, tenant)
    return f"{items} items x {versions} versions: no conflict, none doubled, {told_of(weather)}"


def lost_publish(
    stage: Stage, tenant: str, refusal: Refusal, times: int, *, version: int, is_raced: bool
) -> None:
    """Publish once; the answer gets lost, and the repeats meet contention."""
    pk, sk = f"SINGLE#{tenant}", f"SINGLE#{uuid.uuid4().hex}"

    def publish_another() -> None:
        stage.deployed.services.commands.publish(pk, sk, attributes={"by": "another"})

    weather = LostOnce(refusal, times, publish_another if is_raced else lambda: None)
    with stage.weather(weather):
        made = stage.services.commands.publish(pk, sk, attributes={"by": "me"}, version=version)
    assert weather.is_over
    assert (made.key.version, made.changed) == (1, True), made
    stored = [
        command["attributes"]["by"]
        for command in commands_of(stage, pk)
        if command["sk"].startswith(f"{sk}@")
    ]
    assert stored == ["me", *(["another"] if is_raced else [])], stored
    wait_until_ended(stage, pk)


def synchronous(stage: Stage, weather: Weather, tenant: str, size: tuple[int, int]) -> str:
    """Publish synchronously, by the deployed function; a caller that gets AWS's failure repeats."""
    items, versions = size
    begun = time.monotonic()

    def publish(item: int) -> None:
        for number in range(versions):
            key = {"pk": f"ORDERED#{tenant}", "sk": f"ORDERED#{item}"}
            publish_now = partial(_published_now, stage, {**key, "attributes": {"n": number}})
            wait_for(publish_now, f"version {number + 1} of {key}", LONGEST_SECONDS)

    with stage.weather(weather), ThreadPoolExecutor(PUBLISHERS) as pool:
        list(pool.map(publish, range(items)))
        wait_until_ended(stage, f"ORDERED#{tenant}")
    all_is_applied(stage, tenant, items, versions)
    nothing_is_left(stage, tenant)
    return (
        f"{items} items x {versions} versions: {time.monotonic() - begun:.0f} s, all applied, "
        f"{told_of(weather)}"
    )


def broken_off_import(stage: Stage, tenant: str, rows: int) -> str:
    """Import airports; behind the first chunk, no transaction is done for a moment."""
    file, begun = airports()[:rows], time.monotonic()
    place = upload(stage, tenant, file)
    away = Weather(
        away=frozenset({"dynamodb"}),
        operations=frozenset({"TransactWriteItems"}),
        # A chunk has one, and one or two for each of its 25 rows.
        first=80,
    )
    with stage.weather(away):
        key = stage.services.imports.create_csv_import(
            *place, "airports", tenant, ProcessingMode.DIRECT
        )
        _wait_until_given_up(away)
    job = end_of_import(stage, key)
    assert job.status is ImportStatus.COMPLETED, (job.error, job.counts)
    assert job.counts == RowCounts(total=rows, succeeded=rows), job.counts
    airports_are_those_of_the_file(stage, tenant, file)
    nothing_is_left(stage, tenant)
    return f"{rows} rows: {time.monotonic() - begun:.0f} s, exact"


def task(stage: Stage, weather: Weather, tenant: str, size: int) -> str:
    """Run a task of sub-tasks, and receive its notifications."""
    begun = time.monotonic()
    with stage.weather(weather):
        key = make_task(stage, tenant, size)
        ended = end_of_task(stage, key)
        told = _told_ends(stage, tenant, "task-status", key.sk)
    assert ended.counters is not None
    counted = ended.counters.to_mapping()
    assert counted == {"total": size, "succeeded": size, "failed": 0, "running": 0}
    assert ended.status is TaskStatus.COMPLETED
    results = {sub.input["number"]: sub.result for sub in sub_tasks(stage, key)}
    assert results == {number: number**2 for number in range(size)}
    assert told == {TaskStatus.COMPLETED}
    nothing_is_left(stage, tenant)
    return f"{size} sub-tasks: {time.monotonic() - begun:.0f} s, exact, {told_of(weather)}"


def an_import(stage: Stage, weather: Weather, tenant: str, mode: ProcessingMode, size: int) -> str:
    """Import airports, and receive the import's notifications."""
    rows, begun = airports()[:size], time.monotonic()
    key = upload_and_import(stage, weather, tenant, mode, rows)
    with stage.weather(weather):
        job = end_of_import(stage, key)
        assert job.status is ImportStatus.COMPLETED, (job.error, job.counts)
        told = _told_ends(stage, tenant, "import-status", key.sk)
    assert job.counts == RowCounts(total=size, succeeded=size)
    airports_are_those_of_the_file(stage, tenant, rows)
    assert told == {ImportStatus.COMPLETED}
    nothing_is_left(stage, tenant)
    return f"{size} rows {mode}: {time.monotonic() - begun:.0f} s, exact, {told_of(weather)}"


def approvals(stage: Stage, weather: Weather, tenant: str, count: int) -> str:
    """Ask for approvals and answer them, every other one with no."""
    acting = Closures(replace(stage.deployed, services=stage.services), tenant)
    seen = Closures(stage.deployed, tenant)
    begun = time.monotonic()

    def close(number: int) -> None:
        airport = f"A{number:02}"
        key = insist(lambda: acting.start(airport))
        seen.with_status(key, ApprovalStatus.PENDING, LONGEST_SECONDS)
        answer = acting.approvals.reject if number % 2 else acting.approvals.approve
        insist(lambda: answer(key, "ann", "why not"))
        ended = seen.end(key, LONGEST_SECONDS)
        outcome = "rejected" if number % 2 else "closed"
        assert (ended.status, ended.output["outcome"]) == ("SUCCEEDED", outcome)
        assert seen.is_closed(airport) == (outcome == "closed")

    with stage.weather(weather), ThreadPoolExecutor(PUBLISHERS) as pool:
        list(pool.map(close, range(count)))
        for number in range(count):
            _told_ends(stage, tenant, "approval-status", f"{tenant}-A{number:02}")
        answered = Counter(request.status for request in _requests(seen, tenant, count))
    assert not stage.deployed.services.approvals.list_pending(tenant).requests
    no = count // 2
    assert answered == {ApprovalStatus.APPROVED: count - no, ApprovalStatus.REJECTED: no}
    wait_until_ended(stage, f"AIRPORT#{tenant}")
    nothing_is_left(stage, tenant)
    return f"{count} approvals: {time.monotonic() - begun:.0f} s, {told_of(weather)}"


def letters(stage: Stage, weather: Weather, tenant: str, count: int) -> str:
    """Set messages aside, mend the mistake, and give them back with the command line."""
    pk, send = f"LETTER#{tenant}", stage.services.notifications.send
    with stage.weather(weather):
        for number in range(count):
            insist(partial(send, "letter", pk, f"LETTER#{number}", {"number": number}))
        wanted = {f"LETTER#{number}" for number in range(count)}
        wait_for(
            lambda: True if stage.deployed.dead_letters() >= count else None,
            f"{count} dead letters",
            LONGEST_SECONDS,
            POLL_SECONDS,
        )
        mended = {"pk": f"MENDED#{tenant}", "sk": "MENDED", "version": 1}
        stage.deployed.services.store.put(Put(stage.services.settings.data_table, mended))
        redrive_until_none_is_left(stage)

        def all_taken() -> bool | None:
            return (
                True
                if {item["subject"] for item in _kept(stage, "LETTER", tenant)} >= wanted
                else None
            )

        wait_for(all_taken, "all letters to be taken", LONGEST_SECONDS, POLL_SECONDS)
    nothing_is_left(stage, tenant)
    return f"{count} dead letters given back, {told_of(weather)}"


# The parts of runs


def make_task(stage: Stage, tenant: str, size: int) -> TaskKey:
    """Make a task of squares."""
    inputs = [{"number": number} for number in range(size)]
    return insist(lambda: stage.services.tasks.create_step_function_task("squares", inputs, tenant))


def _wait_until_given_up(weather: Weather) -> None:
    """Wait until requests have failed, and none is tried again."""

    def failed() -> int:
        return weather.counts[Kind.FAILED] + weather.counts[Kind.CUT]

    def is_quiet() -> bool | None:
        before = failed()
        Event().wait(QUIET_SECONDS)
        return True if before and failed() == before else None

    wait_for(is_quiet, "a request that is given up", LONGEST_SECONDS)


def upload_and_import(
    stage: Stage,
    weather: Weather,
    tenant: str,
    mode: ProcessingMode,
    rows: list[dict[str, str]],
) -> ImportKey:
    """Import airports out of a file."""
    bucket, key = upload(stage, tenant, rows)
    with stage.weather(weather):
        return insist(
            lambda: stage.services.imports.create_csv_import(bucket, key, "airports", tenant, mode)
        )


def upload(stage: Stage, tenant: str, rows: list[dict[str, str]]) -> tuple[str, str]:
    """Upload airports as a file, and tell its bucket and key."""
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    return put_file(stage, tenant, text.getvalue().encode())


def put_file(stage: Stage, tenant: str, content: bytes) -> tuple[str, str]:
    """Put a file, and tell its bucket and key."""
    bucket, key = stage.services.settings.bucket, f"uploads/{tenant}.csv"
    stage.deployed.services.clients.s3.put_object(Bucket=bucket, Key=key, Body=content)
    return bucket, key


def end_of_task(stage: Stage, key: TaskKey) -> TaskSnapshot:
    """Wait for a task's end."""

    def ended() -> TaskSnapshot | None:
        found = stage.deployed.services.tasks.get(key)
        return found if found is not None and found.status.is_final else None

    return wait_for(ended, f"the end of {key}", LONGEST_SECONDS, POLL_SECONDS)


def end_of_import(stage: Stage, key: ImportKey) -> ImportJob:
    """Wait for an import's end."""

    def ended() -> ImportJob | None:
        found = stage.deployed.services.imports.get(key)
        return found if found is not None and found.status.is_final else None

    return wait_for(ended, f"the end of {key}", LONGEST_SECONDS, POLL_SECONDS)


def wait_until_ended(stage: Stage, pk: str, seconds: float = LONGEST_SECONDS) -> None:
    """Wait until all commands of a partition have ended, and their executions too."""

    def ended() -> bool | None:
        open_ones = [c for c in commands_of(stage, pk) if c["status"] == "PUBLISHED"]
        return None if open_ones or _running(stage) else True

    wait_for(ended, f"the commands of {pk} to end", seconds, POLL_SECONDS)


def redrive_until_none_is_left(stage: Stage) -> None:
    """Give all letters back, as often as it takes."""

    def redriven() -> bool | None:
        redrive_once(stage)
        return None if letters_left(stage) else True

    wait_for(redriven, "the dead letters to go", LONGEST_SECONDS, POLL_SECONDS)


def redrive_once(stage: Stage) -> None:
    """Give letters back by the command line, if there are any."""
    cqrs = CommandLine(stage.proxy.endpoint_url)
    for source in letters_left(stage):
        cqrs.run("redrive", source)


def letters_left(stage: Stage) -> Counter[str]:
    """Dead letters by their source, with those that a redrive which broke off still hides."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    sqs, left = stage.deployed.services.clients.sqs, Counter[str]()
    for source, url in stage.deployed.outputs["dead_letter_queue_urls"].items():
        told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        left[source] = sum(int(told[name]) for name in names)
    return +left


# The expectations


def all_is_applied(stage: Stage, tenant: str, items: int, versions: int) -> None:
    """Check commands, data, history, and what handlers saw."""
    pk = f"ORDERED#{tenant}"
    made = {f"ORDERED#{item}" for item in range(items)}
    every = [f"{sk}@{number}" for sk in made for number in range(1, versions + 1)]
    stored = commands_of(stage, pk)
    not_applied = [
        (command["sk"], command.get("error"), command.get("cause"))
        for command in stored
        if command["status"] != "FINISHED"
    ]
    assert not_applied == []
    assert sorted(_plain(command["sk"]) for command in stored) == sorted(every)
    last = {c["sk"].partition("@")[0]: c for c in sorted(stored, key=lambda c: _version(c["sk"]))}
    data = {item.key.sk: item for item in stage.deployed.services.data.list_all(pk)}
    assert data.keys() == made
    for sk, item in data.items():
        said = stage.deployed.services.attributes.load(last[sk])
        assert (item.version, item.attributes) == (versions, said)
    for sk in made:
        kept = [_version_of(stage, pk, sk, number) for number in range(1, versions)]
        assert kept == list(range(1, versions)), sk
    seen = {item["sk"]: item["seen"] for item in partition(stage, f"SEEN#{tenant}")}
    in_order = list(range(1, versions + 1))
    assert {sk: list(dict.fromkeys(order)) for sk, order in seen.items()} == dict.fromkeys(
        made, in_order
    )
    copies = {item["sk"]: item["applied"] for item in partition(stage, f"COPY#{tenant}")}
    assert copies == dict.fromkeys(made, versions)


def airports_are_those_of_the_file(stage: Stage, tenant: str, rows: list[dict[str, str]]) -> None:
    """Check the items of an import, and what the sample's handler made of them."""
    found = {
        item.key.sk: item for item in stage.deployed.services.data.list_all(f"AIRPORT#{tenant}")
    }
    assert found.keys() == {f"AIRPORT#{row['iata']}" for row in rows}
    for row in rows:
        item = found[f"AIRPORT#{row['iata']}"]
        assert (item.version, item.name) == (1, row["name"])
        assert float(item.attributes["latitude"]) == float(row["latitude"])
    statuses = Counter(command["status"] for command in commands_of(stage, f"AIRPORT#{tenant}"))
    assert statuses == {"FINISHED": len(rows)}


def nothing_is_left(stage: Stage, tenant: str) -> None:
    """Check that nothing runs, nothing was set aside, and the doctor finds nothing of a tenant."""
    wait_for(lambda: None if _running(stage) else True, "executions to end", 60)
    assert letters_left(stage) == Counter()
    told = _doctor(stage)
    assert [row for row in told["items"] if tenant in json.dumps(row)] == []


def _doctor(stage: Stage) -> Any:
    """The doctor's findings in the environment as it is, whatever its file says."""
    outputs = {name: {"value": value} for name, value in stage.deployed.outputs.items()}
    with NamedTemporaryFile("w", suffix=".json") as file:
        file.write(json.dumps(outputs))
        file.flush()
        cqrs = CommandLine(stage.deployed.endpoint)
        return cqrs.json("--outputs", file.name, "doctor", code=None)


def commands_of(stage: Stage, pk: str) -> list[Item]:
    """All commands of a partition, as they are stored."""
    return partition(stage, pk, stage.services.settings.commands_table)


def partition(stage: Stage, pk: str, table: str | None = None) -> list[Item]:
    """A whole partition, of the data table by default."""
    return stage.deployed.partition(table or stage.services.settings.data_table, pk)


def insist(ask: Callable[[], Answer]) -> Answer:
    """Do as users are told to: repeat what may be repeated."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while True:
        try:
            return ask()
        except TransientError:
            if time.monotonic() > deadline:
                raise


def _published_now(stage: Stage, said: dict[str, Any]) -> bool | None:
    """Whether the function has published synchronously; None if that is to be repeated."""
    event = {"source": "direct", "action": "publish_sync", "payload": said}
    answer, fault = stage.deployed.invoke(event)
    if fault is not None:
        assert answer["errorType"] in {error.__name__ for error in TRANSIENT_ERRORS}, answer
        return None
    # A command that an execution goes on with is not overtaken.
    if answer.get("error") == CommandInProgress.__name__:
        return None
    assert answer["status"] == "ok", answer
    return True


def _told_ends(stage: Stage, tenant: str, action: str, subject: str) -> set[Any]:
    """Wait until the end of something was told; the statuses that it was told to end with."""

    def told() -> set[Any] | None:
        said = [
            item["content"]["status"]
            for item in _kept(stage, "TOLD", tenant)
            if item["action"] == action and item["subject"] == subject
        ]
        return {s for s in said if s in ENDS} or None

    return wait_for(told, f"{action} of {subject}", LONGEST_SECONDS, POLL_SECONDS)


ENDS = {"COMPLETED", "FAILED", "CANCELLED", "APPROVED", "REJECTED", "EXPIRED"}


def _kept(stage: Stage, kind: str, tenant: str) -> list[Item]:
    return partition(stage, f"{kind}#{tenant}")


def _requests(closures: Closures, tenant: str, count: int) -> Iterator[Any]:
    for number in range(count):
        yield closures.approvals.get_request(ApprovalKey.make(tenant, f"{tenant}-A{number:02}"))


def sub_tasks(stage: Stage, key: TaskKey) -> Iterator[TaskSnapshot]:
    cursor = None
    while True:
        page = stage.deployed.services.tasks.sub_tasks(key, cursor=cursor)
        yield from page.tasks
        cursor = page.cursor
        if cursor is None:
            return


def _running(stage: Stage) -> int:
    """Executions that run. Emulator difference: AWS lists none of an Express machine."""
    client, settings = stage.deployed.services.clients.step_functions, stage.services.settings
    machines = (
        settings.command_state_machine_arn,
        settings.express_command_state_machine_arn,
        settings.task_state_machine_arn,
        settings.import_csv_state_machine_arn,
    )
    return sum(
        len(
            client.list_executions(stateMachineArn=arn, statusFilter="RUNNING", maxResults=1000)[
                "executions"
            ]
        )
        for arn in machines
    )


def _version_of(stage: Stage, pk: str, sk: str, version: int) -> int | None:
    kept = stage.deployed.services.history.get(pk, sk, version)
    return None if kept is None else kept.version


def _version(sk: str) -> int:
    return int(sk.partition("@")[2])


def _plain(sk: str) -> str:
    base, _, version = sk.partition("@")
    return f"{base}@{int(version)}"


def told_of(weather: Weather) -> str:
    """How many requests the weather did not let pass."""
    counts = weather.counts
    faults = sum(counts.values()) - counts["requests"]
    return f"{faults} faults in {counts['requests']} requests"
