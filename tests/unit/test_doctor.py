"""``cqrs doctor``, ``retry`` and ``get-command`` on what fails, is left behind, or is damaged."""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cqrs.aws.item_store import Put, Update
from cqrs.commands.executions import command_execution_name
from cqrs.core.keys import CommandKey
from cqrs.resources import Table, dead_letter_queue
from cqrs.services import Services
from cqrs.states import CommandState
from cqrs.storage.unfinished_work import UNFINISHED
from tests.unit.conftest import PREFIX
from tests.unit.operating import Operator

PK, SK = "NOTE#acme", "NOTE#1"
LONG_AGO = "2020-01-01T00:00:00.000Z"


@pytest.fixture
def cqrs(
    services: Services, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Operator:
    return Operator(services, monkeypatch, capsys)


def publish(services: Services, count: int, sk: str = SK, **attributes: Any) -> list[CommandKey]:
    return [
        services.commands.publish(
            PK, sk, attributes={"n": version, **attributes}, version=version - 1
        ).key
        for version in range(1, count + 1)
    ]


def change(services: Services, key: CommandKey, **attributes: Any) -> None:
    table = services.settings.commands_table
    services.store.update(Update(table, key.pk, key.sk, assign=attributes))


def take_from_index(services: Services, key: CommandKey, **attributes: Any) -> None:
    """Store a command as something other than the services may."""
    table = services.settings.commands_table
    services.store.update(Update(table, key.pk, key.sk, attributes, remove=(UNFINISHED,)))


def delete(services: Services, key: CommandKey) -> None:
    services.clients.dynamodb.delete_item(
        TableName=services.settings.commands_table, Key={"pk": {"S": key.pk}, "sk": {"S": key.sk}}
    )


def fail(execute: Any, *keys: CommandKey) -> None:
    first, *behind = [execute(key) for key in keys]
    first.fail("KeyError", "no country")
    for execution in behind:
        execution.check()


def minutes_ago(minutes: float) -> str:
    moment = datetime.now(UTC) - timedelta(minutes=minutes)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def end_execution(services: Services, step_functions: Any, key: CommandKey, status: str) -> None:
    command = services.commands.get(key)
    name = command_execution_name(key, command.request_id, command.attempt)
    step_functions.statuses[name] = status


def test_a_failed_command_is_reported_at_once(cqrs, services, execute):
    (key,) = publish(services, 1)
    fail(execute, key)

    (row,) = cqrs.items("doctor", code=1)

    assert (row["problem"], row["subject"]) == ("failed command", str(key))
    assert row["detail"] == "1 failed, first with KeyError: no country"


def test_a_command_under_way_has_time(cqrs, services):
    publish(services, 1)

    assert cqrs.items("doctor") == []


def test_what_breaks_off_several_examinations_is_told_once(cqrs, clients, monkeypatch):
    def query(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "Gone", "Message": "no table"}}, "Query")

    monkeypatch.setattr(clients.dynamodb, "query", query)

    (row,) = cqrs.items("doctor", code=1)

    assert row["problem"] == "examination that was broken off"
    assert row["subject"] == "commands, tasks, imports, approval requests"
    assert "no table" in row["detail"]


@pytest.mark.parametrize(("restarted", "found"), [(0.2, 0), (5, 1)])
def test_a_restarted_command_has_time_from_its_restart(cqrs, services, restarted, found):
    (key,) = publish(services, 1)
    change(services, key, createdAt=LONG_AGO, attempt=1, restartedAt=minutes_ago(restarted))

    assert len(cqrs.items("doctor", code=found)) == found


def test_a_repair_line_takes_keys_that_look_like_options(cqrs, services):
    (key,) = publish(services, 1, sk="--json")
    change(services, key, createdAt=LONG_AGO)

    (row,) = cqrs.items("doctor", code=1)

    assert row["repair"] == "cqrs --env test retry -- 'NOTE#acme' --json@1"
    assert row["explain"] == "cqrs --env test explain -- 'NOTE#acme' --json@1"
    _, *words = shlex.split(row["repair"])
    (started,) = cqrs.items(*words[2:])
    assert "--json@1" in str(started)
    assert "NOTE#acme --json has no data" in cqrs.run("get", "--", "NOTE#acme", "--json").err


