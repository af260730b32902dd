"""The stage: how much it takes, and what its access log says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.bindings import (
    Apigatewayv2Stage,
    Apigatewayv2StageAccessLogSettings,
    Apigatewayv2StageDefaultRouteSettings,
    Construct,
)
from stacks.documents import render
from stacks.logs import log_group_of

if TYPE_CHECKING:
    from stacks.bindings import Apigatewayv2Api
    from stacks.encryption import EncryptionKey
    from stacks.environment.model import Environment

DEFAULT_STAGE = "$default"
"""The stage that paths do not name (API Gateway guide, "Stages for HTTP APIs")."""

LOGGED = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "ip": "$context.identity.sourceIp",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "routeKey": "$context.routeKey",
    "status": "$context.status",
    "subject": "$context.authorizer.claims.sub",
    "caller": "$context.identity.userArn",
    "authorizerError": "$context.authorizer.error",
    "error": "$context.error.message",
    "integrationError": "$context.integrationErrorMessage",
    "responseLength": "$context.responseLength",
    "latency": "$context.responseLatency",
    "integrationLatency": "$context.integrationLatency",
    "functionRequestId": "$context.integration.requestId",
}
"""Fields of a line of the access log (API Gateway guide, "Customize HTTP API access logs"). It has
no token, no query and no body."""


class Stage(Construct):
    """The one stage, which has every change at once, and its access log."""

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        api: Apigatewayv2Api,
        key: EncryptionKey | None,
    ) -> None:
        super().__init__(scope, "stage")
        options = environment.api
        log_group = log_group_of(
            self,
            name=environment.api_log_group,
            days=options.access_log_retention_days,
            key=key,
        )
        self.log_group_name = str(log_group.name)
        self._stage = Apigatewayv2Stage(
            self,
            "stage",
            api_id=api.id,
            name=DEFAULT_STAGE,
            auto_deploy=True,
            default_route_settings=Apigatewayv2StageDefaultRouteSettings(
                throttling_rate_limit=options.throttle_rate,
                throttling_burst_limit=options.throttle_burst,
            ),
            access_log_settings=Apigatewayv2StageAccessLogSettings(
                destination_arn=log_group.arn, format=render(LOGGED)
            ),
        )

    @property
    def id(self) -> str:
        """Id of the stage."""
        return str(self._stage.id)
