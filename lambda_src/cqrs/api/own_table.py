"""Routes of an application's own, as routes of the table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cqrs.api import schemas
from cqrs.api.answers import ApiAnswer
from cqrs.api.paths import parameter_in, segments_of
from cqrs.api.route import WRITING, Parameter, Reply, Route
from cqrs.aws.application_code import application_code, ran
from cqrs.core.json_text import from_json
from cqrs.errors import CqrsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cqrs.api.call import ApiCall
    from cqrs.api.own_routes import OwnRoute

WITHOUT_BODY = frozenset({204, 205})
"""Answers of these statuses have no body (RFC 9110, sections 15.3.5 and 15.3.6)."""

BEYOND_JSON = re.compile("NaN|Infinity")
"""Numbers that Python writes and JSON does not have, unless they stand in text."""

STATUSES = range(200, 600)
"""Those that API Gateway gives back."""

NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""The name of a header (RFC 9110, section 5.1)."""

VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
"""The value of a header (RFC 9110, section 5.5)."""


class UnsendableAnswer(CqrsError):
    """A route of an application's own gave an answer that would not arrive as it was meant."""


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
        lambda _services: _answering(own),
        tuple(map(_reply, own.statuses)),
        path_parameters=parameters,
        takes_any_body=own.method in WRITING,
        takes_any_query=True,
        is_own=True,
    )


def _reply(status: int) -> Reply:
    schema = None if status in WITHOUT_BODY else schemas.ANYTHING
    return Reply(status, "The answer of the application.", schema)


def _answering(own: OwnRoute) -> Callable[[ApiCall], ApiAnswer]:
    def answer(call: ApiCall) -> ApiAnswer:
        with application_code():
            told = ran(own.handler(call))
        if not isinstance(told, ApiAnswer):
            told = ApiAnswer(204 if told is None else 200, told)
        _refuse_unsendable(own, told)
        return told

    return answer


def _refuse_unsendable(own: OwnRoute, answer: ApiAnswer) -> None:
    """Refuse an answer that would not arrive as it was meant.

    Raises
    ------
    UnsendableAnswer
        If it is such a one.
    """
    named = f"The answer of the route {own.method} {own.path}"
    if type(answer.status) is not int or answer.status not in STATUSES:
        raise UnsendableAnswer(
            f"{named} has the status {answer.status!r:.40}; it must be 200 to 599."
        )
    for name, value in dict(answer.headers).items():
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise UnsendableAnswer(
                f"{named} has a header named {name!r:.80}; a name has letters, digits and dashes."
            )
        if not isinstance(value, str) or not VALUE.fullmatch(value):
            raise UnsendableAnswer(
                f"{named} has the header {name} with {value!r:.80}; it must be text of Latin-1 "
                "without control characters."
            )
    try:
        text = answer.text()
        if BEYOND_JSON.search(text):
            from_json(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise UnsendableAnswer(f"{named} has a body that is none in JSON: {error}.") from error


def _operation(own: OwnRoute) -> str:
    """Its name: of its method and path, as functions of two modules may be called alike."""
    parts = [parameter_in(part) or part for part in segments_of(own.path)]
    return "_".join([own.method.lower(), *parts]).replace("-", "_").replace(".", "_")
