"""Routes of items, their history and their commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.api import schemas
from cqrs.api.declared.common import (
    CURSOR,
    ETAG,
    IF_MATCH,
    IF_NONE_MATCH,
    LOCATION,
    declaring,
    limit,
    switch,
)
from cqrs.api.roles import PUBLISHERS, READERS, REPAIRERS
from cqrs.api.route import Body, Link, Parameter, Reply
from cqrs.core.keys import LAST_VERSION

if TYPE_CHECKING:
    from cqrs.services import Services

TYPE = Parameter("type", "Type of the items.", schemas.SEGMENT, "AIRPORT")
ID = Parameter("id", "Id of the item.", schemas.SEGMENT, "JFK")
VERSIONS = {"type": "integer", "minimum": 1, "maximum": LAST_VERSION}
VERSION = Parameter("version", "The version that the command makes.", VERSIONS, 1)

OF_TYPE = "/items/{type}"
ONE = f"{OF_TYPE}/{{id}}"
HISTORY = f"{ONE}/history"
COMMAND = f"{ONE}/commands/{{version}}"

DELETED = switch("deleted", "Whether items that were deleted are shown.")
SYNC = switch("sync", "Whether to answer when the command was applied, or after 25 seconds.")

ATTRIBUTES = {"country": "US", "city": "New York", "runways": 4}

WHOLE = Body(
    schemas.body_of(name=schemas.TEXT, attributes=schemas.OBJECT),
    {"name": "John F. Kennedy", "attributes": ATTRIBUTES},
)
PART = Body(
    schemas.body_of(name=schemas.TEXT, attributes=schemas.OBJECT), {"attributes": {"runways": 5}}
)

OF_PUBLISHED = (
    Link("get_command", {"type": "type", "id": "id", "version": "version"}),
    Link("get_item", {"type": "type", "id": "id"}),
)


def _published(status: int, summary: str) -> Reply:
    return Reply(status, summary, schemas.PUBLISHED, (LOCATION, ETAG), OF_PUBLISHED)


ACCEPTED = _published(202, "It is published and will be applied.")
APPLIED = _published(200, "The item says just that already, or with `sync` it was applied.")
CREATED = _published(201, "With `sync`, the item was made.")

OF_ITEM, OF_COMMAND = (TYPE, ID), (TYPE, ID, VERSION)


def _calls(services: Services) -> object:
    from cqrs.api.calls.items import ItemCalls  # noqa: PLC0415 - as cold starts count

    return ItemCalls(services)


_route = declaring(_calls)

ROUTES = (
    _route(
        "GET",
        OF_TYPE,
        "list_items",
        "List the items of a type, by their ids",
        READERS,
        Reply(200, "A page.", schemas.ITEMS),
        path_parameters=(TYPE,),
        parameters=(limit(1000, 100), CURSOR, DELETED),
    ),
    _route(
        "GET",
        ONE,
        "get_item",
        "Read an item",
        READERS,
        Reply(200, "The item.", schemas.PENDING_ITEM, (ETAG,)),
        Reply(304, "It has the version of If-None-Match.", None, (ETAG,)),
        path_parameters=OF_ITEM,
        parameters=(
            switch("pending", "Whether its newest command counts before it is applied."),
            DELETED,
        ),
        headers=(IF_NONE_MATCH,),
    ),
    _route(
        "PUT",
        ONE,
        "put_item",
        "Publish the whole content of an item",
        PUBLISHERS,
        ACCEPTED,
        APPLIED,
        CREATED,
        path_parameters=OF_ITEM,
        parameters=(SYNC,),
        body=WHOLE,
        headers=(IF_MATCH, IF_NONE_MATCH),
        problems=(412, 422),
    ),
    _route(
        "PATCH",
        ONE,
        "patch_item",
        "Publish some attributes of an item; the others stay",
        PUBLISHERS,
        ACCEPTED,
        APPLIED,
        path_parameters=OF_ITEM,
        parameters=(SYNC,),
        body=PART,
        headers=(IF_MATCH,),
        problems=(412, 422),
    ),
    _route(
        "DELETE",
        ONE,
        "delete_item",
        "Publish that an item counts as deleted",
        PUBLISHERS,
        ACCEPTED,
        APPLIED,
        path_parameters=OF_ITEM,
        parameters=(SYNC,),
        headers=(IF_MATCH,),
        problems=(412, 422),
    ),
    _route(
        "GET",
        HISTORY,
        "list_history",
        "List the earlier states of an item, newest first",
        READERS,
        Reply(200, "A page.", schemas.STATES),
        path_parameters=OF_ITEM,
        parameters=(
            limit(100, 100),
            Parameter("before", "Only versions below this one.", VERSIONS),
        ),
    ),
    _route(
        "GET",
        f"{HISTORY}/{{version}}",
        "get_history",
        "Read an earlier state of an item",
        READERS,
        Reply(200, "The state.", schemas.ITEM, (ETAG,)),
        path_parameters=OF_COMMAND,
    ),
    _route(
        "GET",
        COMMAND,
        "get_command",
        "Read how a command does",
        READERS,
        Reply(200, "The command.", schemas.COMMAND),
        path_parameters=OF_COMMAND,
        parameters=(switch("content", "Whether to tell name and attributes too."),),
    ),
    _route(
        "GET",
        f"{COMMAND}/execution",
        "get_execution",
        "Read the status of the execution that works on a command",
        READERS,
        Reply(200, "Its status.", schemas.EXECUTION),
        path_parameters=OF_COMMAND,
    ),
    _route(
        "GET",
        f"{COMMAND}/obstacle",
        "get_obstacle",
        "Find out why no retry can apply a command",
        REPAIRERS,
        Reply(200, "The obstacle, if any.", schemas.OBSTACLE),
        path_parameters=OF_COMMAND,
    ),
    _route(
        "POST",
        f"{COMMAND}/retry",
        "retry_command",
        "Start the chain of a command again, from the first that was not applied",
        REPAIRERS,
        Reply(200, "The commands that were started.", schemas.RESTARTS),
        path_parameters=OF_COMMAND,
        refused=409,
    ),
)
