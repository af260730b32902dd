"""Notifications that are sent only if somebody listens live.

Every command has an end, and few are watched. To look costs a Query of one item; a message, and the
invocation that it makes, would cost several times that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.core.keys import tenant_code
from cqrs.notifications.queue import Audience

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cqrs.notifications.listeners import Listeners
    from cqrs.notifications.queue import Notifications


class HeardNotifications:
    """Sends notifications for those who listen live, and for no handler.

    Parameters
    ----------
    notifications
        Sends them.
    listeners
        Makes what knows who listens.
    """

    def __init__(self, notifications: Notifications, listeners: Callable[[], Listeners]) -> None:
        self._notifications = notifications
        self._listeners = listeners

    def send(self, action: str, pk: str, sk: str, content: Mapping[str, Any]) -> None:
        """Notify of a change if somebody listens (one Query, and one SendMessage then)."""
        if self._listeners().hear(tenant_code(pk), action):
            self._notifications.send(action, pk, sk, content, audience=Audience.LISTENERS)
