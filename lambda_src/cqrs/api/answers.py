"""Answers of the HTTP API, as API Gateway takes them."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cqrs.core.json_text import to_json
from cqrs.events.types import LARGEST_PAYLOAD

JSON_TYPE = "application/json"

LARGEST_BODY = LARGEST_PAYLOAD // 4 * 3 - 64 * 1024
"""Bytes of a body: Lambda takes them in Base64 within its answer, beside the headers."""


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """An answer to a request.

    Attributes
    ----------
    status
        Its HTTP status.
    body
        A JSON value, whose numbers keep all their digits; None for an answer without a body.
    headers
        Its headers.
    """

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """The body as JSON; empty if there is none."""
        return "" if self.body is None else to_json(self.body, compact=True)


def to_payload(answer: ApiAnswer, text: str) -> dict[str, Any]:
    """An answer as API Gateway takes it (its guide, "Format of a Lambda function response").

    Parameters
    ----------
    answer
        The answer.
    text
        Its body as JSON.
    """
    headers = {"cache-control": "no-store", **_lower(answer.headers)}
    if not text:
        return {"statusCode": answer.status, "headers": headers}
    headers = {"content-type": JSON_TYPE, **headers}
    payload = {"statusCode": answer.status, "headers": headers, "body": text}
    # Text within JSON may grow to six times its size, and Base64 always grows by a third.
    if len(json.dumps(text)) > LARGEST_BODY:
        encoded = b64encode(text.encode(errors="backslashreplace")).decode()
        payload |= {"body": encoded, "isBase64Encoded": True}
    return payload


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
