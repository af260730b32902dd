"""No data stops the deployed stack, and none is lost or changed on its way through it.

``DATA_ITEMS`` sets how many values are generated and ``DATA_SEED`` which; `make test-reliability`
runs the large one, with others each time.
"""

from __future__ import annotations

import csv
import io
import os
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from cqrs.approvals.keys import ApprovalKey
from cqrs.approvals.models import WaitingState
from cqrs.commands.models import CommandStatus
from cqrs.core.clock import now_iso
from cqrs.core.keys import ItemKey
from cqrs.core.sizes import depth
from cqrs.imports.models import ImportStatus, ProcessingMode
from cqrs.storage.large_values import INLINE_DEPTH
from cqrs.tasks.models import TaskStatus
from tests.dynamodb_values import attribute_values, documents, exact, is_unicode, same
from tests.integration.any_data.generation import generated
from tests.integration.command_line import CommandLine
from tests.integration.deployed import Deployed, wait_for
from tests.integration.overlay import with_modules

ASKED = os.environ.get("DATA_ITEMS")
ITEMS = int(ASKED or 200)
SEED = os.environ.get("DATA_SEED") or (uuid.uuid4().hex[:8] if ASKED else "fixed")
LONGEST_SECONDS = 1800.0

SHARES = {
    "published": 0.3,
    "foreign": 0.3,
    "malformed": 0.02,
    "tasks": 0.15,
    "cells": 0.18,
    "approvals": 0.05,
}
PARTITION = 200
"""Items of a tenant: MiniStack sorts a whole partition for each page of a query."""


def share(kind: str) -> int:
    return max(4, round(ITEMS * SHARES[kind]))


@pytest.fixture(scope="module", autouse=True)
def echoing(deployed: Deployed) -> Iterator[None]:
    with with_modules(deployed, [Path(__file__).with_name("any_data") / "echo.py"]):
        yield


@pytest.fixture(scope="module", autouse=True)
def nothing_is_stopped(deployed: Deployed) -> Iterator[None]:
    """After all of it the streams go on, and nothing lies in a dead-letter queue."""
    yield
    assert deployed.dead_letters() == 0
    command_line = CommandLine(deployed.endpoint)
    found = command_line.json("doctor", code=None)
    assert "items" in found, found


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Any:
    """Tells what was done, how fast, and the seed that makes the same values again."""
    started = time.monotonic()

    def tell(count: int, what: str) -> None:
        seconds = time.monotonic() - started
        with capsys.disabled():
            sys.stdout.write(f"\n{count} {what} in {seconds:.0f} s, DATA_SEED={SEED}\n")

    return tell


def partitions(values: list[Any], tenant: str) -> Iterator[tuple[str, int, Any]]:
    """Values with a partition key and a number each."""
    for place, value in enumerate(values):
        yield f"THING#{tenant}{place // PARTITION}", place, value


def wait_until_finished(deployed: Deployed, keys: list[Any]) -> None:
    table = deployed.services.settings.commands_table

    def finished() -> bool | None:
        addresses = [(table, key.pk, key.sk) for key in keys]
        found = deployed.services.store.get_many(addresses)
        failed = [item for item in found.values() if item["status"] == CommandStatus.FAILED]
        assert not failed, (failed[0]["sk"], failed[0].get("error"), failed[0].get("cause"))
        return all(item["status"] == CommandStatus.FINISHED for item in found.values()) or None

    wait_for(finished, f"{len(keys)} commands", LONGEST_SECONDS, poll_seconds=1.0)


