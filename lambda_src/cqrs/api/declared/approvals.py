"""Routes of requests for approval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.api import schemas
from cqrs.api.declared.common import CURSOR, REASON, declaring, limit, switch
from cqrs.api.roles import ANSWERERS, ASKED, REPAIRERS
from cqrs.api.route import Body, Parameter, Reply
from cqrs.core.texts import ANSWER_LENGTH

if TYPE_CHECKING:
    from cqrs.services import Services

ID = Parameter("id", "Id of the request within its tenant.", schemas.SEGMENT, "close-JFK")

ALL, ONE = "/approvals", "/approvals/{id}"

OVER = switch(
    "over",
    "Whether to list those that are over instead, by their ids. A page may then be empty; go on "
    "with its cursor until there is none.",
)

REQUEST = Reply(200, "The request.", schemas.WHOLE_APPROVAL)

ANSWER = {"type": "string", "maxLength": ANSWER_LENGTH}

APPROVING = Body(
    schemas.body_of(reason={**ANSWER, "pattern": r"^$|\S"}),
    {"reason": "As agreed."},
    is_optional=True,
)
REJECTING = Body(
    schemas.body_of(("reason",), reason={**ANSWER, "pattern": r"\S"}), {"reason": "Too early."}
)


def _calls(services: Services) -> object:
    from cqrs.api.calls.approvals import ApprovalCalls  # noqa: PLC0415 - as cold starts count

    return ApprovalCalls(services)


_route = declaring(_calls)

ROUTES = (
    _route(
        "GET",
        ALL,
        "list_approvals",
        "List the requests that wait for an answer, the newest first; or those that are over",
        ASKED,
        Reply(200, "A page.", schemas.APPROVALS),
        parameters=(limit(100, 20), CURSOR, OVER),
    ),
    _route(
        "GET",
        ONE,
        "get_approval",
        "Read a request with its subject",
        ASKED,
        REQUEST,
        path_parameters=(ID,),
    ),
    _route(
        "POST",
        f"{ONE}/approve",
        "approve",
        "Approve what is asked for",
        ANSWERERS,
        REQUEST,
        path_parameters=(ID,),
        body=APPROVING,
        problems=(409,),
    ),
    _route(
        "POST",
        f"{ONE}/reject",
        "reject",
        "Reject it, and say why",
        ANSWERERS,
        REQUEST,
        path_parameters=(ID,),
        body=REJECTING,
        problems=(409,),
    ),
    _route(
        "POST",
        f"{ONE}/heartbeat",
        "heartbeat_approval",
        "Keep the execution waiting whose heartbeat would be due",
        REPAIRERS,
        REQUEST,
        path_parameters=(ID,),
        problems=(409,),
    ),
    _route(
        "POST",
        f"{ONE}/close",
        "close_approval",
        "Close a request that nobody shall answer; an answer that was given is delivered",
        REPAIRERS,
        REQUEST,
        path_parameters=(ID,),
        body=REASON,
    ),
)
