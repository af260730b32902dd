"""The budgets of requests that commands and sub-tasks may cost, counted by the emulator itself."""

from __future__ import annotations

import json
import time
import urllib.request
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from cqrs.aws.clients import Clients
from cqrs.commands.models import FIRST, LATEST
from cqrs.commands.sync_handlers import SyncHandlers
from cqrs.core.keys import CommandKey, ItemKey
from cqrs.notifications.listeners import LISTENING
from cqrs.services import Services
from cqrs.storage.time_to_live import OVERRIDE_SORT_KEY, OVERRIDE_TYPE
from tests.integration.conftest import REGION
from tests.integration.deployed import Deployed, wait_for
from tests.integration.http_client import HttpClient, People
from tests.integration.identities import ROOT, session

LONGEST_ANSWER = 50
"""Events of one LookupEvents; MiniStack has no further pages."""

POSTED = "POST.sns"
"""How MiniStack calls a Publish. The sample makes one for each notification, and none in an
environment without a topic."""

PUBLISHER, WATCHER = "000000000000", ROOT
"""Access keys of MiniStack's root user, by which requests are told apart."""

TEMPORARY = "ASIA"
"""Beginning of temporary access keys, as the function has one (IAM guide, "IAM identifiers")."""


class Recorder:
    """MiniStack's CloudTrail, which records every request that reaches the emulator."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._cloudtrail = session(REGION, WATCHER).client("cloudtrail")
        self.function = ""

    def switch(self, on: bool) -> None:
        request = urllib.request.Request(  # noqa: S310 - the emulator
            f"{self._endpoint}/_ministack/config",
            data=json.dumps({"cloudtrail._recording_enabled": on}).encode(),
        )
        urllib.request.urlopen(request, timeout=5).close()  # noqa: S310

    def requests(self, pk: str, since: float) -> Counter[str]:
        """Requests about a partition's commands since a moment, by operation."""
        publisher = self.requests_of(PUBLISHER, pk, since)
        return publisher + self.requests_of(self.function, pk, since)

    def find_function(self, deployed: Deployed) -> None:
        """Learn the function's access key from a request that it makes."""
        since = time.time()
        payload = {"pk": f"NOTE#{uuid.uuid4().hex}", "sk": "NOTE#1"}
        deployed.invoke({"source": "direct", "action": "get_data", "payload": payload})
        events = self._cloudtrail.lookup_events(StartTime=since)["Events"]
        (self.function,) = {
            event["AccessKeyId"]
            for event in events
            if event["AccessKeyId"].startswith(TEMPORARY) and _is_about(event, payload["pk"])
        }

    def requests_of(self, access_key: str, text: str, since: float) -> Counter[str]:
        """Requests made with an access key since a moment that have a text in them."""
        events = self._cloudtrail.lookup_events(
            LookupAttributes=[{"AttributeKey": "AccessKeyId", "AttributeValue": access_key}],
            StartTime=since,
        )["Events"]
        assert len(events) < LONGEST_ANSWER, "some requests may have gone uncounted"
        return Counter(event["EventName"] for event in events if _is_about(event, text))


def _is_about(event: dict[str, Any], text: str) -> bool:
    parameters = json.dumps(json.loads(event["CloudTrailEvent"])["requestParameters"])
    # A process reads a tenant's TTL once in five minutes, so that read is not a command's. Nor is
    # the look for those who listen live, which comes after the command's end.
    others = (f"{OVERRIDE_TYPE}#", f"{LISTENING}#")
    return text in parameters and not any(other in parameters for other in others)


@pytest.fixture
def recorder(deployed: Deployed) -> Iterator[Recorder]:
    if not deployed.is_ministack:
        pytest.skip("LocalStack's CloudTrail does not record the requests of functions.")
    recorder = Recorder(deployed.endpoint)
    recorder.switch(on=True)
    recorder.find_function(deployed)
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


def as_(access_key: str, deployed: Deployed) -> Deployed:
    clients = Clients(session(REGION, access_key))
    services = Services(deployed.services.settings, clients, SyncHandlers())
    return replace(deployed, services=services)


def requests_of(recorder: Recorder, deployed: Deployed, pk: str, text: str, version: int) -> int:
    """Publish a command, follow it to its end, and count what was asked of AWS for it."""
    since = time.time()
    result = as_(PUBLISHER, deployed).services.commands.publish(
        pk, "NOTE#1", attributes={"text": text}, version=version
    )
    ended = as_(WATCHER, deployed).execution(result.key, result.request_id)
    assert ended["status"] == "SUCCEEDED"
    made = recorder.requests(pk, since)
    # These must be there whatever else is counted, or not all was recorded.
    assert made["StartExecution"] == 1, made
    assert made["TransactWriteItems"] == 1, made
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


def requests_over_http(
    recorder: Recorder, deployed: Deployed, client: HttpClient, note: str, **headers: str
) -> Counter[str]:
    """Publish a new item over HTTP, follow it to its end, and count what was asked of AWS."""
    since, watcher = time.time(), as_(WATCHER, deployed)
    body = {"attributes": {"text": note}}
    put = client.put(f"/items/NOTE/{note}", body, If_None_Match="*", **headers)
    assert put.status == 202, put.text
    key = CommandKey(f"NOTE#{client.tenant}", f"NOTE#{note}", 1)
    command = watcher.services.commands.get(key)
    assert command is not None
    assert watcher.execution(key, command.request_id)["status"] == "SUCCEEDED"
    return recorder.requests_of(recorder.function, client.tenant, since)


def test_the_http_api_adds_what_idempotency_needs_and_nothing_else(
    deployed: Deployed, recorder: Recorder, tenant: str
):
    publisher = People(deployed).client(tenant, "publisher")

    plain = requests_over_http(recorder, deployed, publisher, "plain")
    kept = requests_over_http(
        recorder, deployed, publisher, "kept", Idempotency_Key=str(uuid.uuid4())
    )

    assert plain.total() == 6, plain
    assert kept - plain == {"PutItem": 1, "UpdateItem": 1}
    assert not plain - kept


def requests_of_task(recorder: Recorder, deployed: Deployed, tenant: str, sub_tasks: int) -> int:
    """Follow a task to its end, and count what the function asked of AWS for it."""
    since = time.time()
    service = deployed.services.tasks
    key = service.create_step_function_task("route_distances", [{}] * sub_tasks, tenant)

    def told_of_end() -> Counter[str] | None:
        task = service.get(key)
        assert task is not None
        if not task.status.is_final:
            return None
        made = recorder.requests_of(recorder.function, key.sk, since)
        del made[POSTED]
        # One message for QUEUED, PROCESSING, each sub-task's end and the task's own, and the one
        # that queued it.
        return made if made["SendMessage"] == sub_tasks + 4 else None

    made = wait_for(told_of_end, "the last notification")
    assert made["TransactWriteItems"] == sub_tasks + 1, made
    return made.total()


def test_a_sub_task_costs_three_requests(deployed: Deployed, recorder: Recorder, tenant: str):
    small = requests_of_task(recorder, deployed, tenant, 2)
    large = requests_of_task(recorder, deployed, tenant, 6)

    assert (large - small) / 4 == 3
