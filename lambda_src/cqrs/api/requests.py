"""Requests of an HTTP API, as API Gateway hands them to the function."""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import parse_qsl

from cqrs.api.paths import LOST
from cqrs.api.problems import Problem

IAM_PREFIX = "/iam"
"""Begins the paths of those who are known by their AWS credentials."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request.

    Attributes
    ----------
    method, path
        The path without what goes before ``/v1``.
    prefix
        The part before that.
    query, headers
        Headers by their names in lower case.
    body
        As text; empty if there is none.
    id
        Identity of the request at API Gateway.
    authorizer
        The facts about the caller that API Gateway has verified.
    """

    method: str
    path: str
    prefix: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: str
    id: str
    authorizer: Mapping[str, Any]

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Self:
        """Read an event (API Gateway guide, payload format version 2.0).

        Raises
        ------
        Problem
            If its query or its body is not UTF-8 text.
        """
        context = event["requestContext"]
        path = str(event.get("rawPath") or "/")
        prefix = IAM_PREFIX if path.startswith(f"{IAM_PREFIX}/") else ""
        headers = event.get("headers") or {}
        return cls(
            str(context["http"].get("method", "")).upper(),
            path.removeprefix(prefix),
            prefix,
            _query(event),
            {name.lower(): str(value) for name, value in headers.items()},
            _body(event),
            request_id(event),
            context.get("authorizer") or {},
        )

    @property
    def fingerprint(self) -> str:
        """The same for two requests that ask for the same."""
        conditions = [self.headers.get(name, "") for name in ("if-match", "if-none-match")]
        asked = [self.method, self.prefix, self.path, sorted(self.query), conditions, self.body]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def request_id(event: Mapping[str, Any]) -> str:
    """Identity of the request of an event; empty if it has none."""
    return str(event["requestContext"].get("requestId", ""))


def _query(event: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    text = str(event.get("rawQueryString") or "")
    try:
        return tuple(parse_qsl(text, keep_blank_values=True, errors="strict"))
    except ValueError:
        raise Problem(
            400, "query", "The query is not UTF-8 text: send UTF-8, percent-encoded."
        ) from None


def _body(event: Mapping[str, Any]) -> str:
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return _whole(str(body))
    try:
        return b64decode(body).decode()
    except ValueError:
        raise Problem(400, "body", "The body is not UTF-8 text: send JSON in UTF-8.") from None


def _whole(body: str) -> str:
    """A body that was decoded before, if nothing of it was lost."""
    if LOST in body:
        raise Problem(
            400,
            "body",
            "The body has U+FFFD, which stands for bytes outside UTF-8: send JSON in UTF-8, "
            r"and U+FFFD itself as \ufffd.",
        )
    return body
