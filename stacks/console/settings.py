"""The settings that lie beside the console's files, ``config.json``. Nothing in them is secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stacks.environment.model import Environment

CONFIG_KEY = "config.json"


def local_settings(environment: Environment) -> dict[str, Any]:
    """Settings of an emulator, for which the server of ``make console`` makes the tokens."""
    return {**_common(environment), "sign_in": {"kind": "local"}}


def pool_settings(
    environment: Environment, *, domain: str, client_id: str, scopes: str
) -> dict[str, Any]:
    """Settings by which people sign in on the pages of the user pool."""
    sign_in = {"kind": "pool", "domain": domain, "client_id": client_id, "scopes": scopes}
    return {**_common(environment), "sign_in": sign_in}


def _common(environment: Environment) -> dict[str, Any]:
    identity = environment.api.identity
    return {
        "environment": environment.name,
        # The page asks its own origin, which passes requests on to the API.
        "api": "",
        "identity": {
            "subject": identity.subject,
            "name": identity.name,
            "tenants": identity.tenants,
            "roles": identity.roles,
            "role_names": {group: role.value for group, role in identity.role_names.items()},
        },
    }
