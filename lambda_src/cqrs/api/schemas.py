"""JSON Schemas that the routes share, by the names that the OpenAPI page gives them."""

from __future__ import annotations

from typing import Any

from cqrs.core.cancellation import REASON_LENGTH
from cqrs.core.timed_keys import ULID
from cqrs.core.work_keys import NAME

TEXT: dict[str, Any] = {"type": "string"}
SEGMENT: dict[str, Any] = {"type": "string", "minLength": 1}
FILE_NAME = (
    r"[^\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff/\\:*?\"<>|{}\[\]^%`~#$;.-]"
    r"[^\x00-\x1f\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff/\\:*?\"<>|{}\[\]^%`~#$;]"
    "{0,119}"
)
"""A file's name without folders, control characters, what nobody sees, or what S3 advises against
in keys (its guide, "Naming Amazon S3 objects"). Letters may be of any script, composed or not."""

FILE = {"type": "string", "pattern": f"^{FILE_NAME}$"}
UPLOAD_NAME = f"{ULID.pattern}-{FILE_NAME}"
MOMENT = {"type": "string", "format": "date-time", "description": "UTC, ISO 8601."}
MAYBE_TEXT = {"type": ["string", "null"]}
MAYBE_MOMENT = {
    "type": ["string", "null"],
    "format": "date-time",
    "description": "UTC, ISO 8601.",
}
WHOLE: dict[str, Any] = {"type": "integer"}
TRUTH: dict[str, Any] = {"type": "boolean"}
JSON_VALUE: dict[str, Any] = {
    "description": "A JSON value. Its numbers are those that DynamoDB keeps.",
    "anyOf": [
        {"type": ["string", "boolean", "null"]},
        {"type": "number", "const": 0},
        {"type": "number", "minimum": 1e-130, "maximum": 9.9e125},
        {"type": "number", "minimum": -9.9e125, "maximum": -1e-130},
        {"type": "array", "items": {"$ref": "#/components/schemas/JsonValue"}},
        {
            "type": "object",
            "additionalProperties": {"$ref": "#/components/schemas/JsonValue"},
        },
    ],
}
OBJECT: dict[str, Any] = {"type": "object", "additionalProperties": JSON_VALUE}
ANY_OBJECT: dict[str, Any] = {"type": "object", "additionalProperties": True}
"""One that is not stored in DynamoDB, whose numbers are of any size."""
ANYTHING: dict[str, Any] = {}
NAMED_TEXT: dict[str, Any] = {"type": "string", "pattern": f"^{NAME.pattern}$"}
TASK_TYPE = {**NAMED_TEXT, "description": "A type of task that the application has."}
IMPORT_TARGET = {**NAMED_TEXT, "description": "A target of imports that the application has."}
REASON: dict[str, Any] = {"type": "string", "maxLength": REASON_LENGTH}
CURSOR = {
    "type": ["string", "null"],
    "description": "Give it to the next request to go on; null on the last page.",
}


def object_of(**members: dict[str, Any]) -> dict[str, Any]:
    """An object that has all of some members."""
    return {"type": "object", "properties": members, "required": list(members)}


def body_of(required: tuple[str, ...] = (), **members: dict[str, Any]) -> dict[str, Any]:
    """An object that has no other members, and some in any case."""
    made: dict[str, Any] = {
        "type": "object",
        "properties": members,
        "additionalProperties": False,
    }
    return {**made, "required": list(required)} if required else made


def described(schema: dict[str, Any], description: str) -> dict[str, Any]:
    """A schema with what it says."""
    return {**schema, "description": description}


def list_of(schema: dict[str, Any]) -> dict[str, Any]:
    """A list."""
    return {"type": "array", "items": schema}


DAMAGED = object_of(key=TEXT, problem=TEXT)

ITEM = object_of(
    type=TEXT,
    id=TEXT,
    version=WHOLE,
    name=TEXT,
    attributes=OBJECT,
    is_deleted=TRUTH,
    created_at=MAYBE_MOMENT,
    updated_at=MOMENT,
)
PENDING_ITEM = {
    **ITEM,
    "properties": {
        **ITEM["properties"],
        "newest_version": described(WHOLE, "The version to build on; the ETag has it too."),
        "status": described(MAYBE_TEXT, "Of the newest command; null if all are applied."),
    },
}
ITEMS = object_of(items=list_of(ITEM), cursor=CURSOR, damaged=list_of(DAMAGED))
STATES = object_of(
    items=list_of(ITEM),
    before={
        "type": ["integer", "null"],
        "description": "Give it to the next request to go on; null on the last page.",
    },
    damaged=list_of(DAMAGED),
)
PUBLISHED = object_of(
    type=TEXT,
    id=TEXT,
    version=described(WHOLE, "The version that the item has, or gets."),
    changed=described(TRUTH, "False if the item says just that already."),
)
COMMAND = object_of(
    type=TEXT,
    id=TEXT,
    version=WHOLE,
    status={"type": "string", "enum": ["PUBLISHED", "FINISHED", "FAILED"]},
    sync_mode=TEXT,
    error=MAYBE_TEXT,
    cause=MAYBE_TEXT,
    attempt=WHOLE,
    request_id=TEXT,
    created_at=MOMENT,
    created_by=MAYBE_TEXT,
    is_author_verified=TRUTH,
    finished_at=MAYBE_MOMENT,
)
RESTARTS = object_of(restarted=list_of(object_of(version=WHOLE, attempt=WHOLE)))
OBSTACLE = object_of(
    obstacle={
        "type": ["object", "null"],
        "properties": {"error": TEXT, "cause": TEXT},
        "description": "Why no retry can apply the command; null if one can, or if it is applied.",
    }
)
EXECUTION = object_of(
    status=described(MAYBE_TEXT, "Such as RUNNING; null if there is none, or none can be alive.")
)

