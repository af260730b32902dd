"""The entrance: that of the function which the HTTP API alone may invoke."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.bindings import Construct, LambdaPermission
from stacks.function.aliases import alias_of

if TYPE_CHECKING:
    from stacks.bindings import Apigatewayv2Api
    from stacks.environment.model import Environment
    from stacks.function.handler_function import HandlerFunction


class Entrance(Construct):
    """The ARN that an integration invokes, and the permission for it.

    Its requests say who asks, and the function believes them. So they come by an alias, which a
    permission to invoke the function does not cover. (Lambda guide, "Using Lambda aliases in event
    sources and permissions policies").
    """

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        *,
        api: Apigatewayv2Api,
        function: HandlerFunction,
    ) -> None:
        super().__init__(scope, "entrance")
        self.invoke_arn = function.invoke_arn
        name = environment.api_function_alias
        if name is not None:
            alias = alias_of(
                self, function, name, "For the HTTP API alone, whose requests say who asks"
            )
            self.invoke_arn = str(alias.invoke_arn)
            # The alias is there before somebody is permitted to use it.
            name = str(alias.name)
        LambdaPermission(
            self,
            "permission",
            action="lambda:InvokeFunction",
            function_name=function.name,
            qualifier=name,
            principal="apigateway.amazonaws.com",
            source_arn=environment.arn("execute-api", f"{api.id}/*/*"),
        )