def test_repair_lines_are_quoted_whole_and_name_the_environment(cqrs, services, execute):
    sk = f"NOTE#it's {'long ' * 20}"
    (key,) = publish(services, 1, sk=sk)
    fail(execute, key)

    printed = cqrs.run("doctor").out

    quoted = f"""'NOTE#it'"'"'s {"long " * 20}@1'"""
    assert f"cqrs --env test retry 'NOTE#acme' {quoted}\n" in printed
    assert "no country" in printed


def test_one_message_is_singular(cqrs, clients):
    name = f"{PREFIX}{dead_letter_queue(Table.TASKS)}"
    url = clients.sqs.get_queue_url(QueueName=name)["QueueUrl"]
    details = []
    for body in ("one", "two"):
        clients.sqs.send_message(QueueUrl=url, MessageBody=body)
        (row,) = cqrs.items("doctor", code=1)
        details.append(row["detail"])

    assert details == ["1 message", "2 messages"]


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ({"status": "LOST"}, "LOST"),
        ({"requestId": None}, "requestId"),
        ({"attempt": "many"}, "attempt"),
        ({"createdAt": "1970 or so"}, "1970 or so"),
    ],
)
def test_a_damaged_command_is_a_finding_of_its_own(cqrs, services, execute, damage, says):
    damaged, healthy = publish(services, 1) + publish(services, 1, sk="NOTE#2")
    fail(execute, healthy)
    change(services, damaged, **{"createdAt": LONG_AGO, **damage})

    rows = cqrs.items("doctor", code=1)

    assert [(row["problem"], row["subject"]) for row in rows] == [
        ("command that cannot be read", str(damaged)),
        ("failed command", str(healthy)),
    ]
    assert says in rows[0]["detail"]
    assert len(cqrs.items("doctor", "--fix", code=1)) == 2


def test_a_damaged_command_is_not_told_of_the_one_that_waits_for_it(
    cqrs, services, execute, step_functions
):
    damaged, waiting = publish(services, 2)
    execute(waiting).check()
    end_execution(services, step_functions, waiting, "RUNNING")
    change(services, damaged, createdAt=LONG_AGO, syncMode="async")
    change(services, waiting, createdAt=LONG_AGO)

    (row,) = cqrs.items("doctor", code=1)

    assert (row["problem"], row["subject"]) == ("command that cannot be read", str(damaged))


@pytest.mark.parametrize("ahead", ["9999-01-01T00:00:00.000Z", "tomorrow"])
@pytest.mark.parametrize("name", ["createdAt", "restartedAt"])
def test_a_command_of_a_clock_that_is_ahead_is_found_and_retried(
    cqrs, services, step_functions, name, ahead
):
    (key,) = publish(services, 1)
    ahead = minutes_ago(-24 * 60) if ahead == "tomorrow" else ahead
    change(services, key, **{"createdAt": LONG_AGO, name: ahead})

    (row,) = cqrs.items("doctor", code=1)
    assert (row["problem"], row["subject"]) == ("command without an execution", str(key))
    (row,) = cqrs.items("doctor", "--fix")
    assert row["fixed"]
    assert len(step_functions.started) == 1


def test_a_clock_that_is_a_little_ahead_hides_nothing_and_reports_nothing(cqrs, services):
    (key,) = publish(services, 1)
    change(services, key, createdAt=minutes_ago(-5))

    assert cqrs.items("doctor") == []


def test_a_command_that_was_put_back_after_it_was_applied_is_finished_again(
    cqrs, services, execute
):
    first, second = publish(services, 2)
    for key in (first, second):
        execute(key).apply()
    change(services, first, status="PUBLISHED", createdAt=LONG_AGO, unfinished="1")

    (row,) = cqrs.items("doctor", code=1)
    assert row["subject"] == str(first)
    (row,) = cqrs.items("doctor", "--fix")
    assert row["fixed"]
    assert cqrs.items("doctor") == []


