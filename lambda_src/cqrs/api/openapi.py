"""The OpenAPI 3.1 document of the routes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cqrs.api import schemas, schemas_of_operations
from cqrs.api.paths import TENANT
from cqrs.api.problems import PROBLEM_TYPE, TITLES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cqrs.api.route import Body, Parameter, Reply, Route

DESCRIPTION = """Publishing answers 202: the command is stored, and will be applied after those
before it. `Location` names the command, and `ETag` the version that it makes. A problem is JSON of
RFC 9457. Numbers have all of their digits, so read them with a parser that keeps those.
API Gateway itself answers 401 to a token that it does not take, and 429 above the throttle. It
answers 503 if the function does not answer. The bodies of those are `{"message": ...}`."""

JSON = "application/json"

NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]")
"""Characters that no name of a schema has here (OpenAPI 3.1, Components Object)."""

SECURITY = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A token of the environment's identity provider. Those who sign with AWS "
        "credentials use the same paths below `/iam`, if the environment has them.",
    }
}

HEADER_PARAMETERS = {
    "If-Match": (
        "The ETag of the version that the change builds on; by default the newest.",
        '"3"',
    ),
    "If-None-Match": (
        "Of a change: `*` to make an item that does not exist. Of a read: the ETag that is known.",
        "*",
    ),
    "Idempotency-Key": (
        "16 to 255 visible characters, such as a new UUID. A repeat of the request within 24 hours "
        "is not done again, and gets the same answer.",
        "0f9d6f6a-5f0f-4c4d-9a4b-1f7c5b8f6d3e",
    ),
}

HEADERS = {
    "ETag": "The version, in quotes.",
    "Location": "The path of what was made.",
    "Retry-After": "Seconds to wait.",
    "Allow": "The methods of the path.",
}

ALWAYS = (400, 401, 403, 404, 500, 503)
"""Problems of any route."""

OF_BODIES = (413, 415)
OF_WRITES = (409, 422)
"""Problems of routes that take a body, and of those that take an Idempotency-Key."""

HEADERS_OF_PROBLEMS = {405: "Allow", 409: "Retry-After", 412: "ETag", 503: "Retry-After"}

NAMED = {**schemas.NAMED, **schemas_of_operations.NAMED}

COMMON = frozenset({*ALWAYS, *OF_BODIES, *OF_WRITES, 412})


def document(
    routes: Iterable[Route], item_types: Mapping[str, bool | Mapping[str, Any]] | None = None
) -> dict[str, Any]:
    """The document, as plain JSON values.

    Parameters
    ----------
    routes
        The routes.
    item_types
        The schemas of the application's types of items, by their names.
    """
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.full_path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Command-sourced workflows",
            "version": "1",
            "description": DESCRIPTION,
            "license": {"name": "MIT License", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": {**NAMED, **_of_item_types(item_types or {})},
            "responses": {_problem_name(status): _problem(status) for status in sorted(COMMON)},
            "headers": {name: _header(told) for name, told in HEADERS.items()},
            "securitySchemes": SECURITY,
        },
    }


def _of_item_types(item_types: Mapping[str, bool | Mapping[str, Any]]) -> dict[str, Any]:
    names = {name: f"Attributes.{NOT_IN_NAMES.sub('-', name)}" for name in item_types}
    return {
        names[name]: _moved(schema, f"#/components/schemas/{names[name]}")
        for name, schema in item_types.items()
    }


def _moved(schema: Any, place: str) -> Any:
    """A schema whose references to its own parts go to its place in the document."""
    if isinstance(schema, Mapping):
        return {
            name: place + part.removeprefix("#")
            if name == "$ref" and isinstance(part, str)
            else _moved(part, place)
            for name, part in schema.items()
        }
    return [_moved(part, place) for part in schema] if isinstance(schema, list) else schema


def _operation(route: Route) -> dict[str, Any]:
    operation = {
        "operationId": _camel(route.operation),
        "summary": route.summary,
        "description": f"Roles: {', '.join(sorted(route.roles))}.{_of_all(route)}",
        "x-roles": sorted(route.roles),
        "parameters": _parameters(route),
        "responses": {
            **{str(reply.status): _reply(reply) for reply in route.replies},
            **{
                str(status): _reference("responses", _problem_name(status)) for status in _of(route)
            },
        },
    }
    if route.body is not None:
        operation["requestBody"] = _body(route.body)
    elif route.takes_any_body:
        operation["requestBody"] = {"content": {JSON: {"schema": {}}}}
    return operation


def _of(route: Route) -> list[int]:
    """Statuses of a route's problems."""
    takes_body = route.body is not None or route.takes_any_body
    statuses = {*ALWAYS, *route.problems, route.refused}
    statuses |= {*(OF_BODIES if takes_body else ()), *(OF_WRITES if route.writes else ())}
    return sorted(statuses)


def _parameters(route: Route) -> list[dict[str, Any]]:
    tenant = {
        "name": TENANT,
        "in": "path",
        "required": True,
        "description": "Code of the tenant.",
        "schema": schemas.TEXT,
        "example": "acme",
    }
    of_path = [{**_parameter(one, "path"), "required": True} for one in route.path_parameters]
    of_query = [_parameter(one, "query") for one in route.parameters]
    names = (*route.headers, *(("Idempotency-Key",) if route.writes else ()))
    of_headers = [
        {
            "name": name,
            "in": "header",
            "description": HEADER_PARAMETERS[name][0],
            "schema": schemas.TEXT,
            "example": HEADER_PARAMETERS[name][1],
        }
        for name in names
    ]
    of_tenant = [] if route.is_of_environment else [tenant]
    return [*of_tenant, *of_path, *of_query, *of_headers]


def _of_all(route: Route) -> str:
    return " It takes the tenant `*`." if route.is_of_environment else ""


def _parameter(parameter: Parameter, place: str) -> dict[str, Any]:
    told = {
        "name": parameter.name,
        "in": place,
        "description": parameter.summary,
        "schema": parameter.schema,
    }
    return told if parameter.example is None else {**told, "example": parameter.example}


def _body(body: Body) -> dict[str, Any]:
    content = {JSON: {"schema": body.schema, "example": body.example}}
    return {"required": not body.is_optional, "content": content}


def _reply(reply: Reply) -> dict[str, Any]:
    told: dict[str, Any] = {"description": reply.summary}
    if reply.headers:
        told["headers"] = {name: _reference("headers", name) for name in reply.headers}
    if reply.schema is not None:
        told["content"] = {JSON: {"schema": _named(reply.schema)}}
    return told


def _named(schema: Any) -> Any:
    """A schema, or a reference to it if it has a name."""
    for name, known in NAMED.items():
        if known is schema:
            return _reference("schemas", name)
    return schema


def _problem(status: int) -> dict[str, Any]:
    told: dict[str, Any] = {
        "description": f"{TITLES[status]}: `detail` says what to do.",
        "content": {PROBLEM_TYPE: {"schema": _reference("schemas", "Problem")}},
    }
    header = HEADERS_OF_PROBLEMS.get(status)
    if header is not None:
        told["headers"] = {header: _reference("headers", header)}
    return told


def _problem_name(status: int) -> str:
    return TITLES[status].replace(" ", "")


def _header(told: str) -> dict[str, Any]:
    return {"description": told, "schema": schemas.TEXT}


def _reference(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
