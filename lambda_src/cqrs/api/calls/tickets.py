"""Tickets over HTTP: by them a client shows on the live channel who it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.api.answers import ApiAnswer
from cqrs.api.problems import Problem
from cqrs.api.tickets import TICKET_SECONDS, Tickets

if TYPE_CHECKING:
    from cqrs.api.call import ApiCall
    from cqrs.services import Services


class TicketCalls:
    """Requests about tickets.

    Parameters
    ----------
    services
        The environment's.
    """

    def __init__(self, services: Services) -> None:
        self._services = services

    def create_ticket(self, call: ApiCall) -> ApiAnswer:
        """A ticket for the principal and the tenant of the path."""
        settings = self._services.settings
        if not settings.connections_table:
            raise Problem(
                404,
                "no-live-channel",
                "This environment has no live channel: read the state of things over HTTP, or ask "
                "its operator for one (enabled of [api.live]).",
            )
        tickets = Tickets(self._services.store, settings.connections_table)
        ticket = tickets.issue(call.principal, call.tenant)
        body = {
            "ticket": ticket,
            "url": f"{settings.live_url}?ticket={ticket}",
            "expires_in": TICKET_SECONDS,
        }
        return ApiAnswer(201, body)
