"""Tasks, imports and approvals over HTTP."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from cqrs.api.calls.imports import id_of as import_id_of
from cqrs.api.calls.tasks import id_of as task_id_of
from cqrs.application import Application
from cqrs.approvals.keys import ApprovalKey
from cqrs.approvals.models import WaitingState
from cqrs.imports.keys import ImportKey
from cqrs.resources import Table
from cqrs.tasks.keys import TaskKey
from tests.unit.calling import BASE, TENANT, Caller, with_api
from tests.unit.importing import Imports, csv_of

ULID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


@pytest.fixture
def imports(settings, clients) -> Imports:
    return Imports(with_api(settings, clients), clients)


@pytest.fixture
def application(imports) -> Any:
    imports.application.task("square")(lambda task: task.input["n"] ** 2)
    return imports.application


@pytest.fixture
def caller(application) -> Caller:
    return Caller(application, "publisher")


@pytest.fixture
def operator(application) -> Caller:
    return Caller(application, "operator")


class TestTasks:
    def test_one_is_made_and_read(self, caller):
        made = caller.ask("POST", "/tasks", {"type": "square", "input": {"n": 7}})

        assert made.status == 202
        assert made.headers["location"] == f"{BASE}/tasks/{made.body['id']}"
        task = caller.ask("GET", made.headers["location"]).body
        assert (task["id"], task["type"], task["status"]) == (made.body["id"], "square", "CREATED")
        assert (task["input"], task["created_by"]) == ({"n": 7}, "sub-1 (Jane Doe)")

    def test_one_of_sub_tasks_is_made(self, caller):
        made = caller.ask("POST", "/tasks", {"type": "square", "items": [{"n": 1}, {"n": 2}]})
        assert made.body["id"].startswith("SFN_TASK.square.")
        assert caller.ask("GET", f"/tasks/{made.body['id']}").body["counters"]["total"] == 2
        assert caller.ask("GET", f"/tasks/{made.body['id']}/sub-tasks").body["tasks"] == []

    @pytest.mark.parametrize(
        "body",
        [
            {"type": "square"},
            {"type": "square", "input": 1, "items": [1]},
            {"type": "unknown", "input": 1},
            {"type": "a b", "input": 1},
            {"type": "square", "items": []},
            {"input": 1},
        ],
    )
    def test_what_is_none_is_refused(self, caller, body):
        assert caller.ask("POST", "/tasks", body).status == 400
        assert caller.ask("GET", "/tasks").body["tasks"] == []

    def test_they_are_listed(self, caller):
        ids = [
            caller.ask("POST", "/tasks", {"type": "square", "input": {"n": n}}).body["id"]
            for n in (1, 2)
        ]
        first = caller.ask("GET", "/tasks", limit="1", status="CREATED", type="square").body
        second = caller.ask("GET", "/tasks", limit="1", cursor=first["cursor"]).body
        assert {first["tasks"][0]["id"], second["tasks"][0]["id"]} == set(ids)
        assert caller.ask("GET", "/tasks", status="OPEN").status == 400

    def test_a_cursor_of_another_tenant_is_refused(self, application):
        other = Caller(application, "publisher", **{"custom:tenants": "globex"})
        place = "/v1/tenants/globex/tasks"
        for _ in range(2):
            other.ask("POST", place, {"type": "square", "input": 1})
        cursor = other.ask("GET", place, limit="1").body["cursor"]

        assert other.ask("GET", place, cursor=cursor).status == 200
        for path in ("/tasks", "/imports", "/approvals"):
            reader = Caller(application, "operator")
            refused = reader.ask("GET", path, cursor=cursor)
            assert (refused.status, refused.kind) == (400, "validation")
            assert "does not belong to this list" in refused.body["detail"]

    def test_one_is_cancelled_by_the_principal(self, caller, operator):
        task_id = caller.ask("POST", "/tasks", {"type": "square", "input": {"n": 7}}).body["id"]

        ended = operator.ask("POST", f"/tasks/{task_id}/cancel", {"reason": "a mistake"})

        assert (ended.status, ended.body["status"]) == (200, "CANCELLED")
        assert ended.body["cause"] == "sub-1 (Jane Doe) cancelled it: a mistake"
        retried = operator.ask("POST", f"/tasks/{task_id}/retry")
        assert (retried.status, retried.kind) == (409, "validation")

    def test_a_reason_that_is_too_long_is_refused(self, caller, operator):
        task_id = caller.ask("POST", "/tasks", {"type": "square", "input": 1}).body["id"]
        answer = operator.ask("POST", f"/tasks/{task_id}/cancel", {"reason": "x" * 1001})
        assert (answer.status, answer.kind) == (400, "body")
        assert answer.body["errors"][0]["pointer"] == "#/reason"

    def test_a_reason_may_be_left_out(self, caller, operator):
        task_id = caller.ask("POST", "/tasks", {"type": "square", "input": {"n": 7}}).body["id"]
        ended = operator.ask("POST", f"/tasks/{task_id}/cancel", headers={"content-type": ""})
        assert (ended.status, ended.body["status"]) == (200, "CANCELLED")

    def test_a_failed_one_is_retried(self, application, caller, operator):
        task_id = caller.ask("POST", "/tasks", {"type": "square", "input": {"n": 7}}).body["id"]
        kind, name, ulid = task_id.split(".")
        key = TaskKey(f"{kind}#{TENANT}", f"{name}#{ulid}")
        application.services.task_records.fail(key, 0, "Broken", "It broke.")

        assert operator.ask("POST", f"/tasks/{task_id}/retry").body["attempt"] == 1

    @pytest.mark.parametrize(
        "task_id", ["x", f"TASK.square.{ULID}", f"TASK#{TENANT}", f"TASK.sq#are.{ULID}"]
    )
    def test_one_that_is_not_there_is_told(self, operator, task_id):
        part = task_id.replace("#", "%23")
        for method, path in (
            ("GET", ""),
            ("POST", "/cancel"),
            ("POST", "/retry"),
            ("GET", "/sub-tasks"),
        ):
            body = {} if path == "/cancel" else None
            answer = operator.ask(method, f"/tasks/{part}{path}", body)
            assert (answer.status, answer.kind) == (404, "not-found")
            assert part in answer.body["detail"]
            assert "TASK#acme/" not in answer.body["detail"]

    def test_ids_have_no_tenant(self):
        key = TaskKey("SFN_TASK#globex", f"a.b#{ULID}#0001")
        assert task_id_of(key) == f"SFN_TASK.a.b.{ULID}.0001"
        assert import_id_of(ImportKey("CSV_IMPORT#globex", f"a.b#{ULID}")) == f"a.b.{ULID}"


class TestImports:
    def test_a_file_is_uploaded_imported_and_its_rejected_rows_are_read(self, imports, caller):
        link = caller.ask("POST", "/uploads", {"file": "places.csv"}).body
        assert link["method"] == "PUT"
        place = urlsplit(link["url"]).path.partition(f"{imports.settings.bucket}/")[2] or (
            urlsplit(link["url"]).path.lstrip("/")
        )
        assert place == f"uploads/{TENANT}/{link['upload']}"
        imports.upload(csv_of(("JFK", "New York", "4"), ("KIXX", "Osaka", "2")), key=place)

        body = {"target": "places", "upload": link["upload"], "mode": "DIRECT"}
        made = caller.ask("POST", "/imports", body)

        assert made.status == 202
        job = caller.ask("GET", made.headers["location"]).body
        assert (job["id"], job["upload"], job["mode"]) == (
            made.body["id"],
            link["upload"],
            "DIRECT",
        )
        assert job["created_by"] == "sub-1 (Jane Doe)"
        assert not {"bucket", "key", "errors_key"} & job.keys()
        assert caller.ask("GET", "/imports").body["imports"][0]["id"] == made.body["id"]

    @pytest.fixture
    def uploaded(self, imports) -> None:
        """The file that the tests name."""
        imports.upload(csv_of(), key=f"uploads/{TENANT}/{ULID}-places.csv")

    @pytest.mark.usefixtures("uploaded")
    def test_an_import_without_errors_has_no_errors_file(self, caller):
        body = {"target": "places", "upload": f"{ULID}-places.csv"}
        place = caller.ask("POST", "/imports", body).headers["location"]
        assert caller.ask("GET", f"{place}/rejected-rows").body == {"rows": []}
        assert caller.ask("GET", f"{place}/rejected-rows/link").kind == "no-errors-file"

    def test_a_file_that_was_not_uploaded_is_told(self, imports, caller):
        body = {"target": "places", "upload": f"{ULID}-places.csv"}
        imports.upload(csv_of(), key=f"uploads/globex/{ULID}-places.csv")

        refused = caller.ask("POST", "/imports", body, headers={"idempotency-key": "k" * 16})

        assert (refused.status, refused.kind) == (409, "no-upload")
        assert imports.settings.bucket not in refused.text
        assert caller.ask("GET", "/imports").body["imports"] == []
        imports.upload(csv_of(), key=f"uploads/{TENANT}/{ULID}-places.csv")
        made = caller.ask("POST", "/imports", body, headers={"idempotency-key": "k" * 16})
        assert made.status == 202

    @pytest.mark.parametrize(
        "body",
        [
            {"target": "places", "upload": f"../globex/{ULID}-places.csv"},
            {"target": "places", "upload": f"{ULID}-../x.csv"},
            {"target": "places", "upload": "places.csv"},
            {"target": "places", "upload": f"{ULID}-places.csv", "mode": "OTHER"},
            {"target": "unknown", "upload": f"{ULID}-places.csv"},
            {"target": "places", "upload": f"{ULID}-places.csv", "bucket": "another"},
        ],
    )
    def test_what_is_none_is_refused(self, caller, body):
        assert caller.ask("POST", "/imports", body).status == 400
        assert caller.ask("GET", "/imports").body["imports"] == []

    @pytest.mark.parametrize("name", ["", "a/b.csv", "../x", "x" * 121, "a\nb", ".csv"])
    def test_names_of_files_are_harmless(self, caller, name):
        assert caller.ask("POST", "/uploads", {"file": name}).status == 400

    @pytest.mark.usefixtures("uploaded")
    def test_one_is_cancelled_by_the_principal(self, caller, operator):
        body = {"target": "places", "upload": f"{ULID}-places.csv"}
        place = caller.ask("POST", "/imports", body).headers["location"]

        ended = operator.ask("POST", f"{place}/cancel", {"reason": "a mistake"})

        assert (ended.status, ended.body["status"]) == (200, "CANCELLED")
        assert ended.body["cause"] == "sub-1 (Jane Doe) cancelled it: a mistake"

    @pytest.mark.parametrize("import_id", ["x", f"places.{ULID}"])
    def test_one_that_is_not_there_is_told(self, operator, import_id):
        for path in ("", "/rejected-rows", "/rejected-rows/link"):
            assert operator.ask("GET", f"/imports/{import_id}{path}").status == 404
        answers = [
            operator.ask("POST", f"/imports/{import_id}/cancel", {}),
            operator.ask("GET", f"/imports/{import_id}/executions"),
        ]
        for answer in answers:
            assert (answer.status, answer.kind) == (404, "not-found")
            assert import_id in answer.body["detail"]
            assert "CSV_IMPORT#" not in answer.body["detail"]


class TestApprovals:
    @pytest.fixture(autouse=True)
    def asked(self, application, step_functions) -> None:
        execution = "arn:aws:states:ap-northeast-1:123456789012:execution:test-cqrs-closing:run-1"
        step_functions.started["run-1"] = {}
        step_functions.statuses["run-1"] = "RUNNING"
        key = ApprovalKey.make(TENANT, "close-JFK")
        waiting = WaitingState("token-1", execution, "000000#2026-01-01T00:00:00Z#000000", 60)
        application.approvals.create_approval_request(key, "Close JFK?", {"code": "JFK"}, waiting)

    @pytest.fixture
    def approver(self, application) -> Caller:
        return Caller(application, "approver")

    def test_it_is_listed_and_read(self, approver):
        (listed,) = approver.ask("GET", "/approvals").body["requests"]
        read = approver.ask("GET", "/approvals/close-JFK").body

        assert (listed["id"], "subject" in listed) == ("close-JFK", False)
        assert (read["title"], read["subject"]) == ("Close JFK?", {"code": "JFK"})
        assert "token" not in str(read)
        assert approver.ask("GET", "/approvals/other").status == 404

    def test_it_is_listed_with_its_answer_when_it_is_over(self, approver):
        assert approver.ask("GET", "/approvals", over="true").body["requests"] == []

        approver.ask("POST", "/approvals/close-JFK/reject", {"reason": "Too early."})

        (over,) = approver.ask("GET", "/approvals", over="true").body["requests"]
        assert (over["id"], over["status"], over["reason"]) == (
            "close-JFK",
            "REJECTED",
            "Too early.",
        )
        assert approver.ask("GET", "/approvals").body["requests"] == []

    def test_it_is_approved_by_the_principal(self, approver, step_functions):
        answer = approver.ask("POST", "/approvals/close-JFK/approve", {"reason": "As agreed."})

        assert (answer.status, answer.body["status"]) == (200, "APPROVED")
        assert answer.body["answered_by"] == "sub-1 (Jane Doe)"
        assert "sub-1 (Jane Doe)" in str(step_functions.answers["token-1"])

    def test_the_first_answer_holds(self, application, approver):
        approver.ask("POST", "/approvals/close-JFK/approve", {})
        rejected = approver.ask("POST", "/approvals/close-JFK/reject", {"reason": "No."})
        other = Caller(application, "approver", sub="sub-2", name="Joe")
        assert (rejected.status, rejected.kind) == (409, "approval-answered")
        assert other.ask("POST", "/approvals/close-JFK/approve", {}).status == 409
        assert approver.ask("POST", "/approvals/close-JFK/approve", {}).status == 200

    def test_a_rejection_has_a_reason(self, approver):
        assert approver.ask("POST", "/approvals/close-JFK/reject", {}).status == 400
        assert approver.ask("POST", "/approvals/close-JFK/reject", {"reason": ""}).status == 400
        answer = approver.ask("POST", "/approvals/close-JFK/reject", {"reason": "No."})
        assert answer.body["status"] == "REJECTED"

    def test_an_environment_may_take_verified_answers_alone(self, settings, clients):
        strict = Application(replace(settings, verified_answers_only=True), clients)
        said = {"id": f"APPROVAL#{TENANT}/close-JFK", "by": "sub-1 (Jane Doe)"}
        event = {"source": "direct", "action": "approve", "payload": said}

        assert "over the HTTP API" in strict.handle(event)["cause"]
        caller = Caller(strict, "approver")
        answer = caller.ask("POST", "/approvals/close-JFK/approve", {})

        assert (answer.status, answer.body["is_answer_verified"]) == (200, True)

    def test_what_a_bare_invocation_says_is_not_verified(self, application, approver):
        said = {"id": f"APPROVAL#{TENANT}/close-JFK", "by": "sub-1 (Jane Doe)"}
        application.handle({"source": "direct", "action": "approve", "payload": said})
        read = approver.ask("GET", "/approvals/close-JFK").body
        assert (read["answered_by"], read["is_answer_verified"]) == ("sub-1 (Jane Doe)", False)

    def test_nobody_answers_in_the_name_of_another(self, approver):
        answer = approver.ask("POST", "/approvals/close-JFK/approve", {"by": "boss"})
        assert answer.status == 400
        assert approver.ask("GET", "/approvals/close-JFK").body["status"] == "PENDING"


def test_items_of_earlier_releases_stay_readable(application, caller, settings):
    made = caller.ask("POST", "/tasks", {"type": "square", "input": {"n": 7}})
    table = settings.table(Table.TASKS)
    services = application.services
    kind, name, ulid = made.body["id"].split(".")
    key = {"pk": {"S": f"{kind}#{TENANT}"}, "sk": {"S": f"{name}#{ulid}"}}
    services.clients.dynamodb.update_item(
        TableName=table,
        Key=key,
        UpdateExpression="REMOVE #by",
        ExpressionAttributeNames={"#by": "createdBy"},
    )
    assert caller.ask("GET", made.headers["location"]).body["created_by"] is None
