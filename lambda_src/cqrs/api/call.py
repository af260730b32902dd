"""A request that has passed the door, as what answers it is given it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cqrs.api.paths import place

if TYPE_CHECKING:
    from cqrs.api.principals import Principal
    from cqrs.storage.origins import Origin


@dataclass(frozen=True, slots=True)
class ApiCall:
    """A request of a principal who may make it.

    Attributes
    ----------
    principal
        Who asks.
    tenant
        Code of the tenant that it is about; ``*`` if it is about what all tenants share.
    path
        The parameters of its path, by name.
    query
        Those of its query, by name, as their kinds.
    headers
        Its headers, by names in lower case.
    body
        Its body, read as JSON; None if it has none.
    origin
        The origin of calls of services: ``application.commands.of(call.origin)`` publishes as the
        principal, and once however often the request is repeated.
    request_id
        Identity of the request, as the log has it.
    began
        When it began, by the monotonic clock.
    prefix
        The part of its path before ``/v1``.
    """

    principal: Principal
    tenant: str
    path: Mapping[str, str]
    query: Mapping[str, Any]
    headers: Mapping[str, str]
    body: Any
    origin: Origin
    request_id: str
    began: float
    prefix: str = ""

    def place(self, *parts: str | int) -> str:
        """The path of something of the tenant's, from the root on."""
        return self.prefix + place(self.tenant, *parts)
