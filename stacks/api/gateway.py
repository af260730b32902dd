"""The API itself, and what it lets pages of other origins do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.resources import API
from stacks.api.addresses import API_LOGICAL_ID
from stacks.bindings import Apigatewayv2Api, Apigatewayv2ApiCorsConfiguration
from stacks.options.api import PREFLIGHT_SECONDS

if TYPE_CHECKING:
    from stacks.bindings import Construct
    from stacks.environment.model import Environment
    from stacks.options.api import ApiOptions

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

ALLOWED_HEADERS = (
    "authorization",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-none-match",
)
EXPOSED_HEADERS = ("etag", "location", "retry-after")
"""Headers that a page may send, and those of an answer that it may read."""


def gateway(scope: Construct, environment: Environment) -> Apigatewayv2Api:
    """Make the API.

    If it has a domain of its own, it answers there alone, so that nobody gets used to another
    address. (API Gateway guide, "Disable the default endpoint for HTTP APIs").
    """
    options = environment.api
    api = Apigatewayv2Api(
        scope,
        "api",
        name=environment.qualified(API),
        protocol_type="HTTP",
        description=f"Commands, tasks, imports and approvals of {environment.name}",
        cors_configuration=_cors(options) if options.cors_origins else None,
        disable_execute_api_endpoint=bool(options.domain_name),
    )
    api.override_logical_id(API_LOGICAL_ID)
    return api


def _cors(options: ApiOptions) -> Apigatewayv2ApiCorsConfiguration:
    return Apigatewayv2ApiCorsConfiguration(
        allow_origins=list(options.cors_origins),
        allow_methods=list(METHODS),
        allow_headers=list(ALLOWED_HEADERS),
        expose_headers=list(EXPOSED_HEADERS),
        allow_credentials=options.cors_credentials,
        max_age=PREFLIGHT_SECONDS,
    )
