"""Addresses of the API and of the pages of its user pool."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stacks.environment.model import Environment

API_LOGICAL_ID = "api"
API_ID = f"${{aws_apigatewayv2_api.{API_LOGICAL_ID}.id}}"
"""Terraform's expression for the API's id, which AWS gives; all else is known by its name."""


def api_url(environment: Environment, api_id: str = API_ID) -> str:
    """Address of the API without a slash at its end; paths follow, and no stage.

    Emulator difference: MiniStack 1.5.33 also serves an API below its own address. Names below
    ``localhost``, at which it has each API, are not found on every machine.
    """
    if environment.endpoint is not None:
        return f"{environment.endpoint}/_aws/execute-api/{api_id}"
    suffix = "amazonaws.com.cn" if environment.partition == "aws-cn" else "amazonaws.com"
    host = environment.api.domain_name or f"{api_id}.execute-api.{environment.region}.{suffix}"
    return f"https://{host}"


def user_pool_url(environment: Environment) -> str:
    """Address of the pages on which users sign in.

    Emulator difference: MiniStack 1.5.33 serves them at its own address.
    """
    if environment.endpoint is not None:
        return environment.endpoint
    return f"https://{environment.user_pool_domain}.auth.{environment.region}.amazoncognito.com"
