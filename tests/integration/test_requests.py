"""The budget of requests that a command may cost, counted by the emulator itself."""

from __future__ import annotations

import json
import urllib.request
from collections import Counter
from collections.abc import Iterator
from typing import Any

import localstack_client.session
import pytest

from cqrs.commands.models import FIRST, LATEST
from cqrs.keys import ItemKey
from cqrs.time_to_live import OVERRIDE_SORT_KEY, OVERRIDE_TYPE
from tests.integration.conftest import REGION
from tests.integration.deployed import Deployed

RECORDED = (
    "dynamodb.amazonaws.com",
    "states.amazonaws.com",
    "s3.amazonaws.com",
    "sqs.amazonaws.com",
)


class Recorder:
    """MiniStack's CloudTrail, which records every request that reaches the emulator."""

    def __init__(self, deployed: Deployed) -> None:
        self._endpoint = deployed.endpoint
        self._cloudtrail = localstack_client.session.Session(region_name=REGION).client(
            "cloudtrail"
        )

    def switch(self, on: bool) -> None:
        request = urllib.request.Request(  # noqa: S310 - the emulator
            f"{self._endpoint}/_ministack/config",
            data=json.dumps({"cloudtrail._recording_enabled": on}).encode(),
        )
        urllib.request.urlopen(request, timeout=5).close()  # noqa: S310

    def requests(self, pk: str) -> Counter[str]:
        """Requests of a partition's commands, by operation."""
        counted: Counter[str] = Counter()
        for page in self._cloudtrail.get_paginator("lookup_events").paginate():
            for event in page["Events"]:
                if _is_counted(event, pk):
                    counted[event["EventName"]] += 1
        return counted


def _is_counted(event: dict[str, Any], pk: str) -> bool:
    details = json.loads(event["CloudTrailEvent"])
    parameters = json.dumps(details["requestParameters"])
    # A process reads a tenant's TTL once in five minutes, so that read is no command's.
    is_setting = f"{OVERRIDE_TYPE}#" in parameters
    return event["EventSource"] in RECORDED and pk in parameters and not is_setting


@pytest.fixture
def recorder(deployed: Deployed) -> Iterator[Recorder]:
    if not deployed.is_ministack:
        pytest.skip("LocalStack's CloudTrail does not record the requests of functions.")
    recorder = Recorder(deployed)
    recorder.switch(on=True)
    yield recorder
    recorder.switch(on=False)


@pytest.fixture
def note(tenant: str) -> str:
    """A partition with the built-in sync handler only."""
    return f"NOTE#{tenant}"


def keep_commands_for(deployed: Deployed, tenant: str, days: int) -> None:
    deployed.services.commands.publish_sync(
        f"{OVERRIDE_TYPE}#{tenant}", OVERRIDE_SORT_KEY, attributes={"commands": days}
    )


def publish_and_follow(deployed: Deployed, pk: str, text: str, version: int) -> None:
    result = deployed.services.commands.publish(
        pk, "NOTE#1", attributes={"text": text}, version=version
    )
    ended = deployed.execution(result.key, result.request_id)
    assert ended["status"] == "SUCCEEDED"


def requests_of(recorder: Recorder, deployed: Deployed, pk: str, text: str, version: int) -> int:
    before = recorder.requests(pk)
    publish_and_follow(deployed, pk, text, version)
    made = recorder.requests(pk) - before
    # Whatever else is counted, these must be there, or nothing was recorded.
    assert made["StartExecution"] == 1, made
    assert made["UpdateItem"] >= 2, made
    return made.total()


def test_a_command_with_a_ttl_costs_seven_requests_and_a_later_one_ten(
    deployed: Deployed, recorder: Recorder, note: str, tenant: str
):
    keep_commands_for(deployed, tenant, days=30)

    assert requests_of(recorder, deployed, note, "first", FIRST) == 7
    assert requests_of(recorder, deployed, note, "second", 1) == 10
    assert requests_of(recorder, deployed, note, "third", LATEST) == 10
    assert deployed.services.commands.get(ItemKey(note, "NOTE#1").at(3)).ttl is not None


def test_a_command_without_a_ttl_costs_nine_requests_at_most(
    deployed: Deployed, recorder: Recorder, note: str
):
    assert requests_of(recorder, deployed, note, "first", FIRST) == 6
    assert requests_of(recorder, deployed, note, "second", 1) == 9
    assert requests_of(recorder, deployed, note, "third", LATEST) == 9


def test_the_cost_does_not_grow_with_the_version(deployed: Deployed, recorder: Recorder, note: str):
    for version in range(1, 31):
        deployed.services.commands.publish_sync(note, "NOTE#1", attributes={"n": version})

    assert requests_of(recorder, deployed, note, "late", LATEST) == 9
