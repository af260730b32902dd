"""The OpenAPI 3.1 document of the routes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cqrs.api import schemas, schemas_of_operations
from cqrs.api.conditions import ANY, ETAG
from cqrs.api.idempotency import KEY
from cqrs.api.paths import TENANT, segments_of
from cqrs.api.problem_kinds import KINDS, OF_GATEWAY
from cqrs.api.problems import PROBLEM_TYPE, TITLES, TYPE_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cqrs.api.route import Body, Link, Parameter, Reply, Route

DESCRIPTION = """Publishing answers 202: the command is stored, and will be applied after those
before it. `Location` names the command, and `ETag` the version that it makes. A problem is JSON of
RFC 9457. Numbers have all of their digits, so read them with a parser that keeps those.
API Gateway makes some answers itself, whose bodies are `{"message": ...}`. A method that a path
does not take is answered by 405, with those that it takes in `Allow`.

Text in a path goes percent-encoded. API Gateway decodes a path, and cuts it at a decoded `?`. So
some text goes as `~` and its Base64 in the form for URLs (RFC 4648, section 5), without padding. It
is text that has one of `/ \\ ? %`, a control character or U+FFFD, begins with `~`, or is `.` or
`..`.

Text is UTF-8. U+FFFD stands for bytes that are none, so it is refused in a path and in a body. One
that is meant goes into JSON as `\\ufffd`."""

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

IF_MATCH, IF_NONE_MATCH, IDEMPOTENCY_KEY = "If-Match", "If-None-Match", "Idempotency-Key"

VERSION_TAG = f"^{ETAG.pattern}$"

HEADERS: dict[str, tuple[str, dict[str, Any]]] = {
    "Allow": ("The methods of the path.", {"type": "string"}),
    "ETag": ("The version, in quotes.", {"type": "string", "pattern": VERSION_TAG}),
    "Location": ("The path of what was made.", {"type": "string", "format": "uri-reference"}),
    "Retry-After": ("Seconds to wait.", {"type": "integer", "minimum": 0}),
    "WWW-Authenticate": ("How to be known.", {"type": "string"}),
}

ALWAYS = (400, 401, 403, 404, 413, 429, 431, 500, 503)
"""Problems of any route."""

OF_BODIES = (415,)
OF_WRITES = (409, 422)
"""Problems of routes that take a body, and of those that take an Idempotency-Key."""

HEADERS_OF_PROBLEMS: dict[int, tuple[str, ...]] = {
    401: ("WWW-Authenticate",),
    404: ("ETag",),
    405: ("Allow",),
    409: ("Location", "Retry-After"),
    412: ("ETag",),
    422: ("ETag", "Location"),
    503: ("Retry-After",),
}

NAMED = {**schemas.NAMED, **schemas_of_operations.NAMED}

COMMON = (*sorted({*ALWAYS, *OF_BODIES, *OF_WRITES, 405, 412}),)

GATEWAY_MESSAGE = {
    **schemas.object_of(message=schemas.TEXT),
    "description": "An answer that API Gateway makes itself.",
}

ITEM_TYPES = "ItemTypes"


@dataclass(frozen=True)
class Registered:
    """The names that an application has registered, beside its routes.

    Attributes
    ----------
    item_types
        The schemas of its types of items, by their names.
    task_types, import_targets
        Those of its tasks and of its imports; None if they are not known.
    """

    item_types: Mapping[str, bool | Mapping[str, Any]] = field(default_factory=dict)
    task_types: Sequence[str] | None = None
    import_targets: Sequence[str] | None = None


def document(routes: Iterable[Route], registered: Registered | None = None) -> dict[str, Any]:
    """The document, as plain JSON values.

    Parameters
    ----------
    routes
        The routes.
    registered
        The names that the application has registered.
    """
    known = registered or Registered()
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
            "schemas": {
                **{name: _inner(schema) for name, schema in NAMED.items()},
                "GatewayMessage": GATEWAY_MESSAGE,
                **_names("TaskType", schemas.TASK_TYPE, known.task_types),
                **_names("ImportTarget", schemas.IMPORT_TARGET, known.import_targets),
                **_of_item_types(known.item_types),
            },
            "responses": {
                **{_problem_name(status): _problem(status) for status in COMMON},
                "Problem": _any_problem(),
            },
            "headers": {name: _header(*told) for name, told in HEADERS.items()},
            "securitySchemes": SECURITY,
        },
    }


def _names(
    name: str, schema: Mapping[str, Any], registered: Sequence[str] | None
) -> dict[str, Any]:
    """The schema of a registered name, with those that there are."""
    return {name: {**schema, **({"enum": sorted(registered)} if registered else {})}}


def _of_item_types(item_types: Mapping[str, bool | Mapping[str, Any]]) -> dict[str, Any]:
    """The schemas of attributes, and an object that has each by the name of its type."""
    names = {name: f"Attributes.{NOT_IN_NAMES.sub('-', name)}" for name in item_types}
    by_type = {name: _reference("schemas", names[name]) for name in item_types}
    if not by_type:
        return {}
    return {
        ITEM_TYPES: {
            "type": "object",
            "description": "By each type of items, what the attributes of such an item are.",
            "properties": by_type,
        },
        **{
            names[name]: _moved(schema, f"#/components/schemas/{names[name]}")
            for name, schema in item_types.items()
        },
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
        "tags": [segments_of(route.path)[0]],
        "summary": route.summary,
        "description": f"Roles: {', '.join(sorted(route.roles))}.{_of_all(route)}",
        "x-roles": sorted(route.roles),
        "parameters": _parameters(route),
        "responses": {
            **{str(reply.status): _reply(reply) for reply in route.replies},
            **{
                str(status): _reference("responses", _problem_name(status)) for status in _of(route)
            },
            # Its function may answer with any status, and fail with errors of its own.
            **({"default": _reference("responses", "Problem")} if route.is_own else {}),
        },
    }
    if route.body is not None:
        operation["requestBody"] = _body(route.body)
    elif route.takes_any_body:
        operation["requestBody"] = {"content": {JSON: {"schema": {}}}}
    return operation


def _of(route: Route) -> list[int]:
    """Statuses of a route's problems."""
    if route.is_own:
        return []
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
    names = (*route.headers, *((IDEMPOTENCY_KEY,) if route.writes else ()))
    of_headers = [_header_parameter(name, route) for name in names]
    of_tenant = [] if route.is_of_environment else [tenant]
    return [*of_tenant, *of_path, *of_query, *of_headers]


