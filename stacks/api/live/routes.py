"""The routes of the WebSocket API, which all lead to the one function, and their deployment."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from stacks.accepted_risks import accept
from stacks.bindings import (
    Apigatewayv2Deployment,
    Apigatewayv2Integration,
    Apigatewayv2Route,
    Apigatewayv2RouteResponse,
    Construct,
    TerraformResourceLifecycle,
)
from stacks.documents import render

if TYPE_CHECKING:
    from stacks.api.entrance import Entrance
    from stacks.bindings import Apigatewayv2Api

CONNECT, DISCONNECT, DEFAULT = "$connect", "$disconnect", "$default"
"""Routes that API Gateway knows by these names (its guide, "Working with routes for WebSocket
APIs")."""

LONGEST_MILLISECONDS = 29_000
"""Longest integration (API Gateway guide, "WebSocket API quotas")."""

OPEN = "The function takes the ticket of a connection; a browser sends no other credentials."


class LiveRoutes(Construct):
    """The integration with the function, the routes to it, and what of them is deployed."""

    def __init__(
        self,
        scope: Construct,
        *,
        api: Apigatewayv2Api,
        entrance: Entrance,
    ) -> None:
        super().__init__(scope, "routes")
        entrance.permit(self, api)
        integration = Apigatewayv2Integration(
            self,
            "integration",
            api_id=api.id,
            integration_type="AWS_PROXY",
            integration_method="POST",
            integration_uri=entrance.invoke_arn,
            timeout_milliseconds=LONGEST_MILLISECONDS,
        )
        routes = [
            self._route(api, integration, "connect", CONNECT),
            self._route(api, integration, "disconnect", DISCONNECT),
            self._route(api, integration, "default", DEFAULT, answers=True),
        ]
        answers = Apigatewayv2RouteResponse(
            self,
            "answers",
            api_id=api.id,
            route_id=routes[-1].id,
            route_response_key=DEFAULT,
        )
        self._deployment = Apigatewayv2Deployment(
            self,
            "deployment",
            api_id=api.id,
            # No stage of a WebSocket API deploys by itself what has changed.
            triggers={"routes": _digest()},
            depends_on=[*routes, answers, integration],
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )

    @property
    def deployment_id(self) -> str:
        """Id of the deployment that has all of it."""
        return str(self._deployment.id)

    def _route(
        self,
        api: Apigatewayv2Api,
        integration: Apigatewayv2Integration,
        name: str,
        route_key: str,
        *,
        answers: bool = False,
    ) -> Apigatewayv2Route:
        route = Apigatewayv2Route(
            self,
            name,
            api_id=api.id,
            route_key=route_key,
            target=f"integrations/{integration.id}",
            authorization_type="NONE",
            route_response_selection_expression=DEFAULT if answers else None,
        )
        accept(route, {"CKV_AWS_309": OPEN})
        return route


def _digest() -> str:
    """The same as long as a deployment would change nothing."""
    parts = [CONNECT, DISCONNECT, DEFAULT, "answers", LONGEST_MILLISECONDS]
    return hashlib.sha256(render(parts).encode()).hexdigest()[:16]
