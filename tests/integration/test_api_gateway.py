"""The HTTP API lets tokens of its own issuer and client in, callers by IAM, and nothing else."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from cqrs.api.table import ROUTES
from stacks.api.gateway import EXPOSED_HEADERS
from tests.integration.conftest import REGION
from tests.integration.deployed import Deployed
from tests.integration.function_variables import function_variables, variables_of
from tests.integration.http_client import Answer, claims_of, send, skip_without_api
from tests.integration.identities import root, user
from tests.integration.pool_tokens import expired_token, foreign_token

CQRS = Path(sys.executable).parent / "cqrs"
PATH = "/v1/tenants/acme/items/AIRPORT"

ROLE = "nightly-1"
NAMED = "arn:aws:iam::000000000000:role/nightly-*"
CALL = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}],
}


@pytest.fixture(autouse=True)
def has_api(deployed: Deployed) -> None:
    skip_without_api(deployed)


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


def ask(deployed: Deployed, path: str, method: str = "GET", **headers: str) -> Answer:
    """Send a request to the API; the answer."""
    return send(method, deployed.outputs["api_url"] + path, **headers)


def asked(deployed: Deployed, path: str, told: dict[str, Any]) -> Answer:
    """Ask with the token of somebody."""
    return ask(deployed, path, Authorization=f"Bearer {told['token']}")


def by_gateway(deployed: Deployed, path: str, authorization: str | None = None) -> int:
    """The status of an answer that the gateway has made without the function."""
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = ask(deployed, path, **headers)
    assert answer.body.keys() == {"message"}, answer.text
    return answer.status


def altered(text: str, **changes: Any) -> str:
    """A token with other claims, and the signature that it had."""
    header, _, signature = text.split(".")
    payload = json.dumps({**claims_of(text), **changes}).encode()
    return ".".join([header, base64.urlsafe_b64encode(payload).rstrip(b"=").decode(), signature])


def test_a_token_of_its_own_reaches_the_function(deployed: Deployed, told: dict[str, Any]) -> None:
    assert told["api_url"] == deployed.outputs["api_url"]
    answer = asked(deployed, PATH, told)

    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.body.keys() == {"items", "cursor", "damaged"}


def test_the_function_refuses_another_tenant(deployed: Deployed, told: dict[str, Any]) -> None:
    other = PATH.replace("acme", "beta")

    assert asked(deployed, other, told).problem == (403, "tenant")


def test_the_function_knows_no_other_route(deployed: Deployed, told: dict[str, Any]) -> None:
    assert asked(deployed, "/v1/tenants/acme/none", told).problem == (404, "no-route")


def test_the_token_carries_name_tenants_and_roles(told: dict[str, Any]) -> None:
    carried = claims_of(told["token"])

    assert carried["name"] == "Anna"
    assert carried["custom:tenants"] == "acme"
    assert carried["cognito:groups"] == ["publisher"]
    assert carried["token_use"] == "id"


def test_a_user_is_used_again(deployed: Deployed, told: dict[str, Any]) -> None:
    again = token(deployed, "--tenant", "acme", "--role", "publisher", "--name", "Anna")
    other = token(deployed, "--tenant", "beta", "--role", "publisher", "--name", "Anna")

    assert claims_of(again["token"])["sub"] == claims_of(told["token"])["sub"]
    assert claims_of(other["token"])["sub"] != claims_of(told["token"])["sub"]


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer x", "Bearer a.b.c"])
def test_without_a_token_it_is_401(deployed: Deployed, authorization: str | None) -> None:
    assert by_gateway(deployed, PATH, authorization) == 401


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
    assert by_gateway(deployed, PATH, f"Bearer {altered(told['token'], **changes)}") == 401


def test_a_token_of_no_signature_is_401(deployed: Deployed, told: dict[str, Any]) -> None:
    header = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    unsigned = ".".join([header, told["token"].split(".")[1], ""])

    assert by_gateway(deployed, PATH, f"Bearer {unsigned}") == 401


def test_a_token_of_another_client_is_401(deployed: Deployed) -> None:
    with foreign_token(deployed) as foreign:
        assert by_gateway(deployed, PATH, f"Bearer {foreign}") == 401


def test_an_expired_token_is_401(deployed: Deployed) -> None:
    expired = expired_token(deployed, "acme", "reader")

    assert by_gateway(deployed, PATH, f"Bearer {expired}") == 401


def test_the_description_takes_no_token(deployed: Deployed) -> None:
    answer = ask(deployed, "/openapi.json")

    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.body["openapi"].startswith("3.1.")
    described = {
        (method.upper(), path) for path, item in answer.body["paths"].items() for method in item
    }
    assert {(route.method, route.full_path) for route in ROUTES} <= described


@pytest.mark.parametrize("path", ["/", "/v1", "/v2/items", "/openapi.yaml", "/iam/v2/x"])
def test_other_paths_lead_nowhere(deployed: Deployed, told: dict[str, Any], path: str) -> None:
    assert by_gateway(deployed, path, f"Bearer {told['token']}") == 404


def test_paths_for_iam_take_no_unsigned_request(deployed: Deployed) -> None:
    assert by_gateway(deployed, f"/iam{PATH}") == 403


@pytest.fixture(scope="module")
def role(deployed: Deployed) -> Credentials:
    """Temporary credentials of a role that may call the API."""
    owner = root(deployed.endpoint, REGION)
    iam, anybody = owner.client("iam"), {"Effect": "Allow", "Principal": {"AWS": "*"}}
    trust = {"Version": "2012-10-17", "Statement": [{**anybody, "Action": "sts:AssumeRole"}]}
    role = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    iam.put_role_policy(RoleName=ROLE, PolicyName="call", PolicyDocument=json.dumps(CALL))
    assumed = owner.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="now")
    made = assumed["Credentials"]
    return Credentials(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])


class TestIam:
    """Requests that are signed with IAM credentials."""

    @pytest.fixture
    def named(self, deployed: Deployed, tenant: str) -> Iterator[None]:
        """The function as a deployment with the role among ``callers`` makes it."""
        known = json.loads(variables_of(deployed)["API_IDENTITY"])
        caller = {"name": "nightly import", "tenants": [tenant], "roles": ["publisher"]}
        identity = json.dumps({**known, "callers": {NAMED: caller}})
        with function_variables(deployed, {"API_IDENTITY": identity}):
            yield

    @pytest.mark.usefixtures("named")
    def test_a_role_that_is_named_is_let_in(
        self, deployed: Deployed, role: Credentials, tenant: str
    ) -> None:
        item, body = f"{PATH}/KIX".replace("acme", tenant), '{"attributes": {"country": "Japan"}}'
        put = signed(deployed, role, "PUT", item, body)

        assert (put.status, put.headers["location"]) == (202, f"/iam{item}/commands/1")
        command = signed(deployed, role, "GET", f"{item}/commands/1").body
        assert command["created_by"].endswith(f":assumed-role/{ROLE}/now (nightly import)")
        assert command["is_author_verified"] is True
        assert signed(deployed, role, "GET", PATH).problem == (403, "tenant")

    def test_a_role_that_nobody_has_named_reaches_nothing(
        self, deployed: Deployed, role: Credentials
    ) -> None:
        assert signed(deployed, role, "GET", PATH).problem == (403, "tenant")

    def test_a_user_without_permission_does_not_reach_the_function(
        self, deployed: Deployed
    ) -> None:
        nobody = user(root(deployed.endpoint, REGION), "no-caller", [])

        answer = signed(deployed, Credentials(nobody.key_id, nobody.secret), "GET", PATH)

        assert answer.status == 403
        assert answer.headers["content-type"] != "application/problem+json"


def signed(
    deployed: Deployed, credentials: Credentials, method: str, path: str, body: str | None = None
) -> Answer:
    """Send a request below ``/iam`` that is signed (Signature Version 4)."""
    url = f"{deployed.outputs['api_url']}/iam{path}"
    request = AWSRequest(method, url, {"Content-Type": "application/json"}, body)
    SigV4Auth(credentials, "execute-api", REGION).add_auth(request)
    return send(method, url, body, **dict(request.headers.items()))


def test_a_page_of_a_named_origin_may_call_it(deployed: Deployed) -> None:
    def preflight(origin: str) -> Answer:
        asked = {"Origin": origin, "Access_Control_Request_Method": "POST"}
        return ask(deployed, PATH, "OPTIONS", **asked)

    named, other = preflight("http://localhost:3000"), preflight("http://elsewhere.example")

    assert named.status == 204
    assert named.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert "access-control-allow-origin" not in other.headers


def test_a_page_may_read_versions_and_places(deployed: Deployed, told: dict[str, Any]) -> None:
    origin = "http://localhost:3000"

    answer = ask(deployed, PATH, Authorization=f"Bearer {told['token']}", Origin=origin)

    assert (answer.status, answer.headers["access-control-allow-origin"]) == (200, origin)
    exposed = answer.headers["access-control-expose-headers"]
    assert {name.strip().lower() for name in exposed.split(",")} == set(EXPOSED_HEADERS)
