"""The stage of the WebSocket API: how much it takes, and what its access log says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.resources import API_LOGS, LIVE_API
from stacks.accepted_risks import accept
from stacks.bindings import (
    Apigatewayv2Stage,
    Apigatewayv2StageAccessLogSettings,
    Apigatewayv2StageDefaultRouteSettings,
    Construct,
)
from stacks.documents import render
from stacks.environment.names import LIVE_STAGE
from stacks.logs import log_group_of

if TYPE_CHECKING:
    from stacks.bindings import Apigatewayv2Api
    from stacks.encryption import EncryptionKey
    from stacks.environment.model import Environment

LOGGED = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "ip": "$context.identity.sourceIp",
    "event": "$context.eventType",
    "routeKey": "$context.routeKey",
    "status": "$context.status",
    "connection": "$context.connectionId",
    "error": "$context.error.message",
    "integrationError": "$context.integrationErrorMessage",
    "integrationStatus": "$context.integrationStatus",
    "integrationLatency": "$context.integrationLatency",
    "functionRequestId": "$context.integration.requestId",
}
"""Fields of a line of the access log (API Gateway guide, "Configure logging for WebSocket APIs").
It has no ticket and no message."""

WITHOUT_LOG = "The environment's file asks for none."


class LiveStage(Construct):
    """The one stage, and its access log if there is one."""

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        api: Apigatewayv2Api,
        key: EncryptionKey | None,
        *,
        deployment_id: str,
    ) -> None:
        super().__init__(scope, "stage")
        options = environment.api.live
        log = (
            log_group_of(
                self,
                name=f"{API_LOGS}{environment.qualified(LIVE_API)}",
                days=environment.api.access_log_retention_days,
                key=key,
            )
            if options.access_log
            else None
        )
        self.log_group_name = None if log is None else str(log.name)
        self._stage = Apigatewayv2Stage(
            self,
            "stage",
            api_id=api.id,
            name=LIVE_STAGE,
            deployment_id=deployment_id,
            default_route_settings=Apigatewayv2StageDefaultRouteSettings(
                throttling_rate_limit=options.throttle_rate,
                throttling_burst_limit=options.throttle_burst,
            ),
            access_log_settings=None
            if log is None
            else Apigatewayv2StageAccessLogSettings(destination_arn=log.arn, format=render(LOGGED)),
        )
        if log is None:
            accept(self._stage, {"CKV_AWS_95": WITHOUT_LOG})

    @property
    def id(self) -> str:
        """Id of the stage."""
        return str(self._stage.id)
