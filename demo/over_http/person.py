"""Somebody who signs in, and asks the HTTP API with a token."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cqrs import TransientError
from cqrs.roles import Role

LONGEST_SECONDS = 60.0
FIRST_REFUSAL = 400


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, with its headers by their names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class Person:
    """A user of one tenant.

    Attributes
    ----------
    api_url
        Address of the API.
    tenant
        The tenant.
    token
        The user's ID token.
    """

    api_url: str
    tenant: str
    token: str

    @classmethod
    def sign_in(cls, environment: str, tenant: str, name: str, *roles: Role) -> Person:
        """Make a user in the emulator's pool, and sign in.

        Raises
        ------
        TransientError
            If that fails; the message says why.
        """
        chosen = [word for role in roles for word in ("--role", role.value)]
        options = ["--tenant", tenant, "--name", name, *chosen]
        cqrs = str(Path(sys.executable).with_name("cqrs"))
        command = [cqrs, "--env", environment, "--json", "token", *options]
        ended = subprocess.run(  # noqa: S603 - the project's own command line
            command, capture_output=True, text=True, check=False
        )
        if ended.returncode:
            raise TransientError(f"{name} cannot sign in: {ended.stderr.strip()}")
        made = json.loads(ended.stdout)
        return cls(made["api_url"], tenant, made["token"])

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send a request about the tenant; underscores stand for the hyphens of headers."""
        return self.follow(method, f"/v1/tenants/{self.tenant}{path}", body, **headers)

    def follow(self, method: str, location: str, body: Any = None, **headers: str) -> Answer:
        """Send a request to the place that an answer has told."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["Authorization"] = f"Bearer {self.token}"
        text = None if body is None else json.dumps(body)
        if text is not None:
            sent["Content-Type"] = "application/json"
        status, told, answer = exchange(method, self.api_url + location, text, sent)
        return Answer(status, told, json.loads(answer) if answer else None)

    def done(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send a request that is expected to succeed.

        Raises
        ------
        TransientError
            If it does not; the message has the problem.
        """
        answer = self.ask(method, path, body, **headers)
        if answer.status >= FIRST_REFUSAL:
            raise TransientError(f"{method} {path} was answered by {answer.status}: {answer.body}")
        return answer


def exchange(
    method: str, url: str, text: str | None, headers: Mapping[str, str]
) -> tuple[int, Mapping[str, str], str]:
    """Send a request, and return the answer's status, headers and text."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=LONGEST_SECONDS)
    try:
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.request(method, target, None if text is None else text.encode(), dict(headers))
        answer = connection.getresponse()
        told = {name.lower(): value for name, value in answer.headers.items()}
        return answer.status, told, answer.read().decode()
    finally:
        connection.close()
