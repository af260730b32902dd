"""Items, their commands, versions and problems over HTTP."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from cqrs.api import door, waiting
from cqrs.api.answers import LARGEST_BODY
from cqrs.application import Application
from cqrs.aws.item_store import Update
from cqrs.commands.executions import execution_input
from cqrs.core.keys import CommandKey
from cqrs.errors import ConditionFailed, Throttled, Unreachable
from tests.unit.calling import BASE, Answer, Caller, claims, http_event, with_api
from tests.unit.execution import CommandExecution

JFK = f"{BASE}/items/AIRPORT/JFK"


@pytest.fixture
def application(settings, clients) -> Application:
    return Application(with_api(settings, clients), clients)


@pytest.fixture
def caller(application) -> Caller:
    return Caller(application, "publisher")


@pytest.fixture
def operator(application) -> Caller:
    return Caller(application, "operator")


@pytest.fixture
def applied(application):
    """Let a command's execution run."""

    def apply(version: int, code: str = "JFK") -> None:
        services = application.services
        key = CommandKey("AIRPORT#acme", f"AIRPORT#{code}", version)
        command = services.commands.get(key)
        given = execution_input(key, command.request_id, command.attempt)
        prefix = services.settings.resource_prefix
        CommandExecution(services.command_workflow, prefix, key, given).apply()

    return apply


