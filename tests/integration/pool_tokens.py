"""Tokens that the deployed pool signs, and that the API must not take."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.integration.deployed import Deployed, wait_for
from tests.integration.http_client import People, claims_of
from tests.integration.identities import session

PASSWORD = "Other-1-Other"


def _cognito(deployed: Deployed) -> Any:
    return session(deployed.outputs["region"]).client("cognito-idp")


@contextmanager
def foreign_token(deployed: Deployed) -> Iterator[str]:
    """An ID token that the pool signs for another client, and that is everything to everybody."""
    cognito = _cognito(deployed)
    pool = {"UserPoolId": deployed.outputs["user_pool_id"]}
    made = cognito.create_user_pool_client(
        **pool,
        ClientName="other",
        ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )["UserPoolClient"]
    user = {**pool, "Username": "other@example.com"}
    everywhere = [{"Name": "custom:tenants", "Value": "*"}]
    cognito.admin_create_user(**user, MessageAction="SUPPRESS", UserAttributes=everywhere)
    cognito.admin_set_user_password(**user, Password=PASSWORD, Permanent=True)
    cognito.admin_add_user_to_group(**user, GroupName="administrator")
    answer = cognito.admin_initiate_auth(
        **pool,
        ClientId=made["ClientId"],
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": user["Username"], "PASSWORD": PASSWORD},
    )
    token = str(answer["AuthenticationResult"]["IdToken"])
    assert claims_of(token)["iss"].endswith(deployed.outputs["user_pool_id"])
    try:
        yield token
    finally:
        cognito.admin_delete_user(**user)
        cognito.delete_user_pool_client(**pool, ClientId=made["ClientId"])


def expired_token(deployed: Deployed, tenant: str, *roles: str) -> str:
    """An ID token of the API's own client that held for a second, which is over.

    Emulator difference: Cognito signs none for less than five minutes, and MiniStack does.
    """
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
        token = People(deployed).client(tenant, *roles).token
    finally:
        cognito.update_user_pool_client(**known, **kept, IdTokenValidity=before["IdTokenValidity"])
    claims = claims_of(token)
    assert (claims["aud"], claims["exp"] - claims["iat"]) == (known["ClientId"], 1)
    wait_for(lambda: time.time() >= claims["exp"] or None, "the token's second to be over")
    return token
