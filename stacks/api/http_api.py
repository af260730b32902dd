"""The construct of the HTTP API, wired together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.api.addresses import api_url
from stacks.api.authorizer import Issuer, authorizer
from stacks.api.domain import Domain
from stacks.api.gateway import gateway
from stacks.api.routes import Routes
from stacks.api.stage import Stage
from stacks.api.user_pool import UserPool
from stacks.bindings import Construct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stacks.encryption import EncryptionKey
    from stacks.environment.model import Environment
    from stacks.function.handler_function import HandlerFunction


class HttpApi(Construct):
    """The API with its stage and routes, and a user pool or a domain if these are asked for."""

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        function: HandlerFunction,
        key: EncryptionKey | None,
        own_pages: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, "http-api")
        options = environment.api
        users = UserPool(self, environment, own_pages) if options.has_user_pool else None
        issuer = Issuer(options.issuer, options.audience) if users is None else users.issuer
        api = gateway(self, environment)
        routes = Routes(
            self,
            environment,
            api=api,
            authorizer=authorizer(self, environment, api, issuer),
            function=function,
        )
        stage = Stage(self, environment, api, key)
        domain = Domain(self, options, api=api, stage_id=stage.id) if options.domain_name else None
        self.users = users
        self.entrance = routes.entrance
        self.log_group_name = stage.log_group_name
        self.outputs: dict[str, object] = {
            "api_url": api_url(environment),
            "api_log_group": self.log_group_name,
            **({} if domain is None else domain.outputs),
            **({} if users is None else users.outputs),
        }
