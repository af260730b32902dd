"""The OpenAPI document: valid, current, and true of what the door answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from app import application as sample
from cqrs.api.declared import imports
from cqrs.api.declared.executions import NAME, WORKFLOW
from cqrs.api.declared.read_models import NAME as READ_MODEL
from cqrs.api.openapi import Registered, document
from cqrs.api.problem_kinds import KINDS, OF_GATEWAY
from cqrs.api.problems import STATUSES, TITLES, _kind_of
from cqrs.api.table import ROUTES
from cqrs.application import Application
from cqrs.approvals.keys import ApprovalKey
from cqrs.approvals.models import WaitingState
from cqrs.read_models.runs import Phase, Plan, RunKind, RunRecords
from cqrs.resources import uploads_folder
from cqrs.storage.origins import Origin
from tests.unit.calling import TENANT, Answer, Caller, claims, http_event, with_api
from tests.unit.importing import PlaceStrategy
from tests.unit.test_api_door import event_of
from tooling.openapi_file import FILE, text
from tooling.paths import ROOT

ULID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"

DOCUMENT = json.loads(text())

OF_SAMPLE = document(
    ROUTES,
    Registered(
        {kind.name: sample.item_types.schema_of(kind.name) for kind in sample.item_types},
        sample._task_handlers.types,
        sample._import_strategies.targets,
    ),
)
"""The document that the deployed sample serves."""

RAISED = re.compile(r"Problem\(\s*(\d{3}),\s*\"([a-z-]+)\"")

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
    made.task("route_distances")(lambda task: task.input["origin"])
    made.import_strategy("airports")(PlaceStrategy)
    made.read_model(READ_MODEL.example, item_types=["AIRPORT"])(lambda _: None)
    for name in ("JFK", "Kennedy"):
        made.commands.publish_sync("AIRPORT#acme", "AIRPORT#JFK", name=name)
    origin = Origin("sub-1", ULID)
    made.tasks.of(origin).create_task("route_distances", {"origin": "JFK"}, TENANT)
    made.imports.of(origin).create_csv_import(settings.bucket, "in.csv", "airports", TENANT)
    upload = f"{uploads_folder(TENANT)}{imports.NEW.example['upload']}"
    clients.s3.put_object(Bucket=settings.bucket, Key=upload, Body=b"iata\n")
    execution = "arn:aws:states:ap-northeast-1:123456789012:execution:test-cqrs-closing:run-1"
    step_functions.statuses["run-1"] = "RUNNING"
    machine = settings.command_state_machine_arn
    made.step_functions.start(machine, NAME.example, {"pk": "AIRPORT#acme"})
    waiting = WaitingState("token-1", execution, "000000#2026-01-01T00:00:00Z#000000", 60)
    key = ApprovalKey.make(TENANT, "close-JFK")
    made.approvals.create_approval_request(key, "Close JFK?", {"code": "JFK"}, waiting)
    make_generations(made)
    return made


def make_generations(application: Application) -> None:
    """Let a read model have a generation before, and another one that waits to be read."""
    services = application.services
    model = services.read_model_registry.get(READ_MODEL.example)
    generations = services.read_model_generations
    second = generations.begin(model).building
    assert second is not None
    generations.cut_over(model.name, second)
    third = generations.begin(model).building
    runs = RunRecords(services.store, services.settings.read_models_table)
    plan = Plan(generation=third, types=("AIRPORT",), hold=True)
    runs.enter(runs.create(model.name, RunKind.REBUILD, plan), Phase.READY)


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
    registered = Registered({}, ["route_distances"], ["airports"])
    assert (answer.status, answer.body) == (200, document(ROUTES, registered))


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


def test_every_example_fits_its_schema():
    examples = list(_examples(OF_SAMPLE))
    assert len(examples) > len(ROUTES)
    for schema, example in examples:
        _validator(schema, OF_SAMPLE).validate(example)


def test_the_examples_name_what_the_sample_has():
    """So that each can be sent to the deployed sample as it stands."""
    told = json.dumps(list(_examples(OF_SAMPLE)))
    schemas = OF_SAMPLE["components"]["schemas"]
    assert set(re.findall(rf'"TASK\.(\w+)\.{ULID}"', told)) <= {*schemas["TaskType"]["enum"]}
    assert f'"TASK.route_distances.{ULID}"' in told
    assert "airports" in schemas["ImportTarget"]["enum"]
    assert f'"airports.{ULID}"' in told
    types = {
        parameter["example"]
        for operation in _operations(OF_SAMPLE)
        for parameter in operation["parameters"]
        if parameter["name"] == "type" and "example" in parameter
    }
    (item_type,) = types
    assert item_type in schemas["ItemTypes"]["properties"]
    attributes = _validator({"$ref": f"#/components/schemas/Attributes.{item_type}"}, OF_SAMPLE)
    for operation in ("putItem", "patchItem"):
        body = _operation(OF_SAMPLE, operation)["requestBody"]["content"]["application/json"]
        attributes.validate(body["example"]["attributes"])


def test_the_kinds_of_problems_are_all_described():
    """Those that the source names, by the status that it names with them."""
    raised = {
        (int(status), kind)
        for path in (ROOT / "lambda_src" / "cqrs" / "api").rglob("*.py")
        for status, kind in RAISED.findall(path.read_text(encoding="utf-8"))
    }
    described = {(status, kind) for status, kinds in KINDS.items() for kind in kinds}
    assert raised - described == set()
    of_errors = {
        (status, _kind_of(kind.__new__(kind)))
        for kinds, status in STATUSES
        for kind in (kinds if isinstance(kinds, tuple) else (kinds,))
        if status < 500
    }
    assert of_errors - described == set()


def test_what_the_gateway_answers_is_described():
    for operation in _operations(DOCUMENT):
        assert {str(status) for status in OF_GATEWAY} <= operation["responses"].keys()
    for status in OF_GATEWAY:
        name = TITLES[status].replace(" ", "")
        told = DOCUMENT["components"]["responses"][name]["content"]["application/json"]
        assert told["schema"] == {"$ref": "#/components/schemas/GatewayMessage"}


def test_links_lead_to_operations_and_to_members_of_the_reply():
    operations = {operation["operationId"]: operation for operation in _operations(DOCUMENT)}
    links = [
        (link, response)
        for operation in operations.values()
        for response in operation["responses"].values()
        for link in response.get("links", {}).values()
    ]
    assert links
    for link, response in links:
        taken = {one["name"] for one in operations[link["operationId"]]["parameters"]}
        assert link["parameters"].keys() <= taken
        schema = _resolved(response["content"]["application/json"]["schema"])
        for expression in link["parameters"].values():
            place, _, name = expression.partition("#/")
            assert place != "$response.body" or name in schema["properties"]


def test_schemas_that_have_a_name_are_all_used():
    used = json.dumps(DOCUMENT)
    for name in DOCUMENT["components"]["schemas"]:
        assert f"#/components/schemas/{name}" in used


def _operations(told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in told["paths"].values():
        yield from path.values()


def _operation(told: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = (one for one in _operations(told) if one["operationId"] == name)
    return found


def _examples(told: Any) -> Iterator[tuple[dict[str, Any], Any]]:
    """Each example of a document, with its schema."""
    if isinstance(told, dict):
        if "example" in told and "schema" in told:
            yield told["schema"], told["example"]
        for part in told.values():
            yield from _examples(part)
    elif isinstance(told, list):
        for part in told:
            yield from _examples(part)


def _validator(schema: dict[str, Any], told: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator({**schema, "components": told["components"]})


def _resolved(told: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in told:
        return told
    *_, kind, name = told["$ref"].split("/")
    return DOCUMENT["components"][kind][name]


def _fits(answer: Answer, told: dict[str, Any]) -> None:
    media = answer.headers.get("content-type")
    assert media in told.get("content", {media: None})
    assert media != "application/json" or answer.status < 400, "that is the gateway's"
    if "content" in told:
        _validator(told["content"][media]["schema"], DOCUMENT).validate(json.loads(answer.text))
    for name, header in told.get("headers", {}).items():
        if header.get("required"):
            assert name.lower() in answer.headers, name
