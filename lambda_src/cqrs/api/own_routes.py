"""Routes that an application declares for itself, below ``/v1/tenants/{tenant}``."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cqrs.api.roles import with_including
from cqrs.errors import ConfigurationError
from cqrs.roles import Role

if TYPE_CHECKING:
    from cqrs.api.roles import Roles

GOOD = range(200, 300)
"""Statuses of good answers."""

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*|\{[a-z][a-z0-9_]*\}")

TAKEN = frozenset(
    {
        "approvals",
        "executions",
        "failed-commands",
        "imports",
        "items",
        "machines",
        "tasks",
        "tickets",
        "uploads",
        "workflows",
    }
)
"""First segments of the project's own routes."""


@dataclass(frozen=True, slots=True)
class OwnRoute:
    """A route of an application's own.

    Attributes
    ----------
    method, path
        Its path below the tenant.
    roles
        The roles of which a principal needs one.
    summary
        Its purpose, in a line.
    handler
        The function that answers an ApiCall.
    statuses
        Those of its good answers, for the description.
    """

    method: str
    path: str
    roles: Roles
    summary: str
    handler: Callable[..., Any]
    statuses: tuple[int, ...]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters in its path."""
        parts = self.path.strip("/").split("/")
        return tuple(part[1:-1] for part in parts if part.startswith("{"))

    @property
    def shape(self) -> tuple[str, ...]:
        """The same for routes that take the same requests."""
        parts = self.path.strip("/").split("/")
        return (self.method, *("{}" if part.startswith("{") else part for part in parts))


def add_own_route(
    routes: list[OwnRoute],
    handler: Callable[..., Any],
    method: str,
    path: str,
    role: str | Iterable[str],
    summary: str,
    statuses: Iterable[int],
) -> None:
    """Add a route to those of an application.

    Raises
    ------
    ConfigurationError
        If it is malformed or taken.
    """
    words = summary or (inspect.getdoc(handler) or handler.__name__).partition("\n")[0]
    _refuse_malformed(method, path)
    good = tuple(sorted(set(statuses)))
    if not good or not all(type(one) is int and one in GOOD for one in good):
        raise ConfigurationError(
            f"The statuses of the route {path!r} are {statuses!r:.80}; they must be some of 200 to "
            "299, as in (202,). Others need not be named."
        )
    route = OwnRoute(method, path, roles_of(role, "route"), words, handler, good)
    if len(set(route.parameters)) < len(route.parameters):
        raise ConfigurationError(f"The route {path!r} names a parameter twice; rename one of them.")
    if any(other.shape == route.shape for other in routes):
        raise ConfigurationError(f"Two routes are {method} {path}; keep one of them.")
    routes.append(route)


def _refuse_malformed(method: str, path: str) -> None:
    if method not in METHODS:
        raise ConfigurationError(
            f"The method of a route is {method!r:.80}; it must be one of {', '.join(METHODS)}."
        )
    parts = path.split("/") if isinstance(path, str) else [""]
    if parts[0] or len(parts) == 1 or not all(map(SEGMENT.fullmatch, parts[1:])):
        raise ConfigurationError(
            f"The path of a route is {path!r:.80}; write it below the tenant, as in /stock/{{id}}."
        )
    if parts[1] in TAKEN or parts[1].startswith("{"):
        raise ConfigurationError(
            f"The route {path!r} must begin with a word of its own: {', '.join(sorted(TAKEN))} are "
            "the project's."
        )


def roles_of(role: str | Iterable[str], what: str) -> Roles:
    """The roles that an application names for something of its own, with those that include them.

    Raises
    ------
    ConfigurationError
        If one is unknown, or there is none.
    """
    names = [role] if isinstance(role, str) else list(role)
    unknown = [name for name in names if name not in set(Role)]
    if unknown or not names:
        raise ConfigurationError(
            f"The role of a {what} is {role!r:.80}; it must be one or several of {', '.join(Role)}."
        )
    return with_including(*map(Role, names))
