"""Routes of an application's own, as routes of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.api import schemas
from cqrs.api.answers import ApiAnswer
from cqrs.api.paths import parameter_in, segments_of
from cqrs.api.route import WRITING, Parameter, Reply, Route
from cqrs.aws.application_code import application_code, ran

if TYPE_CHECKING:
    from collections.abc import Callable

    from cqrs.api.call import ApiCall
    from cqrs.api.own_routes import OwnRoute
    from cqrs.services import Services

REPLIES = (
    Reply(200, "The answer of the application.", schemas.ANYTHING),
    Reply(204, "It was done, and there is nothing to tell."),
)


def table_route(own: OwnRoute) -> Route:
    """One of the application's routes, as the table has it."""
    parameters = tuple(
        Parameter(name, "As the application says.", schemas.TEXT, name) for name in own.parameters
    )
    return Route(
        own.method,
        own.path,
        _operation(own),
        own.summary,
        own.roles,
        lambda services: _answering(services, own.handler),
        REPLIES,
        path_parameters=parameters,
        takes_any_body=own.method in WRITING,
        takes_any_query=True,
        is_own=True,
    )


def _answering(_services: Services, handler: Callable[..., Any]) -> Callable[[ApiCall], ApiAnswer]:
    def answer(call: ApiCall) -> ApiAnswer:
        with application_code():
            told = ran(handler(call))
        if isinstance(told, ApiAnswer):
            return told
        return ApiAnswer(204 if told is None else 200, told)

    return answer


def _operation(own: OwnRoute) -> str:
    """Its name: of its method and path, as functions of two modules may be called alike."""
    parts = [parameter_in(part) or part for part in segments_of(own.path)]
    return "_".join([own.method.lower(), *parts]).replace("-", "_").replace(".", "_")
