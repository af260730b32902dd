"""The routes, which all lead to the one function, and who may take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.accepted_risks import accept
from stacks.api.entrance import Entrance
from stacks.bindings import Apigatewayv2Integration, Apigatewayv2Route, Construct

if TYPE_CHECKING:
    from stacks.bindings import Apigatewayv2Api, Apigatewayv2Authorizer
    from stacks.environment.model import Environment
    from stacks.function.handler_function import HandlerFunction

TOKEN_ROUTE = "ANY /v1/{proxy+}"  # noqa: S105 - a route
IAM_ROUTE = "ANY /iam/v1/{proxy+}"
OPEN_ROUTE = "GET /openapi.json"

PAYLOAD_FORMAT = "2.0"
LONGEST_MILLISECONDS = 30_000
"""Longest integration of an HTTP API (API Gateway guide, "Quotas for HTTP APIs")."""


class Routes(Construct):
    """The integration with the function, and the routes to it."""

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        *,
        api: Apigatewayv2Api,
        authorizer: Apigatewayv2Authorizer,
        function: HandlerFunction,
    ) -> None:
        super().__init__(scope, "routes")
        self._api = api
        self.entrance = Entrance(self, environment, function)
        self.entrance.permit(self.entrance, api)
        integration = Apigatewayv2Integration(
            self,
            "integration",
            api_id=api.id,
            integration_type="AWS_PROXY",
            integration_uri=self.entrance.invoke_arn,
            payload_format_version=PAYLOAD_FORMAT,
            timeout_milliseconds=LONGEST_MILLISECONDS,
        )
        self._target = f"integrations/{integration.id}"
        self._route("token", TOKEN_ROUTE, "JWT", authorizer)
        if environment.api.iam:
            self._route("iam", IAM_ROUTE, "AWS_IAM")
        is_open = self._route("open", OPEN_ROUTE, "NONE")
        accept(is_open, {"CKV_AWS_309": "The description of the API is for everybody."})

    def _route(
        self,
        name: str,
        route_key: str,
        authorization_type: str,
        authorizer: Apigatewayv2Authorizer | None = None,
    ) -> Apigatewayv2Route:
        return Apigatewayv2Route(
            self,
            name,
            api_id=self._api.id,
            route_key=route_key,
            target=self._target,
            authorization_type=authorization_type,
            authorizer_id=None if authorizer is None else authorizer.id,
        )
