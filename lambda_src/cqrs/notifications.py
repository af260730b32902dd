"""Messages on the notification-queue: what has changed, for whoever wants to know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from cqrs.clients import send
from cqrs.errors import ValidationError
from cqrs.keys import tenant_code
from cqrs.messages import message_body

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cqrs.clients import Clients
    from cqrs.settings import Settings


class Action(StrEnum):
    """What a notification tells of."""

    TASK_STATUS = "task-status"
    IMPORT_STATUS = "import-status"
    COMMAND_STATUS = "command-status"
    APPROVAL_STATUS = "approval-status"


class Notifications:
    """Sends notifications.

    Parameters
    ----------
    clients, settings
        Access to the queue.
    """

    def __init__(self, clients: Clients, settings: Settings) -> None:
        self._clients = clients
        self._settings = settings

    def send(self, action: Action, pk: str, sk: str, content: Mapping[str, Any]) -> None:
        """Tell of a change (one SendMessage).

        Parameters
        ----------
        action
            What kind of change.
        pk, sk
            The item that changed.
        content
            What it is now.
        """
        body = {
            "action": action.value,
            "pk": pk,
            "sk": sk,
            "tenant": tenant_code(pk),
            "content": content,
        }
        send(
            self._clients.sqs,
            "send_message",
            QueueUrl=self._settings.notification_queue_url,
            MessageBody=message_body(body),
        )


@dataclass(frozen=True, slots=True)
class Notification:
    """A change, as handlers get it.

    Attributes
    ----------
    action
        What kind of change; an application may send kinds of its own.
    pk, sk, tenant
        The item that changed.
    content
        What it is now.
    """

    action: str
    pk: str
    sk: str
    tenant: str
    content: dict[str, Any]

    @classmethod
    def from_message(cls, body: Any) -> Notification:
        """Read a message's body.

        Raises
        ------
        ValidationError
            It is no notification.
        """
        try:
            return cls(*(body[name] for name in ("action", "pk", "sk", "tenant", "content")))
        except (KeyError, TypeError):
            raise ValidationError(
                "A message of the notification queue must be an object with action, pk, sk, tenant "
                "and content."
            ) from None


NotificationHandler = Callable[[Notification], object]


class NotificationHandlers:
    """The notification handlers of an application."""

    def __init__(self) -> None:
        self._handlers: dict[str, list[NotificationHandler]] = {}

    def register(self, action: str, handler: NotificationHandler) -> None:
        """Add a handler; several may take the same kind of change."""
        self._handlers.setdefault(action, []).append(handler)

    def handle(self, notification: Notification) -> None:
        """Tell all handlers of a change; one that nobody asked for is dropped."""
        for handler in self._handlers.get(notification.action, []):
            handler(notification)
