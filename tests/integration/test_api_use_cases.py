"""The use cases over HTTP alone: items, tasks, imports, and answers to approvals."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

import pytest

from cqrs.api.paths import TENANT, segment
from cqrs.api.route import Route
from cqrs.api.table import ROUTES
from cqrs.core.keys import CommandKey
from cqrs.resources import uploads_folder
from cqrs.roles import Role
from tests.integration.closures import Closures, waiting
from tests.integration.deployed import REFUSED_BY_HANDLER, Deployed, wait_for
from tests.integration.http_client import (
    Answer,
    HttpClient,
    People,
    send,
    skip_without_api,
    subject_of,
)
from tests.integration.pool_tokens import expired_token, foreign_token

KIX = {"name": "Kansai", "attributes": {"country": "Japan", "latitude": 34.4, "longitude": 135.2}}
HND = {"name": "Haneda", "attributes": {"country": "Japan", "latitude": 35.6, "longitude": 139.8}}
ITM = {"name": "Itami", "attributes": {"country": "Japan", "latitude": 34.8, "longitude": 135.4}}

PLACE = "/items/AIRPORT/KIX"
FILE = """iata,name,city,state,country,latitude,longitude
KIX,Kansai,Osaka,,Japan,34.4,135.2
HND,Haneda,Tokyo,,Japan,95.6,139.8
ITM,Itami,Osaka,,Japan,34.8,135.4
"""
AT_ONCE = 8

Client = Callable[..., HttpClient]


@pytest.fixture(scope="module", autouse=True)
def patience(deployed: Deployed) -> Iterator[None]:
    """No request expires while a busy machine gets to it."""
    skip_without_api(deployed)
    with waiting(deployed, 900):
        yield


@pytest.fixture
def client(deployed: Deployed, tenant: str) -> Client:
    """Makes clients of the test's tenant."""
    people = People(deployed)
    return lambda *roles, **more: people.client(tenant, *roles, **more)


@pytest.fixture
def publisher(client: Client) -> HttpClient:
    return client("publisher")


def path_to(client: HttpClient, *parts: str) -> str:
    return "/".join(["/v1/tenants", client.tenant, *parts])


def applied(client: HttpClient, answer: Answer) -> dict[str, Any]:
    """The command of an answer, once it is applied."""
    assert answer.status == 202, answer.text
    command = client.end_of(answer.headers["location"], "PUBLISHED")
    assert command["status"] == "FINISHED", command
    return command


def stored(deployed: Deployed, tenant: str, version: int, airport: str = "KIX") -> Any:
    return deployed.stored_command(CommandKey(f"AIRPORT#{tenant}", f"AIRPORT#{airport}", version))


