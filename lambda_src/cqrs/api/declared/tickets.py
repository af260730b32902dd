"""The route of tickets to the live channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.api import schemas
from cqrs.api.declared.common import declaring
from cqrs.api.roles import ANYBODY
from cqrs.api.route import Reply

if TYPE_CHECKING:
    from cqrs.services import Services


def _calls(services: Services) -> object:
    from cqrs.api.calls.tickets import TicketCalls  # noqa: PLC0415 - as cold starts count

    return TicketCalls(services)


_route = declaring(_calls)

ROUTES = (
    _route(
        "POST",
        "/tickets",
        "create_ticket",
        "Get a ticket to the live channel, which lets one connection in",
        ANYBODY,
        Reply(201, "The ticket.", schemas.TICKET),
        problems=(404,),
        # A kept answer would be a ticket in the clear.
        keeps_answers=False,
    ),
)
