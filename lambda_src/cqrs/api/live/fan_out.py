"""A notification on its way to all who listen live.

It is told to each connection whose subscriptions it fits, many at once, within a bounded time. A
connection that is gone is forgotten. One that takes nothing just now misses the message, which is
counted, and told to it with the next. Nothing here fails the queue's message: the truth is what the
HTTP API tells.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from cqrs.api.live.connections import Connections
from cqrs.api.live.contents import content_of
from cqrs.api.live.messages import LARGEST_MESSAGE, Told, written
from cqrs.api.live.places import place_of
from cqrs.api.live.posts import AT_ONCE, Outcome, Posts
from cqrs.core.observability import count, logger
from cqrs.core.texts import message_of
from cqrs.metrics import Metric

if TYPE_CHECKING:
    from cqrs.core.deadline import Deadline
    from cqrs.notifications.listeners import Listener, Listeners
    from cqrs.notifications.queue import Notification
    from cqrs.services import Services

LONGEST_SECONDS = 15.0
"""How long posts of one notification are begun."""

LEFT_SECONDS = 10.0
"""Time of the invocation that is left to what comes after."""


class FanOut:
    """Tells notifications to those who listen.

    Parameters
    ----------
    listeners
        Knows who follows what.
    connections
        Keeps connections.
    posts
        Posts messages.
    deadline
        Watches the time of the invocation.
    """

    def __init__(
        self, listeners: Listeners, connections: Connections, posts: Posts, deadline: Deadline
    ) -> None:
        self._listeners = listeners
        self._connections = connections
        self._posts = posts
        self._deadline = deadline

    @classmethod
    def of(cls, services: Services) -> FanOut:
        """That of an environment."""
        settings, listeners = services.settings, services.listeners
        connections = Connections(services.store, settings.connections_table, listeners)
        posts = Posts(services.clients, settings.live_endpoint)
        return cls(listeners, connections, posts, services.deadline)

    def tell(self, notification: Notification, message_id: str) -> None:
        """Tell a notification (one Query, and one post for each who is told).

        Parameters
        ----------
        message_id
            Identity of the queue's message, by which a client tells a repeat.
        """
        try:
            self._tell(notification, message_id)
        except Exception as error:  # noqa: BLE001 - the application's handlers are called all the same
            logger.exception("Live listeners were not told", extra={"error": message_of(error)})

    def _tell(self, notification: Notification, message_id: str) -> None:
        told = [
            (listener, names)
            for listener in self._listeners.of(notification.tenant, notification.action)
            if (names := listener.subscriptions_to(notification))
        ]
        if not told:
            return
        # So that it is not always the same ones for whom no time is left.
        random.shuffle(told)
        common = _common(notification, message_id)
        ends = time.monotonic() + min(LONGEST_SECONDS, self._deadline.seconds_left() - LEFT_SECONDS)
        self._posts.prepare()
        with ThreadPoolExecutor(min(AT_ONCE, len(told))) as threads:
            outcomes = threads.map(lambda one: self._tell_one(one[0], one[1], common, ends), told)
            ended = Counter(outcomes)
        count(Metric.LIVE_MESSAGES_SENT, ended[Outcome.SENT])
        count(Metric.LIVE_MESSAGES_DROPPED, ended[Outcome.DROPPED])

    def _tell_one(
        self, listener: Listener, names: list[str], common: dict[str, Any], ends: float
    ) -> Outcome:
        try:
            if listener.expires_at <= time.time():
                self._posts.close(listener.connection_id)
                self._connections.remove(listener.connection_id)
                return Outcome.GONE
            outcome = Outcome.DROPPED
            if time.monotonic() < ends:
                text = _message(common, names, listener)
                outcome = self._posts.post(listener.connection_id, text)
            if outcome is Outcome.GONE:
                self._forget(listener)
            elif outcome is Outcome.DROPPED:
                self._connections.note_missed(listener)
        except Exception as error:  # noqa: BLE001 - the other connections are told all the same
            logger.warning(
                "A live listener failed",
                extra={"connection": listener.connection_id, "error": message_of(error)},
            )
            return Outcome.DROPPED
        return outcome

    def _forget(self, listener: Listener) -> None:
        self._connections.remove(listener.connection_id)
        # If an item of a connection is left over that is not known any more.
        self._listeners.remove(listener.tenant, listener.action, listener.connection_id)


def _common(notification: Notification, message_id: str) -> dict[str, Any]:
    """The members of the message that all get."""
    return {
        "id": message_id,
        "action": notification.action,
        "location": place_of(notification),
        "pk": notification.pk,
        "sk": notification.sk,
        "content": content_of(notification),
    }


def _message(common: dict[str, Any], names: list[str], listener: Listener) -> str:
    own = {"subscriptions": sorted(names), "missed": listener.missed}
    text = written(Told.NOTIFICATION, **common, **own)
    if len(text.encode(errors="backslashreplace")) <= LARGEST_MESSAGE:
        return text
    return written(Told.NOTIFICATION, **{**common, "content": None}, **own)