class TestPublishing:
    def test_it_is_accepted_with_its_place_and_version(self, caller):
        answer = caller.put("JFK", {"name": "Kennedy", "attributes": {"n": 1}})

        assert answer.status == 202
        assert answer.headers["location"] == f"{JFK}/commands/1"
        assert answer.headers["etag"] == '"1"'
        assert answer.body == {"type": "AIRPORT", "id": "JFK", "version": 1, "changed": True}
        command = caller.ask("GET", answer.headers["location"]).body
        assert (command["status"], command["sync_mode"]) == ("PUBLISHED", "ASYNC")
        assert "attributes" not in command

    def test_it_costs_what_publishing_costs(self, caller, requests):
        caller.put("JFK", {"name": "Kennedy"}, headers={"if-none-match": "*"})
        assert requests.operations == ["TransactWriteItems"]

        requests.operations.clear()
        caller.put("JFK", {"name": "JFK"}, headers={"if-match": '"1"'})
        assert requests.operations == ["BatchGetItem", "TransactWriteItems"]

    def test_from_put_to_finished_the_door_adds_no_request(self, application, caller, requests):
        services = application.services

        def operations(publish: Callable[[str, str], object], code: str) -> list[str]:
            counted: list[str] = []
            for version in (1, 2):
                requests.operations.clear()
                publish(code, f"{code} {version}")
                counted += requests.operations
                key = CommandKey("AIRPORT#acme", f"AIRPORT#{code}", version)
                command = application.commands.get(key)
                given = execution_input(key, command.request_id, command.attempt)
                prefix = services.settings.resource_prefix
                requests.operations.clear()
                CommandExecution(services.command_workflow, prefix, key, given).apply()
                counted += requests.operations
            return counted

        def directly(code: str, name: str) -> None:
            application.commands.publish("AIRPORT#acme", f"AIRPORT#{code}", name=name)

        operations(directly, "HND")  # the tenant's times to live are read once

        over_http = operations(lambda code, name: caller.put(code, {"name": name}), "JFK")

        assert over_http == operations(directly, "KIX")

    def test_a_part_is_published(self, caller, applied):
        caller.put("JFK", {"name": "Kennedy", "attributes": {"a": 1, "b": 1}})
        applied(1)

        answer = caller.ask("PATCH", "/items/AIRPORT/JFK", {"attributes": {"b": 2}})

        assert (answer.status, answer.body["version"]) == (202, 2)
        told = caller.ask("GET", f"{JFK}/commands/2", content="true").body
        assert (told["name"], told["attributes"]) == ("Kennedy", {"a": 1, "b": 2})

    def test_what_it_says_already_is_told(self, caller, applied):
        caller.put("JFK", {"name": "Kennedy"})
        applied(1)
        answer = caller.put("JFK", {"name": "Kennedy"})
        assert (answer.status, answer.body["changed"], answer.body["version"]) == (200, False, 1)

    def test_a_part_of_nothing_is_refused(self, caller):
        for method in ("PATCH", "DELETE"):
            answer = caller.ask(method, "/items/AIRPORT/JFK", {})
            assert (answer.status, answer.kind) == (404, "not-found")
            assert "AIRPORT JFK" in answer.body["detail"]
        assert "nothing to delete" in answer.body["detail"]

    def test_a_deleted_item_has_no_part_to_change(self, caller, applied):
        caller.put("JFK", {"name": "Kennedy"})
        applied(1)
        caller.ask("DELETE", "/items/AIRPORT/JFK")

        def patch(**headers: str) -> Answer:
            return caller.ask("PATCH", "/items/AIRPORT/JFK", {"name": "x"}, headers=headers)

        for headers in ({}, {"if-match": "*"}, {"if-match": '"2"'}):
            for _ in ("under way", "applied"):
                refused = patch(**headers)
                assert (refused.status, refused.kind) == (404, "deleted")
                assert refused.headers["etag"] == '"2"'
                assert "AIRPORT JFK was deleted by version 2" in refused.body["detail"]
            if not headers:
                applied(2)
        assert patch(**{"if-match": '"1"'}).status == 412
        again = caller.ask("DELETE", "/items/AIRPORT/JFK")
        assert (again.status, again.body["changed"]) == (200, False)
        assert caller.put("JFK", {"name": "new"}).body["version"] == 3
        # It is there again, although that is not applied yet.
        assert patch().body["version"] == 4

    @pytest.mark.parametrize("place", ["SETTINGS/TTL", "READ_MODEL_airports/JFK"])
    def test_what_the_project_keeps_for_itself_is_written_by_nobody(self, application, place):
        administrator = Caller(application, "administrator", "publisher")
        refused = administrator.ask("PUT", f"/items/{place}", {"attributes": {"commands": 30}})
        assert (refused.status, refused.kind) == (400, "validation")

    def test_those_with_aws_credentials_stay_below_their_own_path(self, settings, clients):
        role = "arn:aws:iam::1:role/deploy"
        identity = (
            '{"callers": {"%s": {"name": "Nightly", "tenants": ["*"], "roles": ["publisher"]}}}'
        )
        application = Application(with_api(settings, clients, identity % role), clients)
        arn = "arn:aws:sts::1:assumed-role/deploy/me"
        event = http_event("PUT", f"/iam{JFK}", iam=arn, body="{}")

        answer = Answer.of(application.handle(event))

        assert answer.headers["location"] == f"/iam{JFK}/commands/1"
        command = application.commands.get(CommandKey("AIRPORT#acme", "AIRPORT#JFK", 1))
        assert command.created_by == f"{arn} (Nightly)"


