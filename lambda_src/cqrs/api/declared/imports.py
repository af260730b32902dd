"""Routes of imports and of the files that they read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.api import schemas
from cqrs.api.declared.common import CURSOR, LOCATION, REASON, ULID, choice, declaring, limit
from cqrs.api.roles import PUBLISHERS, READERS, REPAIRERS
from cqrs.api.route import Body, Link, Parameter, Reply

if TYPE_CHECKING:
    from cqrs.services import Services

ID = Parameter(
    "id", "Id of the import, as its making told it.", schemas.SEGMENT, f"airports.{ULID}"
)

ALL, ONE = "/imports", "/imports/{id}"
REJECTED = f"{ONE}/rejected-rows"
PASSED_OVER = f"{ONE}/passed-over-rows"

STATUSES = (
    "CREATED", "PROCESSING", "COMPLETED", "COMPLETED_WITH_ERRORS", "FAILED", "CANCELLED",
)  # fmt: skip

NEW = Body(
    schemas.body_of(
        ("target", "upload"),
        target=schemas.IMPORT_TARGET,
        upload={
            "type": "string",
            "pattern": f"^{schemas.UPLOAD_NAME}$",
            "description": "The upload that has the file.",
        },
        mode={"type": "string", "enum": ["DIRECT", "STEP_FUNCTION"]},
        publish_mode={"type": "string", "enum": ["SYNC", "ASYNC"]},
        encoding=schemas.described(schemas.TEXT, "Of the file; UTF-8 by default."),
    ),
    {"target": "airports", "upload": f"{ULID}-airports.csv", "mode": "DIRECT"},
)
FILE = Body(schemas.body_of(("file",), file=schemas.FILE), {"file": "airports.csv"})

IMPORT = Reply(200, "The import.", schemas.IMPORT)

LINKS = tuple(
    Link(name, {"id": "id"}) for name in ("get_import", "list_rejected_rows", "cancel_import")
)


def _calls(services: Services) -> object:
    from cqrs.api.calls.imports import ImportCalls  # noqa: PLC0415 - as cold starts count

    return ImportCalls(services)


_route = declaring(_calls)

ROUTES = (
    _route(
        "POST",
        "/uploads",
        "create_upload",
        "Make a link to upload a file for an import",
        PUBLISHERS,
        Reply(201, "The link.", schemas.UPLOAD),
        body=FILE,
    ),
    _route(
        "POST",
        ALL,
        "create_import",
        "Import a CSV file that was uploaded",
        PUBLISHERS,
        Reply(202, "It is made, and will be worked on.", schemas.MADE, (LOCATION,), LINKS),
        body=NEW,
    ),
    _route(
        "GET",
        ALL,
        "list_imports",
        "List imports, the newest first",
        READERS,
        Reply(200, "A page.", schemas.IMPORTS),
        parameters=(
            choice("status", "Only imports of this status.", *STATUSES),
            limit(100, 20),
            CURSOR,
        ),
    ),
    _route(
        "GET",
        ONE,
        "get_import",
        "Read an import with its counts as they are now",
        READERS,
        IMPORT,
        path_parameters=(ID,),
    ),
    _route(
        "GET",
        REJECTED,
        "list_rejected_rows",
        "List the first rows that were rejected so far, in the order of the file",
        READERS,
        Reply(200, "The rows, each with its reasons.", schemas.ROWS),
        path_parameters=(ID,),
        parameters=(limit(1000, 100),),
    ),
    _route(
        "GET",
        PASSED_OVER,
        "list_passed_over_rows",
        "List the first rows that were passed over so far, in the order of the file",
        READERS,
        Reply(200, "The rows, each with its reason.", schemas.ROWS),
        path_parameters=(ID,),
        parameters=(limit(1000, 100),),
    ),
    _route(
        "GET",
        f"{REJECTED}/link",
        "get_rejected_rows_link",
        "Make a link to download all rejected rows",
        READERS,
        Reply(200, "The link.", schemas.LINK),
        path_parameters=(ID,),
    ),
    _route(
        "POST",
        f"{ONE}/cancel",
        "cancel_import",
        "End an import that nobody wants to go on with",
        REPAIRERS,
        IMPORT,
        path_parameters=(ID,),
        body=REASON,
        refused=409,
    ),
)
