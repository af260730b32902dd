"""Custom workflows as an operator starts and follows them: `cqrs workflow`."""

from __future__ import annotations

from typing import Any

import pytest

from app.country_report import COUNTRY_REPORT
from tests.integration.command_line import CommandLine
from tests.integration.deployed import Deployed

pytestmark = pytest.mark.verifiable

INPUT = '{{"tenant": "{tenant}", "country": "Japan"}}'


@pytest.fixture
def cqrs(deployed: Deployed) -> CommandLine:
    return CommandLine(deployed.endpoint)


@pytest.fixture
def airport(deployed: Deployed, tenant: str) -> None:
    published = deployed.services.commands.publish(
        f"AIRPORT#{tenant}", "AIRPORT#KIX", attributes={"country": "Japan"}
    )
    deployed.end_of(published.key)


def start(cqrs: CommandLine, tenant: str, *options: str, code: int = 0) -> Any:
    given = INPUT.format(tenant=tenant)
    return cqrs.json("workflow", "start", COUNTRY_REPORT, "--input", given, *options, code=code)


@pytest.mark.usefixtures("airport")
def test_a_workflow_is_started_and_followed(cqrs: CommandLine, tenant: str):
    started = start(cqrs, tenant)
    assert started["started"] is True

    ended = cqrs.json("workflow", "status", started["id"], "--watch")

    assert (ended["id"], ended["status"]) == (started["id"], "SUCCEEDED")
    assert ended["input"] == {"tenant": tenant, "country": "Japan"}
    assert ended["output"]["status"] == "completed"
    assert ended["started"] <= ended["stopped"]
    assert (ended["error"], ended["cause"], ended["failed_tries"]) == (None, None, [])
    assert cqrs.json("workflow", "status", started["arn"]) == ended
    listed = cqrs.json("executions", "--machine", COUNTRY_REPORT, "--limit", "1000")["items"]
    assert ended["id"].removeprefix(f"{COUNTRY_REPORT}/") in {found["name"] for found in listed}


@pytest.mark.usefixtures("airport")
def test_a_name_starts_once(cqrs: CommandLine, tenant: str):
    first = start(cqrs, tenant, "--name", tenant, "--watch")
    again = start(cqrs, tenant, "--name", tenant)

    assert first["id"] == again["id"] == f"{COUNTRY_REPORT}/{tenant}"
    assert again["started"] is False
    assert start(cqrs, tenant, "--name", tenant, "--watch") == first


def test_a_failure_is_the_exit_code_and_told(cqrs: CommandLine, tenant: str):
    failed = start(cqrs, tenant, "--watch", code=1)

    assert (failed["status"], failed["error"]) == ("FAILED", "NoAirports")


def test_failed_tries_are_told(cqrs: CommandLine):
    given = ["workflow", "start", COUNTRY_REPORT, "--input", "{}", "--watch"]

    failed = cqrs.json(*given, code=1)
    told = cqrs.run("workflow", "status", failed["id"])

    tried = failed["failed_tries"][0]
    assert tried["state"] == "initialize"
    assert "it needs tenant and country" in tried["cause"]
    assert "Tries that failed:" in told.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["start", "report", "--input", "{}"], 1, "no custom workflow 'report'; its file lists "),
        (["start", "command-handler", "--input", "{}"], 1, "no custom workflow"),
        (["start", COUNTRY_REPORT, "--input", "{"], 2, "--input is not JSON"),
        (["start", COUNTRY_REPORT, "--input", "{}", "--name", "a b"], 2, "cannot name an"),
        (["status", "x"], 2, "give WORKFLOW/NAME"),
        (["status", "report/x"], 1, "no custom workflow 'report'"),
        (["status", f"{COUNTRY_REPORT}/never-started"], 1, "it was never started"),
    ],
)
def test_what_cannot_be_is_refused(cqrs: CommandLine, arguments: list[str], code: int, says: str):
    assert says in cqrs.json("workflow", *arguments, code=code)["message"]


def test_executions_of_no_machine_are_refused(cqrs: CommandLine):
    refused = cqrs.json("executions", "--machine", "report", code=2)

    assert "it must be one of command-handler, command-express" in refused["message"]
