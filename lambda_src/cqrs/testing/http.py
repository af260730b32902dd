"""Requests of the HTTP API by a principal, as API Gateway hands them to the function."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from cqrs.core.json_text import from_json, to_json

BASE = "/v1"


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An answer.

    Attributes
    ----------
    status
        Its HTTP status.
    headers
        Its headers; names are in lower case.
    text
        Its body.
    """

    status: int
    headers: Mapping[str, str]
    text: str

    def json(self) -> Any:
        """The body as JSON; None if there is none."""
        return from_json(self.text) if self.text else None


Ask = Callable[[dict[str, Any]], Any]
"""Hands an event to the function, and returns its answer."""


class ApiClient:
    """A principal's client.

    Parameters
    ----------
    ask
        Hands an event to the function.
    claims
        The claims of its token, as API Gateway has verified them.
    tenant
        The tenant whose paths are asked for without their beginning.
    """

    def __init__(self, ask: Ask, claims: Mapping[str, str], tenant: str) -> None:
        self._ask = ask
        self._claims = dict(claims)
        self._tenant = tenant

    def get(self, path: str, **more: Any) -> HttpAnswer:
        """Ask by GET, as :meth:`request` does."""
        return self.request("GET", path, **more)

    def put(self, path: str, body: Any = None, **more: Any) -> HttpAnswer:
        """Ask by PUT, as :meth:`request` does."""
        return self.request("PUT", path, body, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> HttpAnswer:
        """Ask by POST, as :meth:`request` does."""
        return self.request("POST", path, body, **more)

    def patch(self, path: str, body: Any = None, **more: Any) -> HttpAnswer:
        """Ask by PATCH, as :meth:`request` does."""
        return self.request("PATCH", path, body, **more)

    def delete(self, path: str, **more: Any) -> HttpAnswer:
        """Ask by DELETE, as :meth:`request` does."""
        return self.request("DELETE", path, **more)

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        **query: str,
    ) -> HttpAnswer:
        """Ask for a path.

        Parameters
        ----------
        method
            The HTTP method.
        path
            Behind ``/v1/tenants/{tenant}``, or a whole one that begins with ``/v1``.
        body
            A JSON value, or the text of a body; by default there is none.
        headers
            Further headers.
        query
            Parameters of the query.
        """
        whole = path if path.startswith(BASE) else f"{BASE}/tenants/{self._tenant}{path}"
        event: dict[str, Any] = {
            "version": "2.0",
            "routeKey": "ANY /v1/{proxy+}",
            "rawPath": whole,
            "rawQueryString": urlencode(query),
            "headers": {
                "content-type": "application/json",
                **{name.lower(): value for name, value in (headers or {}).items()},
            },
            "requestContext": {
                "apiId": "memory",
                "http": {"method": method, "path": whole, "protocol": "HTTP/1.1"},
                "requestId": "memory",
                "stage": "$default",
                "authorizer": {"jwt": {"claims": self._claims, "scopes": None}},
            },
            "isBase64Encoded": False,
        }
        if body is not None:
            event["body"] = body if isinstance(body, str) else to_json(body)
        return _answer(self._ask(event))


def claims_of(
    identity: str, subject: str, name: str, tenants: Iterable[str], roles: Iterable[str]
) -> dict[str, str]:
    """The claims that make a principal, as an environment maps them.

    Parameters
    ----------
    identity
        The setting ``api_identity``.
    """
    names = json.loads(identity or "{}")
    called = names.get("role_names")
    groups = [
        next((group for group, one in called.items() if one == role), role) if called else role
        for role in roles
    ]
    return {
        str(names.get("subject", "sub")): subject,
        str(names.get("name", "name")): name,
        str(names.get("tenants", "custom:tenants")): f"[{' '.join(tenants)}]",
        str(names.get("roles", "cognito:groups")): f"[{' '.join(groups)}]",
    }


def _answer(payload: Mapping[str, Any]) -> HttpAnswer:
    text = payload.get("body") or ""
    if payload.get("isBase64Encoded"):
        text = base64.b64decode(text).decode()
    headers = {name.lower(): str(value) for name, value in payload.get("headers", {}).items()}
    return HttpAnswer(payload["statusCode"], headers, text)