class TestSync:
    @pytest.fixture(autouse=True)
    def clock(self, monkeypatch):
        """Time that passes only while somebody sleeps."""
        self.now, self.during = 0.0, []

        def sleep(seconds: float) -> None:
            self.now += seconds
            if self.during:
                self.during.pop(0)()

        clock = SimpleNamespace(monotonic=lambda: self.now, sleep=sleep)
        for module in (waiting, door):
            monkeypatch.setattr(module, "time", clock)

    def test_it_answers_when_the_command_is_applied(self, caller, applied):
        self.during = [lambda: None, lambda: applied(1)]
        answer = caller.put("JFK", {"name": "Kennedy"}, sync="true")
        assert (answer.status, answer.body["version"]) == (201, 1)

        self.during = [lambda: applied(2)]
        answer = caller.ask("PATCH", "/items/AIRPORT/JFK", {"name": "JFK"}, sync="true")
        assert (answer.status, answer.headers["etag"]) == (200, '"2"')

    def test_after_25_seconds_it_answers_as_the_other_kind(self, caller, requests):
        answer = caller.put("JFK", {"name": "Kennedy"}, sync="true")

        assert (answer.status, answer.body["version"]) == (202, 1)
        assert 24.9 <= self.now <= 25.1
        assert requests.operations.count("GetItem") <= 35

    def test_it_does_not_outlast_its_invocation(self, application, caller):
        event = http_event("PUT", JFK, jwt=caller.claims, body="{}", sync="true")
        answer = Answer.of(application.handle(event, lambda: int(10_000 - self.now * 1000)))
        assert answer.status == 202
        assert self.now <= 8.1

    def test_a_command_that_fails_is_a_problem(self, application, caller):
        key = CommandKey("AIRPORT#acme", "AIRPORT#JFK", 1)
        fail = application.services.ordering.fail
        self.during = [lambda: fail(key, 0, "Broken", "It broke.")]

        answer = caller.put("JFK", {"name": "Kennedy"}, sync="true")

        assert (answer.status, answer.kind) == (422, "command-failed")
        assert "Broken: It broke." in answer.body["detail"]
        assert answer.headers["location"] == f"{JFK}/commands/1"
        assert answer.body["detail"].endswith("Mend the cause; an operator may then retry it.")

    def test_a_command_behind_one_that_failed_is_not_to_be_retried(self, application, caller):
        caller.put("JFK", {"name": "one"})
        key = CommandKey("AIRPORT#acme", "AIRPORT#JFK", 2)
        fail = application.services.ordering.fail
        self.during = [lambda: fail(key, 0, "PredecessorFailed", "Mend and retry version 1.")]

        answer = caller.put("JFK", {"name": "two"}, sync="true")

        assert answer.status == 422
        assert answer.body["detail"].endswith("PredecessorFailed: Mend and retry version 1.")


class TestVersions:
    def test_a_version_that_is_not_the_newest_is_refused(self, caller):
        caller.put("JFK", {"name": "one"})
        caller.put("JFK", {"name": "two"})

        for method in ("PUT", "PATCH", "DELETE"):
            answer = caller.ask(
                method, "/items/AIRPORT/JFK", {"name": "three"}, headers={"if-match": '"1"'}
            )
            assert (answer.status, answer.kind) == (412, "version-conflict")
            assert (answer.headers["etag"], answer.body["current_version"]) == ('"2"', 2)
            assert "AIRPORT JFK is at version 2, not 1" in answer.body["detail"]
            assert "pending=true" in answer.body["detail"]

    def test_an_item_is_made_once(self, caller):
        new = {"if-none-match": "*"}
        assert caller.put("JFK", {"name": "one"}, headers=new).status == 202
        answer = caller.put("JFK", {"name": "two"}, headers=new)
        assert (answer.status, answer.headers["etag"]) == (412, '"1"')
        assert "there already, at version 1" in answer.body["detail"]

    def test_a_version_of_nothing_is_refused(self, caller):
        answer = caller.put("JFK", {"name": "one"}, headers={"if-match": '"3"'})
        assert (answer.status, answer.body["current_version"]) == (412, 0)
        assert "etag" not in answer.headers
        assert "There is no AIRPORT JFK" in answer.body["detail"]
        assert "leave If-Match out" in answer.body["detail"]

    @pytest.mark.parametrize(
        "headers",
        [
            {"if-match": "3"},
            {"if-match": 'W/"3"'},
            {"if-match": '"1", "2"'},
            {"if-match": '"0"'},
            {"if-match": '"x"'},
            {"if-match": "*"},
            {"if-match": '"' + "9" * 16 + '"'},
            {"if-none-match": '"3"'},
        ],
    )
    def test_conditions_that_say_no_version_are_refused(self, caller, headers):
        answer = caller.put("JFK", headers=headers)
        assert (answer.status, answer.kind) == (400, "condition")

    def test_a_weak_etag_is_told_as_such(self, caller):
        answer = caller.put("JFK", headers={"if-match": 'W/"1"'})
        assert (answer.status, answer.kind) == (400, "condition")
        assert "leave W/ out" in answer.body["detail"]

    def test_conditions_that_cannot_both_hold_fail(self, caller):
        answer = caller.put("JFK", headers={"if-match": '"3"', "if-none-match": "*"})
        assert (answer.status, answer.kind) == (412, "condition")

    def test_what_exists_may_be_changed_at_any_version(self, caller):
        caller.put("JFK", {"name": "one"})
        any_version = {"if-match": "*"}
        body = {"name": "two"}
        assert caller.ask("PATCH", "/items/AIRPORT/JFK", body, headers=any_version).status == 202

    def test_a_reader_who_has_the_version_is_told_so(self, caller, applied):
        caller.put("JFK", {"name": "one"})
        applied(1)
        read = caller.ask("GET", "/items/AIRPORT/JFK")
        for known in (read.headers["etag"], 'W/"1"', '"7", "1"', "*", " * "):
            again = caller.ask("GET", "/items/AIRPORT/JFK", headers={"if-none-match": known})
            assert (again.status, again.text, again.headers["etag"]) == (304, "", '"1"')
        other = caller.ask("GET", "/items/AIRPORT/JFK", headers={"if-none-match": '"2"'})
        assert other.status == 200


