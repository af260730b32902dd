"""Approvals as people give them: `cqrs approvals` against the deployed stack."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator

import pytest

from cqrs.approvals.keys import ApprovalKey
from cqrs.approvals.models import TOKEN
from tests.integration.closures import Closures, waiting
from tests.integration.command_line import CommandLine
from tests.integration.deployed import Deployed, wait_for
from tests.integration.identities import session


@pytest.fixture(scope="module", autouse=True)
def patience(deployed: Deployed) -> Iterator[None]:
    """No request expires while a busy machine gets to it."""
    with waiting(deployed, 900):
        yield


@pytest.fixture
def cqrs(deployed: Deployed) -> CommandLine:
    return CommandLine(deployed.endpoint)


@pytest.fixture
def closures(deployed: Deployed, tenant: str) -> Closures:
    return Closures(deployed, tenant)


@pytest.fixture
def key(closures: Closures) -> ApprovalKey:
    return closures.ask()


def test_a_request_is_found_shown_and_approved(
    cqrs: CommandLine, closures: Closures, key: ApprovalKey
):
    (listed,) = wait_for(
        lambda: cqrs.json("approvals", "list", "--tenant", key.tenant)["items"] or None,
        "the request to be listed",
    )
    assert (listed["id"], listed["status"]) == (str(key), "PENDING")
    assert listed["title"] == "Close Airport KIX: flooded"

    shown = cqrs.json("approvals", "show", listed["id"])
    assert shown["subject"]["airport"] == "KIX"
    assert shown["created_at"] < shown["expires_at"]

    approved = cqrs.json("approvals", "approve", listed["id"], "--reason", "fine")
    assert (approved["status"], approved["answered_by"]) == ("APPROVED", getpass.getuser())
    assert closures.end(key).output["outcome"] == "closed"
    assert cqrs.json("approvals", "show", str(key)) == approved


def test_a_request_is_rejected_with_a_reason(
    cqrs: CommandLine, closures: Closures, key: ApprovalKey
):
    cqrs.json("approvals", "heartbeat", str(key))
    rejected = cqrs.json("approvals", "reject", str(key), "--by", "bob", "--reason", "dry again")

    assert (rejected["status"], rejected["answered_by"]) == ("REJECTED", "bob")
    assert closures.end(key).output["reason"] == "dry again"
    refused = cqrs.json("approvals", "approve", str(key), "--by", "ann", code=1)
    assert refused["error"] == "ApprovalAnswered"
    assert f"REJECTED by bob at {rejected['answered_at']}" in refused["message"]


def test_requests_are_listed_by_pages(cqrs: CommandLine, closures: Closures):
    keys = [closures.ask(airport) for airport in ("KIX", "HND", "NRT")]
    listing = ["approvals", "list", "--tenant", closures.tenant]
    wait_for(
        lambda: len(cqrs.json(*listing)["items"]) == len(keys) or None, "all requests to be listed"
    )

    first = cqrs.json(*listing, "--limit", "2")
    rest = cqrs.json(*listing, "--limit", "2", "--cursor", first["cursor"])

    found = [request["id"] for request in first["items"] + rest["items"]]
    assert found == [str(key) for key in reversed(keys)]
    assert rest["cursor"] is None
    table = cqrs.run(*listing)
    assert all(str(key) in table.stdout for key in keys)


@pytest.mark.usefixtures("stops")
def test_an_answer_that_nobody_waits_for_is_told_in_one_line(
    cqrs: CommandLine, closures: Closures, key: ApprovalKey
):
    closures.deployed.services.step_functions.stop(closures.execution(key), "Withdrawn", "")

    ended = cqrs.run("approvals", "approve", str(key))

    assert (ended.returncode, ended.stdout) == (1, "")
    assert "Nobody waits for the answer" in ended.stderr
    assert "is ABORTED" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_token_is_never_printed(cqrs: CommandLine, closures: Closures, key: ApprovalKey):
    token = closures.stored(key)[TOKEN]
    assert len(token) > 20

    printed = [
        cqrs.run(*options, "approvals", *command)
        for options in ([], ["--json"])
        for command in (
            ["list", "--tenant", key.tenant],
            ["show", str(key)],
            ["heartbeat", str(key)],
            ["approve", str(key), "--by", "ann"],
            ["reject", str(key), "--by", "bob", "--reason", "no"],
        )
    ]

    assert {ended.returncode for ended in printed} == {0, 1}
    for ended in printed:
        assert token not in ended.stdout + ended.stderr
        assert "token" not in (ended.stdout + ended.stderr).lower()


def test_the_token_is_never_logged(deployed: Deployed, closures: Closures, key: ApprovalKey):
    token = closures.stored(key)[TOKEN]
    closures.approvals.approve(key, "ann")
    closures.end(key)

    def lines() -> list[str] | None:
        found = function_log(deployed)
        return found if any(key.request_id in line for line in found) else None

    assert not [line for line in wait_for(lines, "the function's log") if token in line]


def function_log(deployed: Deployed) -> list[str]:
    client = session(deployed.outputs["region"]).client("logs")
    pages = client.get_paginator("filter_log_events").paginate(
        logGroupName=deployed.outputs["function_log_group"]
    )
    return [event["message"] for page in pages for event in page["events"]]


NO_REQUEST = "APPROVAL#nobody/close-JFK"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["approvals"], 2, "Missing command"),
        (["approvals", "list"], 2, "--tenant"),
        (["approvals", "list", "--tenant", "a#b"], 1, "must have no #"),
        (["approvals", "list", "--tenant", "acme", "--limit", "101"], 2, "--limit"),
        (["approvals", "show", "JFK"], 1, "is not the id of an approval request"),
        (["approvals", "show", NO_REQUEST], 1, "There is no approval request"),
        (["approvals", "approve", NO_REQUEST], 1, "There is no approval request"),
        (["approvals", "approve", NO_REQUEST, "--by", ""], 1, "by is ''"),
        (["approvals", "reject", NO_REQUEST], 2, "--reason"),
        (["approvals", "reject", NO_REQUEST, "--reason", ""], 1, "say why"),
        (["approvals", "heartbeat", NO_REQUEST], 1, "There is no approval request"),
    ],
)
def test_refusals_say_why_in_one_line(cqrs: CommandLine, arguments, code, says):
    ended = cqrs.run(*arguments)

    assert ended.returncode == code
    assert ended.stdout == ""
    assert says in " ".join(ended.stderr.split())
    assert "Traceback" not in ended.stderr
    assert says in json.dumps(cqrs.json(*arguments, code=code))