class TestItems:
    def test_one_is_published_followed_and_read(self, publisher: HttpClient):
        put = publisher.put(PLACE, KIX)

        assert (put.status, put.headers["etag"]) == (202, '"1"')
        assert put.headers["location"] == path_to(publisher, "items/AIRPORT/KIX/commands/1")
        assert put.body == {"type": "AIRPORT", "id": "KIX", "version": 1, "changed": True}
        command = applied(publisher, put)
        author = f"{subject_of(publisher.token)} (Anna)"
        assert (command["created_by"], command["is_author_verified"]) == (author, True)
        read = publisher.get(PLACE)
        assert (read.status, read.headers["etag"]) == (200, '"1"')
        assert {name: read.body[name] for name in KIX} == KIX
        assert publisher.get(PLACE, If_None_Match='"1"').status == 304
        assert publisher.put(PLACE, KIX).body["changed"] is False

    def test_a_change_builds_on_the_version_that_was_seen(
        self, deployed: Deployed, publisher: HttpClient
    ):
        publisher.put(PLACE, KIX)
        patch = publisher.patch(PLACE, {"attributes": {"runways": 2}}, If_Match='"1"')

        stale = publisher.patch(PLACE, {"attributes": {"runways": 3}}, If_Match='"1"')

        assert (stale.problem, stale.headers["etag"]) == ((412, "version-conflict"), '"2"')
        assert stale.body["current_version"] == 2
        assert publisher.put(PLACE, HND, If_None_Match="*").problem == (412, "version-conflict")
        applied(publisher, patch)
        assert publisher.get(PLACE).body["attributes"] == {**KIX["attributes"], "runways": 2}
        assert not stored(deployed, publisher.tenant, 3)

    def test_a_repeated_request_is_one_version(self, deployed: Deployed, publisher: HttpClient):
        key = str(uuid.uuid4())

        def put(_number: int) -> Answer:
            def answered() -> Answer | None:
                answer = publisher.put(PLACE, KIX, Idempotency_Key=key)
                return None if answer.status == 409 else answer  # another one is on its way

            return wait_for(answered, "an answer that is kept")

        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(put, range(AT_ONCE)))

        assert {(one.status, one.headers["etag"], one.text) for one in answers} == {
            (202, '"1"', answers[0].text)
        }
        other = publisher.put(PLACE, HND, Idempotency_Key=key)
        assert other.problem == (422, "idempotency-key-reused")
        applied(publisher, answers[0])
        assert not stored(deployed, publisher.tenant, 2)

    def test_one_key_is_one_change_after_others(self, publisher: HttpClient):
        key = str(uuid.uuid4())
        publisher.put(PLACE, KIX)
        first = publisher.patch(PLACE, {"name": "Osaka"}, Idempotency_Key=key)
        publisher.patch(PLACE, {"name": "Kansai International"})

        again = publisher.patch(PLACE, {"name": "Osaka"}, Idempotency_Key=key)

        assert (again.status, again.text) == (202, first.text)
        assert publisher.get(f"{PLACE}?pending=true").body["name"] == "Kansai International"

    def test_sync_answers_when_it_is_applied(self, publisher: HttpClient):
        made = publisher.put(f"{PLACE}?sync=true", KIX)
        assert (made.status, publisher.get(PLACE).body["name"]) == (201, "Kansai")

        changed = publisher.patch(f"{PLACE}?sync=true", {"name": "Osaka"})

        assert (changed.status, changed.headers["etag"]) == (200, '"2"')
        assert publisher.get(PLACE).body["name"] == "Osaka"

    def test_sync_tells_why_a_command_failed(self, deployed: Deployed, publisher: HttpClient):
        pk = f"AIRPORT#{publisher.tenant}"
        deployed.services.commands.publish(pk, "AIRPORT#KIX", attributes=REFUSED_BY_HANDLER)

        failed = publisher.put(f"{PLACE}?sync=true", {"attributes": {"city": "Osaka"}})

        assert failed.problem == (422, "command-failed")
        assert "PredecessorFailed" in failed.body["detail"]
        assert publisher.follow(failed.headers["location"]).body["status"] == "FAILED"

    def test_a_misfit_is_refused_with_its_places(self, deployed: Deployed, publisher: HttpClient):
        misfit = {"attributes": {**KIX["attributes"], "latitude": 95, "longitude": "x"}}

        refused = publisher.put(PLACE, misfit)

        assert refused.problem == (422, "invalid-item")
        places = {error["pointer"] for error in refused.body["errors"]}
        assert places == {"#/attributes/latitude", "#/attributes/longitude"}
        assert not stored(deployed, publisher.tenant, 1)

    def test_pending_shows_what_was_just_written(self, publisher: HttpClient):
        publisher.put(PLACE, KIX)
        seen = [publisher.get(f"{PLACE}?pending=true")]
        for name in ("second", "third"):
            publisher.patch(PLACE, {"name": name})
            seen.append(publisher.get(f"{PLACE}?pending=true"))

        told = [(one.status, one.headers["etag"], one.body["name"]) for one in seen]
        assert told == [(200, '"1"', "Kansai"), (200, '"2"', "second"), (200, '"3"', "third")]

    def test_what_is_deleted_stays_in_the_history(self, publisher: HttpClient):
        publisher.put(f"{PLACE}?sync=true", KIX)

        deleted = publisher.delete(f"{PLACE}?sync=true", If_Match='"1"')

        assert (deleted.status, deleted.headers["etag"]) == (200, '"2"')
        gone = publisher.get(PLACE)
        assert (gone.problem, gone.headers["etag"]) == ((404, "deleted"), '"2"')
        assert publisher.get(f"{PLACE}?deleted=true").body["is_deleted"] is True
        assert publisher.get("/items/AIRPORT").body["items"] == []
        (earlier,) = publisher.get(f"{PLACE}/history").body["items"]
        assert (earlier["version"], earlier["name"]) == (1, "Kansai")
        assert publisher.get(f"{PLACE}/history/1").body == earlier

    @pytest.mark.parametrize(
        "airport", ["a b", "a/b", "50%25", "~x", "100%", "?", "日本", "\\", ".."]
    )
    def test_any_id_comes_through_the_gateway(self, publisher: HttpClient, airport: str):
        put = publisher.put(f"/items/NOTE/{segment(airport)}", {"name": airport})

        assert (put.status, put.body["id"]) == (202, airport)
        assert publisher.follow(put.headers["location"]).body["id"] == airport

    def test_numbers_and_text_come_back_as_they_were_sent(self, publisher: HttpClient):
        sent = '{"attributes": {"n": 12345678901234567890.123456789012345678, "t": "雨 \\u0000 🌧"}}'
        place = f"{publisher.api_url}{path_to(publisher, 'items/NOTE/1')}"
        said = {"Authorization": f"Bearer {publisher.token}", "Content_Type": "application/json"}

        put = send("PUT", f"{place}?sync=true", sent, **said)

        assert put.status == 201, put.text
        read = publisher.get("/items/NOTE/1")
        assert "12345678901234567890.123456789012345678" in read.text
        assert read.body["attributes"]["t"] == "雨 \u0000 🌧"

    def test_a_list_goes_on_with_its_cursor(self, publisher: HttpClient):
        codes = ("HND", "ITM", "KIX")
        with ThreadPoolExecutor(len(codes)) as pool:
            list(pool.map(lambda c: publisher.put(f"/items/AIRPORT/{c}?sync=true", KIX), codes))

        first = publisher.get("/items/AIRPORT?limit=2").body
        rest = publisher.get(f"/items/AIRPORT?limit=2&cursor={segment(first['cursor'])}").body

        assert [item["id"] for item in first["items"] + rest["items"]] == list(codes)