def _of_all(route: Route) -> str:
    return " It takes the tenant `*`." if route.is_of_environment else ""


def _parameter(parameter: Parameter, place: str) -> dict[str, Any]:
    told = {
        "name": parameter.name,
        "in": place,
        "description": parameter.summary,
        "schema": _inner(parameter.schema),
    }
    return told if parameter.example is None else {**told, "example": parameter.example}


def _header_parameter(name: str, route: Route) -> dict[str, Any]:
    description, schema, example = _header_told(name, route)
    return {
        "name": name,
        "in": "header",
        "description": description,
        "schema": schema,
        "example": example,
    }


def _header_told(name: str, route: Route) -> tuple[str, dict[str, Any], str]:
    """The meaning of a header, its form, and one of it."""
    if name == IDEMPOTENCY_KEY:
        return (
            "16 to 255 visible characters, such as a new UUID. A repeat of the request within 24 "
            "hours is not done again, and gets the same answer.",
            {"type": "string", "pattern": f"^{KEY.pattern}$"},
            "0f9d6f6a-5f0f-4c4d-9a4b-1f7c5b8f6d3e",
        )
    if name == IF_NONE_MATCH:
        if route.writes:
            schema = {"type": "string", "enum": [ANY]}
            return "The item must not exist, as this change makes it.", schema, ANY
        return "The ETag that is known; 304 if the item still has it.", schemas.TEXT, '"3"'
    # An item that the change may make has no version yet, so none could be any one.
    pattern = VERSION_TAG if IF_NONE_MATCH in route.headers else rf"^(?:\*|{ETAG.pattern})$"
    return (
        "The ETag of the version that the change builds on; by default the newest.",
        {"type": "string", "pattern": pattern},
        '"3"',
    )


def _body(body: Body) -> dict[str, Any]:
    content = {JSON: {"schema": _inner(body.schema), "example": body.example}}
    return {"required": not body.is_optional, "content": content}


def _reply(reply: Reply) -> dict[str, Any]:
    told: dict[str, Any] = {"description": reply.summary}
    if reply.headers:
        told["headers"] = {name: _sure_header(name) for name in reply.headers}
    if reply.schema is not None:
        told["content"] = {JSON: {"schema": _named(reply.schema)}}
    if reply.links:
        told["links"] = {_camel(link.operation): _link(link) for link in reply.links}
    return told


def _link(link: Link) -> dict[str, Any]:
    members = {name: f"$response.body#/{told}" for name, told in link.parameters.items()}
    return {
        "operationId": _camel(link.operation),
        "parameters": {TENANT: f"$request.path.{TENANT}", **members},
    }


def _named(schema: Any) -> Any:
    """A schema, or a reference to it if it has a name."""
    for name, known in NAMED.items():
        if known is schema:
            return _reference("schemas", name)
    return _inner(schema)


def _inner(schema: Any) -> Any:
    """A schema, with references to those in it that have a name."""
    if isinstance(schema, Mapping):
        return {name: _named(part) for name, part in schema.items()}
    return [_named(part) for part in schema] if isinstance(schema, list) else schema


def _problem(status: int) -> dict[str, Any]:
    """The answers of a status: problems of some kinds, and what API Gateway tells itself."""
    kinds, content = KINDS.get(status, {}), {}
    told = [f"`{TYPE_PREFIX}{kind}`: {meaning}" for kind, meaning in kinds.items()]
    if kinds:
        content[PROBLEM_TYPE] = {"schema": _problem_schema(status, list(kinds))}
    if status in OF_GATEWAY:
        told.append(f"API Gateway itself: {OF_GATEWAY[status]}")
        content[JSON] = {"schema": _reference("schemas", "GatewayMessage")}
    response: dict[str, Any] = {
        "description": "\n".join([f"{TITLES[status]}.", *(f"- {one}" for one in told)]),
        "content": content,
    }
    headers = HEADERS_OF_PROBLEMS.get(status, ())
    if headers:
        response["headers"] = {name: _reference("headers", name) for name in headers}
    return response


def _problem_schema(status: int, kinds: list[str]) -> dict[str, Any]:
    return {
        "allOf": [
            _reference("schemas", "Problem"),
            {
                "type": "object",
                "properties": {
                    "type": {"type": "string", "enum": [TYPE_PREFIX + kind for kind in kinds]},
                    "status": {"type": "integer", "const": status},
                },
            },
        ]
    }


def _any_problem() -> dict[str, Any]:
    content = {PROBLEM_TYPE: {"schema": _reference("schemas", "Problem")}}
    return {"description": "A problem, or another answer of the application.", "content": content}


def _problem_name(status: int) -> str:
    return TITLES[status].replace(" ", "")


def _header(told: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": told, "schema": schema}


def _sure_header(name: str) -> dict[str, Any]:
    """A header that a reply has in any case."""
    return {**_header(*HEADERS[name]), "required": True}


def _reference(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