class TestReading:
    def test_pending_shows_the_newest_command_over_the_data(self, caller, applied):
        assert caller.ask("GET", "/items/AIRPORT/JFK", pending="true").status == 404
        caller.put("JFK", {"name": "one"})
        assert caller.ask("GET", "/items/AIRPORT/JFK").status == 404
        first = caller.ask("GET", "/items/AIRPORT/JFK", pending="true")
        assert (first.body["name"], first.body["status"]) == ("one", "PUBLISHED")
        applied(1)
        caller.put("JFK", {"name": "two"})
        caller.put("JFK", {"name": "three"})

        read = caller.ask("GET", "/items/AIRPORT/JFK")
        pending = caller.ask("GET", "/items/AIRPORT/JFK", pending="true")

        assert (read.body["name"], read.headers["etag"]) == ("one", '"1"')
        assert (pending.body["name"], pending.body["version"]) == ("three", 3)
        assert pending.headers["etag"] == '"3"'

    def test_a_failed_command_does_not_count(self, application, caller, applied):
        caller.put("JFK", {"name": "one"})
        applied(1)
        caller.put("JFK", {"name": "two"})
        application.services.ordering.fail(
            CommandKey("AIRPORT#acme", "AIRPORT#JFK", 2), 0, "Broken", "It broke."
        )

        pending = caller.ask("GET", "/items/AIRPORT/JFK", pending="true")

        assert (pending.body["name"], pending.body["version"]) == ("one", 1)
        assert (pending.body["newest_version"], pending.body["status"]) == (2, "FAILED")
        assert caller.put("JFK", {"name": "3"}, headers={"if-match": pending.headers["etag"]})

    def test_items_are_listed_page_by_page(self, caller, applied):
        for code in ("HND", "JFK", "KIX"):
            caller.put(code, {"name": code})
            applied(1, code)

        first = caller.ask("GET", "/items/AIRPORT", limit="2").body
        second = caller.ask("GET", "/items/AIRPORT", limit="2", cursor=first["cursor"]).body

        assert [item["id"] for item in first["items"]] == ["HND", "JFK"]
        assert [item["id"] for item in second["items"]] == ["KIX"]
        assert second["cursor"] is None

    def test_history_is_read(self, caller, applied):
        for version in (1, 2, 3):
            caller.put("JFK", {"name": str(version)})
            applied(version)

        page = caller.ask("GET", "/items/AIRPORT/JFK/history", limit="1").body
        one = caller.ask("GET", "/items/AIRPORT/JFK/history/1")

        assert ([item["version"] for item in page["items"]], page["before"]) == ([2], 2)
        assert (one.body["name"], one.headers["etag"]) == ("1", '"1"')
        assert caller.ask("GET", "/items/AIRPORT/JFK/history/3").status == 404
        assert caller.ask("GET", "/items/AIRPORT/JFK/history/0").status == 400

    def test_what_is_not_there_has_no_history(self, caller, applied):
        for before in ({}, {"before": "5"}, {"before": "1"}):
            answer = caller.ask("GET", "/items/AIRPORT/JFK/history", **before)
            assert (answer.status, answer.kind) == (404, "not-found")
            assert "There is no AIRPORT JFK" in answer.body["detail"]

        caller.put("JFK", {"name": "under way"})
        answer = caller.ask("GET", "/items/AIRPORT/JFK/history")
        assert (answer.status, "pending=true" in answer.body["detail"]) == (404, True)

        applied(1)
        page = caller.ask("GET", "/items/AIRPORT/JFK/history")
        assert (page.status, page.body["items"]) == (200, [])
        assert caller.ask("GET", "/items/AIRPORT/JFK/history", before="1").status == 200

    def test_what_was_deleted_has_its_history(self, caller, applied):
        caller.put("JFK", {"name": "one"})
        applied(1)
        caller.ask("DELETE", "/items/AIRPORT/JFK")
        applied(2)

        assert caller.ask("GET", "/items/AIRPORT/JFK").kind == "deleted"
        (state,) = caller.ask("GET", "/items/AIRPORT/JFK/history").body["items"]
        assert (state["version"], state["is_deleted"]) == (1, False)

    def test_numbers_keep_their_digits(self, caller, applied):
        digits = "0.12345678901234567890123456789012345678"
        sent = f'{{"attributes": {{"n": {digits}, "i": 12345678901234567890, "f": 1.5}}}}'
        caller.put("JFK", sent)
        applied(1)

        answer = caller.ask("GET", "/items/AIRPORT/JFK")

        assert f'"n":{digits}' in answer.text
        assert answer.body["attributes"] == {
            "n": Decimal(digits), "i": 12345678901234567890, "f": 1.5,
        }  # fmt: skip

    def test_what_dynamodb_has_beyond_json_is_told(self, application, caller, applied):
        caller.put("JFK", {"name": "one"})
        applied(1)
        services = application.services
        others = {"attributes": {"set": {"a", "b"}, "bytes": b"x"}}
        table = services.settings.data_table
        services.store.update(Update(table, "AIRPORT#acme", "AIRPORT#JFK", assign=others))

        read = caller.ask("GET", "/items/AIRPORT/JFK").body
        assert read["attributes"] == {"set": ["a", "b"], "bytes": "eA=="}

    def test_a_large_answer_goes_through_lambda(self, caller, applied):
        attributes = {"text": '"' * (LARGEST_BODY // 3)}
        assert caller.put("JFK", {"attributes": attributes}).status == 202
        applied(1)

        answer = caller.ask("GET", "/items/AIRPORT/JFK")

        assert answer.body["attributes"] == attributes

    def test_a_list_ends_before_an_answer_is_too_large(self, caller, applied):
        attributes = {"text": "x" * (LARGEST_BODY // 5 * 2)}
        for code in ("HND", "JFK", "KIX"):
            caller.put(code, {"attributes": attributes})
            applied(1, code)

        first = caller.ask("GET", "/items/AIRPORT").body
        second = caller.ask("GET", "/items/AIRPORT", cursor=first["cursor"]).body

        assert [item["id"] for item in first["items"] + second["items"]] == ["HND", "JFK", "KIX"]


class TestRepair:
    @pytest.mark.parametrize("version", ["0", "x", "1" + "0" * 15, "9" * 40])
    def test_a_version_that_is_none_is_refused(self, operator, version):
        answer = operator.ask("POST", f"/items/AIRPORT/JFK/commands/{version}/retry")
        assert (answer.status, answer.kind) == (400, "validation")
        assert "1 to 999,999,999,999,999" in answer.body["detail"]

    def test_a_failed_command_is_retried(self, application, caller, operator):
        caller.put("JFK", {"name": "one"})
        key = CommandKey("AIRPORT#acme", "AIRPORT#JFK", 1)
        application.services.ordering.fail(key, 0, "Broken", "It broke.")

        assert operator.ask("GET", f"{JFK}/commands/1").body["error"] == "Broken"
        assert operator.ask("GET", f"{JFK}/commands/1/obstacle").body == {"obstacle": None}
        answer = operator.ask("POST", f"{JFK}/commands/1/retry")

        assert answer.body == {"restarted": [{"version": 1, "attempt": 1}]}
        assert operator.ask("GET", f"{JFK}/commands/1/execution").body == {"status": "RUNNING"}
        assert operator.ask("POST", f"{JFK}/commands/2/retry").status == 404
        assert operator.ask("GET", f"{JFK}/commands/2/obstacle").status == 404

    def test_an_obstacle_is_told(self, application, caller, operator):
        caller.put("JFK", {"name": "one"})
        caller.put("JFK", {"name": "two"})
        services = application.services
        services.clients.dynamodb.delete_item(
            TableName=services.settings.commands_table,
            Key={"pk": {"S": "AIRPORT#acme"}, "sk": {"S": "AIRPORT#JFK@1"}},
        )

        told = operator.ask("GET", f"{JFK}/commands/2/obstacle").body["obstacle"]
        retried = operator.ask("POST", f"{JFK}/commands/2/retry")

        assert told["error"] == "VersionGap"
        assert (retried.status, retried.kind) == (409, "version-gap")


class TestProblems:
    def test_what_is_not_json_is_refused(self, caller):
        for body in ("", "{", "[1]", '"text"', '{"name": 1e}', '{"name": "a", "name": "b"}', "NaN"):
            answer = caller.put("JFK", body)
            assert (answer.status, answer.kind) == (400, "body"), body

    @pytest.mark.parametrize(
        ("body", "told"),
        [
            (" ", "There is no body"),
            ("\ufeff{}", "begins with a byte order mark"),
            ('{"name": 1e}', "At line 1, column 11: Expecting ',' delimiter."),
            ('{"attributes": {"n": ' + "9" * 5000 + "}}", "has a whole number of more than 4,300"),
            ('{"attributes": ' + "[" * 5000, "is nested too deep"),
        ],
    )
    def test_a_caller_learns_why_it_is_no_json(self, caller, body, told):
        detail = caller.put("JFK", body).body["detail"]
        assert told in detail
        assert not re.search("Python|sys|utf-8-sig", detail)

    def test_faults_without_number_are_told_in_part(self, caller):
        many = {str(number): 0 for number in range(5000)}
        for answer in (caller.put("JFK", many), caller.ask("GET", "/items/AIRPORT", **many)):
            assert (answer.status, len(answer.body["errors"])) == (400, 100)
            assert "more than 100 faults" in answer.body["detail"]
        few = caller.put("JFK", {"a": 0, "b": 0})
        assert few.body["detail"] == "There are 2 faults; errors has each."

    def test_every_fault_is_told_at_its_place(self, caller):
        answer = caller.put("JFK", {"name": 1, "attributes": [], "a/b": None}, sync="yes", x="1")
        assert answer.status == 400
        assert [fault["parameter"] for fault in answer.body["errors"]] == ["sync", "x"]

        answer = caller.put("JFK", {"name": 1, "attributes": [], "a/b": None})
        assert [fault["pointer"] for fault in answer.body["errors"]] == [
            "#/name",
            "#/attributes",
            "#/a~1b",
        ]
        assert answer.body == answer.body | {
            "title": "Bad Request",
            "status": 400,
            "instance": "request-1",
        }

    def test_text_that_cannot_be_stored_is_refused(self, caller):
        answer = caller.put("JFK", '{"name": "\\ud800"}')
        assert (answer.status, answer.body["errors"][0]["pointer"]) == (400, "#/name")

    @pytest.mark.parametrize(
        "sent",
        [
            "text/csv",
            "",
            "application/x-www-form-urlencoded",
            "application/json; charset=latin-1",
            'application/json; x=y;Charset = "utf-16"',
        ],
    )
    def test_another_type_of_content_is_refused(self, caller, sent):
        answer = caller.put("JFK", headers={"content-type": sent})
        assert (answer.status, answer.headers["accept"]) == (415, "application/json")

    @pytest.mark.parametrize(
        ("coding", "status"), [("gzip", 415), ("gzip, identity", 415), ("Identity", 202), ("", 202)]
    )
    def test_a_compressed_body_is_refused(self, caller, coding, status):
        answer = caller.put("JFK", headers={"content-encoding": coding})
        assert answer.status == status
        assert status == 202 or answer.kind == "content-encoding"

    @pytest.mark.parametrize("more", ["; charset=utf-8", ';charset="UTF-8"', "; x=y", ";"])
    def test_other_parameters_of_the_type_of_content_do_not_matter(self, caller, more):
        sent = {"content-type": f"Application/JSON{more}"}
        assert caller.put("JFK", headers=sent).status == 202

    def test_what_was_lost_on_the_way_is_not_stored(self, caller):
        answer = caller.put("JFK", '{"name": "J\ufffdK"}')
        assert (answer.status, answer.kind) == (400, "body")
        assert r"\ufffd" in answer.body["detail"]
        assert caller.put("JFK", r'{"name": "J\ufffdK"}').status == 202
        assert caller.ask("GET", "/items/AIRPORT/JFK", pending="true").body["name"] == "J\ufffdK"

    def test_a_body_that_is_too_large_is_refused(self, caller):
        answer = caller.put("JFK", '{"name": "' + "x" * LARGEST_BODY + '"}')
        assert (answer.status, answer.kind) == (413, "body-too-large")

    def test_a_body_in_base64_is_read(self, application, caller):
        event = http_event("PUT", JFK, jwt=caller.claims, body=base64.b64encode(b"{}").decode())
        event["isBase64Encoded"] = True
        assert Answer.of(application.handle(event)).status == 202
        event["body"] = base64.b64encode(b"\xff").decode()
        assert Answer.of(application.handle(event)).status == 400

    @pytest.mark.parametrize(
        ("limit", "status"), [("0", 400), ("1001", 400), ("x", 400), ("²", 400), ("1", 200)]
    )
    def test_numbers_of_a_query_are_checked(self, caller, limit, status):
        assert caller.ask("GET", "/items/AIRPORT", limit=limit).status == status

    def test_a_number_that_is_too_large_is_told_as_such(self, caller):
        answer = caller.ask("GET", "/items/AIRPORT", limit="9" * 20)
        assert answer.body["detail"].startswith(f"limit: It is {'9' * 20}; it must be 1 to ")

    def test_values_are_told_as_json(self, caller):
        answer = caller.put("JFK", {"name": None, "attributes": [{"a": True}]})
        assert [fault["detail"] for fault in answer.body["errors"]] == [
            "name: It is null; it must be text.",
            'attributes: It is [{"a": true}]; it must be an object.',
        ]

    def test_a_parameter_is_sent_once(self, application):
        event = http_event("GET", f"{BASE}/items/AIRPORT", jwt=claims("reader"))
        event["rawQueryString"] = "limit=1&limit=2"
        assert Answer.of(application.handle(event)).status == 400

    @pytest.mark.parametrize("error", [Throttled("x"), Unreachable("secret")])
    def test_what_aws_cannot_do_now_may_be_asked_again(
        self, application, caller, error, monkeypatch
    ):
        def fail(*_: Any, **__: Any) -> Any:
            raise error

        monkeypatch.setattr(type(application.services.store), "_call", fail)
        answer = caller.put("JFK", {"name": "one"})

        assert (answer.status, answer.kind) == (503, "busy")
        assert int(answer.headers["retry-after"]) > 0
        assert "secret" not in answer.text

    def test_no_try_begins_when_others_were_first_for_long(self, application, caller, monkeypatch):
        now, tries = [0.0], []

        def fail(*_: Any, **__: Any) -> Any:
            tries.append(now[0])
            now[0] += 4
            raise ConditionFailed("x")

        commands = "cqrs.commands.service"
        monkeypatch.setattr(f"{commands}.time", SimpleNamespace(monotonic=lambda: now[0]))
        monkeypatch.setattr(f"{commands}.back_off", lambda _attempt: None)
        monkeypatch.setattr(type(application.commands), "_store", fail)
        answer = caller.put("JFK", {"name": "one"})

        assert (answer.status, answer.kind) == (503, "contention")
        assert int(answer.headers["retry-after"]) > 0
        assert tries == [0, 4, 8]

    def test_a_fault_of_the_deployment_is_told_by_its_id_alone(self, clients, settings):
        application = Application(with_api(settings, clients), clients)
        clients.dynamodb.delete_table(TableName=settings.data_table)

        answer = Caller(application, "reader").ask("GET", "/items/AIRPORT/JFK")

        assert (answer.status, answer.kind, answer.body["instance"]) == (500, "fault", "request-1")
        assert settings.data_table not in answer.text

    def test_a_key_that_is_too_long_is_refused(self, caller):
        assert caller.put("x" * 1100, {"name": "one"}).status == 400

    def test_types_of_read_models_are_refused(self, caller):
        assert caller.ask("PUT", "/items/READ_MODEL_x/JFK", {}).status == 400


class TestTypes:
    @pytest.fixture(autouse=True)
    def registered(self, application):
        runways = {"type": "array", "items": {"$ref": "#/$defs/runway"}}
        application.item_type(
            "AIRPORT",
            {
                "type": "object",
                "properties": {"city": {"type": "string"}, "runways": runways, "a/b": False},
                "required": ["city"],
                "$defs": {"runway": {"type": "integer", "minimum": 1}},
            },
        )

    @pytest.mark.parametrize("key", [None, "k" * 16])
    def test_an_item_that_does_not_fit_is_refused_with_every_fault(self, caller, requests, key):
        requests.operations.clear()
        attributes = {"runways": [1, 0, "x"], "a/b": 1}
        headers = {} if key is None else {"idempotency-key": key}

        answer = caller.put("JFK", {"attributes": attributes}, headers=headers)

        assert (answer.status, answer.kind) == (422, "invalid-item")
        pointers = {fault["pointer"] for fault in answer.body["errors"]}
        assert pointers >= {
            "#/attributes/runways/1",
            "#/attributes/runways/2",
            "#/attributes/a~1b",
        }
        assert "TransactWriteItems" not in requests.operations

    def test_their_schemas_are_in_the_document(self, caller):
        served = caller.ask("GET", "/openapi.json").body
        OpenAPIV31SpecValidator(served).validate()
        schema = served["components"]["schemas"]["Attributes.AIRPORT"]
        assert schema["required"] == ["city"]
        assert schema["properties"]["runways"]["items"] == {
            "$ref": "#/components/schemas/Attributes.AIRPORT/$defs/runway"
        }
