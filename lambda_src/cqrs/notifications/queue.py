"""Messages on the notification-queue: what has changed, for whoever wants to know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from cqrs.aws.application_code import application_code, ran
from cqrs.aws.clients import send
from cqrs.aws.messages import MESSAGE_BYTES, message_body
from cqrs.core.json_values import json_value
from cqrs.core.keys import tenant_code
from cqrs.core.log_keys import ACTION, error_keys
from cqrs.core.observability import logger
from cqrs.core.payloads import SHOWN_LENGTH
from cqrs.errors import ValidationError

if TYPE_CHECKING:
    from cqrs.aws.clients import Clients
    from cqrs.settings import Settings


class Action(StrEnum):
    """The change that a notification reports."""

    TASK_STATUS = "task-status"
    IMPORT_STATUS = "import-status"
    COMMAND_STATUS = "command-status"
    APPROVAL_STATUS = "approval-status"


AUDIENCE = "audience"
"""The part of a message that says for whom alone it is; one without is for all."""


class Audience(StrEnum):
    """Those whom alone a message is for."""

    LISTENERS = "listeners"
    HANDLERS = "handlers"
    EMAIL = "email"
    WEBHOOK = "webhook"


PARTS: dict[str, tuple[type, str]] = {
    "action": (str, "text"),
    "pk": (str, "text"),
    "sk": (str, "text"),
    "tenant": (str, "text"),
    "content": (Mapping, "an object"),
}
"""Parts of a message, and what each must be."""


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

    def send(
        self,
        action: str,
        pk: str,
        sk: str,
        content: Mapping[str, Any],
        *,
        audience: Audience | None = None,
    ) -> None:
        """Notify of a change (one SendMessage).

        Parameters
        ----------
        action
            The kind of change: one of :class:`Action`, or of the application's own.
        pk, sk
            The item that changed.
        content
            Its state now, as a JSON object.
        audience
            Those whom alone it is for; by default it is for all.

        Raises
        ------
        ValidationError
            If an argument is refused, or the message is larger than 256 KB.
        """
        tenant = tenant_code(pk) if isinstance(pk, str) else ""
        told = {"action": action, "pk": pk, "sk": sk, "tenant": tenant, "content": content}
        checked = json_value(_checked(told, "A notification"), "notification")
        if audience is not None:
            checked = {**checked, AUDIENCE: audience.value}
        body = message_body(checked)
        size = len(body.encode())
        if size > MESSAGE_BYTES:
            raise ValidationError(
                f"The notification {action} of {pk} {sk} has {size:,} bytes; a message takes "
                f"{MESSAGE_BYTES:,}. Send less content: whoever is told can read the item."
            )
        send(
            self._clients.sqs,
            "send_message",
            QueueUrl=self._settings.notification_queue_url,
            MessageBody=body,
        )


@dataclass(frozen=True, slots=True)
class Notification:
    """A change, as handlers get it.

    Attributes
    ----------
    action
        The kind of change; an application may send kinds of its own.
    pk, sk, tenant
        The item that changed.
    content
        Its state now.
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
            If it is not a notification.
        """
        return cls(**_checked(body, "A message of the notification queue"))


def _checked(given: Any, what: str) -> dict[str, Any]:
    """The parts of a notification, each of its kind."""
    if not isinstance(given, Mapping) or not given.keys() >= PARTS.keys():
        raise ValidationError(f"{what} must be an object with {', '.join(PARTS)}.")
    for name, (kind, words) in PARTS.items():
        if not isinstance(given[name], kind):
            raise ValidationError(
                f"{name} of a notification is {repr(given[name])[:SHOWN_LENGTH]}; it must be "
                f"{words}."
            )
    return {name: given[name] for name in PARTS}


NotificationHandler = Callable[[Notification], object]


class NotificationHandlers:
    """The notification handlers of an application."""

    def __init__(self) -> None:
        self._handlers: dict[str, list[NotificationHandler]] = {}

    def register(self, action: str, handler: NotificationHandler) -> None:
        """Add a handler; several may take the same kind of change."""
        self._handlers.setdefault(action, []).append(handler)

    def take(self, action: str) -> bool:
        """Whether a handler takes a kind of change."""
        return action in self._handlers

    def handle(self, notification: Notification) -> None:
        """Tell all handlers of a change; one that nobody asked for is dropped.

        Raises
        ------
        Exception
            If a handler failed: it is the error of the first one, after the others were called too.
        """
        failures: list[Exception] = []
        for handler in self._handlers.get(notification.action, []):
            try:
                with application_code():
                    ran(handler(notification))
            except Exception as error:  # noqa: BLE001 - the other handlers are told all the same
                logger.warning(
                    "Notification handler failed",
                    extra={ACTION: notification.action, **error_keys(error)},
                )
                failures.append(error)
        if failures:
            raise failures[0]
