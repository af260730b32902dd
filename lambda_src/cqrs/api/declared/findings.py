"""Routes of what is wrong: in the environment as a whole, and with a tenant's commands."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from cqrs.api import schemas
from cqrs.api import schemas_of_operations as shown
from cqrs.api.declared.common import CURSOR, declaring, limit
from cqrs.api.roles import READERS, REPAIRERS
from cqrs.api.route import Body, Parameter, Reply

if TYPE_CHECKING:
    from cqrs.services import Services

ID = Parameter(
    "id",
    "Id of the finding, as the list tells it.",
    schemas.TEXT,
    "WyJjb21tYW5kcyIsICJBSVJQT1JUI2FjbWUiLCAiQUlSUE9SVCNKRktAMiJd",
)

ALL = "/findings"
ONE = f"{ALL}/{{id}}"

LIMIT = limit(100, 20)

PAGE = Body(
    schemas.body_of(limit=dict(LIMIT.schema), cursor=schemas.TEXT), {"limit": 20}, is_optional=True
)


def _calls(services: Services) -> object:
    from cqrs.api.calls.findings import FindingCalls  # noqa: PLC0415 - as cold starts count

    return FindingCalls(services)


_of_tenant = declaring(_calls)
_route = partial(_of_tenant, is_of_environment=True)

ROUTES = (
    _route(
        "GET",
        ALL,
        "list_findings",
        "Find what is wrong, and what repairs it, as far as there is time to look",
        REPAIRERS,
        Reply(200, "A page; go on with its cursor until there is none.", shown.FINDINGS),
        parameters=(LIMIT, CURSOR),
    ),
    _route(
        "POST",
        f"{ALL}/repair",
        "repair_findings",
        "Repair what is safe to repair, as far as there is time",
        REPAIRERS,
        Reply(200, "A page; go on with its cursor until there is none.", shown.REPAIR_PAGE),
        body=PAGE,
    ),
    _route(
        "GET",
        ONE,
        "get_finding",
        "Look again at what a finding is about",
        REPAIRERS,
        Reply(200, "Its faults now; none if it moves again.", shown.FINDINGS_AGAIN),
        path_parameters=(ID,),
    ),
    _route(
        "POST",
        f"{ONE}/repair",
        "repair_finding",
        "Repair what a finding is about, if that is safe",
        REPAIRERS,
        Reply(200, "The repairs; none if it moves again.", shown.REPAIRS),
        path_parameters=(ID,),
        problems=(409,),
    ),
    _of_tenant(
        "GET",
        "/failed-commands",
        "list_failed_commands",
        "List the commands that failed, as far as there is time to look",
        READERS,
        Reply(
            200,
            "A page, which may be empty; go on with its cursor until there is none.",
            shown.FAILED_COMMANDS,
        ),
        parameters=(
            Parameter("type", "Only those of items of this type.", schemas.TEXT),
            limit(100, 20),
            CURSOR,
        ),
    ),
)
