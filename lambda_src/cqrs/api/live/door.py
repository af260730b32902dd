"""The door of the live channel: lets connections in by tickets, and answers their messages."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from cqrs.api.live.actions import FOLLOWERS
from cqrs.api.live.connections import Connection, Connections
from cqrs.api.live.messages import (
    MOST_SUBSCRIPTIONS,
    Asked,
    Refused,
    Told,
    name_in,
    read,
    subscription_in,
    written,
)
from cqrs.api.tickets import Tickets
from cqrs.core.observability import logger
from cqrs.core.texts import message_of
from cqrs.errors import ConditionFailed, TransientError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cqrs.api.roles import Roles
    from cqrs.services import Services

TICKET = "ticket"
"""The parameter of the address that has the ticket."""

OK, NO_TICKET, BAD_TICKET, FAULT, BUSY = 200, 401, 403, 500, 503


class LiveDoor:
    """Answers the events of the live channel.

    Parameters
    ----------
    services
        The environment's.
    own_actions
        The application's own kinds of change, with the roles of which one is needed.
    """

    def __init__(self, services: Services, own_actions: Mapping[str, Roles]) -> None:
        settings = services.settings
        self._tickets = Tickets(services.store, settings.connections_table)
        self._connections = Connections(
            services.store, settings.connections_table, services.listeners
        )
        self._followers = {**FOLLOWERS, **own_actions}

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Answer an event of API Gateway, whatever becomes of it.

        Returns
        -------
        dict
            ``{"statusCode": ...}``, for a message with its answer as ``body``.
        """
        context = event["requestContext"]
        connection_id, kind = context["connectionId"], context["eventType"]
        logger.append_keys(connection=connection_id, request=str(context.get("requestId", "")))
        if kind == "MESSAGE":
            return {"statusCode": OK, "body": self._answered(connection_id, event)}
        try:
            if kind == "CONNECT":
                return {"statusCode": self._connect(connection_id, event)}
            self._connections.remove(connection_id)
        except TransientError as error:
            logger.warning("Live event failed", extra={"kind": kind, "error": message_of(error)})
            return {"statusCode": BUSY}
        except Exception as error:  # noqa: BLE001 - a client is told no more than that
            logger.exception("Live event failed", extra={"kind": kind, "error": message_of(error)})
            return {"statusCode": FAULT}
        return {"statusCode": OK}

    def _connect(self, connection_id: str, event: Mapping[str, Any]) -> int:
        query = event.get("queryStringParameters")
        ticket = query.get(TICKET) if isinstance(query, dict) else None
        if not isinstance(ticket, str) or not ticket:
            return NO_TICKET
        admission = self._tickets.take(ticket)
        if admission is None:
            return BAD_TICKET
        connection = Connection.of_new(connection_id, admission)
        if connection.expires_at <= time.time():
            return BAD_TICKET
        self._connections.add(connection)
        logger.info("Connected", extra={"tenant": admission.tenant, "subject": admission.subject})
        return OK

    def _answered(self, connection_id: str, event: Mapping[str, Any]) -> str:
        try:
            return self._message(connection_id, read(str(event.get("body") or "")))
        except Refused as refused:
            errors = {"errors": list(refused.errors)} if refused.errors else {}
            return written(Told.ERROR, code=refused.code, detail=str(refused), **errors)
        except TransientError as error:
            logger.warning("Live message failed", extra={"error": message_of(error)})
            detail = "AWS could not do this just now. Send the same message again in a moment."
            return written(Told.ERROR, code="busy", detail=detail)
        except Exception as error:  # noqa: BLE001 - of a fault, a client gets the id alone
            logger.exception("Live message failed", extra={"error": message_of(error)})
            asked = str(event["requestContext"].get("requestId", ""))
            detail = f"The service could not do this; its log has the reason under {asked!r}."
            return written(Told.ERROR, code="fault", detail=detail)

    def _message(self, connection_id: str, message: Mapping[str, Any]) -> str:
        connection = self._connections.get(connection_id)
        if connection is None or connection.expires_at <= time.time():
            raise _expired()
        try:
            if message["type"] == Asked.SUBSCRIBE:
                return self._subscribe(connection, message)
            if message["type"] == Asked.UNSUBSCRIBE:
                return self._unsubscribe(connection, message)
        except ConditionFailed:
            raise _expired() from None
        return written(Told.PONG, expires_at=connection.expires_at, missed=connection.missed)

    def _subscribe(self, connection: Connection, message: Mapping[str, Any]) -> str:
        asked = subscription_in(
            message, connection.tenant, connection.admission.roles, self._followers
        )
        others = connection.actions.keys() - {asked.name}
        if len(others) >= MOST_SUBSCRIPTIONS:
            raise Refused(
                "subscriptions",
                f"There are {len(others)} subscriptions already; a connection has "
                f"{MOST_SUBSCRIPTIONS} at most. End one, or ask for more by one of them.",
            )
        self._connections.subscribe(connection, asked.name, asked.actions, asked.interest)
        return written(
            Told.SUBSCRIBED,
            id=asked.name,
            actions=list(asked.actions),
            **asked.interest.to_mapping(),
            expires_at=connection.expires_at,
        )

    def _unsubscribe(self, connection: Connection, message: Mapping[str, Any]) -> str:
        name = name_in(message)
        if name not in connection.actions:
            known = ", ".join(sorted(connection.actions)) or "none"
            raise Refused("id", f"There is no subscription {name!r}; known are {known}.")
        self._connections.unsubscribe(connection, name)
        return written(Told.UNSUBSCRIBED, id=name)


def _expired() -> Refused:
    return Refused(
        "expired",
        "This connection has ended: its token is over, or it is two hours old. Get a new ticket by "
        "a token that holds, and connect again.",
    )
