"""Aliases of the function, by which a permission to invoke it can be narrowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.bindings import Construct, LambdaAlias

if TYPE_CHECKING:
    from stacks.environment.model import Environment
    from stacks.function.handler_function import HandlerFunction

NEWEST = "$LATEST"
"""Stands for the code that was deployed last (Lambda API reference, CreateAlias)."""


class TenantAliases(Construct):
    """Aliases for direct invocations of some tenants alone, as the environment names them."""

    def __init__(
        self, scope: Construct, environment: Environment, function: HandlerFunction
    ) -> None:
        super().__init__(scope, "aliases")
        for name, options in environment.function.aliases.items():
            alias_of(self, function, name, f"For {len(options.tenants)} of the tenants alone")


def alias_of(
    scope: Construct, function: HandlerFunction, name: str, description: str
) -> LambdaAlias:
    """Make an alias of the function, which runs the code that was deployed last."""
    return LambdaAlias(
        scope,
        f"alias-{name}",
        name=name,
        function_name=function.name,
        function_version=NEWEST,
        description=description,
    )
