"""The construct of the live channel, wired together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.resources import LIVE_API
from stacks.api.domain import Domain
from stacks.api.live.routes import LiveRoutes
from stacks.api.live.stage import LiveStage
from stacks.bindings import Apigatewayv2Api, Construct
from stacks.environment.names import LIVE_LOGICAL_ID

if TYPE_CHECKING:
    from stacks.api.entrance import Entrance
    from stacks.encryption import EncryptionKey
    from stacks.environment.model import Environment

SELECTION = "$request.body.type"
"""The member of a message that names its route; none has one of its own, so all take the default.
"""


class LiveApi(Construct):
    """The WebSocket API with its stage and routes, and a domain if it is asked for.

    A function of the environment posts to its connections at the address that AWS gives, so that
    stays open beside a domain of its own.
    """

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        entrance: Entrance,
        key: EncryptionKey | None,
    ) -> None:
        super().__init__(scope, "live-api")
        options = environment.api.live
        api = Apigatewayv2Api(
            self,
            "api",
            name=environment.qualified(LIVE_API),
            protocol_type="WEBSOCKET",
            route_selection_expression=SELECTION,
            description=f"Changes of {environment.name}, as they happen",
        )
        api.override_logical_id(LIVE_LOGICAL_ID)
        routes = LiveRoutes(self, api=api, entrance=entrance)
        stage = LiveStage(self, environment, api, key, deployment_id=routes.deployment_id)
        domain = (
            Domain(self, options, api=api, stage_id=stage.id, name="live")
            if options.domain_name
            else None
        )
        self.log_group_name = stage.log_group_name
        self.outputs: dict[str, object] = {
            **({} if self.log_group_name is None else {"live_log_group": self.log_group_name}),
            **({} if domain is None else domain.outputs),
        }
