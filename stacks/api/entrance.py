"""The entrance: that of the function which API Gateway alone may invoke."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.bindings import Construct, LambdaPermission
from stacks.function.aliases import alias_of

if TYPE_CHECKING:
    from stacks.bindings import Apigatewayv2Api
    from stacks.environment.model import Environment
    from stacks.function.handler_function import HandlerFunction


class Entrance(Construct):
    """The ARN that an integration invokes, and the permissions for it.

    Its events say who asks, and the function believes them. So they come by an alias, which a
    permission to invoke the function does not cover. (Lambda guide, "Using Lambda aliases in event
    sources and permissions policies").
    """

    def __init__(
        self, scope: Construct, environment: Environment, function: HandlerFunction
    ) -> None:
        super().__init__(scope, "entrance")
        self._environment = environment
        self._function = function
        self.invoke_arn = function.invoke_arn
        self._alias = environment.api_function_alias
        if self._alias is not None:
            alias = alias_of(
                self, function, self._alias, "For API Gateway alone, whose events say who asks"
            )
            self.invoke_arn = str(alias.invoke_arn)
            # The alias is there before somebody is permitted to use it.
            self._alias = str(alias.name)

    def permit(self, scope: Construct, api: Apigatewayv2Api) -> None:
        """Let an API invoke the function, by any of its routes."""
        LambdaPermission(
            scope,
            "permission",
            action="lambda:InvokeFunction",
            function_name=self._function.name,
            qualifier=self._alias,
            principal="apigateway.amazonaws.com",
            source_arn=self._environment.arn("execute-api", f"{api.id}/*/*"),
        )