def test_a_task_of_sub_tasks_is_followed_to_its_end(publisher: HttpClient):
    airports = {"KIX": KIX, "HND": HND, "ITM": ITM}
    for code, content in airports.items():
        assert publisher.put(f"/items/AIRPORT/{code}?sync=true", content).status == 201

    body = {"type": "route_distances", "items": [{"origin": code} for code in airports]}
    key = str(uuid.uuid4())
    made = publisher.post("/tasks", body, Idempotency_Key=key)

    assert publisher.post("/tasks", body, Idempotency_Key=key).text == made.text
    assert made.status == 202
    assert made.headers["location"] == path_to(publisher, "tasks", made.body["id"])
    task = publisher.end_of(made.headers["location"], "CREATED", "QUEUED", "PROCESSING")
    assert task["status"] == "COMPLETED", task
    assert task["counters"] == {"total": 3, "succeeded": 3, "failed": 0, "running": 0}
    assert task["created_by"] == f"{subject_of(publisher.token)} (Anna)"
    subs = publisher.get(f"/tasks/{made.body['id']}/sub-tasks").body["tasks"]
    assert [one["result"]["origin"] for one in subs] == list(airports)
    assert all(one["result"]["routes"] == 2 for one in subs)
    (listed,) = publisher.get("/tasks?status=COMPLETED").body["tasks"]
    assert listed["id"] == made.body["id"]


@pytest.mark.parametrize("mode", ["DIRECT", "STEP_FUNCTION"])
def test_a_file_is_uploaded_and_imported(publisher: HttpClient, mode: str):
    link = publisher.post("/uploads", {"file": "airports.csv"})
    assert link.status == 201, link.text
    upload = link.body
    sent = send(upload["method"], upload["url"], FILE, **upload["headers"])
    assert sent.status == 200, sent.text

    body = {"target": "airports", "upload": upload["upload"], "mode": mode}
    made = publisher.post("/imports", body)

    assert made.status == 202, made.text
    job = publisher.end_of(made.headers["location"], "CREATED", "PROCESSING")
    assert job["status"] == "COMPLETED_WITH_ERRORS", job
    assert (job["counts"]["total"], job["counts"]["succeeded"], job["counts"]["failed"]) == (
        3,
        2,
        1,
    )
    assert job["upload"] == upload["upload"]
    place = f"/imports/{made.body['id']}/rejected-rows"
    (row,) = publisher.get(place).body["rows"]
    assert "latitude" in str(row)
    download = send("GET", publisher.get(f"{place}/link").body["url"])
    assert "HND" in download.text
    assert "ITM" not in download.text
    items = publisher.get("/items/AIRPORT").body["items"]
    assert [item["id"] for item in items] == ["ITM", "KIX"]


