"""The route of the environment's alarms."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from cqrs.api import schemas_of_operations as shown
from cqrs.api.declared.common import CURSOR, declaring, limit
from cqrs.api.roles import REPAIRERS
from cqrs.api.route import Reply
from cqrs.aws.alarms import LONGEST_PAGE

if TYPE_CHECKING:
    from cqrs.services import Services


def _calls(services: Services) -> object:
    from cqrs.api.calls.alarms import AlarmCalls  # noqa: PLC0415 - as cold starts count

    return AlarmCalls(services)


_route = partial(declaring(_calls), is_of_environment=True)

ROUTES = (
    _route(
        "GET",
        "/alarms",
        "list_alarms",
        "List the alarms that are raised or lack data, and count the others",
        REPAIRERS,
        Reply(
            200,
            "A page, which may be empty; go on with its cursor until there is none.",
            shown.ALARMS,
        ),
        parameters=(limit(LONGEST_PAGE, LONGEST_PAGE), CURSOR),
    ),
)
