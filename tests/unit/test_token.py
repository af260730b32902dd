"""``cqrs token``: who gets none, and which user a token is of."""

from __future__ import annotations

from typing import Any

import pytest
import typer
from botocore.stub import Stubber

from cli.deployed.pool_users import PoolUser, UserPool
from cli.groups.token import _group, _tenant, refuse_elsewhere
from cqrs.errors import ConfigurationError, NotFoundError, ValidationError
from cqrs.roles import Role
from stacks.environment.model import Environment

AWS = {
    "name": "qa",
    "application": "cqrs",
    "account_id": "111111111111",
    "region": "ap-northeast-1",
}
EMULATOR = {**AWS, "endpoint": "http://localhost:4566", "dialect": "emulator"}
WITH_POOL = {"enabled": True, "user_pool": {"enabled": True}}
WITH_ISSUER = {"enabled": True, "issuer": "https://login.example.com", "audience": ["door"]}


def environment(base: dict[str, str], **api: Any) -> Environment:
    return Environment.model_validate({**base, "api": api})


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (environment(EMULATOR), "qa has no HTTP API.*Set enabled of \\[api\\] to true"),
        (environment(AWS, **WITH_ISSUER), "takes the tokens of https://login.example.com"),
        (environment(EMULATOR, **WITH_ISSUER), "takes the tokens of https://login.example.com"),
        (environment(AWS, **WITH_POOL), "is in AWS.*Sign in on the hosted page.*docs/api.md"),
    ],
    ids=["no API", "issuer in AWS", "issuer on an emulator", "pool in AWS"],
)
def test_who_gets_none_is_told_what_to_do(given: Environment, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        refuse_elsewhere(given)


def test_a_pool_on_an_emulator_is_asked() -> None:
    refuse_elsewhere(environment(EMULATOR, **WITH_POOL))


def test_every_tenant_is_one_too() -> None:
    assert _tenant("*") == "*"


@pytest.mark.parametrize("tenant", ["", "a/b", "a#b", "a,b", " a", "a b", "[a", "a]", '"a"'])
def test_what_no_tenant_may_be_is_refused(tenant: str) -> None:
    with pytest.raises((typer.BadParameter, ValidationError)):
        _tenant(tenant)


def test_a_role_is_the_group_that_the_environment_names() -> None:
    named = environment(EMULATOR, **WITH_POOL, identity={"role_names": {"editors": "publisher"}})

    assert _group(named, Role.PUBLISHER) == "editors"
    with pytest.raises(ConfigurationError, match="No group of qa has the role reader"):
        _group(named, Role.READER)


def user(**changes: Any) -> PoolUser:
    return PoolUser(**{"name": "Änna B.", "tenants": ("a", "b"), "groups": ("g",), **changes})


def test_the_same_user_has_the_same_address() -> None:
    assert user().address == user(tenants=("b", "a")).address
    assert user().address.startswith("annab-")
    assert user(name="名前").address.startswith("user-")


@pytest.mark.parametrize(
    "changes",
    [{"name": "Anna B."}, {"tenants": ("a",)}, {"groups": ()}, {"tenants": (), "groups": ("a",)}],
)
def test_another_user_has_another(changes: dict[str, Any]) -> None:
    assert user(**changes).address != user().address


def test_a_pool_that_is_not_there_is_told() -> None:
    import boto3  # noqa: PLC0415

    session = boto3.Session("nobody", "nothing", region_name="ap-northeast-1")
    client = session.client("cognito-idp")
    with Stubber(client) as stub:
        stub.add_response(
            "list_user_pools", {"UserPools": [{"Id": "eu-west-1_other", "Name": "other"}]}
        )

        with pytest.raises(NotFoundError, match="no user pool qa-cqrs-users with"):
            UserPool(client, "qa-cqrs-users").token_of(user())
