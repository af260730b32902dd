"""The HTTP API lets tokens of its own issuer and client in, and nothing else."""

from __future__ import annotations

import base64
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.integration.deployed import Deployed
from tests.integration.identities import session

CQRS = Path(sys.executable).parent / "cqrs"
PASSWORD = "Other-1-Other"
PATH = "/v1/tenants/acme/items"
REFUSED_BY_GATEWAY = {401, 403, 404}


@pytest.fixture(autouse=True)
def has_api(deployed: Deployed) -> None:
    if deployed.is_localstack:
        pytest.skip("LocalStack's free edition has no HTTP API.")


@pytest.fixture(scope="module")
def told(deployed: Deployed) -> dict[str, Any]:
    """The document that ``cqrs token`` prints."""
    return token(deployed, "--tenant", "acme", "--role", "publisher", "--name", "Anna")


def token(deployed: Deployed, *arguments: str) -> dict[str, Any]:
    ended = subprocess.run(
        [CQRS, "--json", "token", *arguments],
        env={**os.environ, "AWS_ENDPOINT_URL": deployed.endpoint},
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def ask(
    deployed: Deployed, path: str, method: str = "GET", **headers: str
) -> http.client.HTTPResponse:
    """Send a request to the API; the answer."""
    url = urlsplit(deployed.outputs["api_url"])
    connection = http.client.HTTPConnection(url.netloc, timeout=60)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, url.path + path, headers=sent)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def status(deployed: Deployed, path: str, authorization: str | None = None) -> int:
    headers = {} if authorization is None else {"Authorization": authorization}
    return ask(deployed, path, **headers).status


def claims(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_decoded(text.split(".")[1]))
    return found


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def altered(text: str, **changes: Any) -> str:
    """A token with other claims, and the signature that it had."""
    header, _, signature = text.split(".")
    payload = json.dumps({**claims(text), **changes}).encode()
    return ".".join([header, base64.urlsafe_b64encode(payload).rstrip(b"=").decode(), signature])


def _cognito(deployed: Deployed) -> Any:
    return session(deployed.outputs["region"]).client("cognito-idp")


@contextmanager
def other_client(deployed: Deployed, **options: Any) -> Iterator[str]:
    """An ID token that the pool signs for another client."""
    cognito = _cognito(deployed)
    pool = {"UserPoolId": deployed.outputs["user_pool_id"]}
    made = cognito.create_user_pool_client(
        **pool,
        ClientName="other",
        ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        **options,
    )["UserPoolClient"]
    user = {**pool, "Username": "other@example.com"}
    cognito.admin_create_user(**user, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(**user, Password=PASSWORD, Permanent=True)
    answer = cognito.admin_initiate_auth(
        **pool,
        ClientId=made["ClientId"],
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": user["Username"], "PASSWORD": PASSWORD},
    )
    try:
        yield answer["AuthenticationResult"]["IdToken"]
    finally:
        cognito.admin_delete_user(**user)
        cognito.delete_user_pool_client(**pool, ClientId=made["ClientId"])


def test_a_token_of_its_own_reaches_the_function(deployed: Deployed, told: dict[str, Any]) -> None:
    assert told["api_url"] == deployed.outputs["api_url"]
    assert status(deployed, PATH, f"Bearer {told['token']}") not in REFUSED_BY_GATEWAY | {500}


def test_the_token_carries_name_tenants_and_roles(told: dict[str, Any]) -> None:
    carried = claims(told["token"])

    assert carried["name"] == "Anna"
    assert carried["custom:tenants"] == "acme"
    assert carried["cognito:groups"] == ["publisher"]
    assert carried["token_use"] == "id"


def test_a_user_is_used_again(deployed: Deployed, told: dict[str, Any]) -> None:
    again = token(deployed, "--tenant", "acme", "--role", "publisher", "--name", "Anna")
    other = token(deployed, "--tenant", "beta", "--role", "publisher", "--name", "Anna")

    assert claims(again["token"])["sub"] == claims(told["token"])["sub"]
    assert claims(other["token"])["sub"] != claims(told["token"])["sub"]


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer x", "Bearer a.b.c"])
def test_without_a_token_it_is_401(deployed: Deployed, authorization: str | None) -> None:
    assert status(deployed, PATH, authorization) == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"custom:tenants": "*"},
        {"cognito:groups": ["administrator"]},
        {"exp": 4_000_000_000},
        {"iss": "https://example.com"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_forged_token_is_401(
    deployed: Deployed, told: dict[str, Any], changes: dict[str, Any]
) -> None:
    assert status(deployed, PATH, f"Bearer {altered(told['token'], **changes)}") == 401


def test_a_token_of_no_signature_is_401(deployed: Deployed, told: dict[str, Any]) -> None:
    header = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    unsigned = ".".join([header, told["token"].split(".")[1], ""])

    assert status(deployed, PATH, f"Bearer {unsigned}") == 401


def test_a_token_of_another_client_is_401(deployed: Deployed) -> None:
    with other_client(deployed) as foreign:
        assert claims(foreign)["iss"].endswith(deployed.outputs["user_pool_id"])
        assert status(deployed, PATH, f"Bearer {foreign}") == 401


def test_an_expired_token_is_401(deployed: Deployed) -> None:
    # Cognito signs none for less than five minutes; MiniStack does, for its own client too.
    cognito = _cognito(deployed)
    known = {
        "UserPoolId": deployed.outputs["user_pool_id"],
        "ClientId": deployed.outputs["user_pool_client_id"],
    }
    before = cognito.describe_user_pool_client(**known)["UserPoolClient"]
    kept = {key: before[key] for key in ("ExplicitAuthFlows", "TokenValidityUnits")}
    short = {**kept["TokenValidityUnits"], "IdToken": "seconds"}
    try:
        cognito.update_user_pool_client(
            **known, **{**kept, "TokenValidityUnits": short}, IdTokenValidity=1
        )
        text = token(deployed, "--tenant", "acme", "--role", "reader")["token"]
    finally:
        cognito.update_user_pool_client(**known, **kept, IdTokenValidity=before["IdTokenValidity"])
    time.sleep(max(0, claims(text)["exp"] - time.time()) + 1)

    assert claims(text)["aud"] == known["ClientId"]
    assert status(deployed, PATH, f"Bearer {text}") == 401


def test_the_description_takes_no_token(deployed: Deployed) -> None:
    assert status(deployed, "/openapi.json") not in REFUSED_BY_GATEWAY


@pytest.mark.parametrize("path", ["/", "/v1", "/v2/items", "/openapi.yaml", "/iam/v2/x"])
def test_other_paths_lead_nowhere(deployed: Deployed, told: dict[str, Any], path: str) -> None:
    assert status(deployed, path, f"Bearer {told['token']}") == 404


def test_paths_for_iam_take_no_unsigned_request(deployed: Deployed) -> None:
    assert status(deployed, f"/iam{PATH}") == 403


def test_a_page_of_a_named_origin_may_call_it(deployed: Deployed) -> None:
    def preflight(origin: str) -> http.client.HTTPResponse:
        asked = {"Origin": origin, "Access_Control_Request_Method": "POST"}
        return ask(deployed, PATH, "OPTIONS", **asked)

    named, other = preflight("http://localhost:3000"), preflight("http://elsewhere.example")

    assert named.status == 204
    assert named.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert other.headers["Access-Control-Allow-Origin"] is None
