"""Clients of the deployed HTTP API, which know its address, a token and nothing else."""

from __future__ import annotations

import http.client
import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partialmethod
from typing import Any
from urllib.parse import urlsplit

import pytest

from cli.deployed.pool_users import PoolUser, UserPool
from cqrs.resources import USER_POOL
from stacks.environment.file import load
from tests.integration.conftest import ENVIRONMENT, REGION
from tests.integration.deployed import Deployed, wait_for
from tests.integration.identities import session

LONGEST_SECONDS = 60
JSON = "application/json"


@dataclass(frozen=True)
class Answer:
    """An answer, with its headers by their names in lower case."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def body(self) -> Any:
        """The answer as JSON."""
        return json.loads(self.text)

    @property
    def problem(self) -> tuple[int, str]:
        """The status and type of a problem, which the function has written and no gateway."""
        assert self.headers["content-type"] == "application/problem+json", self.text
        return self.status, self.body["type"].rpartition(":")[2]


def send(method: str, url: str, body: str | None = None, **headers: str) -> Answer:
    """Send a request; underscores stand for the hyphens in names of headers."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=LONGEST_SECONDS)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(method, target, body and body.encode(), sent)
        answer = connection.getresponse()
        given = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(answer.status, given, answer.read().decode())
    finally:
        connection.close()


@dataclass(frozen=True)
class HttpClient:
    """A client of one tenant, with somebody's token."""

    api_url: str
    tenant: str
    token: str

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send a request about the tenant."""
        return self.follow(f"/v1/tenants/{self.tenant}{path}", method, body, **headers)

    get = partialmethod(ask, "GET")
    post = partialmethod(ask, "POST")
    put = partialmethod(ask, "PUT")
    patch = partialmethod(ask, "PATCH")
    delete = partialmethod(ask, "DELETE")

    def follow(
        self, location: str, method: str = "GET", body: Any = None, **headers: str
    ) -> Answer:
        """Send a request to the place that an answer has told."""
        sent = {"Authorization": f"Bearer {self.token}", **headers}
        if body is None:
            return send(method, self.api_url + location, **sent)
        typed = {"Content_Type": JSON, **sent}
        return send(method, self.api_url + location, json.dumps(body), **typed)

    def end_of(self, location: str, *under_way: str) -> dict[str, Any]:
        """Wait until something has another status than those of work under way."""

        def ended() -> dict[str, Any] | None:
            answer = self.follow(location)
            assert answer.status == 200, answer.text
            found: dict[str, Any] = answer.body
            return None if found["status"] in under_way else found

        return wait_for(ended, f"the end of {location}")


@dataclass(frozen=True)
class People:
    """Users of the deployed pool, each with a client of its own."""

    deployed: Deployed

    def client(
        self, tenant: str, *roles: str, of: str | None = None, name: str = "Anna"
    ) -> HttpClient:
        """A client of a tenant for somebody with roles in it, or in another one."""
        cognito = session(REGION).client("cognito-idp")
        pool = UserPool(cognito, load(ENVIRONMENT).qualified(USER_POOL))
        token = pool.token_of(PoolUser(name, (tenant if of is None else of,), roles))
        return HttpClient(self.deployed.outputs["api_url"], tenant, token)


def claims_of(token: str) -> dict[str, Any]:
    """The claims of a token."""
    payload = token.split(".")[1]
    found: dict[str, Any] = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return found


def subject_of(token: str) -> str:
    """Who has a token."""
    return str(claims_of(token)["sub"])


def skip_without_api(deployed: Deployed) -> None:
    """Skip a test that needs what LocalStack's free edition does not have."""
    if deployed.is_localstack:
        pytest.skip("LocalStack's free edition has no HTTP API.")