def test_what_is_published_is_read_back_equal(deployed: Deployed, tenant: str, told: Any):
    services = deployed.services
    values = generated(documents(), share("published"), f"{SEED}-published")
    before, after = values[: len(values) // 2], values[len(values) // 2 :]
    newest = []
    for version, versions in enumerate((before, after), start=1):
        newest = [
            services.commands.publish(
                pk,
                f"THING#{place}",
                # The same content as before would not be published again.
                attributes={"value": value, "round": version},
                version=version - 1,
            ).key
            for pk, place, value in partitions(versions, tenant)
        ]
    wait_until_finished(deployed, newest)

    for pk, place, value in partitions(after, tenant):
        item = services.data.get(pk, f"THING#{place}")
        assert exact(item.attributes["value"]) == exact(value)
        assert exact(services.commands.get(item.key.at(2)).attributes["value"]) == exact(value)
    for pk, place, value in partitions(before, tenant):
        state = services.history.get(pk, f"THING#{place}", 1)
        if place < len(after):
            assert exact(state.attributes["value"]) == exact(value)
    told(len(values), "published values applied")


STORED = attribute_values().filter(is_unicode)
"""Emulator difference: it measures items in UTF-8, and fails at half of a surrogate pair."""


def foreign_command(pk: str, sk: str, **attributes: Any) -> dict[str, Any]:
    """A command as a restore or a script puts it, past all checks."""
    return {
        "pk": {"S": pk},
        "sk": {"S": f"{sk}@1"},
        "version": {"N": "1"},
        "name": {"S": ""},
        "isDeleted": {"BOOL": False},
        "tenantCode": {"S": pk.rpartition("#")[2]},
        "status": {"S": "PUBLISHED"},
        "syncMode": {"S": "ASYNC"},
        "requestId": {"S": uuid.uuid4().hex},
        "createdAt": {"S": now_iso()},
        **attributes,
    }


def test_what_others_have_stored_is_applied_as_it_is(deployed: Deployed, tenant: str, told: Any):
    settings, dynamodb = deployed.services.settings, deployed.services.clients.dynamodb
    values = generated(STORED, share("foreign"), f"{SEED}-foreign")
    keys = []
    for pk, place, value in partitions(values, tenant):
        item = foreign_command(pk, f"THING#{place}", attributes={"M": {"value": value}})
        dynamodb.put_item(TableName=settings.commands_table, Item=item)
        keys.append(ItemKey(pk, f"THING#{place}").at(1))
    wait_until_finished(deployed, keys)

    for pk, place, value in partitions(values, tenant):
        key = {"pk": {"S": pk}, "sk": {"S": f"THING#{place}"}}
        stored = dynamodb.get_item(TableName=settings.data_table, Key=key)["Item"]
        assert same(stored["attributes"]["M"]["value"], value)
    told(len(values), "stored values applied")


@pytest.mark.parametrize("filled", ["attributes", "filler"])
def test_a_command_without_room_for_its_end_is_applied(
    deployed: Deployed, tenant: str, filled: str
):
    services, dynamodb = deployed.services, deployed.services.clients.dynamodb
    item, settings = foreign_command(f"THING#{tenant}", "THING#1"), services.settings

    def filled_with(length: int) -> dict[str, Any]:
        text = {"S": "x" * length}
        return {**item, filled: {"M": {"text": text}} if filled == "attributes" else text}

    longest, too_long = 300_000, 400 * 1024
    while too_long - longest > 1:
        middle = (longest + too_long) // 2
        try:
            # A table without a stream: nothing must begin with a shorter one.
            dynamodb.put_item(TableName=settings.history_table, Item=filled_with(middle))
            longest = middle
        except dynamodb.exceptions.ClientError:
            too_long = middle
    dynamodb.put_item(TableName=settings.commands_table, Item=filled_with(longest))
    key = ItemKey(f"THING#{tenant}", "THING#1").at(1)
    behind = services.commands.publish(key.pk, key.base, attributes={"n": 2}, version=1).key

    wait_until_finished(deployed, [key, behind])

    assert services.data.get(key.pk, key.base).attributes == {"n": 2}
    state = services.history.get(key.pk, key.base, 1)
    assert state.attributes == ({"text": "x" * longest} if filled == "attributes" else {})


ODD = st.dictionaries(
    st.sampled_from(
        ["status", "requestId", "version", "attributes", "name", "isDeleted", "ttl", "tenantCode"]
    ),
    STORED,
    min_size=1,
)
MISSING = st.sets(st.sampled_from(["status", "requestId", "attributes", "name", "createdAt"]))


def test_what_cannot_be_applied_is_set_aside_and_holds_up_nothing(
    deployed: Deployed, tenant: str, told: Any
):
    services, dynamodb = deployed.services, deployed.services.clients.dynamodb
    table = services.settings.commands_table
    malformed = generated(st.tuples(ODD, MISSING), share("malformed"), f"{SEED}-malformed")
    letters = []
    for pk, place, (odd, missing) in partitions(malformed, tenant):
        whole = {**foreign_command(pk, f"THING#{place}", attributes={"M": {}}), **odd}
        item = {name: value for name, value in whole.items() if name not in missing}
        dynamodb.put_item(TableName=table, Item=item)
        item = foreign_command(f"LEGACY#{tenant}", f"no command {place}")
        item["sk"] = {"S": f"no command {place}"}
        dynamodb.put_item(TableName=table, Item=item)
        letters.append(item["sk"]["S"])
    behind = [
        services.commands.publish(f"BEHIND#{tenant}", f"BEHIND#{place}", version=0).key
        for place in range(20)
    ]
    wait_until_finished(deployed, behind)

    command_line = CommandLine(deployed.endpoint)
    shown = wait_for(
        lambda: all_shown(command_line.json("dead-letters", "commands")["items"], letters),
        f"{len(letters)} letters",
        LONGEST_SECONDS,
    )
    assert all(letter["error"] and letter["reason"] for letter in shown)
    drain(deployed)
    told(len(malformed) * 2, "malformed commands set aside or failed, and nothing waited")


def all_shown(shown: list[dict[str, Any]], letters: list[str]) -> list[dict[str, Any]] | None:
    bodies = "\n".join(letter["body"] for letter in shown)
    return shown if all(f'"{sk}"' in bodies for sk in letters) else None


def drain(deployed: Deployed) -> None:
    """Take the letters away once no more come."""
    sqs, url = deployed.services.clients.sqs, deployed.outputs["dead_letter_queue_urls"]["commands"]

    def empty() -> bool | None:
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for letter in found:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=letter["ReceiptHandle"])
        return None if found else True

    wait_for(empty, "the end of the letters", LONGEST_SECONDS)


