"""The command line as an operator uses it: its own process against the deployed stack."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.command_line import CommandLine
from tests.integration.deployed import REFUSED_BY_HANDLER, Deployed

pytestmark = pytest.mark.verifiable

SK = "AIRPORT#KIX"


@pytest.fixture
def cqrs(deployed: Deployed) -> CommandLine:
    return CommandLine(deployed.endpoint)


def publish(cqrs: CommandLine, pk: str, attributes: dict, *options: str, code: int = 0) -> Any:
    return cqrs.json(
        "publish", pk, SK, "--name", "Kansai", "--attributes", json.dumps(attributes), *options,
        code=code,
    )  # fmt: skip


def test_publish_wait_get_history_and_executions(cqrs: CommandLine, pk):
    published = publish(cqrs, pk, {"country": "Japan"}, "--version", "0", "--wait")
    assert (published["version"], published["changed"]) == (1, True)
    assert published["status"] == "FINISHED"
    again = publish(cqrs, pk, {"country": "Japan"})
    assert (again["version"], again["changed"]) == (1, False)
    publish(cqrs, pk, {"country": "Japan", "runways": 2}, "--wait")

    state = cqrs.json("get", pk, SK)
    assert (state["version"], state["name"]) == (2, "Kansai")
    assert state["attributes"] == {"country": "Japan", "runways": 2}
    (earlier,) = cqrs.json("history", pk, SK)["items"]
    assert (earlier["version"], earlier["attributes"]) == (1, {"country": "Japan"})
    command = cqrs.json("get-command", pk, f"{SK}@2")
    assert (command["status"], command["sync_mode"]) == ("FINISHED", "ASYNC")
    executions = cqrs.json("executions", "--status", "SUCCEEDED", "--limit", "1000")["items"]
    assert any(execution["name"].startswith("AIRPORT-KIX-v2-") for execution in executions)


def test_list_wait_and_diff(cqrs: CommandLine, pk):
    publish(cqrs, pk, {"country": "Japan"}, "--version", "0")
    publish(cqrs, pk, {"country": "Japan", "runways": 2})

    waited = cqrs.json("wait", pk, SK, "--timeout", "300")
    assert (waited["sk"], waited["status"]) == (f"{SK}@2", "FINISHED")
    (listed,) = cqrs.json("list", *pk.split("#")[:1], "--tenant", pk.split("#")[1])["items"]
    assert (listed["sk"], listed["version"]) == (SK, 2)
    (change,) = cqrs.json("diff", pk, SK, "1")["changes"]
    assert change == {"op": "add", "path": "/attributes/runways", "value": 2}


def test_a_command_that_fails_makes_publish_fail(deployed: Deployed, cqrs: CommandLine, pk):
    deployed.services.commands.publish(pk, SK, attributes=REFUSED_BY_HANDLER)

    failed = publish(cqrs, pk, {"country": "Japan"}, "--wait", code=1)

    assert (failed["status"], failed["error"]) == ("FAILED", "PredecessorFailed")
    assert f"{SK}@1" in failed["cause"]


def test_publish_sync_runs_in_the_function(cqrs: CommandLine, pk):
    published = publish(cqrs, pk, {"country": "Japan"}, "--sync")
    assert cqrs.json("get-command", pk, f"{SK}@1")["sync_mode"] == "SYNC"
    assert published["version"] == 1
    refused = publish(cqrs, pk, {"runways": 2}, "--sync", "--version", "9", code=1)
    assert "is at version 1, not 9" in refused["message"]


def test_a_stale_version_is_refused(cqrs: CommandLine, pk):
    publish(cqrs, pk, {"country": "Japan"}, "--version", "0")

    refused = publish(cqrs, pk, {"country": "Elsewhere"}, "--version", "0", code=1)

    assert refused["error"] == "VersionConflict"
    assert "is at version 1, not 0" in refused["message"]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["get", "AIRPORT#nobody", "AIRPORT#1"], 1, "has no data"),
        (["get-command", "AIRPORT#nobody", "AIRPORT#1@1"], 1, "There is no command"),
        (["get-command", "AIRPORT#nobody", "AIRPORT#1"], 1, "must end in @"),
        (["publish", "AIRPORT", "AIRPORT#1"], 1, "is not of the form"),
        (["publish", "AIRPORT#x", "AIRPORT#1", "--attributes", "{"], 2, "not JSON"),
        (["publish", "AIRPORT#x", "AIRPORT#1", "--attributes", "[]"], 2, "JSON object"),
        (["publish", "AIRPORT#x", "AIRPORT#1", "--version", "-3"], 2, "--version"),
        (["executions", "--status", "LOST"], 2, "LOST"),
        (["fly"], 2, "fly"),
        (["--env", "moon", "get", "A#b", "c"], 1, "no such environment"),
    ],
)
def test_refusals_say_why_in_one_line(cqrs: CommandLine, arguments, code, says):
    ended = cqrs.run(*arguments)

    assert ended.returncode == code
    assert ended.stdout == ""
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr
    assert says in json.dumps(cqrs.json(*arguments, code=code))


@pytest.mark.emulator_only("names the local environment")
def test_options_may_stand_behind_the_command(cqrs: CommandLine, pk):
    publish(cqrs, pk, {"country": "Japan"}, "--wait")

    ended = cqrs.run("get", pk, SK, "--env", "local", "--json")

    assert json.loads(ended.stdout)["version"] == 1


def test_names_may_come_from_terraform_outputs(cqrs: CommandLine, deployed: Deployed, pk, tmp_path):
    publish(cqrs, pk, {"country": "Japan"}, "--wait")
    outputs = tmp_path / "outputs.json"
    outputs.write_text(json.dumps({k: {"value": v} for k, v in deployed.outputs.items()}))

    assert cqrs.json("--outputs", str(outputs), "get", pk, SK)["version"] == 1
    outputs.write_text("[]")
    refused = cqrs.json("--outputs", str(outputs), "get", pk, SK, code=1)
    assert "terraform output -json" in refused["message"]


@pytest.mark.emulator_only("is about an emulator")
def test_an_emulator_that_is_down_is_told():
    nobody = CommandLine("http://127.0.0.1:9")

    ended = nobody.run("get", "AIRPORT#x", "AIRPORT#1")

    assert ended.returncode == 1
    assert "make up" in ended.stderr
    assert "Traceback" not in ended.stderr
