"""Commands through the deployed stack: stream, execution, data, history, read model."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.airports_by_country import READ_MODEL, partition_of
from cqrs.commands.executions import command_execution_name
from cqrs.commands.models import FIRST
from cqrs.errors import CommandInProgress, PredecessorFailed, VersionConflict
from cqrs.storage.large_values import INLINE_BYTES
from tests.integration.deployed import REFUSED_BY_HANDLER, Deployed, wait_for

pytestmark = pytest.mark.verifiable

SK = "AIRPORT#KIX"


def attributes(version: int, country: str = "Japan") -> dict:
    return {"n": version, "country": country, "city": "Osaka"}


def test_three_versions_published_at_once_are_applied_in_order(deployed: Deployed, pk):
    commands = deployed.services.commands
    keys = [
        commands.publish(pk, SK, name="Kansai", attributes=attributes(n), version=n - 1).key
        for n in (1, 2, 3)
    ]

    ends = [deployed.end_of(key) for key in keys]

    assert [end.status for end in ends] == ["FINISHED"] * 3
    assert [end.finished_at for end in ends] == sorted(end.finished_at for end in ends)
    item = deployed.services.data.get(pk, SK)
    assert (item.version, item.name, item.attributes) == (3, "Kansai", attributes(3))
    history = deployed.services.history.list(pk, SK).items
    assert [(state.version, state.attributes["n"]) for state in history] == [(2, 2), (1, 1)]
    for end in ends:
        assert deployed.execution(end.key, end.request_id)["status"] == "SUCCEEDED"


def test_the_second_read_model_follows(deployed: Deployed, pk, tenant):
    commands, models = deployed.services.commands, deployed.services.read_models
    commands.publish(pk, SK, attributes=attributes(1, "Japan"), version=FIRST)
    key = commands.publish(pk, SK, attributes=attributes(2, "Wonderland"), version=1).key
    assert deployed.end_of(key).status == "FINISHED"

    assert not list(models.list_all(READ_MODEL, partition_of("Japan", tenant)))
    (listed,) = models.list_all(READ_MODEL, partition_of("Wonderland", tenant))
    assert listed.sk == SK


def test_many_items_published_by_many_at_the_latest_version(deployed: Deployed, pk):
    """Publishers race for the next version; each command gets one, and all are applied."""
    items, versions = 10, 5
    sort_keys = [f"AIRPORT#{number}" for number in range(items)]

    def publish(place: int) -> None:
        deployed.services.commands.publish(
            pk, sort_keys[place % items], attributes=attributes(place)
        )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(publish, range(items * versions)))

    def all_applied() -> bool | None:
        states = {item.key.sk: item.version for item in deployed.services.data.list_all(pk)}
        return True if states == dict.fromkeys(sort_keys, versions) else None

    wait_for(all_applied, f"{items} items at version {versions}", 120)
    for sk in sort_keys:
        kept = deployed.services.history.list(pk, sk).items
        assert [state.version for state in kept] == list(range(versions - 1, 0, -1))


def test_a_failing_sync_handler_fails_its_command_and_those_after_it(deployed: Deployed, pk):
    commands = deployed.services.commands
    first = commands.publish(pk, SK, attributes=REFUSED_BY_HANDLER, version=FIRST).key
    second = commands.publish(pk, SK, attributes=attributes(2), version=1).key
    third = commands.publish(pk, SK, attributes=attributes(3), version=2).key

    failed = deployed.end_of(first)
    assert failed.status == "FAILED"
    assert "must be text" in failed.cause
    assert deployed.execution(failed.key, failed.request_id)["status"] == "FAILED"
    for key, predecessor in ((second, first), (third, second)):
        end = deployed.end_of(key)
        assert (end.status, end.error) == ("FAILED", "PredecessorFailed")
        assert predecessor.sk in end.cause
        assert deployed.execution(end.key, end.request_id)["error"] == "PredecessorFailed"
    assert deployed.services.data.get(pk, SK).version == 1


def test_attributes_too_large_for_dynamodb_come_back(deployed: Deployed, pk):
    large = {**attributes(1), "notes": "あ" * INLINE_BYTES}
    key = deployed.services.commands.publish(pk, SK, attributes=large, version=FIRST).key

    assert deployed.end_of(key).status == "FINISHED"
    assert deployed.services.data.get(pk, SK).attributes == large
    small = deployed.services.commands.publish(pk, SK, attributes=attributes(2), version=1).key
    assert deployed.end_of(small).status == "FINISHED"
    assert deployed.services.data.get(pk, SK).attributes == attributes(2)
    assert deployed.services.history.get(pk, SK, 1).attributes == large


def test_a_synchronous_publish_runs_the_deployed_handlers(deployed: Deployed, pk, tenant):
    event = {
        "source": "direct",
        "action": "publish_sync",
        "payload": {"pk": pk, "sk": SK, "attributes": attributes(1)},
    }

    answer, error = deployed.invoke(event)

    assert error is None
    assert answer["status"] == "ok"
    assert deployed.services.data.get(pk, SK).version == 1
    models = deployed.services.read_models
    assert [one.sk for one in models.list_all(READ_MODEL, partition_of("Japan", tenant))] == [SK]
    again, _ = deployed.invoke(event)
    assert again["result"]["changed"] is False


def test_synchronous_and_asynchronous_publishes_keep_one_order(deployed: Deployed, tenant):
    """Only the built-in handler, so that the local process may publish synchronously."""
    commands, pk, sk = deployed.services.commands, f"NOTE#{tenant}", "NOTE#1"
    commands.publish_sync(pk, sk, attributes={"n": 1})
    key = commands.publish(pk, sk, attributes={"n": 2}).key
    deployed.end_of(key)
    commands.publish_sync(pk, sk, attributes={"n": 3}, version=2)
    key = commands.publish(pk, sk, attributes={"n": 4}, version=3).key

    assert deployed.end_of(key).status == "FINISHED"
    assert deployed.services.data.get(pk, sk).attributes == {"n": 4}
    kept = deployed.services.history.list(pk, sk).items
    assert [state.attributes["n"] for state in kept] == [3, 2, 1]


def test_a_synchronous_publish_does_not_overtake(deployed: Deployed, pk):
    commands = deployed.services.commands
    first = commands.publish(pk, SK, attributes=REFUSED_BY_HANDLER, version=FIRST).key
    with pytest.raises((CommandInProgress, PredecessorFailed)):
        commands.publish_sync(pk, SK, attributes=attributes(2))

    assert deployed.end_of(first).status == "FAILED"
    with pytest.raises(PredecessorFailed, match="AIRPORT#KIX@1 failed"):
        commands.publish_sync(pk, SK, attributes=attributes(2))


def test_a_stale_version_is_refused_with_the_current_one(deployed: Deployed, pk):
    commands = deployed.services.commands
    for version in range(4):
        commands.publish(pk, SK, attributes=attributes(version), version=version)

    with pytest.raises(VersionConflict) as conflict:
        commands.publish(pk, SK, attributes=attributes(9), version=2)

    assert conflict.value.current == 4


def test_of_thirty_commands_on_one_item_two_have_executions_at_a_time(deployed: Deployed, pk):
    versions = 30
    results = [
        deployed.services.commands.publish(pk, SK, attributes=attributes(n), version=n - 1)
        for n in range(1, versions + 1)
    ]
    names = {command_execution_name(result.key, result.request_id) for result in results}
    seen = set[int]()

    def all_applied() -> bool | None:
        seen.add(len(names & running_executions(deployed)))
        state = deployed.services.data.get(pk, SK)
        return True if state is not None and state.version == versions else None

    wait_for(all_applied, f"version {versions}", 240)

    ends = [deployed.end_of(result.key) for result in results]
    assert [end.status for end in ends] == ["FINISHED"] * versions
    assert [end.finished_at for end in ends] == sorted(end.finished_at for end in ends)
    assert 1 <= max(seen) <= 2
    history = deployed.services.history.list(pk, SK).items
    assert [state.version for state in history] == list(range(versions - 1, 0, -1))


def running_executions(deployed: Deployed) -> set[str]:
    """Names of the commands' executions that run just now, the newest hundred."""
    answer = deployed.services.clients.step_functions.list_executions(
        stateMachineArn=deployed.services.settings.command_state_machine_arn,
        statusFilter="RUNNING",
        maxResults=100,
    )
    return {execution["name"] for execution in answer["executions"]}
