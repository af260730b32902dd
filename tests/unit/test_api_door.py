"""Who gets through the door of the HTTP API, and who does not."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import pytest

from cqrs.api.answers import ApiAnswer
from cqrs.api.call import ApiCall
from cqrs.api.door import Door
from cqrs.api.own_routes import TAKEN
from cqrs.api.paths import BASE as TEMPLATE
from cqrs.api.paths import parameter_in, segment, segments_of, text_of
from cqrs.api.principals import Identity
from cqrs.api.problems import Problem
from cqrs.api.route import Route
from cqrs.api.table import ROUTES
from cqrs.application import Application
from cqrs.core.keys import CommandKey
from cqrs.core.log_keys import REFUSED
from cqrs.core.observability import logger
from cqrs.errors import (
    ConfigurationError,
    NotFoundError,
    UnsupportedEventError,
    ValidationError,
)
from cqrs.roles import Role
from tests.unit.calling import BASE, Answer, Caller, claims, http_event, with_api

OWN_TENANTS = ("acme", "[globex acme]", "*")

EVERY_ROUTE = pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation)


@pytest.fixture
def application(settings, clients) -> Application:
    return Application(with_api(settings, clients), clients)


def path_of(route: Route, tenant: str = "acme") -> str:
    examples = {one.name: str(one.example) for one in route.path_parameters}
    parts = [
        part
        if (name := parameter_in(part)) is None
        else segment({"tenant": tenant, **examples}[name])
        for part in segments_of(route.full_path)
    ]
    return "/" + "/".join(parts)


def tenants_of(route: Route) -> str:
    """The tenants that somebody needs for a route, as a claim."""
    return "*" if route.is_of_environment else "acme"


def event_of(route: Route, tenant: str = "acme", **more: Any) -> dict[str, Any]:
    body = None if route.body is None else json.dumps(route.body.example)
    headers = {"idempotency-key": "k" * 16}
    return http_event(route.method, path_of(route, tenant), body=body, headers=headers, **more)


class TestEveryRoute:
    """The table says enough of a route to try it."""

    @pytest.fixture(autouse=True)
    def untouched(self, application, requests):  # noqa: ARG002 - its table is made before
        requests.operations.clear()  # those that made the table
        yield
        assert requests.operations == []

    @EVERY_ROUTE
    def test_nobody_is_let_in(self, route, application):
        for event in (event_of(route), event_of(route, jwt={}), event_of(route, jwt={"name": "J"})):
            answer = Answer.of(application.handle(event))
            assert (answer.status, answer.kind) == (401, "no-principal")
            assert answer.headers["www-authenticate"] == "Bearer"

    @EVERY_ROUTE
    def test_another_tenant_is_not_let_in(self, route, application):
        everything = claims(*Role)
        of_all = ("acme", "[acme globex]", "environment", "%2A", "**") * route.is_of_environment
        for tenants in ("[globex initech]", "", "acm", "acmee", "ACME", *of_all):
            event = event_of(route, jwt={**everything, "custom:tenants": tenants})
            answer = Answer.of(application.handle(event))
            assert (answer.status, answer.kind) == (403, "tenant"), tenants

    @EVERY_ROUTE
    def test_a_lacking_role_is_not_let_in(self, route, application):
        for roles in ([], ["guest"], sorted(set(Role) - route.roles)):
            jwt = claims(*roles, **{"custom:tenants": tenants_of(route)})
            answer = Answer.of(application.handle(event_of(route, jwt=jwt)))
            assert (answer.status, answer.kind) == (403, "role")
            assert all(role in answer.body["detail"] for role in route.roles)

    @EVERY_ROUTE
    def test_a_caller_with_aws_credentials_alone_is_not_let_in(self, route, application):
        event = event_of(route, iam="arn:aws:sts::123456789012:assumed-role/deploy/me")
        answer = Answer.of(application.handle(event))
        assert (answer.status, answer.kind) == (403, "tenant")


@EVERY_ROUTE
def test_each_role_that_a_route_names_is_let_in(route, application):
    for role in route.roles:
        for tenants in ("[globex *]", "*") if route.is_of_environment else OWN_TENANTS:
            jwt = claims(role, **{"custom:tenants": tenants})
            answer = Answer.of(application.handle(event_of(route, jwt=jwt)))
            assert answer.status not in {401, 403, 405, 500}, answer


def test_roles_may_do_what_is_written_of_them():
    rebuilding = {
        "rebuild_read_model", "replay_read_model", "cut_over_read_model", "roll_back_read_model",
        "cancel_rebuild", "drop_read_model",
    }  # fmt: skip
    of_environment = {one.operation for one in ROUTES if one.is_of_environment}
    of_all = of_environment - rebuilding
    reads = {one.operation for one in ROUTES if one.method == "GET"} - of_environment
    asked = {"list_approvals", "get_approval"}
    anybody = {"create_ticket"}

    def may(role: Role) -> set[str]:
        return {route.operation for route in ROUTES if role in route.roles}

    assert may(Role.READER) == anybody | reads - asked - {"get_obstacle"}
    assert may(Role.PUBLISHER) - may(Role.READER) == {
        "put_item", "patch_item", "delete_item", "create_task", "create_upload", "create_import",
        "start_workflow",
    }  # fmt: skip
    assert may(Role.APPROVER) == anybody | asked | {"approve", "reject"}
    assert reads <= may(Role.OPERATOR)
    assert may(Role.OPERATOR) - reads == anybody | {
        "retry_command", "cancel_task", "retry_task", "cancel_import", "heartbeat_approval",
        "close_approval", *of_all,
    }  # fmt: skip
    assert may(Role.ADMINISTRATOR) == {route.operation for route in ROUTES}
    assert rebuilding.isdisjoint(may(Role.OPERATOR))


def test_operations_and_shapes_are_unique():
    shapes = [
        (
            route.method,
            *("{}" if parameter_in(one) else one for one in segments_of(route.full_path)),
        )
        for route in ROUTES
    ]
    assert len(set(shapes)) == len(shapes)
    assert len({route.operation for route in ROUTES}) == len(ROUTES)


class TestPaths:
    @pytest.fixture
    def reader(self, application) -> Caller:
        return Caller(application, "reader")

    @pytest.mark.parametrize("path", ["/v1", "/v2/tenants/acme/tasks", f"{BASE}/nothing", BASE])
    def test_a_path_that_is_not_there_is_told(self, reader, path):
        answer = reader.ask("GET", path)
        assert (answer.status, answer.kind) == (404, "no-route")
        assert answer.body["instance"] == "request-1"

    def test_a_method_that_is_not_there_is_told(self, reader):
        answer = reader.ask("POST", "/items/AIRPORT/JFK")
        assert (answer.status, answer.kind) == (405, "method")
        assert answer.headers["allow"] == "DELETE, GET, PATCH, PUT"

    @pytest.mark.parametrize(
        "text",
        [
            "JFK",
            "a/b",
            "what?",
            "100%",
            "~x",
            ".",
            "..",
            "日本",
            "a b",
            "a#b",
            "50%25",
            "\\",
            "\ufffd",
            "a\n",
            "\x00",
            "\x7f",
        ],
    )
    def test_any_id_goes_through_a_path(self, text):
        arrived = segment(text)
        if not arrived.startswith("~"):  # an HTTP API decodes all but %25
            arrived = unquote(arrived.replace("%25", "%2525"))
        assert text_of(arrived) == text

    @pytest.mark.parametrize(
        "part",
        ["~", "~~", "~x", "~!!!", "~YR", "~YQ==", "~bm90.ZS0x", "~a+/b", "~_w", "~YQ\n", "a\ufffd"],
    )
    def test_what_no_encoding_gives_names_no_item(self, application, part):
        caller = Caller(application, "publisher")
        answer = caller.put(part)
        assert (answer.status, answer.kind) == (400, "path")
        assert caller.ask("GET", "/items/AIRPORT").body["items"] == []

    def test_a_query_that_is_no_utf_8_is_told(self, application):
        event = http_event("GET", f"{BASE}/tasks", jwt=claims("reader"))
        answer = Answer.of(application.handle({**event, "rawQueryString": "cursor=%ff"}))
        assert (answer.status, answer.kind) == (400, "query")

    def test_a_tenant_that_is_none_is_refused(self, application):
        everybody = Caller(application, "administrator", **{"custom:tenants": "*"})
        for tenant in ("a#b", "*", "~Kg"):
            assert everybody.ask("GET", f"/v1/tenants/{tenant}/tasks").status == 400
            for path in ("tickets", "tasks/x/retry"):
                answer = everybody.ask("POST", f"/v1/tenants/{tenant}/{path}")
                assert (answer.status, answer.kind) == (400, "validation")


class TestIdentity:
    def test_names_of_claims_are_the_environments(self):
        mapping = {
            "subject": "oid",
            "name": "email",
            "tenants": "orgs",
            "roles": "groups",
            "role_names": {"Staff": "reader", "Boss": "administrator", "Odd": "nothing"},
        }
        given = {
            "oid": "1",
            "email": "j@example.com",
            "orgs": "acme, globex",
            "groups": "[Staff Odd administrator]",
        }
        principal = Identity(json.dumps(mapping)).principal({"jwt": {"claims": given}})

        assert (principal.subject, principal.name) == ("1", "j@example.com")
        assert principal.tenants == {"acme", "globex"}
        assert principal.roles == {Role.READER}
        assert principal.author == "1 (j@example.com)"

    @pytest.mark.parametrize(
        ("mapping", "roles"),
        [
            ({}, {Role.READER}),
            ({"role_names": {}}, set()),
            ({"role_names": {"x": "reader"}}, set()),
        ],
    )
    def test_a_group_that_is_not_named_gives_no_role(self, mapping, roles):
        given = {"sub": "1", "cognito:groups": "[reader]"}

        principal = Identity(json.dumps(mapping)).principal({"jwt": {"claims": given}})

        assert principal.roles == roles

    @pytest.mark.parametrize(
        ("pattern", "arn", "fits"),
        [
            ("arn:aws:iam::1:role/deploy", "arn:aws:sts::1:assumed-role/deploy/me", True),
            ("arn:aws:iam::1:role/team/deploy", "arn:aws:sts::1:assumed-role/deploy/me", True),
            ("arn:aws:iam::1:role/deploy-*", "arn:aws:sts::1:assumed-role/deploy-x/me", True),
            ("arn:aws:iam::1:user/jane", "arn:aws:iam::1:user/jane", True),
            ("arn:aws:iam::1:role/deploy", "arn:aws:sts::2:assumed-role/deploy/me", False),
            ("arn:aws:iam::1:role/deploy", "arn:aws:sts::1:assumed-role/deployer/me", False),
            ("arn:aws:iam::1:role/team/*", "arn:aws:sts::1:assumed-role/other/me", False),
            ("arn:aws:iam::1:role/*", "arn:aws:iam::1:user/jane", False),
            ("arn:aws:iam::*:role/deploy", "arn:aws:sts::1:assumed-role/deploy/me", True),
            ("arn:aws:iam::1:role/de.loy", "arn:aws:sts::1:assumed-role/deploy/me", False),
        ],
    )
    def test_callers_are_known_by_their_roles(self, pattern, arn, fits):
        caller = {"name": "Nightly", "tenants": ["*"], "roles": ["operator"]}
        identity = Identity(json.dumps({"callers": {pattern: caller}}))
        principal = identity.principal({"iam": {"userArn": arn}})

        assert principal.subject == arn
        assert (principal.roles == {Role.OPERATOR}) is fits
        assert principal.may_work_for("acme") is fits

    def test_a_mapping_that_is_damaged_is_a_fault(self, settings, clients):
        application = Application(with_api(settings, clients, "{"), clients)
        answer = Caller(application, "reader").ask("GET", "/tasks")
        assert (answer.status, answer.kind) == (500, "fault")
        assert "API_IDENTITY" not in answer.text

    def test_a_long_name_is_cut_behind_the_subject(self, application):
        caller = Caller(application, "publisher", name="J" * 300)
        assert caller.put("JFK").status == 202
        command = application.commands.get(_command_key("JFK", 1))
        assert command.created_by.startswith("sub-1 (JJJ")
        assert len(command.created_by) == 256

    def test_what_a_caller_says_of_itself_does_not_count(self, application):
        caller = Caller(application, "publisher")
        refused = caller.put("JFK", {"created_by": "somebody"})
        assert refused.body["errors"][0]["pointer"] == "#/created_by"
        caller.put("JFK", headers={"created-by": "somebody"})
        command = application.commands.get(_command_key("JFK", 1))
        assert (command.created_by, command.is_author_verified) == ("sub-1 (Jane Doe)", True)

    def test_what_a_bare_invocation_says_is_not_verified(self, application):
        payload = {"pk": "AIRPORT#acme", "sk": "AIRPORT#JFK", "created_by": "sub-1 (Jane Doe)"}
        event = {"source": "direct", "action": "publish", "payload": payload}
        assert application.handle(event)["status"] == "ok"
        command = application.commands.get(_command_key("JFK", 1))
        assert (command.created_by, command.is_author_verified) == ("sub-1 (Jane Doe)", False)


class TestEventsThatTheGatewayDidNotSend:
    ARN = "arn:aws:lambda:ap-northeast-1:123456789012:function:test-cqrs-main"

    @pytest.fixture
    def guarded(self, settings, clients):
        return Application(replace(settings, api_function_alias="http-api"), clients)

    @pytest.mark.parametrize("invoked", ["", ARN, f"{ARN}:7", f"{ARN}:other-http-api"])
    def test_are_refused(self, guarded, invoked):
        event = event_of(ROUTES[0], jwt=claims("administrator"))
        with pytest.raises(UnsupportedEventError, match="sends its own to the alias http-api"):
            guarded.handle(event, None, invoked)

    def test_those_that_it_sent_are_answered(self, guarded):
        answer = guarded.handle(event_of(ROUTES[0]), None, f"{self.ARN}:http-api")
        assert answer["statusCode"] == 401

    def test_other_sources_invoke_the_function_itself(self, guarded):
        payload = {"pk": "AIRPORT#acme", "sk": "AIRPORT#JFK"}
        event = {"source": "direct", "action": "publish", "payload": payload}
        assert guarded.handle(event, None, self.ARN)["status"] == "ok"


class TestOwnRoutes:
    def test_a_function_answers(self, application):
        seen: list[ApiCall] = []

        @application.route("GET", "/stock/{id}", role="reader")
        def stock(call: ApiCall) -> Any:
            """Tell the stock of a thing."""
            seen.append(call)
            return {"id": call.path["id"], "of": call.tenant}

        answer = Caller(application, "reader").ask("GET", "/stock/a b", at="noon")

        assert (answer.status, answer.body) == (200, {"id": "a b", "of": "acme"})
        assert seen[0].query == {"at": "noon"}
        assert seen[0].principal.subject == "sub-1"
        document = Caller(application).ask("GET", "/openapi.json").body
        told = document["paths"][f"{TEMPLATE}/stock/{{id}}"]["get"]
        assert told["summary"] == "Tell the stock of a thing."
        assert set(told["responses"]) == {"200", "204", "default"}

    def test_its_good_answers_are_described_as_they_are_named(self, application):
        application.route("POST", "/stock", role="reader", statuses=(202, 205))(
            lambda call: call.body
        )
        document = Caller(application).ask("GET", "/openapi.json").body
        told = document["paths"][f"{TEMPLATE}/stock"]["post"]["responses"]
        assert set(told) == {"202", "205", "default"}
        assert ("content" in told["202"], "content" in told["205"]) == (True, False)

    @pytest.mark.parametrize("statuses", [(), (404,), ("200",), (True,), (200, 302)])
    def test_statuses_that_are_none_are_refused(self, application, statuses):
        with pytest.raises(ConfigurationError, match="some of 200 to 299"):
            application.route("POST", "/stock", role="reader", statuses=statuses)(lambda _: None)

    @pytest.mark.parametrize(
        ("named", "let_in"),
        [
            ("reader", {"reader", "publisher", "operator", "administrator"}),
            ("publisher", {"publisher", "administrator"}),
            ("approver", {"approver", "administrator"}),
            ("operator", {"operator", "administrator"}),
            ("administrator", {"administrator"}),
            (["reader", "approver"], set(Role)),
        ],
    )
    def test_roles_that_include_the_named_one_are_let_in(self, application, named, let_in):
        application.route("GET", "/stock", role=named)(lambda call: call.tenant)
        answers = {role: Caller(application, role).ask("GET", "/stock") for role in Role}
        assert {role for role, answer in answers.items() if answer.status == 200} == let_in
        refused = [answer.body["detail"] for answer in answers.values() if answer.status == 403]
        assert all(" (<lambda>) needs one of the roles " in detail for detail in refused)

    @pytest.mark.parametrize(
        "given",
        [
            {"n": float("nan")},
            [Decimal("Infinity")],
            {"n": object()},
            ApiAnswer(199),
            ApiAnswer(600),
            ApiAnswer(True),
            ApiAnswer("200"),  # type: ignore[arg-type]
            ApiAnswer(200, 1, {"x-odd": "a\r\nset-cookie: b"}),
            ApiAnswer(200, 1, {"x odd": "a"}),
            ApiAnswer(200, 1, {"x-odd": 1}),  # type: ignore[dict-item]
        ],
    )
    def test_what_cannot_be_sent_is_a_fault_of_the_route(self, application, given, caplog):
        application.route("GET", "/stock/{id}", role="reader")(lambda _call: given)
        answer = Caller(application, "reader").ask("GET", "/stock/1")
        assert (answer.status, answer.kind) == (500, "fault")
        assert "GET /stock/{id}" in caplog.records[-1].__dict__["reason"]

    def test_a_refusal_is_logged_with_its_reason(self, application, caplog):
        with caplog.at_level("DEBUG", logger=logger.name):
            answer = Caller(application, "reader").ask("GET", "/stock/1")

        (line,) = [one.__dict__ for one in caplog.records if one.message == REFUSED]
        assert (line["status"], line["reason"]) == (404, answer.body["detail"])

    def test_words_that_json_does_not_have_may_stand_in_text(self, application):
        application.route("GET", "/stock", role="reader")(lambda _call: "NaN and Infinity")
        assert Caller(application, "reader").ask("GET", "/stock").body == "NaN and Infinity"

    def test_a_parameter_is_sent_once(self, application):
        application.route("GET", "/stock", role="reader")(lambda call: call.query)
        event = http_event("GET", f"{BASE}/stock", jwt=claims("reader"))
        answer = Answer.of(application.handle({**event, "rawQueryString": "at=1&at=2"}))
        assert (answer.status, answer.kind) == (400, "query")

    def test_roles_hold(self, application):
        application.route("POST", "/stock", role=["operator", "publisher"])(lambda call: call.body)

        assert Caller(application, "reader").ask("POST", "/stock", {"n": 1}).status == 403
        assert Caller(application, "operator").ask("POST", "/stock", {"n": 1}).body == {"n": 1}

    @pytest.mark.parametrize(
        ("error", "status"),
        [
            (ValidationError("n is missing"), 400),
            (NotFoundError("There is no x"), 404),
            (RuntimeError("secret"), 500),
            (SystemExit(1), 500),
            (Problem(409, "sold-out", "All are sold."), 409),
        ],
    )
    def test_errors_are_problems(self, application, error, status):
        def fail(_call: ApiCall) -> Any:
            raise error

        application.route("GET", "/stock", role="reader")(fail)
        answer = Caller(application, "reader").ask("GET", "/stock")

        assert answer.status == status
        assert answer.kind
        assert "secret" not in answer.text

    def test_nothing_is_an_answer_too(self, application):
        application.route("DELETE", "/stock", role="publisher")(lambda _call: None)
        answer = Caller(application, "publisher").ask("DELETE", "/stock")
        assert (answer.status, answer.text) == (204, "")

    @pytest.mark.parametrize(
        ("method", "path", "role"),
        [
            ("get", "/stock", "reader"),
            ("GET", "stock", "reader"),
            ("GET", "/", "reader"),
            ("GET", "/stock/", "reader"),
            ("GET", "/{any}", "reader"),
            ("GET", "/items/x", "reader"),
            ("GET", "/a/{x}/{x}", "reader"),
            ("GET", "/stock", "king"),
            ("GET", "/stock", []),
        ],
    )
    def test_what_is_malformed_is_refused(self, application, method, path, role):
        with pytest.raises(ConfigurationError):
            application.route(method, path, role=role)(print)

    def test_a_route_is_declared_once(self, application):
        application.route("GET", "/stock/{id}", role="reader")(print)
        with pytest.raises(ConfigurationError, match="Two routes"):
            application.route("GET", "/stock/{code}", role="reader")(print)

    def test_none_takes_the_place_of_the_projects(self):
        of_tenants = [route for route in ROUTES if not route.is_of_environment]
        assert {segments_of(route.path)[0] for route in of_tenants} == TAKEN


def test_an_error_of_the_door_itself_is_told_by_its_id_alone(settings, clients, monkeypatch):
    application = Application(with_api(settings, clients), clients)

    def fail(*_: Any) -> Any:
        raise ZeroDivisionError("inner")

    monkeypatch.setattr(Door, "_route", fail)
    answer = Caller(application, "reader").ask("GET", "/tasks")

    assert (answer.status, answer.kind, answer.body["instance"]) == (500, "fault", "request-1")
    assert "inner" not in answer.text


def _command_key(code: str, version: int) -> CommandKey:
    return CommandKey("AIRPORT#acme", f"AIRPORT#{code}", version)