def test_damaged_attributes_are_a_finding_that_no_retry_mends(cqrs, services, execute):
    (key,) = publish(services, 1)
    fail(execute, key)
    change(services, key, attributes=["country"])

    for options in ((), ("--fix",)):
        (row,) = cqrs.items("doctor", *options, code=1)
        assert (row["problem"], row["subject"]) == ("command that no retry can apply", str(key))
        assert "are a list, and no object of names and values" in row["detail"]
        assert (row["repair"], row["fixed"]) == ("mend or delete the item", False)

    refused = cqrs.run("retry", key.pk, key.sk)

    assert (refused.code, refused.out) == (1, "")
    assert refused.err.startswith(
        f"ValidationError: The attributes of {key.pk} {key.sk} are a list"
    )


def test_an_item_that_is_no_command_is_a_finding_of_its_own(cqrs, services):
    stray = {"pk": PK, "sk": "stray", "unfinished": "3", "createdAt": LONG_AGO}
    services.store.put(Put(services.settings.commands_table, stray))

    (row,) = cqrs.items("doctor", code=1)

    assert row["problem"] == "command that cannot be read"
    assert "must end in @" in row["detail"]


def test_doctor_reads_no_attributes(cqrs, services, execute, requests):
    (key,) = publish(services, 1, text="x" * 400_000)
    fail(execute, key)
    requests.operations.clear()

    assert len(cqrs.items("doctor", code=1)) == 1
    assert "GetObject" not in requests.operations


def test_a_gap_is_a_finding_of_its_own_that_fix_does_not_fix(cqrs, services, execute):
    keys = publish(services, 3)
    execute(keys[0]).apply()
    fail(execute, *keys[1:])
    delete(services, keys[1])

    for options in ((), ("--fix",)):
        (row,) = cqrs.items("doctor", *options, code=1)
        assert row["problem"] == "command that no retry can apply"
        assert row["subject"] == str(keys[2])
        assert "the command of version 2 is gone" in row["detail"]
        assert row["repair"] == "publish again on the latest version"
    refused = cqrs.run("retry", PK, keys[2].sk)
    assert refused.code == 1
    assert "the command of version 2 is gone" in refused.err


def test_what_waits_behind_another_is_no_finding_until_that_has_ended(
    cqrs, services, execute, step_functions
):
    keys = publish(services, 5)
    for key in keys:
        change(services, key, createdAt=LONG_AGO)
        services.command_starter.start(key, services.commands.get(key).request_id)

    assert len(step_functions.started) == 2
    assert cqrs.items("doctor") == []
    shown = cqrs.run("--json", "get-command", PK, keys[4].sk).document
    assert shown["waits_behind"] == keys[3].sk

    execute(keys[0]).apply()
    execute(keys[1]).apply(until=CommandState.FINISH)
    # Its end dies before it sees to its successor.
    change(services, keys[1], status="FINISHED", finishedAt=LONG_AGO)
    (row,) = cqrs.items("doctor", code=1)
    assert (row["problem"], row["subject"]) == ("command without an execution", str(keys[2]))
    (row,) = cqrs.items("doctor", "--fix")
    assert row["fixed"]
    assert len(step_functions.started) == 3


def test_what_its_predecessor_does_not_know_of_is_a_finding_that_fix_leaves_to_it(
    cqrs, services, step_functions
):
    keys = publish(services, 3)
    for key in keys:
        change(services, key, createdAt=LONG_AGO)
    for key in keys[:2]:
        services.command_starter.start(key, services.commands.get(key).request_id)

    (row,) = cqrs.items("doctor", code=1)
    assert row["subject"] == str(keys[2])
    (row,) = cqrs.items("doctor", "--fix")

    assert row["fixed"]
    assert len(step_functions.started) == 2
    assert cqrs.items("doctor") == []


def test_a_command_that_the_index_lacks_is_found_by_what_waits_behind_it(cqrs, services):
    keys = publish(services, 4)
    for key in keys:
        change(services, key, createdAt=LONG_AGO)
    for key in keys[2:]:
        services.command_starter.start(key, services.commands.get(key).request_id)
    take_from_index(services, keys[0])
    take_from_index(services, keys[1])

    rows = cqrs.items("doctor", code=1)
    assert [row["subject"] for row in rows] == [str(keys[1]), str(keys[0])]
    fixed = cqrs.items("doctor", "--fix")

    assert [row["fixed"] for row in fixed] == [True, True]
    assert cqrs.items("doctor") == []


