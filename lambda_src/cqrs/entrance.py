"""The entrance by which an invocation came: the function itself, or one of its aliases.

IAM permits each alias by itself, so an alias tells what its caller may do, whatever the event says.
(Lambda guide, "Using Lambda aliases in event sources and permissions policies").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.errors import UnsupportedEventError, ValidationError
from cqrs.events.factory import direct_event
from cqrs.events.types import EventSource
from cqrs.events.workflows import error_result

if TYPE_CHECKING:
    from cqrs.settings import Settings

GATEWAY_SOURCES = frozenset({EventSource.HTTP, EventSource.LIVE})
"""Sources whose events say who asks, or on which connection, as API Gateway has verified it."""

UNQUALIFIED_PARTS = 7
"""Parts of a function's ARN before its alias or version."""


class Entrance:
    """Lets in what the alias that was invoked is for.

    Parameters
    ----------
    settings
        The deployment's settings.
    invoked_arn
        The function's ARN as it was invoked, with the alias or version if one was named.
    """

    def __init__(self, settings: Settings, invoked_arn: str) -> None:
        self._settings = settings
        self._alias = ":".join(invoked_arn.split(":")[UNQUALIFIED_PARTS:])

    def refusal(self, source: EventSource, event: Any) -> dict[str, str] | None:
        """The answer to an invocation that its alias is not for; None if it is let in.

        Raises
        ------
        UnsupportedEventError
            If nobody waits for an answer. A request of the HTTP API that the API did not send is
            refused so too, as somebody may have made its principal up.
        """
        if source in GATEWAY_SOURCES:
            self._check_gateway(source)
        if not (self._alias and self._settings.function_aliases):
            return None
        return self._refusal_of_other_tenants(source, event)

    def _check_gateway(self, source: EventSource) -> None:
        alias = self._settings.api_function_alias
        if alias and self._alias != alias:
            raise UnsupportedEventError(
                f"An event of an API ({source.value}) came to "
                f"{self._alias or 'the function itself'}. API Gateway sends its own to the alias "
                f"{alias}; send requests to the API, or invoke the "
                'function directly with {"source": "direct", "action": ..., "payload": {...}}.'
            )

    def _refusal_of_other_tenants(self, source: EventSource, event: Any) -> dict[str, str] | None:
        from cqrs.actions import narrowing  # noqa: PLC0415 - few environments have such aliases

        tenants = narrowing.tenants_of(self._settings.function_aliases, self._alias)
        if tenants is None:
            return None
        if source != EventSource.DIRECT:
            raise UnsupportedEventError(
                f"An event of {source.value} came to the alias {self._alias}, which takes direct "
                "invocations alone. Invoke the function itself."
            )
        try:
            narrowing.refuse_other_tenants(direct_event(event), tenants, self._settings.bucket)
        except ValidationError as error:
            return error_result(type(error).__name__, str(error))
        return None
