"""Callers of the HTTP API, as API Gateway hands their requests to the function."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from cqrs.application import Application
from cqrs.aws.clients import Clients
from cqrs.core.json_text import from_json
from cqrs.settings import Settings

TENANT = "acme"
BASE = f"/v1/tenants/{TENANT}"

JANE = {"sub": "sub-1", "name": "Jane Doe", "custom:tenants": TENANT}

KEY = "0f9d6f6a-5f0f-4c4d-9a4b-1f7c5b8f6d3e"


def claims(*roles: str, **more: str) -> dict[str, str]:
    """Claims of Jane, with lists as API Gateway writes them."""
    return {**JANE, "cognito:groups": f"[{' '.join(roles)}]", **more}


def http_event(
    method: str,
    path: str,
    *,
    jwt: dict[str, str] | None = None,
    iam: str = "",
    headers: dict[str, str] | None = None,
    body: str | None = None,
    **query: str,
) -> dict[str, Any]:
    authorizer: dict[str, Any] = {}
    if jwt is not None:
        authorizer["jwt"] = {"claims": jwt, "scopes": None}
    if iam:
        authorizer["iam"] = {"userArn": iam, "accountId": "123456789012"}
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "ANY /v1/{proxy+}",
        "rawPath": path,
        "rawQueryString": urlencode(query),
        "headers": {"content-type": "application/json", **(headers or {})},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api-1",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1"},
            "requestId": "request-1",
            "stage": "$default",
            **({"authorizer": authorizer} if authorizer else {}),
        },
        "isBase64Encoded": False,
    }
    if body is not None:
        event["body"] = body
    return event


@dataclass(frozen=True)
class Answer:
    """An answer, as API Gateway would send it."""

    status: int
    headers: dict[str, str]
    text: str = ""
    body: Any = field(default=None)

    @classmethod
    def of(cls, payload: dict[str, Any]) -> Answer:
        payload = json.loads(json.dumps(payload))  # as Lambda writes it
        text = payload.get("body", "")
        if payload.get("isBase64Encoded"):
            text = base64.b64decode(text).decode()
        return cls(
            payload["statusCode"], payload["headers"], text, from_json(text) if text else None
        )

    @property
    def kind(self) -> str:
        """The kind of a problem."""
        assert self.headers["content-type"] == "application/problem+json", self
        return str(self.body["type"]).removeprefix("urn:cqrs:problem:")


class Caller:
    """A caller with some roles."""

    def __init__(self, application: Application, *roles: str, **more: str) -> None:
        self.application = application
        self.claims = claims(*roles, **more)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        **query: str,
    ) -> Answer:
        text = body if body is None or isinstance(body, str) else json.dumps(body)
        where = path if path.startswith("/v1") or path == "/openapi.json" else f"{BASE}{path}"
        event = http_event(method, where, jwt=self.claims, headers=headers, body=text, **query)
        return Answer.of(self.application.handle(event, lambda: 60_000))

    def put(self, code: str, body: Any = None, **more: Any) -> Answer:
        return self.ask("PUT", f"/items/AIRPORT/{code}", {} if body is None else body, **more)


def with_api(settings: Settings, clients: Clients, identity: str = "") -> Settings:
    """An environment that has the API, and its table."""
    table = f"{settings.resource_prefix}api"
    clients.dynamodb.create_table(
        TableName=table,
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return replace(settings, api_table=table, api_identity=identity)
