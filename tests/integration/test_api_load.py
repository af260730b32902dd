"""Many clients of the HTTP API at once lose nothing, and see nothing of other tenants.

``API_CLIENTS`` and ``API_SECONDS`` set the size; `make test-api-load` runs the large one.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle

import pytest

from tests.integration.api_load.visitor import Visitor
from tests.integration.deployed import Deployed, wait_for
from tests.integration.http_client import People, skip_without_api

CLIENTS = int(os.environ.get("API_CLIENTS", "16"))
SECONDS = float(os.environ.get("API_SECONDS", "3"))
TENANTS = 8
LONGEST_SECONDS = 900.0


@pytest.fixture
def visitors(deployed: Deployed, tenant: str) -> list[Visitor]:
    skip_without_api(deployed)
    people = People(deployed)
    tenants = [f"{tenant}-{number}" for number in range(TENANTS)]
    own = [people.client(one, "publisher") for one in tenants]
    trespassing = [
        people.client(other, "publisher", of=one)
        for one, other in zip(tenants, [*tenants[1:], tenants[0]], strict=True)
    ]
    pairs = zip(range(CLIENTS), cycle(own), cycle(trespassing), strict=False)
    return [Visitor(client, trespasser, number) for number, client, trespasser in pairs]


def test_many_clients_lose_nothing_and_see_nothing_of_others(
    deployed: Deployed, visitors: list[Visitor], capsys: pytest.CaptureFixture[str]
):
    began = time.monotonic()
    with ThreadPoolExecutor(len(visitors)) as pool:
        list(pool.map(lambda visitor: visitor.visit(began + SECONDS), visitors))
    asked = time.monotonic()
    wait_until_applied(deployed, visitors)
    applied = time.monotonic()

    assert [fault for visitor in visitors for fault in visitor.faults] == []
    assert all(visitor.written for visitor in visitors)
    for visitor in visitors:
        assert numbers_of(deployed, visitor) == list(range(1, visitor.written + 1))
    assert deployed.dead_letters() == 0
    with capsys.disabled():
        sys.stdout.write(report(visitors, asked - began, applied - asked))


def wait_until_applied(deployed: Deployed, visitors: list[Visitor]) -> None:
    """Wait until each item is at its last version, or a command has failed."""
    wanted = {
        (f"NOTE#{visitor.client.tenant}", f"NOTE#{visitor.item_id}"): visitor.written
        for visitor in visitors
    }

    partitions = {pk for pk, _ in wanted}

    def all_applied() -> bool | None:
        assert [one for pk in partitions for one in deployed.failed_commands(pk)] == []
        items = [item for pk in partitions for item in deployed.services.data.list_all(pk)]
        found = {(item.key.pk, item.key.sk): item.version for item in items}
        return True if found == wanted else None

    wait_for(all_applied, f"{len(wanted)} items at their last version", LONGEST_SECONDS)


def numbers_of(deployed: Deployed, visitor: Visitor) -> list[int]:
    """The numbers that an item had, in the order of its versions."""
    services = deployed.services
    pk, sk = f"NOTE#{visitor.client.tenant}", f"NOTE#{visitor.item_id}"
    earlier = [services.history.get(pk, sk, number) for number in range(1, visitor.written)]
    states = [*earlier, services.data.get(pk, sk)]
    return [0 if state is None else int(state.attributes["number"]) for state in states]


def report(visitors: list[Visitor], seconds: float, waited: float) -> str:
    times = sorted(second for visitor in visitors for second in visitor.seconds)
    statuses: Counter[int] = sum((visitor.statuses for visitor in visitors), Counter())
    told = ", ".join(f"{count:,} times {status}" for status, count in sorted(statuses.items()))
    late = statistics.quantiles(times, n=100)[98]
    return (
        f"\n{len(visitors)} clients of {TENANTS} tenants for {seconds:.0f} s: {len(times):,} "
        f"requests ({told}), {sum(visitor.written for visitor in visitors):,} versions, all "
        f"applied {waited:.0f} s later; median {statistics.median(times) * 1000:.0f} ms, "
        f"99 of 100 within {late * 1000:.0f} ms\n"
    )
