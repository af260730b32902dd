"""Posts to connections: each is tried a bounded number of times, and fails nobody else's."""

from __future__ import annotations

from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cqrs.aws.clients import send_once
from cqrs.core.backoff import back_off
from cqrs.core.observability import logger
from cqrs.core.texts import message_of
from cqrs.errors import TransientError, Unreachable

if TYPE_CHECKING:
    from cqrs.aws.clients import Clients

AT_ONCE = 32
"""Posts at the same time; each waits for API Gateway most of its time."""

ANSWER_SECONDS = 2
"""How long to wait for the answer to a post."""

TRIES = 4
FIRST_PAUSE = 2
"""How often a post is tried, and how far the pauses between are on: up to 0.08, 0.16 and 0.32 s."""

GONE = "GoneException"


class Outcome(Enum):
    """The end of a post."""

    SENT = "sent"
    GONE = "gone"
    DROPPED = "dropped"


class Posts:
    """Posts messages to connections.

    Parameters
    ----------
    clients
        Makes the client of API Gateway's connections.
    endpoint
        The address at which the connections lie.
    """

    def __init__(self, clients: Clients, endpoint: str) -> None:
        self._clients = clients
        self._endpoint = endpoint

    def prepare(self) -> None:
        """Make the client, which several threads use then."""
        _ = self._client

    def post(self, connection_id: str, text: str) -> Outcome:
        """Post a message; whatever becomes of it, nothing is raised.

        API Gateway throttles posts of the whole account, and those to a client that reads too
        slowly (``LimitExceededException``). Both are tried again. One that got no answer is not: it
        has used up its time.
        """
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        reason = ""
        for attempt in range(TRIES):
            try:
                self._send("post_to_connection", connection_id, Data=text.encode())
            except Unreachable as error:
                reason = message_of(error)
                break
            except TransientError as error:
                reason = message_of(error)
            except (BotoCoreError, ClientError) as error:
                if isinstance(error, ClientError) and error.response["Error"]["Code"] == GONE:
                    return Outcome.GONE
                reason = message_of(error)
                break
            else:
                return Outcome.SENT
            if attempt < TRIES - 1:
                back_off(FIRST_PAUSE + attempt)
        logger.warning(
            "Live message dropped", extra={"connection": connection_id, "reason": reason}
        )
        return Outcome.DROPPED

    def close(self, connection_id: str) -> None:
        """Close a connection, if that can be done now."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            self._send("delete_connection", connection_id)
        except (BotoCoreError, ClientError, TransientError) as error:
            logger.info(
                "A connection was not closed",
                extra={"connection": connection_id, "reason": message_of(error)},
            )

    def _send(self, operation: str, connection_id: str, **parameters: Any) -> None:
        send_once(self._client, operation, ConnectionId=connection_id, **parameters)

    @cached_property
    def _client(self) -> Any:
        return self._clients.connections(
            self._endpoint, read_timeout=ANSWER_SECONDS, at_once=AT_ONCE
        )
