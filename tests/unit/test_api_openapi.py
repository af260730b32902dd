"""The OpenAPI document: valid, current, and true of what the door answers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from cqrs.api.declared.executions import NAME, WORKFLOW
from cqrs.api.openapi import document
from cqrs.api.table import ROUTES
from cqrs.application import Application
from cqrs.approvals.keys import ApprovalKey
from cqrs.approvals.models import WaitingState
from cqrs.storage.origins import Origin
from tests.unit.calling import TENANT, Answer, Caller, claims, http_event, with_api
from tests.unit.importing import PlaceStrategy
from tests.unit.test_api_door import event_of
from tooling.openapi_file import FILE, text

ULID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"

DOCUMENT = json.loads(text())

OF_LETTERS = {"get_dead_letter", "redrive_dead_letter", "discard_dead_letter"}

NOT_THERE = {"get_rejected_rows_link", *OF_LETTERS}
"""Operations that the examples do not make work: they have no errors file, and SQS chooses the ids
of letters."""


@pytest.fixture
def application(settings, clients, step_functions) -> Application:
    """All that the examples are about."""
    with_table = with_api(settings, clients)
    known = replace(with_table, connections_table=with_table.api_table, workflows=WORKFLOW.example)
    made = Application(known, clients)
    made.task("square")(lambda task: task.input["n"] ** 2)
    made.import_strategy("places")(PlaceStrategy)
    for name in ("JFK", "Kennedy"):
        made.commands.publish_sync("AIRPORT#acme", "AIRPORT#JFK", name=name)
    origin = Origin("sub-1", ULID)
    made.tasks.of(origin).create_task("square", {"n": 7}, TENANT)
    made.imports.of(origin).create_csv_import(settings.bucket, "in.csv", "places", TENANT)
    execution = "arn:aws:states:ap-northeast-1:123456789012:execution:test-cqrs-closing:run-1"
    step_functions.statuses["run-1"] = "RUNNING"
    machine = settings.command_state_machine_arn
    made.step_functions.start(machine, NAME.example, {"pk": "AIRPORT#acme"})
    waiting = WaitingState("token-1", execution, "000000#2026-01-01T00:00:00Z#000000", 60)
    key = ApprovalKey.make(TENANT, "close-JFK")
    made.approvals.create_approval_request(key, "Close JFK?", {"code": "JFK"}, waiting)
    return made


def test_it_is_valid():
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_the_file_is_current():
    assert FILE.read_text(encoding="utf-8") == text(), "run `make docs`"


def test_it_has_every_route():
    operations = {
        operation["operationId"]
        for path in DOCUMENT["paths"].values()
        for operation in path.values()
    }
    assert len(operations) == len(ROUTES)


def test_everybody_may_read_it(application):
    answer = Answer.of(application.handle(http_event("GET", "/openapi.json")))
    assert (answer.status, answer.body) == (200, DOCUMENT)


def test_it_is_valid_with_routes_of_an_applications_own(application):
    application.route("POST", "/stock/{id}/count", role="reader")(lambda call: call.body)
    served = Caller(application).ask("GET", "/openapi.json").body
    OpenAPIV31SpecValidator(served).validate()
    assert served["paths"]["/v1/tenants/{tenant}/stock/{id}/count"]["post"]["operationId"] == (
        "postStockIdCount"
    )


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation)
def test_its_examples_are_answered_as_it_says(route, application):
    event = event_of(route, jwt=claims("administrator", **{"custom:tenants": "*"}))

    answer = Answer.of(application.handle(event))

    assert (answer.status < 300) is (route.operation not in NOT_THERE), answer
    told = DOCUMENT["paths"][route.full_path][route.method.lower()]["responses"][str(answer.status)]
    _fits(answer, _resolved(told))


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation)
def test_problems_are_answered_as_it_says(route, application):
    nobody = event_of(route)
    stranger = event_of(route, jwt=claims("administrator", **{"custom:tenants": "globex"}))
    odd = event_of(route, jwt=claims("administrator"), odd="1")
    gone = event_of(route, "globex", jwt=claims("administrator", **{"custom:tenants": "*"}))
    for event in (nobody, stranger, odd, gone):
        answer = Answer.of(application.handle(event))
        responses = DOCUMENT["paths"][route.full_path][route.method.lower()]["responses"]
        _fits(answer, _resolved(responses[str(answer.status)]))


def test_schemas_of_bodies_take_their_examples():
    for route in ROUTES:
        if route.body is not None:
            Draft202012Validator(dict(route.body.schema)).validate(dict(route.body.example))


def test_schemas_that_have_a_name_are_all_used():
    used = json.dumps(document(ROUTES)["paths"]) + json.dumps(DOCUMENT["components"]["responses"])
    for name in DOCUMENT["components"]["schemas"]:
        assert f"#/components/schemas/{name}" in used


def _resolved(told: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in told:
        return told
    *_, kind, name = told["$ref"].split("/")
    return DOCUMENT["components"][kind][name]


def _fits(answer: Answer, told: dict[str, Any]) -> None:
    (media,) = told.get("content", {answer.headers.get("content-type"): None})
    assert answer.headers.get("content-type") == media
    if "content" in told:
        schema = {**told["content"][media]["schema"], "components": DOCUMENT["components"]}
        Draft202012Validator(schema).validate(json.loads(answer.text))
    for header in told.get("headers", {}):
        if header != "Retry-After":  # of some conflicts alone
            assert header.lower() in answer.headers, header
