"""Operating over HTTP alone: executions, dead letters, findings and alarms."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from app.country_report import COUNTRY_REPORT
from cqrs.resources import Queue, Table
from cqrs.roles import Role
from tests.integration.bells import Bell
from tests.integration.conftest import REGION
from tests.integration.deployed import Deployed, wait_for
from tests.integration.http_client import HttpClient, People, skip_without_api, subject_of
from tests.integration.identities import session
from tests.integration.left_behind import leave_behind

ALL = "/v1/environment"
LETTERS = f"{ALL}/dead-letters"

SK = "NOTE#1"
LONG_AGO = "2020-01-01T00:00:00.000Z"

Client = Callable[..., HttpClient]


@pytest.fixture(scope="module", autouse=True)
def _of_the_api(deployed: Deployed) -> None:
    skip_without_api(deployed)


@pytest.fixture
def client(deployed: Deployed, tenant: str) -> Client:
    people = People(deployed)
    return lambda *roles, **more: people.client(tenant, *roles, **more)


@pytest.fixture
def operator(client: Client) -> HttpClient:
    """An operator of all tenants."""
    return client("operator", of="*")


def letters_of(operator: HttpClient, source: str, text: str) -> list[dict[str, Any]]:
    listed = operator.follow(f"{LETTERS}/{source}?limit=100")
    assert listed.status == 200, listed.text
    return [one for one in listed.body["letters"] if text in f"{one['item']} {one['body']}"]


def a_letter(operator: HttpClient, source: str, text: str) -> dict[str, Any]:
    (letter,) = wait_for(lambda: letters_of(operator, source, text) or None, "a dead letter")
    return letter


def pages(operator: HttpClient, method: str, path: str, name: str) -> list[dict[str, Any]]:
    """All entries of a list that goes on with cursors."""
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        query = f"?cursor={cursor}" if cursor and method == "GET" else ""
        sent = None if method == "GET" else {"cursor": cursor} if cursor else {}
        answer = operator.follow(f"{path}{query}", method, sent)
        assert answer.status == 200, answer.text
        found += answer.body[name]
        cursor = answer.body["cursor"]
        if cursor is None:
            return found


class TestExecutions:
    def test_a_workflow_is_started_and_its_states_are_read(self, client: Client):
        publisher = client("publisher")
        publisher.put("/items/AIRPORT/KIX?sync=true", {"attributes": {"country": "Japan"}})
        path = f"/workflows/{COUNTRY_REPORT}/executions"
        key = str(uuid.uuid4())

        first, again = (
            publisher.post(path, {"input": {"country": "Japan"}}, Idempotency_Key=key)
            for _ in range(2)
        )

        assert (first.status, again.text) == (202, first.text)
        location = first.headers["location"]
        ended = publisher.end_of(location, "RUNNING")
        assert ended["status"] == "SUCCEEDED", ended
        assert json.loads(ended["output"])["status"] == "completed"
        told = publisher.follow(f"{location}/states?characters=40").body
        states = [(one["state"], one["status"]) for one in told["states"]]
        assert ("initialize", "SUCCEEDED") in states
        assert ("finalize", "SUCCEEDED") in states
        assert all(len(one["input"] or "") <= 40 for one in told["states"])
        (listed,) = [
            one
            for one in pages_of(publisher, path, "executions")
            if one["name"] == first.body["name"]
        ]
        assert listed["status"] == "SUCCEEDED"
        definition = publisher.get(f"/machines/{COUNTRY_REPORT}/definition").body["definition"]
        assert {state for state, _ in states} <= set(definition["States"])
        assert "arn:aws:lambda" not in json.dumps(definition)

    def test_another_tenant_does_not_see_a_commands_execution(self, client: Client):
        publisher = client("publisher")
        command = publisher.put("/items/NOTE/1?sync=true", {"name": "one"})
        place = f"/items/NOTE/1/commands/{command.body['version']}/executions"

        (execution,) = publisher.get(place).body["executions"]
        states = f"/executions/{execution['machine']}/{execution['name']}"
        told = wait_for(
            lambda: (
                (
                    (found := publisher.get(f"{states}/states").body)["status"] == "SUCCEEDED"
                    and found
                )
                or None
            ),
            "the end of the execution",
        )

        assert told["states"][0]["state"] == "check_version"
        assert all(one["exited"] for one in told["states"])
        other = client(*Role, of="elsewhere")
        assert other.get(states).problem == (403, "tenant")
        elsewhere = HttpClient(other.api_url, "elsewhere", other.token)
        assert elsewhere.get(states).problem == (404, "not-found")
        assert elsewhere.get(f"{states}/states").problem == (404, "not-found")

    def test_all_tenants_executions_take_every_tenant(self, client: Client, operator: HttpClient):
        path = f"{ALL}/executions/command-handler?limit=1"
        assert operator.follow(path).status == 200
        assert client("operator").follow(path).problem == (403, "tenant")


def pages_of(client: HttpClient, path: str, name: str) -> list[dict[str, Any]]:
    return pages(client, "GET", f"/v1/tenants/{client.tenant}{path}", name)


class TestDeadLetters:
    def test_a_record_is_given_back_once_its_cause_is_mended(
        self, deployed: Deployed, operator: HttpClient, tenant: str
    ):
        """Its execution was never started, as whatever reads the stream was broken."""
        pk = f"NOTE#{tenant}"
        left = leave_behind(deployed, pk, SK)
        services = deployed.services
        image = services.clients.dynamodb.get_item(
            TableName=services.settings.commands_table,
            Key={"pk": {"S": pk}, "sk": {"S": left.key.sk}},
        )["Item"]
        arn = f"arn:aws:dynamodb:ap-northeast-1:0:table/{services.settings.commands_table}/stream/1"
        record = {
            "eventID": "1",
            "eventName": "INSERT",
            "eventSource": "aws:dynamodb",
            "eventSourceARN": arn,
            "dynamodb": {
                "Keys": {name: image[name] for name in ("pk", "sk")},
                "NewImage": {**image, "syncMode": {"S": "ASYNC"}},
                "SequenceNumber": "1",
            },
        }
        services.clients.sqs.send_message(
            QueueUrl=deployed.outputs["dead_letter_queue_urls"][Table.COMMANDS],
            MessageBody=json.dumps({"record": record}),
        )
        letter = a_letter(operator, Table.COMMANDS, tenant)
        whole = operator.follow(f"{LETTERS}/commands/{letter['id']}")
        assert tenant in whole.body["body"]

        given = operator.follow(
            f"{LETTERS}/commands/{letter['id']}/redrive", "POST", {"reason": "mended"}
        )

        assert (given.status, given.body["given_back"]) == (200, True), given.text
        assert deployed.end_of(left.key).status == "FINISHED"
        assert letters_of(operator, Table.COMMANDS, tenant) == []

    def test_a_poisoned_record_is_given_up_with_who_and_why(
        self, deployed: Deployed, operator: HttpClient, tenant: str
    ):
        deployed.services.clients.sqs.send_message(
            QueueUrl=deployed.services.settings.notification_queue_url, MessageBody=tenant
        )
        letter = a_letter(operator, Queue.NOTIFICATION, tenant)
        place = f"{LETTERS}/{Queue.NOTIFICATION}/{letter['id']}/discard"
        assert operator.follow(place, "POST", {}).status == 400

        given_up = operator.follow(place, "POST", {"reason": "nobody knows it"})

        assert given_up.status == 200, given_up.text
        kept = pages(operator, "GET", f"{ALL}/discarded-letters", "letters")
        (record,) = [one for one in kept if one["message"] == letter["id"]]
        author = f"{subject_of(operator.token)} (Anna)"
        assert (record["by"], record["why"], record["body"]) == (
            author, "nobody knows it", tenant,
        )  # fmt: skip
        assert record["record"] == given_up.body["record"]
        assert letters_of(operator, Queue.NOTIFICATION, tenant) == []

    def test_those_of_one_tenant_or_without_the_role_are_refused(self, client: Client):
        for path in (LETTERS, f"{LETTERS}/commands", f"{ALL}/findings", f"{ALL}/alarms"):
            assert client("operator").follow(path).problem == (403, "tenant")
            lacking = client("publisher", "approver", "reader", of="*")
            assert lacking.follow(path).problem == (403, "role")


class TestFindings:
    def test_one_is_found_and_repaired(self, deployed: Deployed, operator: HttpClient, tenant: str):
        left = leave_behind(deployed, f"NOTE#{tenant}", SK, LONG_AGO)

        found = pages(operator, "GET", f"{ALL}/findings", "findings")

        (finding,) = [one for one in found if tenant in one["subject"]]
        assert finding["problem"] == "command without an execution"
        repair = finding["remedies"][0]
        told = operator.follow(repair["path"], repair["method"])
        assert [one["repaired"] for one in told.body["repairs"]] == [True], told.text
        assert deployed.end_of(left.key).status == "FINISHED"
        again = operator.follow(f"{ALL}/findings/{finding['id']}")
        assert again.body == {"findings": []}

    def test_a_failed_command_is_found_by_its_tenant_alone(
        self, deployed: Deployed, client: Client, tenant: str
    ):
        left = leave_behind(deployed, f"NOTE#{tenant}", SK)
        deployed.services.ordering.fail(left.key, 0, "Odd", "It was odd.")
        reader, other = client("reader"), client("reader", of="elsewhere")
        elsewhere = HttpClient(other.api_url, "elsewhere", other.token)

        (failed,) = pages_of(reader, "/failed-commands", "commands")

        assert (failed["type"], failed["version"], failed["error"]) == ("NOTE", 1, "Odd")
        assert tenant not in elsewhere.get("/failed-commands").text
        retried = client("operator").post("/items/NOTE/1/commands/1/retry")
        assert retried.status == 200, retried.text
        assert deployed.end_of(left.key).status == "FINISHED"


class TestAlarms:
    def test_a_raised_one_is_told_until_it_is_quiet(
        self, deployed: Deployed, operator: HttpClient, tenant: str
    ):
        if not deployed.is_ministack:
            pytest.skip("An environment's own alarms are left as they are.")
        bell = Bell(session(REGION), deployed.services.settings.resource_prefix, tenant)
        with bell:
            bell.ring("ALARM")
            (raised,) = told_alarms(operator, tenant)
            assert raised["state"] == "ALARM"
            assert raised["description"] == bell.description
            assert raised["since"]

            bell.ring("OK")
            assert told_alarms(operator, tenant) == []

    def test_another_application_is_not_told_of(
        self, deployed: Deployed, operator: HttpClient, tenant: str
    ):
        if not deployed.is_ministack:
            pytest.skip("The account's other alarms are left as they are.")
        with Bell(session(REGION), "somebody-elses-", tenant) as bell:
            bell.ring("ALARM")
            assert told_alarms(operator, tenant) == []


def told_alarms(operator: HttpClient, text: str) -> list[dict[str, Any]]:
    found = pages(operator, "GET", f"{ALL}/alarms", "alarms")
    return [one for one in found if text in one["name"]]
