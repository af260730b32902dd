"""The topic that notifications are posted to, for whoever subscribes to it outside the function."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from cqrs.aws.clients import send
from cqrs.aws.messages import message_attribute, message_body

if TYPE_CHECKING:
    from cqrs.aws.clients import Clients
    from cqrs.notifications.queue import Notification
    from cqrs.settings import Settings

FILTERED = ("action", "tenant")
"""Parts of a notification that are message attributes too, for the filters of subscriptions."""


class NotificationTopic:
    """Posts notifications.

    Parameters
    ----------
    clients, settings
        Access to the topic.
    """

    def __init__(self, clients: Clients, settings: Settings) -> None:
        self._clients = clients
        self._arn = settings.notification_topic_arn

    def post(self, notification: Notification) -> bool:
        """Post a notification (one Publish); one may be posted twice.

        Returns
        -------
        bool
            False if the environment has no topic.
        """
        if not self._arn:
            return False
        body = asdict(notification)
        send(
            self._clients.sns,
            "publish",
            TopicArn=self._arn,
            Message=message_body(body),
            MessageAttributes={
                # SNS takes no empty one.
                name: message_attribute(body[name])
                for name in FILTERED
                if body[name]
            },
        )
        return True