COUNTERS = {"type": ["object", "null"], "additionalProperties": WHOLE}
TASK = object_of(
    id=TEXT,
    type=TEXT,
    kind={"type": "string", "enum": ["SINGLE", "STEP_FUNCTION", "SUB_TASK"]},
    status=TEXT,
    counters=COUNTERS,
    input=JSON_VALUE,
    result=JSON_VALUE,
    created_at=MOMENT,
    created_by=MAYBE_TEXT,
    started_at=MAYBE_MOMENT,
    finished_at=MAYBE_MOMENT,
    error=MAYBE_TEXT,
    cause=MAYBE_TEXT,
    attempt=WHOLE,
)
TASKS = object_of(tasks=list_of(TASK), cursor=CURSOR, damaged=list_of(DAMAGED))
MADE = object_of(id=TEXT)

UPLOAD = object_of(
    upload=described(TEXT, "Name it when you make the import."),
    method=TEXT,
    url=described(TEXT, "Send the file here."),
    headers=described(
        {"type": "object", "additionalProperties": TEXT}, "Send these headers with it."
    ),
    expires_in=described(WHOLE, "Seconds."),
)
IMPORT = object_of(
    id=TEXT,
    target=TEXT,
    upload=TEXT,
    mode=TEXT,
    publish_mode=TEXT,
    status=TEXT,
    counts={"type": "object", "additionalProperties": WHOLE},
    created_at=MOMENT,
    created_by=MAYBE_TEXT,
    started_at=MAYBE_MOMENT,
    finished_at=MAYBE_MOMENT,
    error=MAYBE_TEXT,
    cause=MAYBE_TEXT,
    passed_over=WHOLE,
    encoding=TEXT,
)
IMPORTS = object_of(imports=list_of(IMPORT), cursor=CURSOR, damaged=list_of(DAMAGED))
ROWS = object_of(rows=list_of(OBJECT))
LINK = object_of(url=TEXT, expires_in=WHOLE, rows=WHOLE)

TICKET = object_of(
    ticket=described(TEXT, "Lets one connection in, once."),
    url=described(TEXT, "Connect here, by a WebSocket; it has the ticket."),
    expires_in=described(WHOLE, "Seconds within which to connect."),
)

APPROVAL = object_of(
    id=TEXT,
    title=TEXT,
    status={"type": "string", "enum": ["PENDING", "APPROVED", "REJECTED", "EXPIRED"]},
    created_at=MOMENT,
    expires_at=MAYBE_MOMENT,
    answered_at=MAYBE_MOMENT,
    answered_by=MAYBE_TEXT,
    is_answer_verified=TRUTH,
    reason=MAYBE_TEXT,
    delivered_at=MAYBE_MOMENT,
    closed_at=MAYBE_MOMENT,
    cause=MAYBE_TEXT,
)
WHOLE_APPROVAL = object_of(**APPROVAL["properties"], subject=OBJECT)
APPROVALS = object_of(requests=list_of(APPROVAL), cursor=CURSOR, damaged=list_of(DAMAGED))

PROBLEM = {
    "type": "object",
    "properties": {
        "type": described(TEXT, "The kind of problem, a URN."),
        "title": TEXT,
        "status": WHOLE,
        "detail": described(TEXT, "The fault, its place, and what to do."),
        "instance": described(TEXT, "Identity of the request, by which the log has it."),
        "errors": list_of(
            {
                "type": "object",
                "properties": {"detail": TEXT, "pointer": TEXT, "parameter": TEXT},
                "required": ["detail"],
            }
        ),
        "current_version": described(WHOLE, "Of a version-conflict: the newest version."),
    },
    "required": ["type", "title", "status", "detail", "instance"],
}

NAMED = {
    "Approval": WHOLE_APPROVAL,
    "ApprovalSummary": APPROVAL,
    "ApprovalPage": APPROVALS,
    "Command": COMMAND,
    "DamagedItem": DAMAGED,
    "Execution": EXECUTION,
    "HistoryPage": STATES,
    "Import": IMPORT,
    "ImportTarget": IMPORT_TARGET,
    "ImportPage": IMPORTS,
    "Item": PENDING_ITEM,
    "ItemPage": ITEMS,
    "ItemState": ITEM,
    "JsonValue": JSON_VALUE,
    "Link": LINK,
    "Made": MADE,
    "Obstacle": OBSTACLE,
    "Problem": PROBLEM,
    "Published": PUBLISHED,
    "Restarts": RESTARTS,
    "Rows": ROWS,
    "Task": TASK,
    "TaskPage": TASKS,
    "TaskType": TASK_TYPE,
    "Ticket": TICKET,
    "Upload": UPLOAD,
}
"""Schemas by their names; the OpenAPI page refers to one wherever another one has it."""
