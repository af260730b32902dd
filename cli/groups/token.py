"""A token for the HTTP API of an emulator."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.arguments import checked
from cli.context import session_of
from cli.deployed.clients import VerifiedClients
from cli.deployed.pool_users import PoolUser, UserPool
from cqrs.api.principals import EVERY_TENANT
from cqrs.claims import words_of
from cqrs.core.tenants import checked_new_tenant
from cqrs.errors import ConfigurationError, NotFoundError
from cqrs.resources import API, USER_POOL
from cqrs.roles import Role
from stacks.api.addresses import api_url

if TYPE_CHECKING:
    from stacks.environment.model import Environment


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(token)


def token(
    context: typer.Context,
    tenants: Annotated[
        list[str],
        typer.Option("--tenant", help="Tenant, or * for every tenant; may be repeated."),
    ],
    roles: Annotated[list[Role], typer.Option("--role", help="Role; may be repeated.")],
    name: Annotated[
        str, typer.Option("--name", help="Name that commands and answers carry.")
    ] = "local user",
) -> None:
    """Print a token for the HTTP API on an emulator, of a user who is made if need be."""
    session = session_of(context)
    environment = session.connection.environment
    refuse_elsewhere(environment)
    user = PoolUser(
        name=name,
        tenants=tuple(dict.fromkeys(map(_tenant, tenants))),
        groups=tuple(_group(environment, role) for role in dict.fromkeys(roles)),
    )
    clients = session.connection.services.clients
    if not isinstance(clients, VerifiedClients):
        raise TypeError("the command line has clients of its own")
    pool = UserPool(clients.of("cognito-idp"), environment.qualified(USER_POOL))
    made = pool.token_of(user)
    if session.output.as_json:
        url = _url(environment, clients.of("apigatewayv2"))
        session.output.document({"token": made, "api_url": url, **asdict(user)})
    session.output.note(made)


def refuse_elsewhere(environment: Environment) -> None:
    """See that the environment is on an emulator and has a user pool.

    Raises
    ------
    ConfigurationError
        If not; the message says how to get a token there.
    """
    options, name = environment.api, environment.name
    if not options.enabled:
        raise ConfigurationError(
            f"{name} has no HTTP API, so there is nothing to get a token for. Set enabled of [api] "
            f"to true in environments/{name}.toml, and deploy it."
        )
    if not options.has_user_pool:
        raise ConfigurationError(
            f"{name} takes the tokens of {options.issuer}, which this command does not make: sign "
            "in there."
        )
    if environment.endpoint is None:
        raise ConfigurationError(
            f"{name} is in AWS, and this command makes no users there. Sign in on the hosted page. "
            'docs/api.md says how under "To sign in by hand". The stack\'s outputs '
            "user_pool_domain and user_pool_client_id name the page and the client."
        )


def _url(environment: Environment, gateways: Any) -> str:
    pages = gateways.get_paginator("get_apis").paginate()
    name = environment.qualified(API)
    ids = [api["ApiId"] for page in pages for api in page["Items"] if api["Name"] == name]
    if not ids:
        raise NotFoundError(f"There is no API {name}: `make up` deploys it.")
    return api_url(environment, ids[0])


def _tenant(given: str) -> str:
    if given == EVERY_TENANT:
        return given
    code: str = checked(checked_new_tenant, given)
    if words_of(code) != {code}:
        raise typer.BadParameter(
            f"the tenant {code!r} has a comma, space, quote or bracket in it, which part one "
            "tenant of a token from the next"
        )
    return code


def _group(environment: Environment, role: Role) -> str:
    for group, given in environment.api.identity.role_names.items():
        if given is role:
            return group
    raise ConfigurationError(
        f"No group of {environment.name} has the role {role.value}: name one in role_names of "
        f"[api.identity] in environments/{environment.name}.toml."
    )
