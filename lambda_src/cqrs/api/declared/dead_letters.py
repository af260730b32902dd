"""Routes of dead letters, which are of the environment as a whole."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from cqrs.api import schemas
from cqrs.api import schemas_of_operations as shown
from cqrs.api.declared.common import declaring, limit
from cqrs.api.roles import REPAIRERS
from cqrs.api.route import Body, Parameter, Reply
from cqrs.core.texts import DECISION_LENGTH

if TYPE_CHECKING:
    from cqrs.services import Services

SOURCE = Parameter("source", "The queue or table that it comes from.", schemas.TEXT, "commands")
ID = Parameter("id", "Id of the letter.", schemas.TEXT, "0f9d6f6a-5f0f-4c4d-9a4b-1f7c5b8f6d3e")

ALL = "/dead-letters"
OF_SOURCE = f"{ALL}/{{source}}"
ONE = f"{OF_SOURCE}/{{id}}"

DECISION = {"type": "string", "maxLength": DECISION_LENGTH}

GIVING_BACK = Body(schemas.body_of(reason=DECISION), {"reason": "Mended."}, is_optional=True)
GIVING_UP = Body(
    schemas.body_of(("reason",), reason={**DECISION, "pattern": r"\S"}),
    {"reason": "Withdrawn by the customer."},
)


def _calls(services: Services) -> object:
    from cqrs.api.calls.dead_letters import DeadLetterCalls  # noqa: PLC0415 - as cold starts count

    return DeadLetterCalls(services)


_route = partial(declaring(_calls), is_of_environment=True)

ROUTES = (
    _route(
        "GET",
        ALL,
        "list_dead_letter_sources",
        "List all that has dead letters, with their numbers",
        REPAIRERS,
        Reply(200, "The sources.", shown.SOURCES),
    ),
    _route(
        "GET",
        OF_SOURCE,
        "list_dead_letters",
        "List dead letters with their reasons, without taking them away",
        REPAIRERS,
        Reply(200, "Those that were met, the oldest first.", shown.LETTERS),
        path_parameters=(SOURCE,),
        parameters=(limit(100, 20),),
    ),
    _route(
        "POST",
        f"{OF_SOURCE}/redrive",
        "redrive_dead_letters",
        "Give dead letters back, as many as there is time for",
        REPAIRERS,
        Reply(200, "The outcome of each that was tried.", shown.REDRIVE),
        path_parameters=(SOURCE,),
        body=GIVING_BACK,
    ),
    _route(
        "GET",
        ONE,
        "get_dead_letter",
        "Read a dead letter with its whole body",
        REPAIRERS,
        Reply(200, "The letter.", shown.LETTER),
        path_parameters=(SOURCE, ID),
    ),
    _route(
        "POST",
        f"{ONE}/redrive",
        "redrive_dead_letter",
        "Give a dead letter back",
        REPAIRERS,
        Reply(200, "It was given back.", shown.REDRIVEN),
        path_parameters=(SOURCE, ID),
        body=GIVING_BACK,
        problems=(409,),
    ),
    _route(
        "POST",
        f"{ONE}/discard",
        "discard_dead_letter",
        "Give a dead letter up: keep it with who, when and why, and delete it",
        REPAIRERS,
        Reply(200, "It was given up.", shown.DISCARDED),
        path_parameters=(SOURCE, ID),
        body=GIVING_UP,
        problems=(409,),
    ),
    _route(
        "GET",
        "/discarded-letters",
        "list_discarded_letters",
        "List the dead letters that were given up, with who, when and why",
        REPAIRERS,
        Reply(200, "A page, of the oldest letters first.", shown.DISCARDED_LETTERS),
        parameters=(
            Parameter("since", "Only those given up since this time.", schemas.MOMENT),
            limit(100, 20),
            Parameter("cursor", "The cursor of the page before, unchanged.", schemas.TEXT),
        ),
    ),
)