class TestApprovals:
    @pytest.fixture
    def closures(self, deployed: Deployed, tenant: str) -> Closures:
        return Closures(deployed, tenant)

    def test_an_approver_answers_what_a_workflow_asks(self, closures: Closures, client: Client):
        key, approver = closures.start("KIX"), client("approver")
        listed = wait_for(lambda: approver.get("/approvals").body["requests"] or None, "a request")
        assert [one["id"] for one in listed] == [key.request_id]
        place = f"/approvals/{key.request_id}"
        assert approver.get(place).body["subject"]["reason"] == "flooded"

        approved = approver.post(f"{place}/approve", {"reason": "under water"})

        author = f"{subject_of(approver.token)} (Anna)"
        told = approved.body
        assert (approved.status, told["status"]) == (200, "APPROVED"), told
        assert (told["answered_by"], told["is_answer_verified"]) == (author, True)
        assert closures.end(key).output["by"] == author
        reader = client("reader")
        assert reader.get(PLACE).problem == (404, "deleted")
        assert approver.post(f"{place}/approve").status == 200
        second = client("approver", name="Bob").post(f"{place}/reject", {"reason": "no"})
        assert second.problem == (409, "approval-answered")

    def test_nobody_else_answers(self, closures: Closures, client: Client):
        key = closures.ask()
        place = f"/approvals/{key.request_id}"
        others = [
            client("reader", "publisher", "operator"),
            client("approver", "administrator", of="elsewhere"),
        ]

        answers = [other.post(f"{place}/approve", {}) for other in others]

        assert [one.problem for one in answers] == [(403, "role"), (403, "tenant")]
        assert closures.approvals.get_request(key).answered_by is None
        rejected = client("administrator").post(f"{place}/reject", {"reason": "it has dried up"})
        assert rejected.body["status"] == "REJECTED"
        assert closures.end(key).output["outcome"] == "rejected"
        assert not closures.is_closed()


def path_of(route: Route, tenant: str) -> str:
    """The path of a route, with its examples as parameters."""
    path = route.full_path.replace(f"{{{TENANT}}}", tenant)
    for parameter in route.path_parameters:
        path = path.replace(f"{{{parameter.name}}}", segment(str(parameter.example)))
    return path


class TestRefusals:
    """Nothing but 401 and 403 comes out of any route, and nothing is written."""

    def asked(self, client: HttpClient, routes: Iterable[Route], **headers: str) -> list[Answer]:
        """The answers of routes to a client, or to somebody with other headers."""

        def ask(route: Route) -> Answer:
            body = None if route.body is None else json.dumps(route.body.example)
            sent = headers or {"Authorization": f"Bearer {client.token}"}
            sent = {**sent, "Content_Type": "application/json", "Idempotency_Key": "k" * 16}
            url = client.api_url + path_of(route, client.tenant)
            return send(route.method, url, body, **sent)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(ask, routes))

    @pytest.fixture(autouse=True)
    def untouched(self, deployed: Deployed, tenant: str) -> Iterator[None]:
        """No table, and no folder of uploads, has anything of the tenant afterwards."""
        yield
        services, clients = deployed.services, deployed.services.clients
        tables = [
            value
            for name, value in asdict(services.settings).items()
            if name.endswith("_table") and value
        ]
        assert len(tables) > 5
        for table in tables:
            pages = clients.dynamodb.get_paginator("scan").paginate(
                TableName=table,
                FilterExpression="contains(pk, :tenant)",
                ExpressionAttributeValues={":tenant": {"S": tenant}},
            )
            assert [item for page in pages for item in page["Items"]] == [], table
        listed = clients.s3.list_objects_v2(
            Bucket=services.settings.bucket, Prefix=uploads_folder(tenant)
        )
        assert listed["KeyCount"] == 0

    def test_of_somebody_of_another_tenant(self, client: Client):
        answers = self.asked(client(*Role, of="elsewhere"), ROUTES)

        assert {answer.problem for answer in answers} == {(403, "tenant")}

    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
    def test_of_somebody_who_lacks_the_role(self, client: Client, role: Role):
        routes = [route for route in ROUTES if role not in route.roles]
        assert any(route.is_of_environment for route in routes)

        answers = self.asked(client(role, of="*"), routes)

        assert {answer.problem for answer in answers} == {(403, "role")}

    def test_of_somebody_without_a_role(self, client: Client):
        answers = self.asked(client(of="*"), ROUTES)

        assert {answer.problem for answer in answers} == {(403, "role")}

    def test_of_nobody(self, client: Client):
        known = client(*Role, of="*")
        header, claims, signature = known.token.split(".")
        forged = ".".join([header, claims, signature[::-1]])

        tokens = [{"Authorization": f"Bearer {token}"} for token in ("", "x", forged)]
        for headers in ({"Accept": "*/*"}, *tokens):
            answers = self.asked(known, ROUTES, **headers)
            assert {answer.status for answer in answers} == {401}, headers

    def test_of_somebody_whose_token_is_over(self, deployed: Deployed, client: Client):
        expired = expired_token(deployed, "*", *Role)

        answers = self.asked(client(), ROUTES, Authorization=f"Bearer {expired}")

        assert {answer.status for answer in answers} == {401}

    def test_of_somebody_who_has_signed_in_to_another_client(
        self, deployed: Deployed, client: Client
    ):
        with foreign_token(deployed) as foreign:
            answers = self.asked(client(), ROUTES, Authorization=f"Bearer {foreign}")

        assert {answer.status for answer in answers} == {401}
