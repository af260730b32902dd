"""One route of the HTTP API: all that the door, the OpenAPI page and the tests know of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cqrs.api.paths import BASE, ENVIRONMENT_BASE

if TYPE_CHECKING:
    from cqrs.api.call import ApiCall
    from cqrs.api.roles import Roles
    from cqrs.services import Services

Schema = Mapping[str, Any]
"""A JSON Schema, as OpenAPI 3.1 takes it."""

WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})

Find = Callable[["Services"], Callable[["ApiCall"], Any]]
"""Finds the function that answers; its module is imported when it is asked for."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a path or of a query; the latter may be left out.

    Attributes
    ----------
    name, summary
        Its name, and its meaning.
    schema
        Its kind: text, a whole number, or true or false.
    example
        A value of it.
    """

    name: str
    summary: str
    schema: Schema
    example: Any = None


@dataclass(frozen=True, slots=True)
class Body:
    """The JSON object that a request sends.

    Attributes
    ----------
    schema, example
        Its form, and one of it.
    is_optional
        Whether it may be left out, which is as good as an empty one.
    """

    schema: Schema
    example: Mapping[str, Any]
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A route that goes on with what a reply has told (OpenAPI 3.1, Link Object).

    Attributes
    ----------
    operation
        The name of the route.
    parameters
        Those of its path beside the tenant, each with the member of the reply that has it.
    """

    operation: str
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """One way in which a route answers well.

    Attributes
    ----------
    status, summary
        Its HTTP status, and when it comes.
    schema
        Of its body; None if it has none.
    headers
        Names of headers that it has.
    links
        The routes that lead on from it.
    """

    status: int
    summary: str
    schema: Schema | None = None
    headers: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """A route.

    Attributes
    ----------
    method, path
        The path below ``/v1/tenants/{tenant}``, with its parameters in braces; or below
        ``/v1/environment``.
    operation
        Its name, which no other route has.
    summary
        Its purpose, in a line.
    roles
        The roles of which a principal needs one.
    find
        Finds what answers.
    replies
        How it answers well.
    path_parameters, parameters
        Those of its path, and those of its query.
    body
        The body that it takes; None for none.
    takes_any_body, takes_any_query
        Whether it takes any JSON value or none, and any query.
    is_own
        Whether it is one of an application's own.
    problems
        Statuses of problems that other routes do not have.
    refused
        Status of what the service refuses.
    headers
        Names of headers that it heeds.
    keeps_answers
        Whether its answer may be kept for those who send a request again.
    is_of_environment
        Whether it is about what all tenants share. Then a principal needs every tenant.
    """

    method: str
    path: str
    operation: str
    summary: str
    roles: Roles
    find: Find
    replies: tuple[Reply, ...]
    path_parameters: tuple[Parameter, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    takes_any_body: bool = False
    takes_any_query: bool = False
    is_own: bool = False
    problems: tuple[int, ...] = ()
    refused: int = 400
    headers: tuple[str, ...] = ()
    keeps_answers: bool = True
    is_of_environment: bool = False

    @property
    def full_path(self) -> str:
        """Its path from the root on."""
        return (ENVIRONMENT_BASE if self.is_of_environment else BASE) + self.path

    @property
    def writes(self) -> bool:
        """Whether it changes anything, and so takes an Idempotency-Key."""
        return self.method in WRITING and self.keeps_answers
