"""Many items and versions at once, with handlers that fail and processes that are killed.

``RELIABILITY_ITEMS`` and ``RELIABILITY_VERSIONS`` set the size; `make test-reliability` runs the
large one.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator

import pytest

from cqrs.core.attribute_values import Item
from tests.integration.conftest import REGION
from tests.integration.deployed import Deployed, wait_for
from tests.integration.unreliable.deployment import SUDDEN_DEATH, unreliable_function
from tests.integration.unreliable.publishers import publish_all

ITEMS = int(os.environ.get("RELIABILITY_ITEMS", "8"))
VERSIONS = int(os.environ.get("RELIABILITY_VERSIONS", "6"))
LONGEST_SECONDS = 900.0


@pytest.fixture(params=[False, True], ids=["handlers fail", "and processes are killed"])
def kills(request: pytest.FixtureRequest) -> bool:
    return request.param


@pytest.fixture
def unreliable(deployed: Deployed, kills: bool) -> Iterator[Deployed]:
    with unreliable_function(deployed, *([SUDDEN_DEATH] if kills else [])):
        yield deployed


def test_all_is_applied_in_order(
    unreliable: Deployed, kills: bool, tenant: str, capsys: pytest.CaptureFixture[str]
):
    killed_before = deaths(unreliable)
    pk = f"ORDERED#{tenant}"
    started = time.monotonic()
    started_over = publish_all(unreliable.services.settings, REGION, pk, ITEMS, VERSIONS)
    published = time.monotonic()
    wait_until_applied(unreliable, pk)
    applied = time.monotonic()

    killed = deaths(unreliable) - killed_before

    assert unreliable.failed_commands(pk) == []
    assert {command["status"] for command in commands_of(unreliable, pk)} == {"FINISHED"}
    assert failed_first_tries(unreliable, tenant) > 0
    for sk, seen in records(unreliable, tenant).items():
        first_sights = list(dict.fromkeys(seen))
        assert first_sights == list(range(1, VERSIONS + 1)), sk
    assert (killed > 0) == kills
    assert running(unreliable) == 0
    assert unreliable.dead_letters() == 0
    with capsys.disabled():
        sys.stdout.write(
            f"\n{ITEMS} items x {VERSIONS} versions: published in {published - started:.0f} s, "
            f"applied after {applied - started:.0f} s, {started_over} publishes started over, "
            f"{failed_first_tries(unreliable, tenant)} first tries of a handler failed, "
            f"{killed} processes killed\n"
        )


def wait_until_applied(deployed: Deployed, pk: str) -> None:
    """Wait until all is applied, or something has failed, which nothing here sets right."""
    wanted = {f"ORDERED#{item}": VERSIONS for item in range(ITEMS)}

    def all_applied() -> bool | None:
        if deployed.failed_commands(pk):
            return True
        versions = {item.key.sk: item.version for item in deployed.services.data.list_all(pk)}
        return True if versions == wanted and not running(deployed) else None

    wait_for(all_applied, f"{ITEMS} items at version {VERSIONS}", LONGEST_SECONDS, poll_seconds=1.0)


def commands_of(deployed: Deployed, pk: str) -> list[Item]:
    return deployed.partition(deployed.services.settings.commands_table, pk)


def deaths(deployed: Deployed) -> int:
    return len(deployed.partition(deployed.services.settings.data_table, SUDDEN_DEATH))


def records(deployed: Deployed, tenant: str) -> dict[str, list[int]]:
    items = deployed.partition(deployed.services.settings.data_table, f"ORDER#{tenant}")
    found = {item["sk"]: item["seen"] for item in items}
    assert len(found) == ITEMS
    return found


def failed_first_tries(deployed: Deployed, tenant: str) -> int:
    tries = deployed.partition(deployed.services.settings.data_table, f"TRIES#{tenant}")
    assert len(tries) == ITEMS * VERSIONS
    return sum(bool(entry["failed"]) for entry in tries)


def running(deployed: Deployed) -> int:
    answer = deployed.services.clients.step_functions.list_executions(
        stateMachineArn=deployed.services.settings.command_state_machine_arn,
        statusFilter="RUNNING",
        maxResults=1000,
    )
    return len(answer["executions"])
