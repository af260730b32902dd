"""Declarations that several kinds of routes share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.api import schemas
from cqrs.api.route import Body, Parameter, Route

if TYPE_CHECKING:
    from collections.abc import Callable

    from cqrs.api.call import ApiCall
    from cqrs.api.roles import Roles
    from cqrs.api.route import Reply
    from cqrs.services import Services

CURSOR = Parameter("cursor", "The cursor of the page before, unchanged.", schemas.TEXT)

IF_MATCH, IF_NONE_MATCH = "If-Match", "If-None-Match"
ETAG, LOCATION = "ETag", "Location"

ULID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"

REASON = Body(
    schemas.body_of(reason=schemas.REASON), {"reason": "Sent by mistake."}, is_optional=True
)


def limit(most: int, usual: int) -> Parameter:
    """The length of a page."""
    schema = {"type": "integer", "minimum": 1, "maximum": most, "default": usual}
    return Parameter("limit", "Entries of a page at most; it may have fewer.", schema)


def switch(name: str, summary: str) -> Parameter:
    """Something that is off by default."""
    return Parameter(name, summary, {"type": "boolean", "default": False})


def choice(name: str, summary: str, *words: str) -> Parameter:
    """One of some words."""
    return Parameter(name, summary, {"type": "string", "enum": list(words)})


def declaring(make: Callable[[Services], object]) -> Callable[..., Route]:
    """Let routes be declared that methods of one object answer, each named after its operation.

    Parameters
    ----------
    make
        Makes the object; its module is imported when a route is first asked for.
    """

    def route(
        method: str,
        path: str,
        operation: str,
        summary: str,
        roles: Roles,
        *replies: Reply,
        **more: Any,
    ) -> Route:
        def find(services: Services) -> Callable[[ApiCall], Any]:
            answering: Callable[[ApiCall], Any] = getattr(make(services), operation)
            return answering

        return Route(method, path, operation, summary, roles, find, replies, **more)

    return route