def test_what_a_task_gets_and_gives_is_the_same(deployed: Deployed, tenant: str, told: Any):
    tasks = deployed.services.tasks
    values = generated(documents(), share("tasks"), f"{SEED}-tasks")
    parts = [values[start : start + 100] for start in range(0, len(values), 100)]
    whole = [tasks.create_step_function_task("echo", part, tenant) for part in parts]
    singles = [tasks.create_task("echo", value, tenant) for value in values[:20]]

    def over() -> bool | None:
        found = [tasks.get(key) for key in (*whole, *singles)]
        return all(task and task.status.is_final for task in found) or None

    wait_for(over, f"{len(whole)} tasks", LONGEST_SECONDS, poll_seconds=1.0)
    for key, part in zip(whole, parts, strict=True):
        assert tasks.get(key).status is TaskStatus.COMPLETED
        for number, value in enumerate(part, start=1):
            task = tasks.get(key.sub_task(number))
            assert (exact(task.input), exact(task.result)) == (exact(value), exact(value))
    for key, value in zip(singles, values, strict=False):
        task = tasks.get(key)
        assert (task.status, exact(task.result)) == (TaskStatus.COMPLETED, exact(value))
    told(len(values) + len(singles), "values given back by tasks")


def test_what_stands_in_a_cell_is_what_its_item_says(deployed: Deployed, tenant: str, told: Any):
    services = deployed.services
    cells = generated(st.text(max_size=40), share("cells"), f"{SEED}-cells")
    text = io.StringIO()
    csv.writer(text).writerows([("id", "cell"), *enumerate(cells)])
    services.clients.s3.put_object(
        Bucket=services.settings.bucket, Key=f"uploads/{tenant}.csv", Body=text.getvalue().encode()
    )
    key = services.imports.create_csv_import(
        services.settings.bucket, f"uploads/{tenant}.csv", "cells", tenant, ProcessingMode.DIRECT
    )

    def over() -> Any:
        job = services.imports.get(key)
        return job if job.status.is_final else None

    job = wait_for(over, "the import", LONGEST_SECONDS)
    rejected = [(row.number, row.reason) for row in services.imports.rejected_rows(key)]
    assert (job.status, rejected) == (ImportStatus.COMPLETED, []), job.cause
    items = {item.key.sk: item for item in services.data.list_all(f"CELL#{tenant}")}
    assert {sk: item.attributes["cell"] for sk, item in items.items()} == {
        f"CELL#{place}": cell for place, cell in enumerate(cells)
    }
    told(len(cells), "cells imported")


def test_what_is_to_be_approved_is_shown_as_it_was_asked(
    deployed: Deployed, tenant: str, told: Any
):
    approvals = deployed.services.approvals
    flat_enough = documents().filter(lambda value: depth(value) < INLINE_DEPTH)
    values = generated(flat_enough, share("approvals"), f"{SEED}-approvals")
    machine = deployed.services.settings.state_machine_arn("airport-closure")
    keys = []
    for place, value in enumerate(values):
        execution = f"{machine.replace(':stateMachine:', ':execution:')}:{tenant}-{place}"
        key = ApprovalKey.make(tenant, f"ask-{place}")
        waiting = WaitingState(f"token-{place}", execution, "000000#2026-01-01T00:00:00Z")
        approvals.create_approval_request(key, f"Look at {place}", {"value": value}, waiting)
        keys.append(key)

    for key, value in zip(keys, values, strict=True):
        assert exact(approvals.get_request(key).subject["value"]) == exact(value)
    listed = approvals.list_pending(tenant, limit=100)
    assert (len(listed.requests), listed.damaged) == (min(100, len(keys)), [])
    for key in keys:
        approvals.close(key, "The test is over.")
    told(len(values), "subjects shown")