def test_a_damaged_command_that_the_index_lacks_is_named_by_what_waits_behind_it(cqrs, services):
    keys = publish(services, 2)
    for key in keys:
        services.command_starter.start(key, services.commands.get(key).request_id)
        change(services, key, createdAt=LONG_AGO)
    take_from_index(services, keys[0], attempt="many")

    (row,) = cqrs.items("doctor", code=1)

    assert (row["problem"], row["subject"]) == ("command that cannot be read", str(keys[0]))
    assert "its attempt is 'many'" in row["detail"]


@pytest.mark.parametrize("status", ["FAILED", "ABORTED", "TIMED_OUT"])
def test_a_command_left_behind_by_its_execution_is_started_by_fix(
    cqrs, services, step_functions, status
):
    (key,) = publish(services, 1)
    change(services, key, createdAt=LONG_AGO)
    end_execution(services, step_functions, key, status)

    (row,) = cqrs.items("doctor", code=1)
    assert (row["problem"], row["fixed"]) == ("command left behind by its execution", False)
    (row,) = cqrs.items("doctor", "--fix")

    assert (row["repair"], row["fixed"]) == ("fixed", True)
    assert services.commands.get(key).attempt == 1
    assert cqrs.items("doctor") == []


def test_a_chain_without_executions_is_fixed_as_a_whole(cqrs, services):
    for key in publish(services, 3):
        change(services, key, createdAt=LONG_AGO)

    rows = cqrs.items("doctor", "--fix")

    assert [row["repair"] for row in rows] == ["fixed"] * 3


def test_fix_does_not_claim_what_it_did_not_do(cqrs, services, monkeypatch):
    (key,) = publish(services, 1)
    change(services, key, createdAt=LONG_AGO)
    monkeypatch.setattr(services.repair, "restart", lambda *_: None)

    (row,) = cqrs.items("doctor", "--fix", code=1)

    assert not row["fixed"]
    assert row["repair"].startswith("cqrs --env test retry")
    assert "not fixed: nothing could be started" in row["detail"]


def test_a_command_whose_attributes_are_gone_is_shown(cqrs, services, execute, clients):
    (key,) = publish(services, 1, text="x" * 400_000)
    fail(execute, key)
    item = services.store.get(services.settings.commands_table, key.pk, key.sk)
    clients.s3.delete_object(Bucket=services.settings.bucket, Key=item["attributesKey"])

    shown = cqrs.run("--json", "get-command", PK, key.sk)

    assert shown.code == 0
    command = json.loads(shown.out)
    assert (command["status"], command["error"], command["cause"]) == (
        "FAILED",
        "KeyError",
        "no country",
    )
    assert command["attributes"].startswith("missing: s3://")


@pytest.mark.parametrize("command", ["get-command", "retry"])
@pytest.mark.parametrize("damage", [{"status": "LOST"}, {"requestId": None}])
def test_a_damaged_command_is_told_in_one_line(cqrs, services, command, damage):
    (key,) = publish(services, 1)
    change(services, key, **damage)

    refused = cqrs.run(command, PK, key.sk)

    assert refused.code == 1
    assert refused.err.startswith("ValidationError: The command NOTE#acme NOTE#1@1 is damaged")
    assert refused.err.count("\n") == 1


@pytest.mark.parametrize("command", ["get-command", "retry"])
@pytest.mark.parametrize(
    ("pk", "sk", "says"),
    [("", "x@1", "Partition key ''"), ("NOTE", "x@1", "<TYPE>#<tenant>"), (PK, "@1", "@ and a")],
)
def test_a_key_that_cannot_be_one_is_refused(cqrs, command, pk, sk, says):
    refused = cqrs.run(command, pk, sk)

    assert refused.code == 1
    assert refused.err.startswith("ValidationError: ")
    assert says in refused.err
