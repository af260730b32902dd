"""Lists over HTTP, each route of the table: cursors of no list, and what lies below nothing."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from typing import Any

import pytest

from cqrs.api.route import Route
from cqrs.api.table import RouteTable
from cqrs.application import Application
from tests.unit.calling import BASE, TENANT, Answer, Caller, with_api
from tests.unit.conftest import PREFIX

WORKFLOW = "price-adjustment"
ULID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"

ROUTES = RouteTable([]).routes


def by_operation(routes: list[Route]) -> list[Any]:
    return [pytest.param(route, id=route.operation) for route in routes]


PAGED = by_operation(
    [route for route in ROUTES if "cursor" in {each.name for each in route.parameters}]
)

NOTHING = {
    "type": "AIRPORT",
    "version": "1",
    "machine": "nobody-knows",
    "workflow": "nobody-knows",
    "name": "nobody-knows",
    "source": "commands",
}
"""Things that were never made; of a source there are letters, or none."""

IDS = {
    "tasks": f"SFN_TASK.square.{ULID}",
    "imports": f"airports.{ULID}",
    "items": "JFK",
    "approvals": "nobody-knows",
    "findings": "nobody-knows",
    "dead-letters": "nobody-knows",
}

MAKES_OR_LISTS = {"list_items", "put_item", "list_dead_letters", "redrive_dead_letters"}
"""Operations whose paths name what needs not be there."""

BELOW = by_operation(
    [route for route in ROUTES if route.path_parameters and route.operation not in MAKES_OR_LISTS]
)


def word(document: str) -> str:
    return base64.urlsafe_b64encode(document.encode()).decode()


LONG = "0" * 1025

NO_CURSORS = {
    "a letter": "x",
    "nothing": "",
    "a space": " ",
    "another script": "空港",
    "a negative number": "-1",
    "a fraction": "1.5",
    "a long one": "x" * 2000,
    "no JSON": word("{"),
    "null": word("null"),
    "a number": word("5"),
    "a list": word("[]"),
    "a mapping": word("{}"),
    "three fractions": word("[0.5, 0.5, 0.5]"),
    "a fraction of a part": word('[0.5, "2026-01-01T00:00:00.000Z", 0]'),
    "a fraction of an examination": word("[0.5, 0, null]"),
    "a fraction of a shard": word("[0, 0.5, null]"),
    "a key of another table": word('[0, 0, {"a": "b"}]'),
    "truths": word("[true, true, null]"),
    "a time that is none": word('[0, "", 0]'),
    "a deep one": word("[" * 1000),
    "half of a character of an item": word('{"pk": "AIRPORT#acme", "sk": "AIRPORT#\\ud800"}'),
    "half of a character of a request": word('"\\ud800"'),
    "half of a character of a time": word('[0, "\\ud800", 0]'),
    "a key that is too long of an item": word(f'{{"pk": "AIRPORT#acme", "sk": "AIRPORT#{LONG}"}}'),
    "a key that is too long of a request": word(f'"{LONG}"'),
    "a key that is too long of a sub-task": f"square#{ULID}#{LONG}",
    "a key that is too long of a time": word(f'[0, "{LONG}", 0]'),
    "another bucket": "s3://another/discarded/2026-01-01/commands/1.json",
    "another folder": f"s3://{PREFIX}files/uploads/acme/1.csv",
}


@pytest.fixture
def application(settings, clients) -> Application:
    known = replace(with_api(settings, clients), workflows=WORKFLOW)
    made = Application(known, clients)
    made.task("square")(lambda task: task.input["n"] ** 2)
    return made


@pytest.fixture
def caller(application) -> Caller:
    return Caller(application, "administrator", **{"custom:tenants": "*"})


@pytest.fixture
def there(caller) -> dict[str, str]:
    """Parameters of paths of lists that there are."""
    task = caller.ask("POST", "/tasks", {"type": "square", "items": [{"n": 1}]}).body
    started = caller.ask("POST", f"/workflows/{WORKFLOW}/executions", {"input": {}}).body
    published = caller.ask("PUT", f"/items/AIRPORT/{task['id']}", {"attributes": {}}).body
    return {
        "tenant": TENANT,
        "type": "AIRPORT",
        "id": task["id"],
        "version": str(published["version"]),
        "machine": WORKFLOW,
        "workflow": WORKFLOW,
        "name": started["name"],
    }


def path_of(route: Route, parameters: dict[str, str]) -> str:
    return re.sub(r"{(\w+)}", lambda found: parameters[found[1]], route.full_path)


def below_nothing(route: Route) -> str:
    things = route.path.split("/")[1]
    return path_of(route, {"tenant": TENANT, "id": IDS.get(things, ""), **NOTHING})


def is_told(answer: Answer, status: int) -> None:
    assert answer.status == status, answer
    assert answer.kind, answer
    assert len(answer.body["detail"]) > 20


@pytest.mark.parametrize("route", PAGED)
def test_a_first_page_needs_no_cursor(caller, there, route):
    assert caller.ask(route.method, path_of(route, there)).status == 200


@pytest.mark.parametrize("cursor", NO_CURSORS.values(), ids=NO_CURSORS)
@pytest.mark.parametrize("route", PAGED)
def test_a_cursor_of_no_list_is_refused(caller, there, route, cursor):
    answer = caller.ask(route.method, path_of(route, there), cursor=cursor)
    is_told(answer, 400)
    assert "cursor" in answer.body["detail"]


@pytest.mark.parametrize("cursor", NO_CURSORS.values(), ids=NO_CURSORS)
def test_repairs_of_a_cursor_of_no_list_are_refused(caller, cursor):
    answer = caller.ask("POST", "/v1/environment/findings/repair", {"cursor": cursor})
    is_told(answer, 400)
    assert "cursor" in answer.body["detail"]


@pytest.mark.parametrize("parts", [["commands", "a" * 3000, "b"], ["commands", "\ud800", "b"]])
def test_what_can_be_no_key_is_no_finding(caller, parts):
    answer = caller.ask("GET", f"/v1/environment/findings/{word(json.dumps(parts)).rstrip('=')}")
    is_told(answer, 404)


@pytest.mark.parametrize("path", ["items//KIX", "items//KIX/history", "items/AIRPORT//commands/1"])
def test_a_place_without_a_name_is_refused(caller, path):
    answer = caller.ask("GET", f"{BASE}/{path}")
    is_told(answer, 400)
    assert "is empty" in answer.body["detail"]


@pytest.mark.parametrize("route", BELOW)
def test_nothing_lies_below_what_is_not_there(caller, route):
    body = None if route.body is None else route.body.example
    answer = caller.ask(route.method, below_nothing(route), body)
    is_told(answer, 404)
    assert answer.kind == "not-found"
