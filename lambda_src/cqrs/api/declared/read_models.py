"""Routes of read models: how they stand, their rebuilds and replays."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from cqrs.api import schemas
from cqrs.api import schemas_of_operations as shown
from cqrs.api.declared.common import declaring
from cqrs.api.roles import ADMINISTRATORS, REPAIRERS
from cqrs.api.route import Body, Parameter, Reply

if TYPE_CHECKING:
    from cqrs.services import Services

NAME = Parameter("name", "Name of the read model.", schemas.SEGMENT, "airports_by_country")
NAME_OF_ANY = Parameter(
    "name", "Name of the read model or sync handler.", schemas.SEGMENT, "airports_by_country"
)

RUN = Parameter(
    "run",
    "Identity of the run; by default the rebuild under way, else the newest run.",
    schemas.TEXT,
    "01JD3Q8ZB1T6R4N7Y0S2V5W9XA",
)

ALL = "/read-models"
ONE = f"{ALL}/{{name}}"

SEGMENTS = {
    "type": "integer",
    "minimum": 1,
    "maximum": 64,
    "default": 4,
    "description": "Parts of the data table that are read side by side.",
}
RATE = {
    "type": "integer",
    "minimum": 0,
    "default": 0,
    "description": "Items a second at most; 0 for no bound.",
}


def _number(description: str) -> dict[str, Any]:
    """The number of a generation."""
    return {"type": "integer", "minimum": 1, "description": description}


REBUILD = Body(
    schemas.body_of(
        from_history=schemas.described(
            schemas.TRUTH, "Show each item in all of its versions, one after the other."
        ),
        segments=SEGMENTS,
        rate=RATE,
        hold=schemas.described(schemas.TRUTH, "Let the filled generation wait for `cut-over`."),
        generation=_number("Go on with the rebuild that fills this generation, and begin none."),
    ),
    {"segments": 8, "hold": True},
    is_optional=True,
)

REPLAY = Body(
    schemas.body_of(
        types=schemas.described(
            schemas.list_of(schemas.SEGMENT), "Only items of these types; by default all it shows."
        ),
        tenant=schemas.described(schemas.TEXT, "Only items of this tenant."),
        since=schemas.described(
            schemas.TEXT, "Only items that changed since; ISO 8601 with a zone."
        ),
        segments=SEGMENTS,
        rate=RATE,
    ),
    {"types": ["AIRPORT"], "tenant": "acme"},
    is_optional=True,
)


def _meant(which: str, example: int) -> Body:
    """A body that names the generation that a request is about."""
    number = _number(f"Number of {which}; 409 if it is another one by now.")
    return Body(schemas.body_of(generation=number), {"generation": example}, is_optional=True)


OF_THE_ONE_BEFORE = _meant("the generation that was read before", 1)
OF_THE_ONE_FILLED = _meant("the generation that is filled", 3)

BEGUN = Reply(202, "It is under way, and `run` tells how far.", shown.READ_MODEL_RUN)
GENERATIONS = Reply(200, "The generations now.", shown.READ_MODEL_GENERATIONS)


def _calls(services: Services) -> object:
    from cqrs.api.calls.read_models import ReadModelCalls  # noqa: PLC0415 - as cold starts count

    return ReadModelCalls(services)


_route = partial(declaring(_calls), is_of_environment=True)
_of_one = partial(_route, path_parameters=(NAME,))
_changing = partial(_of_one, refused=409)

ROUTES = (
    _route(
        "GET",
        ALL,
        "list_read_models",
        "List the read models, with their generations and newest runs",
        REPAIRERS,
        Reply(200, "All of them.", shown.READ_MODELS),
    ),
    _of_one(
        "GET",
        ONE,
        "get_read_model",
        "Read how a read model stands",
        REPAIRERS,
        Reply(200, "The read model.", shown.READ_MODEL),
    ),
    _of_one(
        "GET",
        f"{ONE}/estimate",
        "estimate_rebuild",
        "Tell roughly what a rebuild would take; nothing is written",
        REPAIRERS,
        Reply(200, "The estimate.", shown.REBUILD_ESTIMATE),
    ),
    _route(
        "GET",
        f"{ONE}/run",
        "get_read_model_run",
        "Read how far a rebuild or replay has come",
        REPAIRERS,
        Reply(200, "The run.", shown.READ_MODEL_RUN),
        path_parameters=(NAME_OF_ANY,),
        parameters=(RUN,),
    ),
    _of_one(
        "POST",
        f"{ONE}/rebuild",
        "rebuild_read_model",
        "Fill a new generation beside the living one, or go on with that",
        ADMINISTRATORS,
        BEGUN,
        body=REBUILD,
        problems=(409,),
    ),
    _route(
        "POST",
        f"{ONE}/replay",
        "replay_read_model",
        "Tell items to a read model or sync handler again",
        ADMINISTRATORS,
        BEGUN,
        path_parameters=(NAME_OF_ANY,),
        body=REPLAY,
    ),
    _changing(
        "POST",
        f"{ONE}/cut-over",
        "cut_over_read_model",
        "Let a filled generation be read that waits for the word",
        ADMINISTRATORS,
        GENERATIONS,
        body=OF_THE_ONE_FILLED,
    ),
    _changing(
        "POST",
        f"{ONE}/roll-back",
        "roll_back_read_model",
        "Let the generation before be read again",
        ADMINISTRATORS,
        GENERATIONS,
        body=OF_THE_ONE_BEFORE,
    ),
    _changing(
        "POST",
        f"{ONE}/cancel",
        "cancel_rebuild",
        "End a rebuild, and remove what it has filled",
        ADMINISTRATORS,
        BEGUN,
        body=OF_THE_ONE_FILLED,
    ),
    _changing(
        "POST",
        f"{ONE}/drop",
        "drop_read_model",
        "Remove the generation before",
        ADMINISTRATORS,
        BEGUN,
        body=OF_THE_ONE_BEFORE,
    ),
)
