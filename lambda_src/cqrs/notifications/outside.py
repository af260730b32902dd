"""The way of notices out of the environment: one message of the queue for each way.

A change that goes several ways is sent to the queue again, once for each. So each is tried again by
itself. A webhook that is down mails nobody twice. A handler that fails keeps back no request for
approval.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from cqrs.core.log_keys import ACTION
from cqrs.core.observability import logger
from cqrs.notifications.notices import kind_of, needed_of
from cqrs.notifications.queue import Audience

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cqrs.notice_kinds import NoticeKind
    from cqrs.notifications.notices import Notice, NoticeMaker
    from cqrs.notifications.queue import Notification, Notifications


class Way(Protocol):
    """A way by which notices go out."""

    @property
    def kinds(self) -> frozenset[NoticeKind]:
        """The kinds of notices that go it."""

    def tell(self, notice: Notice) -> bool:
        """Tell a notice; False if it is for nobody."""


class Outside:
    """Tells people and programs outside the environment.

    Parameters
    ----------
    notifications
        Sends messages to the queue.
    notices
        Makes notices.
    ways
        The ways out, each for messages of an audience.
    """

    def __init__(
        self,
        notifications: Notifications,
        notices: NoticeMaker,
        ways: Mapping[Audience, Way],
    ) -> None:
        self._notifications = notifications
        self._notices = notices
        self._ways = ways

    def hand_over(self, notification: Notification, *, has_handlers: bool) -> bool:
        """Send a notification on to all whom it is for, if some are outside.

        One SendMessage for each way, and one for the handlers. A crash between them repeats all.

        Parameters
        ----------
        notification
            The change.
        has_handlers
            Whether the application has handlers of it.

        Returns
        -------
        bool
            False if it is for nobody outside: then nothing was sent.
        """
        kind = kind_of(notification)
        audiences = [audience for audience, way in self._ways.items() if kind in way.kinds]
        if not audiences:
            return False
        needed = needed_of(notification.content)
        action, pk, sk = notification.action, notification.pk, notification.sk
        for audience in audiences:
            self._notifications.send(action, pk, sk, needed, audience=audience)
        if has_handlers:
            content, handlers = notification.content, Audience.HANDLERS
            self._notifications.send(action, pk, sk, content, audience=handlers)
        return True

    def tell(self, notification: Notification, audience: Audience) -> None:
        """Tell a change by the way to an audience.

        Nothing is told that the environment does not ask for any more, as after a deployment.

        Raises
        ------
        TransientError
            If that could not be done just now.
        ConfigurationError
            If it cannot be done as the environment is.
        """
        notice, way = self._notices.make(notification), self._ways.get(audience)
        is_told = False
        if notice is not None and way is not None and notice.kind in way.kinds:
            is_told = way.tell(notice)
        logger.info(
            "Notice sent" if is_told else "Notice for nobody",
            extra={ACTION: notification.action, "audience": audience.value},
        )
